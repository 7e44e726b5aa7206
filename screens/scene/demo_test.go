package scene

import (
	"bytes"
	"image"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens/lint"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

// The demo's displays refer only to what the demo has, and are written the
// way the editor writes them.
func TestDemoDisplays(t *testing.T) {
	p, displays := demoPlant(t)
	if len(displays) < 6 {
		t.Errorf("only %d displays", len(displays))
	}
	for name, d := range displays {
		for _, prob := range d.Check(name+".json", mimic.Plant{Tag: p.Def, Display: finder(displays)}) {
			t.Error(prob)
		}
		file := "displays/" + name + ".json"
		text, err := fs.ReadFile(assets.Demo(), file)
		if err != nil {
			t.Fatal(err)
		}
		if want := d.Text(); !bytes.Equal(text, want) {
			if os.Getenv("UPDATE") == "" {
				t.Errorf("%s is not as the program writes it", file)
			} else if err := os.WriteFile(filepath.Join("../../assets/demo", file), want, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
}

// The demo takes the advice it gives: nothing to say about its displays, and
// on a quiet day nearly no colour in them, by day and by night.
func TestDemoTakesAdvice(t *testing.T) {
	if testing.Short() {
		t.Skip("every display, by day and by night, painted by one goroutine")
	}
	p, displays := demoPlant(t)
	pr := lint.Project{Tag: p.Def, Limited: func(id tag.ID) bool { l, ok := p.limits[id]; return ok && l != NoLimits }}
	for _, name := range slices.Sorted(maps.Keys(displays)) {
		pr.Displays = append(pr.Displays, displays[name])
	}
	for id := range p.limits {
		pr.Alarmed = append(pr.Alarmed, id)
	}
	for _, a := range lint.Check(pr) {
		t.Error(a)
	}
	for _, pal := range []*paint.Palette{&paint.Light, &paint.Dark} {
		for name, d := range displays {
			if d.Template() {
				continue
			}
			s, err := New(d, p, testStyle(t, pal), demoOptions(t, displays))
			if err != nil {
				t.Fatal(err)
			}
			if c := lint.Colours(view.Picture(s, image.Pt(1600, 860), 1, noon)); c.Saturated > lint.MaxColoured || c.Hues > lint.MaxHues {
				t.Errorf("%s on a quiet day: %.2f %% of it is coloured, in %d hues", name, 100*c.Saturated, c.Hues)
			}
		}
	}
}

// TestDemoPictures paints every display of the demo plant for people to look
// at, on a good day and on a bad one, into the folder that PENSTOCK_PICTURES
// names.
func TestDemoPictures(t *testing.T) {
	dir := os.Getenv("PENSTOCK_PICTURES")
	if dir == "" {
		t.Skip("PENSTOCK_PICTURES names no folder to write pictures to")
	}
	p, displays := demoPlant(t)
	for _, day := range []string{"good", "bad"} {
		if day == "bad" {
			badDay(p)
		}
		for name, d := range displays {
			if d.Template() {
				continue
			}
			for _, look := range []struct {
				name    string
				palette *paint.Palette
				size    image.Point
			}{{"light-1920", &paint.Light, image.Pt(1900, 960)}, {"dark-1280", &paint.Dark, image.Pt(1270, 640)}} {
				s, err := New(d, p, testStyle(t, look.palette), demoOptions(t, displays))
				if err != nil {
					t.Error(err)
				}
				img := view.Picture(s, look.size, 1, noon)
				f, err := os.Create(filepath.Join(dir, day+"-"+name+"-"+look.name+".png"))
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(f, img); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
	}
}

// badDay is a pump trip, a burst, a lost link and a sensor fault at once.
func badDay(p *plant) {
	p.set("HL.P602.RUN", tag.Bool(false), tag.Good)
	p.set("HL.P602.FLT", tag.Bool(true), tag.Good)
	p.alarm("HL.P602.FLT", symbol.Alarm{Priority: 1, Phase: symbol.Unacked})
	p.set("HL.PT601", tag.Float(3.21), tag.Good)
	p.alarm("HL.PT601", symbol.Alarm{Priority: 2, Phase: symbol.Unacked})
	p.set("PZ.PT803", tag.Float(1.4), tag.Good)
	p.alarm("PZ.PT803", symbol.Alarm{Priority: 1, Phase: symbol.Acked})
	p.set("CW.LT702", tag.Float(0), tag.BadSensorFailure)
	p.alarm("CW.LT702", symbol.Alarm{Priority: 4, Phase: symbol.Acked})
	p.set("IN.AT103", tag.Float(88), tag.Good)
	p.alarm("IN.AT103", symbol.Alarm{Priority: 3, Phase: symbol.Unacked})
	p.set("FL.F540.STATE", tag.Int(4), tag.Good)
	p.set("FL.F530.STATE", tag.Int(0), tag.Good)
	p.set("FL.F520.MODE", tag.Int(1), tag.Good)
	p.set("FL.B506.RUN", tag.Bool(true), tag.Good)
	p.set("FL.LT543", tag.Float(0.4), tag.Good)
	p.set("FL.FT541", tag.Float(0), tag.Good)
	p.set("RW.VT202", tag.Float(4.8), tag.LastUsable)
	p.alarm("RW.P201.FLT", symbol.Alarm{Priority: 2, Phase: symbol.Returned})
	for id, d := range p.defs {
		if d.Area == "CD" { // the dosing controller cannot be reached
			v := p.values[id]
			p.set(id, v.Value, tag.BadCommunicationError)
		}
	}
	p.areas["HL"] = symbol.Alarm{Priority: 1, Phase: symbol.Unacked}
	p.areas["PZ"] = symbol.Alarm{Priority: 1, Phase: symbol.Acked}
	p.areas["IN"] = symbol.Alarm{Priority: 3, Phase: symbol.Unacked}
	p.seq++
}
