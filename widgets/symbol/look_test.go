package symbol

import (
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"penstock/widgets/paint"
)

// TestGallery writes the whole library into the folder PENSTOCK_PICTURES names, for people to look at.
func TestGallery(t *testing.T) {
	dir := os.Getenv("PENSTOCK_PICTURES")
	if dir == "" {
		t.Skip("PENSTOCK_PICTURES names no folder to write pictures to")
	}
	for name, p := range map[string]*paint.Palette{"light": &paint.Light, "dark": &paint.Dark} {
		var sheets []*image.RGBA
		size := image.Point{}
		for _, s := range gallery {
			img := sheet(t, s, p, 1)
			sheets = append(sheets, img)
			size.X, size.Y = max(size.X, img.Rect.Dx()), size.Y+img.Rect.Dy()
		}
		all := image.NewRGBA(image.Rectangle{Max: size})
		draw.Draw(all, all.Rect, &image.Uniform{p.Window}, image.Point{}, draw.Src)
		y := 0
		for _, img := range sheets {
			draw.Draw(all, img.Rect.Add(image.Pt(0, y)), img, image.Point{}, draw.Src)
			y += img.Rect.Dy()
		}
		writePNG(t, filepath.Join(dir, "symbols-"+name+".png"), all)
	}
}

func writePNG(t testing.TB, name string, img image.Image) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
