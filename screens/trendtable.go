package screens

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"penstock/app/report/sheet"
	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// tableMost is how many samples the table holds; a longer stretch shows its
// newest.
const tableMost = 200_000

// tableRefresh is how often the table of a window that follows now is read.
const tableRefresh = 5 * time.Second

// sampleKey names a sample: two pens may have one at the same time.
type sampleKey struct {
	t   int64
	pen int
}

// sampleTable lists every sample of the pens in the window, the newest first.
type sampleTable struct {
	s    *Station
	page *trendsPage
	list *rows.View[sampleKey]
	grid *widgets.Surface

	defs  []*tag.Def
	data  map[sampleKey]tag.Value
	shown trend.Window // what was read last
	read  time.Time
	stop  context.CancelFunc
	busy  bool
	turn  int
}

func newSampleTable(s *Station, page *trendsPage) *sampleTable {
	t := &sampleTable{s: s, page: page}
	t.list = rows.New[sampleKey](s.style, t,
		rows.Column{Title: "Time", Width: 190},
		rows.Column{Title: "Tag", Width: 150},
		rows.Column{Title: "Description", Rank: 2},
		rows.Column{Title: "Value", Width: 120, Align: paint.Right},
		rows.Column{Title: "Unit", Width: 70},
		rows.Column{Title: "Quality", Width: 170},
		rows.Column{Title: "Status", Width: 100, Rank: 3},
		rows.Column{Title: "Flags", Width: 110, Rank: 4},
		rows.Column{Title: "Received", Width: 190, Rank: 1},
	)
	t.list.Empty = "There is no sample in the stretch shown."
	t.list.OnOpen = func(k sampleKey) { s.OpenTag(t.defs[k.pen].ID) }
	t.list.Choices = func([]sampleKey) []view.Choice {
		return []view.Choice{{Text: "Copy", Do: t.copy}, {Text: "Export", Do: page.askExport}, {Text: "Back to the lines", Do: func() { page.showTable(false) }}}
	}
	t.grid = s.surface(tableKeys{t.list, t})
	return t
}

// tableKeys gives the keys the list leaves to the trend behind it: 1 to 6
// choose a span, PageUp and PageDown stay the list's.
type tableKeys struct {
	*rows.View[sampleKey]
	t *sampleTable
}

// Key implements view.View.
func (k tableKeys) Key(key view.Key) bool {
	switch {
	case key.Mods&view.Ctrl != 0 && key.Name == "C":
		k.t.copy()
		return true
	case k.View.Key(key):
		return true
	case key.Name == view.KeyEscape:
		k.t.page.showTable(false)
		return true
	case key.Mods == 0 && len(key.Name) == 1 && key.Name[0] >= '1' && key.Name[0] <= '6':
		return k.t.page.view.Key(key)
	}
	return false
}

func (t *sampleTable) frame(now time.Time) {
	t.page.view.Frame(now)
	w := t.page.view.Window()
	moved := w.From() != t.shown.From() || w.End != t.shown.End
	if moved && !t.busy && (!w.Live || w.Span != t.shown.Span || now.Sub(t.read).Abs() > tableRefresh) {
		t.load()
	}
	t.grid.Frame(now)
}

// load reads the samples of the window in the background.
func (t *sampleTable) load() {
	raw, ok := t.s.room.(Samples)
	if !ok {
		t.list.Empty = "This plant cannot hand over samples."
		return
	}
	if t.stop != nil {
		t.stop()
	}
	ctx, cancel := context.WithTimeout(t.s.ctx, exportLimit)
	t.stop = cancel
	t.turn++
	turn, w, defs := t.turn, t.page.view.Window(), t.page.defs()
	now := t.s.opts.Now()
	t.shown, t.read, t.busy = w, now, true
	go func() {
		defer cancel()
		data, order, cut, err := readTable(ctx, raw, defs, w.From(), min(w.End, now.UnixNano()+1))
		t.s.opts.Post(func() {
			if turn != t.turn {
				return
			}
			t.busy = false
			if err != nil {
				t.s.status.tell(t.s.opts.Now(), "The samples cannot be read: "+sentence(err), true)
				return
			}
			if cut != 0 {
				t.s.status.tell(t.s.opts.Now(), fmt.Sprintf("Only the samples since %s are listed: choose a shorter span, or export all.", nanos(cut).Format("2 Jan 15:04:05")), false)
			}
			t.defs, t.data = defs, data
			t.list.SetOrder(order)
			t.grid.Repaint()
		})
	}()
}

// readTable reads the samples of tags, newest first. Where there are more
// than tableMost, cut is the time they are complete from.
func readTable(ctx context.Context, raw Samples, defs []*tag.Def, from, to int64) (data map[sampleKey]tag.Value, order []sampleKey, cut int64, err error) {
	data = map[sampleKey]tag.Value{}
	most := tableMost / max(len(defs), 1)
	for i, d := range defs {
		ring := make([]tag.Value, 0, min(most, 4096))
		at, over := 0, false
		err := raw.Raw(ctx, d.ID, from, to, func(v tag.Value) bool {
			if len(ring) < most {
				ring = append(ring, v)
				return true
			}
			ring[at], over = v, true
			at = (at + 1) % most
			return true
		})
		if err != nil {
			return nil, nil, 0, err
		}
		if over {
			cut = max(cut, ring[at].At())
		}
		for _, v := range ring {
			data[sampleKey{v.At(), i}] = v
		}
	}
	for k := range data {
		if k.t < cut {
			delete(data, k)
			continue
		}
		order = append(order, k)
	}
	slices.SortFunc(order, func(a, b sampleKey) int {
		if c := cmp.Compare(b.t, a.t); c != 0 {
			return c
		}
		return cmp.Compare(a.pen, b.pen)
	})
	return data, order, cut, nil
}

// Row implements rows.Model.
func (t *sampleTable) Row(k sampleKey, r *rows.Row) bool {
	v, ok := t.data[k]
	if !ok || k.pen >= len(t.defs) {
		return false
	}
	copy(r.Cells, t.cells(k, v))
	if !v.Quality.Usable() {
		r.Tone = rows.Wrong
	} else if !v.Quality.IsGood() {
		r.Tone = rows.Dim
	}
	return true
}

// tableTime is how the table writes a time: with its zone, so that the hour
// that comes twice is told apart.
const tableTime = "2006-01-02 15:04:05.000 MST"

func (t *sampleTable) cells(k sampleKey, v tag.Value) []string {
	d := t.defs[k.pen]
	value := ""
	if v.Value.Kind() != tag.None {
		value = d.Format(v.Value)
	}
	received := ""
	if v.Received != 0 {
		received = nanos(v.Received).Format(tableTime)
	}
	return []string{nanos(v.At()).Format(tableTime), string(d.ID), d.Text, value, d.Unit, v.Quality.String(),
		fmt.Sprintf("0x%08X", v.Quality.Status()), sheet.Flags(v.Flags), received}
}

// copy puts the selected rows onto the clipboard, for a spreadsheet.
func (t *sampleTable) copy() {
	out := [][]string{{"Time", "Tag", "Description", "Value", "Unit", "Quality", "Status", "Flags", "Received"}}
	for _, k := range t.list.Selected() {
		if v, ok := t.data[k]; ok {
			out = append(out, t.cells(k, v))
		}
	}
	t.s.app.Clipboard().SetContent(tabbed(out))
	t.s.status.tell(t.s.opts.Now(), plural(len(out)-1, "row is", "rows are")+" on the clipboard.", false)
}
