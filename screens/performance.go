package screens

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/alarm/kpi"
	"penstock/app/project"
	"penstock/historian/journal"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// performanceSpans are the lengths offered beside any that a person types. The
// standards judge 30 days.
var performanceSpans = [...]struct {
	text, key string
	d         time.Duration
}{{"24 h", "D", 24 * time.Hour}, {"7 d", "W", 7 * 24 * time.Hour}, {"30 d", "M", 30 * 24 * time.Hour}}

// ownSpan is the place after those spans: the one that was typed.
const ownSpan = len(performanceSpans)

// Printer is a Room that can print.
type Printer interface {
	// PrintPerformance writes a report of an operating position ("" for the
	// whole plant) as PDF. It is called from goroutines of the screens'.
	PrintPerformance(w io.Writer, r *kpi.Report, position string) error
}

// performancePage says how well the alarm system serves the people who answer
// it: the figures of ISA-18.2 with their targets, the rate over time, and the
// alarms that came most.
type performancePage struct {
	s       *Station
	bar     *toolbar.Bar
	tools   *widgets.Surface
	list    *rows.View[int]
	grid    *widgets.Surface
	chart   *rateChart
	strip   *widgets.Surface
	tops    *rows.View[string]
	most    *widgets.Surface
	listBar *toolbar.Bar
	lists   *widgets.Surface
	root    *fyne.Container

	span     int       // of performanceSpans, or ownSpan
	from, to time.Time // where it is ownSpan
	area     string    // the operating position; "" for the whole plant
	report   *kpi.Report
	figures  []kpi.Figure
	drill    drill // what is listed
	counts   map[string]kpi.Count
	occurred map[string]*kpi.Occurrence
	problem  string
	turn     int
	busy     bool
	stop     context.CancelFunc
	project  *project.Project
	rules    map[string]*alarm.Rule // of project, by id
}

func newPerformance(s *Station) *performancePage {
	p := &performancePage{s: s, span: 1, counts: map[string]kpi.Count{}, occurred: map[string]*kpi.Occurrence{}, drill: drill{id: "most"}}
	p.bar, p.tools = s.newBar(p.do)
	p.list = rows.New[int](s.style, figureRows{p},
		rows.Column{Title: "Figure"},
		rows.Column{Title: "Value", Width: 80, Align: paint.Right},
		rows.Column{Title: "", Width: 56},
		rows.Column{Title: "Acceptable", Width: 92, Align: paint.Right, Rank: 1},
		rows.Column{Title: "Manageable", Width: 94, Align: paint.Right, Rank: 2},
		rows.Column{Title: "Verdict", Width: 96})
	p.list.OnOpen = func(i int) {
		if i < len(p.figures) {
			p.show(drillOf(p.figures[i].Name, &p.report.Options))
		}
	}
	p.grid = s.surface(p.list)
	p.tops = rows.New[string](s.style, topRows{p}, slices.Clone(countColumns)...)
	p.tops.Empty = "No alarm came in this time."
	p.tops.OnOpen = p.openTop
	p.tops.Choices = func(keys []string) []view.Choice {
		id := p.alarmOf(keys[0])
		if id == "" {
			return []view.Choice{{Text: "Alarms of this flood", Do: func() { p.openTop(keys[0]) }}}
		}
		return []view.Choice{{Text: "Occurrences", Do: func() { p.show(drill{"occurrences", id, func(o *kpi.Occurrence) bool { return o.Alarm == id }}) }},
			{Text: "Events of this alarm", Do: func() { s.eventsOf(id) }}, {Text: "What if ...", Do: func() { s.whatIf(id) }}}
	}
	p.most = s.surface(p.tops)
	p.listBar, p.lists = s.newBar(p.do)
	p.chart = &rateChart{p: p}
	p.strip = s.surface(p.chart)
	p.strip.Least = fyne.NewSize(200, 170)
	lists := container.New(&halves{}, p.grid, p.most)
	p.root = container.New(&upright{3}, p.tools, p.strip, p.lists, lists)
	return p
}

func (p *performancePage) object() fyne.CanvasObject { return p.root }
func (p *performancePage) focus() fyne.Focusable     { return p.grid }
func (p *performancePage) open()                     { p.compute() }

func (p *performancePage) close() {
	if p.stop != nil {
		p.stop()
	}
}

func (p *performancePage) frame(now time.Time) {
	p.setBar()
	p.tools.Frame(now)
	p.listBar.Set(p.listTools())
	p.lists.Frame(now)
	p.strip.Frame(now)
	p.grid.Frame(now)
	p.most.Frame(now)
}

// compute works the figures out in the background; a newer span cancels it.
func (p *performancePage) compute() {
	p.close()
	p.turn++
	turn, now := p.turn, p.s.opts.Now()
	p.busy = true
	ctx, cancel := context.WithTimeout(p.s.ctx, time.Minute)
	p.stop = cancel
	from, to := p.from, p.to
	if p.span != ownSpan {
		from, to = now.Add(-performanceSpans[p.span].d), now
	}
	o := kpi.Options{From: from.UnixNano(), To: to.UnixNano(), Position: p.position(), Priorities: p.s.room.Project().Alarming.Priorities}
	go func() {
		defer cancel()
		r, err := kpi.Read(ctx, entries{p.s.room}, o)
		p.s.opts.Post(func() {
			if turn == p.turn && p.s.ctx.Err() == nil {
				p.take(r, err)
			}
		})
	}()
}

// entries reads the journal of a room a page at a time, however long it is.
type entries struct{ room Room }

// entriesAPage is how many entries are asked for at a time.
const entriesAPage = 20_000

// Each calls do with every entry that f chooses, oldest first.
func (e entries) Each(ctx context.Context, f journal.Filter, do func(*journal.Entry) error) error {
	left := f.Limit
	for {
		f.Limit = entriesAPage
		if left > 0 {
			f.Limit = min(left, entriesAPage)
		}
		page, err := e.room.Entries(ctx, f)
		if err != nil {
			return err
		}
		for i := range page {
			if err := do(&page[i]); err != nil {
				return err
			}
		}
		if left -= len(page); len(page) < f.Limit || left == 0 {
			return nil
		}
		f.After = page[len(page)-1].Seq
	}
}

func (p *performancePage) take(r *kpi.Report, err error) {
	p.busy, p.problem = false, ""
	if err != nil {
		p.problem = "The journal cannot be read: " + sentence(err)
		return
	}
	p.report, p.figures = r, r.Figures()
	order := make([]int, len(p.figures))
	for i := range order {
		order[i] = i
	}
	p.list.SetOrder(order)
	p.list.Touch()
	p.show(p.drill)
	p.chart.dirty = true
}

func (p *performancePage) setBar() {
	var items []toolbar.Item
	for i, sp := range performanceSpans {
		items = append(items, toolbar.Item{ID: sp.text, Text: sp.text, Hint: sp.key, On: i == p.span})
	}
	own := "Other time"
	if p.span == ownSpan {
		own = p.from.Format(spanTime) + " to " + p.to.Format(spanTime)
	}
	items = append(items, toolbar.Item{ID: "span", Text: own, Hint: "G", On: p.span == ownSpan})
	position := p.area
	if position == "" {
		position = "whole plant"
	}
	items = append(items, toolbar.Item{ID: "area", Text: "Position: " + position, Hint: "E", On: p.area != "", Gap: true})
	items = append(items, toolbar.Item{ID: "again", Text: "Work out again", Hint: "R", Gap: true}, toolbar.Item{ID: "export", Text: "Export CSV", Hint: "X", Off: p.report == nil})
	if _, ok := p.s.room.(Printer); ok {
		items = append(items, toolbar.Item{ID: "print", Text: "Export PDF", Hint: "P", Off: p.report == nil})
	}
	switch {
	case p.problem != "":
		items = append(items, toolbar.Item{Text: p.problem, Gap: true})
	case p.busy:
		items = append(items, toolbar.Item{Text: "reading the journal ...", Gap: true})
	case p.report != nil:
		items = append(items, toolbar.Item{Text: "EEMUA 191: " + p.report.Verdict(), Gap: true})
	}
	p.bar.Set(items)
}

func (p *performancePage) do(id string) {
	for i, sp := range performanceSpans {
		if id == sp.text {
			p.span = i
		}
	}
	if list, ok := strings.CutPrefix(id, "list "); ok {
		p.show(drill{id: list})
		return
	}
	switch id {
	case "span":
		p.askSpan()
		return
	case "area":
		offerAt(p.bar, p.tools, id, p.areaChoices())
		return
	case "export":
		if p.report != nil {
			p.export()
		}
		return
	case "print":
		p.print()
		return
	}
	p.compute()
}

// spanTime is how a span that was typed is shown.
const spanTime = "2 Jan 15:04"

// askSpan asks for any time: a shift, a week, the day of an upset.
func (p *performancePage) askSpan() {
	from, to := p.s.opts.Now().Add(-24*time.Hour), p.s.opts.Now()
	if p.report != nil {
		from, to = nanos(p.report.Options.From), nanos(p.report.Options.To)
	}
	p.s.askStretch("Performance of the alarms", "Work out", from, to, func(from, to time.Time) {
		p.span, p.from, p.to = ownSpan, from, to
		p.compute()
	})
}

// export writes the figures, and what they were counted from, beside the
// person's other files.
func (p *performancePage) export() {
	path := p.exportPath(".csv")
	from := strings.TrimSuffix(path, ".csv") + "-occurrences.csv"
	err := writeWhole(path, func(w io.Writer) error { return p.report.WriteCSV(w) })
	if err == nil {
		err = writeWhole(from, func(w io.Writer) error { return p.report.WriteOccurrences(w) })
	}
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), sentence(err), true)
		return
	}
	p.s.status.tell(p.s.opts.Now(), "The figures are in "+path+", what they were counted from beside them.", false)
}

// print writes charts and figures beside the person's other files; it takes a
// while, so in the background.
func (p *performancePage) print() {
	printer, ok := p.s.room.(Printer)
	if !ok || p.report == nil {
		return
	}
	path, r, position := p.exportPath(".pdf"), p.report, p.area
	p.s.status.tell(p.s.opts.Now(), "The report is being drawn ...", false)
	var err error
	p.s.act(func(context.Context) {
		err = writeWhole(path, func(w io.Writer) error { return printer.PrintPerformance(w, r, position) })
	}, func() {
		if err != nil {
			p.s.status.tell(p.s.opts.Now(), "There is no report: "+sentence(err), true)
			return
		}
		p.s.status.tell(p.s.opts.Now(), "The report is in "+path+".", false)
	})
}

// exportPath is a new file in the person's home.
func (p *performancePage) exportPath(ext string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	return filepath.Join(home, "alarm-performance-"+p.s.opts.Now().Format("20060102-150405")+ext)
}

// figureRows lists the figures.
type figureRows struct{ p *performancePage }

// Row implements rows.Model.
func (m figureRows) Row(i int, r *rows.Row) bool {
	if i >= len(m.p.figures) {
		return false
	}
	f := m.p.figures[i]
	r.Cells[0], r.Cells[1], r.Cells[2] = f.Name, figureText(f.Value), f.Unit
	r.Cells[3], r.Cells[4], r.Cells[5] = figureText(f.Target), figureText(f.Limit), f.Grade.String()
	if f.Grade.String() == "too much" {
		r.Tone = rows.Strong
	}
	return true
}

func figureText(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	}
	return strconv.FormatFloat(v, 'f', 1+max(0, int(1-math.Ceil(math.Log10(math.Abs(v)+1e-9)))), 64)
}

// rule is the configuration of an alarm; nil where it is no longer there.
func (p *performancePage) rule(id string) *alarm.Rule {
	if now := p.s.room.Project(); now != p.project {
		p.project, p.rules = now, map[string]*alarm.Rule{}
		for i := range now.Alarms {
			p.rules[now.Alarms[i].ID] = &now.Alarms[i]
		}
	}
	return p.rules[id]
}

// performanceKeys are the buttons' keys; L shows the next list.
var performanceKeys = func() map[string]string {
	keys := map[string]string{"G": "span", "E": "area", "R": "again", "X": "export", "P": "print"}
	for _, sp := range performanceSpans {
		keys[sp.key] = sp.text
	}
	return keys
}()

// key is offered the keys the lists leave.
func (p *performancePage) key(k view.Key) bool {
	if k.Mods != 0 {
		return false
	}
	if k.Name == "L" {
		p.nextList()
		return true
	}
	id, ok := performanceKeys[k.Name]
	if ok {
		p.do(id)
	}
	return ok
}

// rateChart draws how many alarms came in each ten minutes, and the two lines
// the standards draw: more than 5 is hard to answer, more than 10 is a flood.
type rateChart struct {
	pane
	p *performancePage
}

// plot is where the bars stand.
func (v *rateChart) plot() image.Rectangle {
	px := func(n float32) int { return int(n*v.scale + 0.5) }
	return image.Rect(px(44), px(28), v.size.X-px(14), v.size.Y-px(24))
}

// barOf is where the bar of the i-th ten minutes begins and ends: they are of
// the wall clock, so the first may begin before the span and the last end
// after it.
func barOf(r *kpi.Report, i int, plot image.Rectangle) (from, to int) {
	x := func(i int) int {
		t := r.BucketsFrom + int64(i)*int64(10*time.Minute)
		share := float64(t-r.Options.From) / float64(r.Options.To-r.Options.From)
		return plot.Min.X + int(float64(plot.Dx())*min(max(share, 0), 1)+0.5)
	}
	return x(i), x(i + 1)
}

// Paint implements view.View.
func (v *rateChart) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.p.s.style, v.scale}
	pal := k.pal()
	p.FillRect(image.Rectangle{Max: v.size}, pal.Panel)
	k.say(k.bold(12.5), image.Rect(k.px(12), k.px(4), v.size.X, k.px(24)), paint.Left, "Alarms in each ten minutes", pal.Text)
	plot := v.plot()
	p.FillRect(plot, pal.Sunken)
	r := v.p.report
	if r == nil || len(r.Buckets) == 0 || plot.Empty() {
		return
	}
	most := 12
	for _, n := range r.Buckets {
		most = max(most, n)
	}
	y := func(n int) int { return plot.Max.Y - plot.Dy()*n/(most+most/10+1) }
	for _, line := range []struct {
		n    int
		text string
	}{{5, "5"}, {10, "10"}} {
		p.FillRect(image.Rect(plot.Min.X, y(line.n), plot.Max.X, y(line.n)+1), pal.Dim)
		k.say(k.font(11), image.Rect(0, y(line.n)-k.px(8), plot.Min.X-k.px(6), y(line.n)+k.px(8)), paint.Right, line.text, pal.Dim)
	}
	for i, c := range r.Buckets {
		if c == 0 {
			continue
		}
		x0, x1 := barOf(r, i, plot)
		col := paint.Mix(pal.Sunken, pal.Text, 0.45)
		if c > 10 {
			col = pal.Text
		}
		p.FillRect(image.Rect(x0, y(c), max(x1-1, x0+1), plot.Max.Y), col)
	}
	format := "15:04"
	if r.Options.To-r.Options.From > int64(48*time.Hour) {
		format = "Mon 2 Jan"
	}
	const marks = 7
	for i := range marks {
		t := r.Options.From + (r.Options.To-r.Options.From)*int64(i)/marks
		x := plot.Min.X + plot.Dx()*i/marks
		p.FillRect(image.Rect(x, plot.Max.Y, x+1, plot.Max.Y+k.px(4)), pal.Outline)
		k.say(k.font(11), image.Rect(x+k.px(3), plot.Max.Y+k.px(3), x+k.px(100), plot.Max.Y+k.px(20)), paint.Left, nanos(t).Format(format), pal.Dim)
	}
}
