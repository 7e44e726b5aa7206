package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"penstock/app/plant"
	"penstock/screens"
	"penstock/widgets/paint"
)

var snapshotVerb = verb{
	name: "snapshot", args: "--display NAME -o FILE.png [--project DIR] [--data DIR] [--at TIME]", short: "paint a display into a file",
	long: `Connects to the plant, waits until its values are there, and paints a display as the
window would, without a window and without a display. NAME is a display of the
project, "overview", "alarms", or "trend:TAG,TAG". With --at it paints a moment of
the past from history and connects to nothing. It may run beside a station; it
keeps nothing. Without a project it paints the demo plant.`,
	run: func(ctx context.Context, c *call) error {
		s := c.station()
		display := c.String("display", "", "what to paint")
		size := c.String("size", "1600x900", "`WxH` in pixels")
		at := c.moment("at", 0, "a `moment` of the past")
		wait := c.Duration("wait", 5*time.Second, "how long to wait for the plant's values at most")
		span := c.Duration("span", time.Hour, "how much time a trend shows")
		dark := c.Bool("dark", false, "the dark colours")
		eye := c.String("as", "full colour", "paint it as others see it: "+eyes())
		out := c.String("o", "", "the `file` to write")
		if err := errors.Join(c.parse(0), c.needs("display", "o")); err != nil {
			return err
		}
		box, err := parseSize(*size)
		if err != nil {
			return err
		}
		vision, ok := paint.ParseVision(*eye)
		if !ok {
			return usagef("--as is %q; one of: %s", *eye, eyes())
		}
		st := screens.Still{Show: *display, Size: box, Dark: *dark, Span: *span}
		if given(c, "at") {
			st.At = at.t
			*wait = 0
		}
		if s.project == "" && s.data == "" && *wait > 0 {
			end, err := s.useDemo(ctx, c.err, nil)
			if err != nil {
				return err
			}
			defer end()
		}
		proj, err := s.load()
		if err != nil {
			return err
		}
		if *wait == 0 {
			for i := range proj.Devices {
				proj.Devices[i].Disabled = true // nothing live is shown, so nothing is asked
			}
		}
		p, err := plant.Watch(plant.Config{Project: proj, Data: plant.DataDir(s.data), Drivers: s.drivers})
		if err != nil {
			return err
		}
		defer p.Stop()
		settle(ctx, p, *wait)
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		img, err := screens.Picture(ctx, &room{Plant: p}, st, time.Now())
		if err != nil {
			return err
		}
		vision.See(img)
		return writePNG(*out, img)
	},
}

// eyes lists the ways of seeing.
func eyes() string {
	var names []string
	for _, v := range paint.Visions() {
		names = append(names, v.String())
	}
	return strings.Join(names, ", ")
}

// settle waits until every tag has had a value, or the time is over.
func settle(ctx context.Context, p *plant.Plant, most time.Duration) {
	if most <= 0 {
		return
	}
	late := time.After(most)
	for {
		waiting := false
		for _, c := range p.Tags().Cells() {
			if c.Def().Device != "" && c.Load().Seq == 0 {
				waiting = true
				break
			}
		}
		if !waiting {
			return
		}
		select {
		case <-late:
			return
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func parseSize(s string) (image.Point, error) {
	w, h, ok := strings.Cut(s, "x")
	x, err1 := strconv.Atoi(w)
	y, err2 := strconv.Atoi(h)
	if !ok || err1 != nil || err2 != nil {
		return image.Point{}, usagef("--size is %q; write it like 1600x900", s)
	}
	return image.Pt(x, y), nil
}

// writePNG writes a picture whole or not at all.
func writePNG(name string, img image.Image) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".snapshot-*.png")
	if err != nil {
		return fmt.Errorf("the picture cannot be written: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("the picture cannot be written: %w", err)
		}
	}()
	w := bufio.NewWriter(f)
	if err := errors.Join(png.Encode(w, img), w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
