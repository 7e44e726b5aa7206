package figure

import (
	"bytes"
	"context"
	"encoding/xml"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

var pictures = flag.String("pictures", "", "folder to keep the files of the tests in")

// tide is a source of slow waves with a bad stretch, and a text.
type tide struct{}

func (tide) Range(_ context.Context, id tag.ID, from, to int64, n int) (trend.Stretch, error) {
	var s trend.Stretch
	if id == "BATCH" {
		for t := from - from%int64(time.Hour); t < to; t += int64(time.Hour) {
			s.Texts = append(s.Texts, tag.Value{Source: t, Value: tag.Text(time.Unix(0, t).UTC().Format("lot 15h")), Quality: tag.Good})
		}
		return s, nil
	}
	k := float64(len(id))
	width := (to - from) / int64(n)
	for a := from; a < to; a += width {
		at := time.Unix(0, a).UTC()
		v := 50 + 30*math.Sin(float64(a)/1e12/k)
		if id == "P1.RUN" {
			v = math.Round(float64(at.Hour()%4) / 4)
		}
		b := trend.Bucket{From: a, To: a + width, First: v, Last: v, Min: v, Max: v, FirstAt: a, LastAt: a, MinAt: a, MaxAt: a, Mean: v, Count: 1, Good: 1}
		if at.Hour() == 3 {
			b = trend.Bucket{From: a, To: a + width, Bad: 1, BadEnd: true}
		}
		s.Buckets = append(s.Buckets, b)
	}
	return s, nil
}

func (tide) At(_ context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	return make([]tag.Value, len(ids)), nil
}

func (tide) Marks(context.Context, []tag.ID, int64, int64) ([]trend.Mark, error) {
	at := func(h int) int64 { return noon.Add(-time.Duration(h) * time.Hour).UnixNano() }
	return []trend.Mark{{At: at(6), Kind: trend.MarkAlarm, Level: 1, On: "HL.PT601", Text: "pressure very low"}, {At: at(5), Kind: trend.MarkAck, Who: "ana"},
		{At: at(4), Kind: trend.MarkWrite, On: "HL.PIC601.SP", Text: "4.2 to 4.5 bar", Who: "ana"}, {At: at(2), Kind: trend.MarkNote, Text: "filter 2 was backwashed by hand", Who: "vera"}}, nil
}

var noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

// shown is a trend of a day that has 23 hours where it is drawn.
func shown(t *testing.T, keys ...string) *trend.Figure {
	t.Helper()
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		t.Fatal(err)
	}
	v := trend.New(&paint.Style{Palette: &paint.Dark, Faces: faces}, tide{})
	t.Cleanup(v.Close)
	if v.Zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
		t.Skip("no time zones here")
	}
	v.SetPens([]trend.Pen{
		{Def: &tag.Def{ID: "HL.PT601", Text: "High-lift pressure", Unit: "bar", Lo: 0, Hi: 100, Decimals: 2, Kind: tag.KindFloat, Period: time.Hour}, Limits: []trend.Limit{{Value: 90, Name: "HH", Priority: 1}}},
		{Def: &tag.Def{ID: "FT601", Text: "High-lift flow <& more>", Unit: "m3/h", Decimals: 0, Kind: tag.KindFloat, Period: time.Hour}},
		{Def: &tag.Def{ID: "P1.RUN", Text: "Pump 1", Kind: tag.KindBool, States: []tag.State{{Value: 0, Text: "Stopped"}, {Value: 1, Text: "Running"}}}},
		{Def: &tag.Def{ID: "BATCH", Text: "Batch", Kind: tag.KindText}},
	})
	v.Layout(image.Pt(1400, 800), 1)
	v.Frame(noon)
	v.Show(noon.Add(-13*time.Hour).UnixNano(), noon.Add(-time.Hour).UnixNano())
	for _, k := range keys {
		v.Key(view.Key{Name: k})
	}
	for range 2000 {
		if v.Frame(noon); !v.Loading() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return v.Figure(&paint.Light)
}

func write(t *testing.T, f *trend.Figure, format Format, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, f, About{Title: "Weir Lane Waterworks: trend", By: "ana", Made: noon}); err != nil {
		t.Fatal(err)
	}
	if *pictures != "" {
		if err := os.WriteFile(filepath.Join(*pictures, name+"."+string(format)), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestFormats(t *testing.T) {
	for name, keys := range map[string][]string{"time": nil, "stacked": {"A", "A"}, "xy": {"X"}, "compared": {"D"}} {
		f := shown(t, keys...)
		if pdf := write(t, f, PDF, name); !bytes.HasPrefix(pdf, []byte("%PDF-1")) || !bytes.Contains(pdf, []byte("%%EOF")) {
			t.Errorf("%s: not a PDF", name)
		}
		if !testing.Short() { // many pixels, one goroutine
			img, err := png.Decode(bytes.NewReader(write(t, f, PNG, name)))
			if err != nil || img.Bounds().Dx() < 2000 {
				t.Errorf("%s: the picture: %v", name, err)
			}
		}
		svg := write(t, f, SVG, name)
		text := words(t, svg)
		for _, want := range []string{"HL.PT601", "High-lift flow <& more>", "Weir Lane Waterworks: trend", "Sun 29 Mar 2026 00:00:00", "CET (UTC+01:00) to CEST (UTC+02:00)"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the drawing does not say %q", name, want)
			}
		}
		if name == "time" {
			for _, want := range []string{"lot 0", "Running", "HH", "vera", "pressure very low"} {
				if !strings.Contains(text, want) {
					t.Errorf("the drawing does not say %q", want)
				}
			}
		}
	}
}

// words is what an SVG says; it must be well formed.
func words(t *testing.T, svg []byte) string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var out strings.Builder
	for {
		tok, err := d.Token()
		if tok == nil {
			if err.Error() != "EOF" {
				t.Fatalf("the SVG is broken: %v", err)
			}
			return out.String()
		}
		if c, ok := tok.(xml.CharData); ok {
			out.Write(c)
			out.WriteByte('\n')
		}
	}
}

// A line is in the figure where it is known, and only there.
func TestGapsAreGapsOnPaper(t *testing.T) {
	f := shown(t)
	for _, l := range f.Areas[0].Lines {
		if len(l.Parts) != 2 {
			t.Errorf("pen %d is drawn in %d parts, want one before the bad hour and one after", l.No, len(l.Parts))
		}
		for _, part := range l.Parts {
			for _, s := range part {
				at := f.From + int64(s.X*float64(f.To-f.From))
				if h := time.Unix(0, at).UTC(); h.Hour() == 3 && h.Minute() > 5 {
					t.Fatalf("pen %d is drawn at %v, where nothing is known", l.No, h)
				}
				if s.X < 0 || s.X > 1 || s.Y < 0 || s.Y > 1 {
					t.Fatalf("pen %d leaves the plot: %+v", l.No, s)
				}
			}
		}
	}
}
