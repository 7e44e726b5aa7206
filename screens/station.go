package screens

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens/horn"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// Options are what a Station needs besides its Room. The zero Options do.
type Options struct {
	Dark    bool             // start with the palette for dimmed rooms
	Name    string           // of this station, shown in the header
	Version string           // of the program
	Now     func() time.Time // the clock; time.Now if nil
	Post    func(func())     // runs a function on the UI goroutine; fyne.Do if nil
	Quit    func()           // called when the person closes the window; closes it if nil
	Session Session          // who is logged in from the start; nil for nobody
	Speaker horn.Speaker     // nil: the station is silent, and says so
	Folder  string           // where the station keeps what its people save; empty: nothing is saved
	Changed func(dark bool)  // called when the person changed the palette
}

// Station is one window of the control room. Its methods are called on the UI
// goroutine, but for Close.
type Station struct {
	app  fyne.App
	room Room
	opts Options
	win  fyne.Window

	style   *paint.Style
	session Session
	horn    horn.Horn

	header      *header
	nav         *navigation
	status      *statusLine
	pages       []page
	names       []string // of the pages
	performance int      // number of its page
	editing     *editorPage
	editor      int    // number of its page, which no key and no name leads to
	people      People // nil where users are kept elsewhere
	current     int
	plate       *faceplate
	body        *fyne.Container
	surfaces    []*widgets.Surface
	dialogs     []*dialog // open ones, the top one last

	ctx     context.Context // ends with the window
	stop    context.CancelFunc
	pending atomic.Bool // a posted tick has not run yet
	closed  sync.Once
	ticking sync.WaitGroup
}

// A page is what the middle of the window shows. All its methods run on the
// UI goroutine.
type page interface {
	// object is the page in the window; the same one every time.
	object() fyne.CanvasObject
	// open is called when the page is brought into sight, frame at every tick
	// while it is there.
	open()
	frame(now time.Time)
	// focus is what the keyboard goes to first; nil for nothing.
	focus() fyne.Focusable
}

// key numbers of the pages, as on the function keys.
const (
	overviewPage = iota
	mimicPage
	trendPage
	alarmPage
	devicePage
	eventPage
	tagPage
	peoplePageNo
)

// NewStation makes the window of a room. Show it with Show.
func NewStation(app fyne.App, room Room, opts Options) *Station {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Post == nil {
		opts.Post = fyne.Do
	}
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil { // they are built in, and a test reads them
		panic("screens: " + err.Error())
	}
	s := &Station{app: app, room: room, opts: opts, session: opts.Session, style: &paint.Style{Palette: palette(opts.Dark), Faces: faces}}
	s.horn.Out = opts.Speaker
	s.ctx, s.stop = context.WithCancel(context.Background())
	app.Settings().SetTheme(widgets.NewTheme(s.style.Palette))
	s.win = app.NewWindow(room.Project().Name)
	s.win.SetPadded(false)
	s.build()
	s.win.SetCloseIntercept(s.quit)
	s.win.Resize(fyne.NewSize(1600, 900))
	return s
}

func palette(dark bool) *paint.Palette {
	if dark {
		return &paint.Dark
	}
	return &paint.Light
}

func (s *Station) build() {
	s.header = newHeader(s)
	s.status = newStatusLine(s)
	s.plate = newFaceplate(s)
	s.pages = []page{newOverview(s), newMimics(s), newTrends(s), newAlarms(s), newDevices(s), newEvents(s), newTagList(s)}
	s.names = slices.Clone(pageNames)
	if people, ok := s.room.(People); ok {
		s.people = people
		s.pages = append(s.pages, newPeople(s, people))
		s.names = append(s.names, "People")
	}
	s.performance = len(s.pages)
	s.pages = append(s.pages, newPerformance(s))
	s.names = append(s.names, "Performance")
	s.editing, s.editor = newEditor(s), len(s.pages)
	s.pages = append(s.pages, s.editing)
	s.nav = newNavigation(s)
	middle := container.NewStack()
	for i, p := range s.pages {
		o := p.object()
		if i != s.current {
			o.Hide()
		}
		middle.Add(o)
	}
	s.plate.panel.Hide()
	s.body = container.New(&frameLayout{s}, s.header.surface, s.nav.surface, middle, s.plate.panel, s.status.surface)
	s.win.SetContent(s.body)
	c := s.win.Canvas()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) { s.key(view.Key{Name: keyName(e.Name)}) })
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl}, func(fyne.Shortcut) { s.find() })
	s.pages[s.current].open()
}

// surface makes a surface of the window and joins its keys to the window's.
func (s *Station) surface(v widgets.View) *widgets.Surface {
	f := widgets.NewSurface(v)
	f.Forward = s.key
	f.Clock = s.opts.Now
	f.Used = s.worked
	s.surfaces = append(s.surfaces, f)
	return f
}

// Window is the Fyne window.
func (s *Station) Window() fyne.Window { return s.win }

// Show shows the window and starts its tick.
func (s *Station) Show() {
	s.ticking.Go(s.run)
	s.win.Show()
	s.focusPage()
}

// Close ends the tick, cancels what is being asked and closes the window. It
// returns at once and may be called from any goroutine, more than once.
func (s *Station) Close() {
	s.closed.Do(func() {
		s.stop()
		s.opts.Post(func() {
			for _, p := range s.pages {
				if c, ok := p.(interface{ close() }); ok {
					c.close()
				}
			}
			s.plate.close()
			s.win.SetCloseIntercept(nil)
			// Fyne keeps the content of a closed window for good.
			s.win.SetContent(widget.NewLabel(""))
			s.win.Close()
		})
	})
}

func (s *Station) quit() {
	if s.editing.unsaved() && len(s.dialogs) == 0 { // who insists may go without saving: the draft is kept
		s.editing.leave(s.quit)
		return
	}
	if s.opts.Quit != nil {
		s.opts.Quit()
		return
	}
	s.Close()
}

// Go brings a page into sight.
func (s *Station) goTo(n int) {
	if n < 0 || n >= len(s.pages) {
		return
	}
	if n != s.current {
		s.pages[s.current].object().Hide()
		s.current = n
		s.pages[n].object().Show()
	}
	s.pages[n].open()
	s.pages[n].frame(s.opts.Now())
	s.focusPage()
}

func (s *Station) focusPage() {
	if f := s.pages[s.current].focus(); f != nil && len(s.dialogs) == 0 {
		s.win.Canvas().Focus(f)
	}
}

// OpenTag opens a tag's faceplate beside the page.
func (s *Station) OpenTag(id tag.ID) {
	if !s.plate.show(id) {
		return
	}
	s.plate.panel.Show()
	s.body.Refresh()
	s.plate.frame(s.opts.Now())
	if s.plate.write.Visible() {
		s.win.Canvas().Focus(s.plate.field)
	}
}

func (s *Station) closePlate() {
	s.plate.panel.Hide()
	s.body.Refresh()
	s.focusPage()
}

// key is offered every key nobody else used.
func (s *Station) key(k view.Key) bool {
	if k.Mods&view.Ctrl != 0 && k.Name == "K" && len(s.dialogs) == 0 {
		s.find()
		return true
	}
	if k.Mods&^view.Shift != 0 {
		return false
	}
	if len(s.dialogs) > 0 {
		return s.dialogs[len(s.dialogs)-1].key(k)
	}
	if p, ok := s.pages[s.current].(interface{ key(view.Key) bool }); ok && p.key(k) {
		return true
	}
	for i := range s.pages {
		if k.Name == pageKey(i) {
			s.goTo(i)
			return true
		}
	}
	switch k.Name {
	case "F9":
		s.setDark(s.style.Palette != &paint.Dark)
	case "F10":
		s.silence()
	case "F11":
		s.win.SetFullScreen(!s.win.FullScreen())
	case "F12":
		s.askLogin()
	case view.KeyEscape:
		if !s.plate.panel.Visible() {
			return false
		}
		s.closePlate()
	default:
		return false
	}
	return true
}

// silence quiets the horn for every alarm that stands.
func (s *Station) silence() {
	now := s.opts.Now()
	if s.horn.Sounding() > 0 {
		s.status.tell(now, "The horn is silent until the next alarm.", false)
	}
	s.horn.Silence(now)
}

// hearing says why nobody can hear an alarm; "" when they can.
func (s *Station) hearing() string {
	switch {
	case s.horn.Out == nil:
		return "no sound device"
	case s.horn.Out.Err() != nil:
		return s.horn.Out.Err().Error()
	}
	return ""
}

func (s *Station) setDark(dark bool) {
	s.style.Palette = palette(dark)
	s.app.Settings().SetTheme(widgets.NewTheme(s.style.Palette))
	for _, f := range s.surfaces {
		f.Repaint()
	}
	if s.opts.Changed != nil {
		s.opts.Changed(dark)
	}
}
