package screens

import (
	"image"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// statusLine is the foot of the window: what became of the last thing the
// person did, and how the tags are.
type statusLine struct {
	s       *Station
	surface *widgets.Surface
	size    image.Point
	scale   float32

	text  string
	wrong bool
	past  []message // the last ones, the newest at the end
	at    time.Time
	now   time.Time
	right string
	dirty bool
}

func newStatusLine(s *Station) *statusLine {
	l := &statusLine{s: s}
	l.surface = s.surface(l)
	return l
}

// keptMessages is how many messages can be read again.
const keptMessages = 200

// tell says what became of something; wrong marks what did not work.
func (l *statusLine) tell(now time.Time, text string, wrong bool) {
	l.text, l.wrong, l.at, l.dirty = text, wrong, now, true
	if n := len(l.past) - keptMessages + 1; n > 0 {
		l.past = append(l.past[:0], l.past[n:]...)
	}
	l.past = append(l.past, message{now, text, wrong})
}

// Layout implements view.View.
func (l *statusLine) Layout(size image.Point, scale float32) {
	l.size, l.scale, l.dirty = size, scale, true
}

// Frame implements view.View.
func (l *statusLine) Frame(now time.Time) bool {
	if now.Unix() != l.now.Unix() { // counting every tag once a second is enough
		if r := l.count(); r != l.right {
			l.right, l.dirty = r, true
		}
	}
	l.now = now
	return l.dirty
}

func (l *statusLine) count() string {
	good, doubt, bad := 0, 0, 0
	for _, c := range l.s.room.Tags().Cells() {
		switch trust(c.Load().Value) {
		case believed:
			good++
		case doubted:
			doubt++
		default:
			bad++
		}
	}
	out := plural(good, "tag good", "tags good")
	if doubt > 0 {
		out += ", " + plural(doubt, "uncertain", "uncertain")
	}
	if bad > 0 {
		out += ", " + plural(bad, "bad", "bad")
	}
	return out
}

// Paint implements view.View.
func (l *statusLine) Paint(p *paint.Painter) {
	l.dirty = false
	k := ink{p, l.s.style, l.scale}
	pal := k.pal()
	r := image.Rectangle{Max: l.size}
	p.FillRect(r, pal.Panel)
	p.FillRect(image.Rect(0, 0, r.Max.X, 1), pal.Line)
	f := k.font(12)
	in := image.Rect(k.px(10), 0, r.Max.X-k.px(10), r.Max.Y)
	right := l.right
	if l.s.opts.Version != "" {
		right += "    penstock " + l.s.opts.Version
	}
	w := f.Width(right)
	k.say(f, in, paint.Right, right, pal.Dim)
	in.Max.X -= w + k.px(20)
	if l.text == "" {
		k.say(f, in, paint.Left, "F1 to F8 pages    F9 day, night    F10 silence    F12 log in, out    Ctrl+K find anything    Shift+F1 all keys", pal.Dim)
		return
	}
	if l.wrong {
		box := image.Rect(in.Min.X, r.Min.Y+k.px(5), in.Min.X+k.px(16), r.Max.Y-k.px(5))
		p.FillRect(box, pal.Text)
		k.say(k.bold(12), box, paint.Center, "!", paint.Ink(pal.Text))
		in.Min.X = box.Max.X + k.px(6)
	}
	in.Min.X += k.say(f, in, paint.Left, l.at.Format("15:04:05"), pal.Dim) + k.px(8)
	face := f
	if l.wrong {
		face = k.bold(12)
	}
	k.say(face, in, paint.Left, l.text, pal.Text)
}

// Tap opens the messages that were shown before.
func (l *statusLine) Tap(view.Pointer) { l.s.showMessages() }

// sentence makes an error a sentence for a person.
func sentence(err error) string {
	s := err.Error()
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
