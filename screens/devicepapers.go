package screens

import (
	"context"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/auth"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
)

// papersRefresh is how often the store is read while somebody looks.
const papersRefresh = 3 * time.Second

// certificateList lists our own certificate, those that wait for a decision
// and those that are trusted. A person compares the fingerprint with the one
// the server itself shows, and decides.
type certificateList struct {
	s      *Station
	room   Certificates
	list   *rows.View[string]
	grid   *widgets.Surface
	detail *paperDetails
	side   *widgets.Surface
	root   *fyne.Container
	known  map[string]Certificate // by place and fingerprint
	read   time.Time
	busy   bool
	now    time.Time
}

func newCertificateList(s *Station, room Certificates) *certificateList {
	p := &certificateList{s: s, room: room, known: map[string]Certificate{}}
	p.list = rows.New[string](s.style, p,
		rows.Column{Title: "Place", Width: 120},
		rows.Column{Title: "Certificate"},
		rows.Column{Title: "Fingerprint", Width: 190, Rank: 2},
		rows.Column{Title: "Valid until", Width: 110, Rank: 1},
		rows.Column{Title: "What is wrong with it", Width: 330, Rank: 1},
	)
	p.list.Empty = "There are no certificates yet."
	p.grid = s.surface(p.list)
	p.detail = &paperDetails{details: details{s: s}}
	p.side = s.surface(p.detail)
	p.side.Least = fyne.NewSize(200, 250)
	p.root = container.New(&upright{}, p.grid, p.side)
	return p
}

// refresh reads the store now and then.
func (p *certificateList) refresh(now time.Time) {
	p.now = now
	if d := now.Sub(p.read); d < 0 || d > papersRefresh {
		p.load()
	}
}

// load reads the store in the background.
func (p *certificateList) load() {
	p.read = p.s.opts.Now()
	if p.busy {
		return
	}
	p.busy = true
	var all []Certificate
	var err error
	p.s.act(func(context.Context) { all, err = p.room.Certificates() }, func() {
		p.busy = false
		p.take(all, err)
	})
}

func (p *certificateList) take(all []Certificate, err error) {
	if err != nil {
		p.list.Empty = "The certificates cannot be read: " + sentence(err)
		all = nil
	}
	keys := make([]string, len(all))
	clear(p.known)
	for i, c := range all {
		keys[i] = c.Place + " " + c.Fingerprint
		p.known[keys[i]] = c
	}
	if !slices.Equal(keys, p.list.Keys()) {
		p.list.SetOrder(keys)
	}
	p.list.Touch()
	p.detail.dirty = true
}

// waiting is how many wait for a decision.
func (p *certificateList) waiting() (n int) {
	for _, c := range p.known {
		if c.Place == RejectedPlace {
			n++
		}
	}
	return n
}

func (p *certificateList) frame(now time.Time) {
	p.grid.Frame(now)
	key, _ := p.list.Focused()
	if key != p.detail.key {
		p.detail.key, p.detail.dirty = key, true
	}
	c, ok := p.known[key]
	p.detail.paper, p.detail.there, p.detail.now = c, ok, now
	p.side.Frame(now)
}

var placeWords = map[string]string{OwnPlace: "our own", RejectedPlace: "to decide", TrustedPlace: "trusted", IssuerPlace: "issuer"}

// Row implements rows.Model.
func (p *certificateList) Row(key string, r *rows.Row) bool {
	c, ok := p.known[key]
	if !ok {
		return false
	}
	switch {
	case c.Place == RejectedPlace:
		r.Tone = rows.Strong
	case expiry(c, p.now) != "":
		r.Tone = rows.Wrong
	}
	r.Cells[0], r.Cells[1], r.Cells[2] = placeWords[c.Place], c.Subject, c.Fingerprint
	r.Cells[3], r.Cells[4] = c.To.Format("2 Jan 2006"), c.Why
	if r.Cells[4] == "" {
		r.Cells[4] = expiry(c, p.now)
	}
	return true
}

// expirySoon is how long before the end of a certificate people are told.
const expirySoon = 30 * 24 * time.Hour

// expiry says that a certificate is not valid now, or not for long.
func expiry(c Certificate, now time.Time) string {
	switch {
	case now.After(c.To):
		return "It has expired " + ago(now.Sub(c.To)) + " ago."
	case now.Before(c.From):
		return "It is not valid before " + c.From.Format("2 Jan 2006") + "."
	case c.To.Sub(now) < expirySoon:
		return "It expires in " + ago(c.To.Sub(now)) + "."
	}
	return ""
}

func (p *certificateList) focused() (Certificate, bool) {
	key, _ := p.list.Focused()
	c, ok := p.known[key]
	return c, ok
}

// bars says why a decision cannot be made now; "" when it can.
func (p *certificateList) bars(id string) string {
	c, ok := p.focused()
	switch {
	case !ok:
		return "No certificate is selected. Choose one with the arrow keys or the mouse."
	case id == "trust" && c.Place != RejectedPlace:
		return "Only a certificate that waits for a decision can be trusted."
	case id == "distrust" && c.Place != TrustedPlace:
		return "Only a trusted certificate can be distrusted."
	}
	return p.s.lacks(auth.Configure, "", "decide about certificates")
}

// ask shows the fingerprint once more and does what the person decided.
func (p *certificateList) ask(id string) {
	c, ok := p.focused()
	if !ok || !p.s.may(auth.Configure, "") {
		return
	}
	title, verb, say, decide := "Trust this certificate?", "Trust",
		"Compare it with the one the server itself shows, group by group. Who has this certificate's key is believed from now on.", p.room.Trust
	if id == "distrust" {
		title, verb, say, decide = "Distrust this certificate?", "Distrust", "Devices that show it are disconnected within seconds.", p.room.Distrust
	}
	who := p.s.session
	box := container.NewVBox(newNote(p.s, c.Subject, c.Fingerprint, say))
	p.s.askIn(560, title, box, verb, nil, func(d *dialog) string {
		d.wait()
		var err error
		p.s.act(func(ctx context.Context) { err = decide(ctx, who, c.Fingerprint) }, func() {
			if err != nil {
				d.fail(sentence(err))
				return
			}
			d.close()
			p.s.status.tell(p.s.opts.Now(), fmt.Sprintf("%s is %sed.", c.Subject, strings.ToLower(verb)), false)
			p.load()
		})
		return stillOpen
	})
}

// paperDetails is one certificate in full.
type paperDetails struct {
	details
	key   string
	paper Certificate
	there bool
	now   time.Time
}

// Paint implements view.View.
func (v *paperDetails) Paint(p *paint.Painter) {
	k, r := v.ground(p)
	pal := k.pal()
	r = r.Inset(k.px(14))
	if !v.there {
		k.paragraph(k.font(13), r, "A server's certificate is refused until a person has compared its fingerprint with the one the server itself shows, and trusts it.", pal.Dim)
		return
	}
	c := &v.paper
	k.say(k.bold(16), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, c.Subject, pal.Text)
	k.say(k.bold(20), image.Rect(r.Min.X, r.Min.Y+k.px(28), r.Max.X, r.Min.Y+k.px(60)), paint.Left, c.Fingerprint, pal.Live)
	y := r.Min.Y + k.px(68)
	line := func(name, text string) {
		if text == "" {
			return
		}
		k.say(k.font(13), image.Rect(r.Min.X, y, r.Min.X+k.px(130), y+k.px(20)), paint.Left, name, pal.Dim)
		y = max(k.paragraph(k.font(13), image.Rect(r.Min.X+k.px(130), y, r.Max.X, r.Max.Y), text, pal.Text), y+k.px(20))
	}
	line("Place", placeWords[c.Place])
	line("Application", c.URI)
	line("Made for", strings.Join(c.Hosts, ", "))
	line("Valid", c.From.Format("2 Jan 2006")+" to "+c.To.Format("2 Jan 2006"))
	line("What is wrong", strings.TrimSpace(c.Why+" "+expiry(*c, v.now)))
}
