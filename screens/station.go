package screens

import (
	"context"
	"image/color"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

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
	Kiosk   []string         // the displays and pages a kiosk shows, see Kiosk; none: the window is no kiosk
	Turn    time.Duration    // a kiosk goes on to the next of them after this; 0: by hand
}

// Station is one window of the control room; further windows hang on the main
// one. Its methods are called on the UI goroutine, but for Close.
type Station struct {
	app  fyne.App
	room Room
	opts Options
	win  fyne.Window

	all     *windows
	style   *paint.Style // shared with the other windows
	session Session      // the same at every window; see enter
	horn    *horn.Horn   // shared with the other windows
	kiosk   *kiosk       // nil: a whole control room

	header      *header
	nav         *navigation
	location    *location
	machine     *timeMachine
	status      *statusLine
	pages       []page
	names       []string    // of the pages
	performance int         // number of its page
	editing     *editorPage // the main window's
	editor      int         // number of its page, which no key and no name leads to
	people      People      // nil where users are kept elsewhere
	current     int
	plates      *plates
	body        *fyne.Container
	edge        *canvas.Rectangle // around a page that is not live
	trail       trail
	retracing   bool // what is gone to is on the trail already
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

// NewStation makes the main window of a room. Show it with Show.
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
	all := &windows{style: &paint.Style{Palette: palette(opts.Dark), Faces: faces}, favourites: openFavourites(opts.Folder)}
	all.horn.Out = opts.Speaker
	app.Settings().SetTheme(widgets.NewTheme(all.style.Palette))
	all.make = func(opts Options) *Station { return newStation(app, room, opts, all) }
	s := all.make(opts)
	if s.favourites().broken != nil {
		s.status.tell(opts.Now(), sentence(s.favourites().broken), true)
	}
	s.restore()
	return s
}

// newStation makes one more of the windows.
func newStation(app fyne.App, room Room, opts Options, all *windows) *Station {
	s := &Station{app: app, room: room, opts: opts, all: all, session: opts.Session, style: all.style, horn: &all.horn}
	all.list = append(all.list, s)
	if len(opts.Kiosk) > 0 {
		s.kiosk = newKiosk(room.Project(), opts.Kiosk, opts.Turn)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.win = app.NewWindow(room.Project().Name)
	s.win.SetPadded(false)
	s.build()
	s.win.SetCloseIntercept(s.quit)
	s.win.Resize(fyne.NewSize(1600, 900))
	if s.kiosk != nil {
		s.nav.surface.Hide()
		s.kiosk.show(s, 0)
	}
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
	s.plates = newPlates(s)
	s.machine = newTimeMachine(s)
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
	if s.editing = s.main().editing; s.isMain() { // displays are edited at one window only
		s.editing, s.editor = newEditor(s), len(s.pages)
		s.pages = append(s.pages, s.editing)
	}
	s.nav = newNavigation(s)
	s.location = newLocation(s)
	s.edge = canvas.NewRectangle(color.Transparent)
	s.edge.StrokeWidth = 4
	s.edge.StrokeColor = s.style.Palette.Text
	s.edge.Hide()
	middle := container.NewStack()
	for i, p := range s.pages {
		o := p.object()
		if i != s.current {
			o.Hide()
		}
		middle.Add(o)
	}
	s.body = container.New(&frameLayout{s}, s.header.surface, s.nav.surface, middle, s.plates.layer, s.status.surface, s.location.surface, s.machine.panel, s.edge)
	s.win.SetContent(s.body)
	c := s.win.Canvas()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) { s.key(view.Key{Name: keyName(e.Name), Mods: widgets.HeldMods()}) })
	s.bindChords()
	s.pages[s.current].open()
	s.arrived()
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

// Show shows the window, those that hang on it, and starts their tick.
func (s *Station) Show() {
	s.ticking.Go(s.run)
	s.all.shown = true
	for _, w := range s.all.list {
		w.win.Show()
		w.focusPage()
	}
	if s.session == nil && s.people != nil && len(s.opts.Kiosk) == 0 && s.people.NeedsFirst() {
		s.askFirst(s.people) // nobody can do anything before
	}
}

func (s *Station) setDark(dark bool) {
	s.style.Palette = palette(dark)
	s.app.Settings().SetTheme(widgets.NewTheme(s.style.Palette))
	for _, w := range s.all.list {
		w.edge.StrokeColor = s.style.Palette.Text
		for _, f := range w.surfaces {
			f.Repaint()
		}
	}
	if s.opts.Changed != nil {
		s.opts.Changed(dark)
	}
}
