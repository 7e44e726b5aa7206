package paint

// Style is what a view paints with: the colours and the typefaces. A window
// hands one Style to all its views and changes it where it stands, so day and
// night change everywhere at once.
type Style struct {
	Palette *Palette
	Faces
}
