package screens

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
)

// workspaceName is the file in Options.Folder where a station keeps its
// windows, to open them again at the next start.
const workspaceName = "workspace.json"

// workspaceFormat is the version of the file this program writes and reads.
const workspaceFormat = 1

// workspaceEvery is how often the windows are looked at for something to keep.
const workspaceEvery = 3 * time.Second

// Sizes of a window that are believed, Fyne units.
const (
	leastWindow = 200
	mostWindow  = 16384
)

// workspace is the windows of a station as they stand.
type workspace struct {
	Format  int          `json:"format"`
	Dark    bool         `json:"dark,omitempty"`
	Windows []workWindow `json:"windows"` // the main one first
}

// workWindow is one window.
type workWindow struct {
	spot
	Width  float32       `json:"width"` // Fyne units
	Height float32       `json:"height"`
	Full   bool          `json:"fullScreen,omitempty"`
	Tag    tag.ID        `json:"tag,omitempty"` // whose faceplate is open at its side
	Pinned []workPlate   `json:"pinned,omitempty"`
	Pens   []tag.ID      `json:"pens,omitempty"` // of the trend
	Span   time.Duration `json:"span,omitempty"` // of the trend, ns

	Looks map[tag.ID]trend.Look `json:"looks,omitempty"`      // of its pens
	Set   trend.Arrangement     `json:"arrangement,omitzero"` // of its pens
}

// workPlate is a pinned faceplate and where it stands, Fyne units.
type workPlate struct {
	Tag tag.ID  `json:"tag"`
	X   float32 `json:"x"`
	Y   float32 `json:"y"`
}

// workspaceFile is what is known of the file.
type workspaceFile struct {
	text    string // as it was written last
	looked  time.Time
	writing bool
	written sync.WaitGroup // of what is being written
}

// gather describes the windows.
func (s *Station) gather() workspace {
	ws := workspace{Format: workspaceFormat, Dark: s.style.Palette == &paint.Dark}
	for _, w := range s.all.list {
		size := w.win.Canvas().Size()
		in := workWindow{Width: size.Width, Height: size.Height, Full: w.win.FullScreen()}
		if p, ok := w.here(); ok {
			in.spot = p
		} else if t := &w.trail; len(t.places) > 0 { // in the editor
			in.spot = t.places[t.at]
		}
		if w.plates.docked() {
			in.Tag = w.plates.turns.id
		}
		for _, p := range w.plates.pinned {
			in.Pinned = append(in.Pinned, workPlate{p.id, p.at.X, p.at.Y})
		}
		if t := w.pages[trendPage].(*trendsPage); t.start {
			in.Pens, in.Span = t.view.Pens(), time.Duration(t.view.Window().Span)
			in.Looks, in.Set = t.looks(), t.view.Arrangement()
		}
		ws.Windows = append(ws.Windows, in)
	}
	return ws
}

// keepWorkspace writes the windows down when they have changed; with wait it
// does so before it returns.
func (s *Station) keepWorkspace(wait bool) {
	f := &s.all.saved
	if s.opts.Folder == "" || s.kiosk != nil || f.writing && !wait {
		return
	}
	f.written.Wait() // with wait: what was begun before is to end before
	out, err := keptText(s.gather())
	text := string(out)
	if err != nil || text == f.text { // a size that is no number is not kept
		return
	}
	write := func() error { return writeKept(s.opts.Folder, workspaceName, out) }
	f.text = text
	if wait {
		_ = write() // the window is going: there is nobody left to tell
		return
	}
	f.writing = true
	f.written.Add(1)
	s.act(func(context.Context) { defer f.written.Done(); err = write() }, func() {
		f.writing = false
		if err != nil {
			s.status.tell(s.opts.Now(), "The windows could not be written down for the next start: "+sentence(err), true)
		}
	})
}

// readWorkspace reads what keepWorkspace wrote; nil where nothing was.
func readWorkspace(folder string) (*workspace, error) {
	var ws workspace
	if there, err := readKept(folder, workspaceName, "windows of the last time", &ws); err != nil || !there {
		return nil, err
	}
	if ws.Format != workspaceFormat {
		return nil, fmt.Errorf("the windows of the last time cannot be opened: %s has format %d, this program reads %d", workspaceName, ws.Format, workspaceFormat)
	}
	return &ws, nil
}

// restore opens the windows of the last time. Whatever is wrong with the file
// is said on the status line, and the station starts as if there were none.
func (s *Station) restore() {
	if s.opts.Folder == "" || s.kiosk != nil {
		return
	}
	ws, err := readWorkspace(s.opts.Folder)
	if err != nil {
		path := filepath.Join(s.opts.Folder, workspaceName)
		say := sentence(err)
		if os.Rename(path, path+".bad") == nil {
			say += " The file is kept as " + workspaceName + ".bad."
		}
		s.status.tell(s.opts.Now(), say, true)
		return
	}
	if ws == nil {
		return
	}
	if ws.Dark && s.style.Palette != &paint.Dark {
		s.setDark(true)
	}
	for i, in := range ws.Windows[:min(len(ws.Windows), mostWindows)] {
		size := fyne.NewSize(1600, 900)
		if in.Width >= leastWindow && in.Width <= mostWindow && in.Height >= leastWindow && in.Height <= mostWindow {
			size = fyne.NewSize(in.Width, in.Height)
		}
		w := s
		if i > 0 {
			w = s.addWindow(size)
		} else {
			w.win.Resize(size)
		}
		w.take(in)
	}
}

// take brings a window to where it was.
func (s *Station) take(in workWindow) {
	if len(in.Pens) > 0 {
		t := s.pages[trendPage].(*trendsPage)
		t.start = true
		t.add(in.Pens...)
		t.draw(in.Looks, in.Set)
		if in.Span > 0 {
			t.view.Span(in.Span)
		}
	}
	if s.exists(in.spot) {
		s.visit(in.spot)
		s.trail = trail{} // nobody has been anywhere yet
		s.arrived()
	}
	for _, w := range in.Pinned[:min(len(in.Pinned), mostPinned)] {
		if p := s.plates.dock(w.Tag); p != nil && !p.pinned() {
			s.plates.pin(p)
			p.at = fyne.NewPos(w.X, w.Y)
		}
	}
	if in.Tag != "" {
		s.OpenTag(in.Tag)
	}
	if in.Full {
		s.win.SetFullScreen(true)
	}
}
