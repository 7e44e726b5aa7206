package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"penstock/app/project"
	"penstock/app/report/figure"
	"penstock/app/report/sheet"
	"penstock/app/tag"
	"penstock/assets"
	"penstock/drivers/host"
	"penstock/historian"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
)

// historyFile reports whether history can be written to a file of this name.
func historyFile(name string) bool {
	return slices.Contains([]string{".pdf", ".svg", ".png", ".csv", ".xlsx"}, strings.ToLower(filepath.Ext(name)))
}

// namedTags are the tags as the project in a folder knows them; without a
// project they are called by their ids alone.
func namedTags(folder string, ids []string, last map[tag.ID]tag.Value) (defs []*tag.Def, err error) {
	known := map[tag.ID]*tag.Def{}
	if folder != "" {
		p, err := project.Load(folder, host.Wrap(inside()))
		if err != nil {
			return nil, notLoaded(err)
		}
		for i := range p.Tags {
			known[p.Tags[i].ID] = &p.Tags[i]
		}
	}
	for _, id := range ids {
		d := known[tag.ID(id)]
		if d == nil {
			d = &tag.Def{ID: tag.ID(id), Kind: last[tag.ID(id)].Value.Kind(), Decimals: 3}
		}
		defs = append(defs, d)
	}
	return defs, nil
}

// writeHistory writes what tags were into a new file, which is there whole or
// not at all.
func writeHistory(ctx context.Context, name string, h *historian.Store, defs []*tag.Def, from, to int64) (err error) {
	if _, err := os.Stat(name); err == nil {
		return fmt.Errorf("%s is there already", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".penstock-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which fails once it is moved to its place
	kind := strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
	if kind == "csv" || kind == "xlsx" {
		err = sampleFile(ctx, f, kind, h, defs, from, to)
	} else {
		err = trendFile(ctx, f, figure.Format(kind), h, defs, from, to)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func sampleFile(ctx context.Context, w io.Writer, kind string, h *historian.Store, defs []*tag.Def, from, to int64) error {
	s, err := sheet.New(kind, w, time.Local)
	if err != nil {
		return err
	}
	for _, d := range defs {
		var fault error
		err := h.Raw(ctx, d.ID, from, to, func(v tag.Value) bool {
			fault = s.Add(d, v)
			return fault == nil
		})
		if err := errors.Join(err, fault); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	return s.Close()
}

// trendFile draws the tags as the window would.
func trendFile(ctx context.Context, w io.Writer, format figure.Format, h *historian.Store, defs []*tag.Def, from, to int64) error {
	if len(defs) > trend.MaxPens {
		return fmt.Errorf("%d tags: a trend holds %d", len(defs), trend.MaxPens)
	}
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		return err
	}
	v := trend.New(&paint.Style{Palette: &paint.Light, Faces: faces}, storedPast{h, defs})
	defer v.Close()
	var pens []trend.Pen
	for _, d := range defs {
		pens = append(pens, trend.Pen{Def: d})
	}
	v.SetPens(pens)
	v.Fit(true)
	v.Layout(image.Pt(1600, 900), 1)
	now := time.Now()
	v.Frame(now)
	v.Show(from, to)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for v.Frame(now); v.Loading(); v.Frame(now) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return figure.Write(w, format, v.Figure(&paint.Light), figure.About{Title: "History", Made: now})
}

// storedPast is a store as a trend asks it.
type storedPast struct {
	h    *historian.Store
	defs []*tag.Def
}

// textsAtMost bounds the texts of one picture.
const textsAtMost = 4000

// Range implements trend.Source.
func (p storedPast) Range(ctx context.Context, id tag.ID, from, to int64, n int) (s trend.Stretch, err error) {
	held, err := p.h.At(ctx, from, []tag.ID{id})
	if err != nil {
		return s, err
	}
	s.Held = held[0]
	if slices.ContainsFunc(p.defs, func(d *tag.Def) bool { return d.ID == id && d.Kind == tag.KindText }) {
		err = p.h.Raw(ctx, id, from, to, func(v tag.Value) bool {
			if len(s.Texts) == textsAtMost {
				s.More = v.At()
				return false
			}
			s.Texts = append(s.Texts, v)
			return true
		})
		return s, err
	}
	buckets, err := p.h.Buckets(ctx, id, from, to, n)
	for _, b := range buckets {
		s.Buckets = append(s.Buckets, trend.Bucket(b))
	}
	return s, err
}

// At implements trend.Source.
func (p storedPast) At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	return p.h.At(ctx, t, ids)
}
