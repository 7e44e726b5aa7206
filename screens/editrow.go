package screens

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// labelled stands a word before a field.
type labelled struct{ w float32 }

// MinSize is called by Fyne.
func (l *labelled) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[1].MinSize()
	return fyne.NewSize(l.w+60, max(m.Height, o[0].MinSize().Height))
}

// Layout is called by Fyne.
func (l *labelled) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := o[0].MinSize().Height
	o[0].Move(fyne.NewPos(0, max((size.Height-h)/2, 0)))
	o[0].Resize(fyne.NewSize(l.w, h))
	o[1].Move(fyne.NewPos(l.w, 0))
	o[1].Resize(fyne.NewSize(size.Width-l.w, size.Height))
}

// row is a field with its word, and with what there is to say about it.
func row(word string, o fyne.CanvasObject, note *widget.Label) fyne.CanvasObject {
	l := widget.NewLabel(word)
	l.Truncation = fyne.TextTruncateEllipsis
	line := container.New(&labelled{88}, l, o)
	if note == nil {
		return line
	}
	return container.New(&upright{-1}, line, container.New(&indented{88}, note))
}

// indented leaves a space before its only child.
type indented struct{ w float32 }

// MinSize is called by Fyne.
func (l *indented) MinSize(o []fyne.CanvasObject) fyne.Size {
	if !o[0].Visible() {
		return fyne.Size{}
	}
	m := o[0].MinSize()
	return fyne.NewSize(l.w+m.Width, m.Height)
}

// Layout is called by Fyne.
func (l *indented) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(l.w, 0))
	o[0].Resize(fyne.NewSize(size.Width-l.w, size.Height))
}

// numberText writes a number as people type it.
func numberText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// readNumber reads a number as people type it.
func readNumber(s string) (float64, error) {
	s = strings.TrimSpace(s)
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || f-f != 0 {
		return 0, errNotNumber(s)
	}
	return f, nil
}

type errNotNumber string

func (e errNotNumber) Error() string {
	if e == "" {
		return "a number is missing"
	}
	return strconv.Quote(string(e)) + " is not a number"
}
