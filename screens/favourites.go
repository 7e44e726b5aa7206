package screens

import (
	"context"
	"fmt"
	"slices"

	"penstock/widgets/view"
)

// favouritesFile is where a station keeps what its people like to go to, in
// Options.Folder.
const favouritesFile = "favourites.json"

// favouriteKeys is how many favourites have a key: Ctrl+1 to Ctrl+9.
const favouriteKeys = 9

// favourites are the places each person marked, in the order of marking; those
// of "" belong to whoever is not logged in.
type favourites struct {
	of     map[string][]spot
	folder string // "": they last as long as the program
	broken error  // why the file could not be read: then it is not written over
}

// openFavourites reads what save wrote.
func openFavourites(folder string) *favourites {
	f := &favourites{of: map[string][]spot{}, folder: folder}
	if folder == "" {
		return f
	}
	if _, err := readKept(folder, favouritesFile, "favourites", &f.of); err != nil || f.of == nil {
		f.of, f.broken = map[string][]spot{}, err
	}
	return f
}

func (f *favourites) has(who string, p spot) bool { return slices.Contains(f.of[who], p) }

// toggle marks a place, or takes the mark away.
func (f *favourites) toggle(who string, p spot) (marked bool) {
	if i := slices.Index(f.of[who], p); i >= 0 {
		f.of[who] = slices.Delete(slices.Clone(f.of[who]), i, i+1)
		return false
	}
	f.of[who] = append(slices.Clone(f.of[who]), p)
	return true
}

func (s *Station) favourites() *favourites { return s.all.favourites }

// user is who is logged in; "" for nobody.
func (s *Station) user() string {
	if s.session == nil {
		return ""
	}
	return s.session.User()
}

// favour marks the place the person is at as a favourite of theirs, or no
// longer.
func (s *Station) favour() {
	p, ok := s.here()
	f, now := s.favourites(), s.opts.Now()
	switch {
	case !ok:
		return
	case f.broken != nil:
		s.status.tell(now, sentence(f.broken)+" Mend or remove it, and start again.", true)
		return
	}
	say := s.title(p) + " is no favourite any more."
	if f.toggle(s.user(), p) {
		say = s.title(p) + " is a favourite now."
	}
	if f.folder == "" {
		s.status.tell(now, say, false)
		return
	}
	text, err := keptText(f.of)
	s.act(func(context.Context) {
		if err == nil {
			err = writeKept(f.folder, favouritesFile, text)
		}
	}, func() {
		if err != nil {
			s.status.tell(s.opts.Now(), "The favourites could not be kept: "+sentence(err), true)
			return
		}
		s.status.tell(s.opts.Now(), say, false)
	})
}

// favourite goes to the n-th favourite, from 0. It reports whether there is one.
func (s *Station) favourite(n int) bool {
	mine := s.favourites().of[s.user()]
	if n < 0 || n >= len(mine) {
		return false
	}
	s.visit(mine[n])
	return true
}

// offer lists the favourites under their button.
func (l *location) offer() {
	s := l.s
	var out []view.Choice
	for i, p := range s.favourites().of[s.user()] {
		text := s.title(p)
		if i < favouriteKeys {
			text += fmt.Sprintf("    Ctrl+%d", i+1)
		}
		out = append(out, view.Choice{Text: text, Do: func() { s.visit(p) }, Disabled: !s.exists(p)})
	}
	if len(out) == 0 {
		out = append(out, view.Choice{Text: "No favourites yet: Ctrl+D marks where you are", Disabled: true})
	}
	if r, ok := l.bar.Rect("favourites"); ok {
		r.Min.Y = r.Max.Y
		l.surface.Offer(r.Min, out)
	}
}
