package symbol

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"testing"

	"penstock/assets"
	"penstock/widgets/paint"
)

// The program's icon is a penstock: a gate held over running water. This
// paints it; UPDATE=1 writes assets/icon.png.
func TestIcon(t *testing.T) {
	have := icon()
	if os.Getenv("UPDATE") != "" {
		writePNG(t, "../../assets/icon.png", have)
	}
	stored, err := png.Decode(bytes.NewReader(assets.Icon))
	if err != nil {
		t.Fatal(err)
	}
	if stored.Bounds() != have.Rect {
		t.Fatalf("the icon is %v, want %v", stored.Bounds(), have.Rect)
	}
	back := image.NewRGBA(have.Rect)
	draw.Draw(back, back.Rect, stored, image.Point{}, draw.Src)
	if n := wrongPixels(grey(back), grey(have)); n > 100 {
		t.Errorf("%d pixels of assets/icon.png are not as painted; run with UPDATE=1", n)
	}
}

func icon() *image.RGBA {
	const n = 256
	img := image.NewRGBA(image.Rect(0, 0, n, n))
	var p paint.Painter
	p.Reset(img, img.Rect)
	night, steel, light := color.RGBA{0x26, 0x2c, 0x33, 255}, color.RGBA{0x8d, 0x99, 0xa6, 255}, color.RGBA{0xe8, 0xec, 0xf0, 255}
	water, deep := color.RGBA{0x4f, 0x9f, 0xd6, 255}, color.RGBA{0x2f, 0x6f, 0xa8, 255}
	p.FillRound(paint.Box{X: 8, Y: 8, W: 240, H: 240}, 44, night)
	// The water stands high on the left and runs low on the right.
	p.FillPoly([]paint.Pt{{X: 8, Y: 110}, {X: 104, Y: 110}, {X: 104, Y: 190}, {X: 152, Y: 190}, {X: 176, Y: 184}, {X: 200, Y: 190}, {X: 224, Y: 184}, {X: 248, Y: 190}, {X: 248, Y: 206}, {X: 8, Y: 206}}, water)
	p.FillPoly([]paint.Pt{{X: 8, Y: 206}, {X: 248, Y: 206}, {X: 247, Y: 215}, {X: 230, Y: 240}, {X: 204, Y: 248}, {X: 52, Y: 248}, {X: 26, Y: 240}, {X: 9, Y: 215}}, deep)
	// frame, spindle and wheel
	p.FillRect(image.Rect(96, 56, 108, 206), steel)
	p.FillRect(image.Rect(148, 56, 160, 206), steel)
	p.FillRect(image.Rect(88, 48, 168, 60), steel)
	p.FillRect(image.Rect(123, 24, 133, 100), light)
	p.FillRound(paint.Box{X: 100, Y: 18, W: 56, H: 14}, 7, light)
	// the gate, half open
	p.FillRect(image.Rect(108, 90, 148, 172), light)
	p.FillRect(image.Rect(108, 112, 148, 117), steel)
	p.FillRect(image.Rect(108, 144, 148, 149), steel)
	return img
}
