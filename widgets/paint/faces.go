package paint

import "fmt"

// Faces are the two weights the program writes with. Like every Typeface they
// belong to one goroutine.
type Faces struct{ Regular, Bold *Typeface }

// ParseFaces parses the two font files.
func ParseFaces(regular, bold []byte) (f Faces, err error) {
	if f.Regular, err = NewTypeface(regular); err != nil {
		return Faces{}, fmt.Errorf("regular: %w", err)
	}
	if f.Bold, err = NewTypeface(bold); err != nil {
		return Faces{}, fmt.Errorf("bold: %w", err)
	}
	return f, nil
}
