package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"penstock/widgets/paint"
)

// Theme dresses Fyne's widgets in a palette, densely. Use it as a pointer: the
// window changes between day and night by a new one.
type Theme struct {
	Palette *paint.Palette
	Text    float32 // size of text, Fyne units; 0 is 13
}

// NewTheme makes the theme of a palette.
func NewTheme(p *paint.Palette) *Theme { return &Theme{Palette: p} }

// Color is called by Fyne. What the palette does not say is Fyne's own in the
// variant that suits the palette, whatever the desktop prefers.
func (t *Theme) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	p := t.Palette
	switch n {
	case theme.ColorNameBackground:
		return p.Window
	case theme.ColorNameButton:
		return p.Raised
	case theme.ColorNameDisabledButton, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground, theme.ColorNameHeaderBackground:
		return p.Panel
	case theme.ColorNameForeground:
		return p.Text
	case theme.ColorNameDisabled, theme.ColorNamePlaceHolder:
		return p.Dim
	case theme.ColorNameInputBackground:
		return p.Sunken
	case theme.ColorNameInputBorder, theme.ColorNameSeparator:
		return p.Line
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return p.Focus
	case theme.ColorNameFocus:
		return alpha(p.Focus, 0x60)
	case theme.ColorNameSelection:
		return alpha(p.Focus, 0x50)
	case theme.ColorNameHover:
		return alpha(p.Text, 0x14)
	case theme.ColorNamePressed:
		return alpha(p.Text, 0x28)
	case theme.ColorNameForegroundOnPrimary:
		return p.Window
	case theme.ColorNameError:
		return p.Alarm[1]
	case theme.ColorNameWarning:
		return p.Alarm[2]
	case theme.ColorNameSuccess:
		return p.Text // nothing is green here: normal has no colour
	}
	return theme.DefaultTheme().Color(n, t.variant())
}

func (t *Theme) variant() fyne.ThemeVariant {
	if w := t.Palette.Window; int(w.R)+int(w.G)+int(w.B) > 3*128 {
		return theme.VariantLight
	}
	return theme.VariantDark
}

func alpha(c color.RGBA, a uint8) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, a} }

// Font is called by Fyne. Fyne's own Noto Sans is also the painter's.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(s) }

// Icon is called by Fyne.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(n) }

// Size is called by Fyne.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	text := t.Text
	if text == 0 {
		text = 13
	}
	switch n {
	case theme.SizeNameText:
		return text
	case theme.SizeNameCaptionText:
		return text - 2
	case theme.SizeNameSubHeadingText:
		return text + 3
	case theme.SizeNameHeadingText:
		return text + 7
	case theme.SizeNamePadding:
		return 3
	case theme.SizeNameInnerPadding:
		return 5
	case theme.SizeNameInlineIcon:
		return text + 5
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 2
	}
	return theme.DefaultTheme().Size(n)
}
