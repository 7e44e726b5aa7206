package screens

import (
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
)

// linkList lists how each device's link is doing, with one in full below.
type linkList struct {
	s      *Station
	list   *rows.View[string]
	grid   *widgets.Surface
	detail *linkDetails
	side   *widgets.Surface
	root   *fyne.Container
	links  map[string]drivers.Status
	names  []string
	second int64
	now    time.Time
}

func newLinkList(s *Station) *linkList {
	p := &linkList{s: s, links: map[string]drivers.Status{}}
	p.list = rows.New[string](s.style, p,
		rows.Column{Title: "Device", Width: 120},
		rows.Column{Title: "State", Width: 90},
		rows.Column{Title: "In words"},
		rows.Column{Title: "Driver", Width: 74, Rank: 4},
		rows.Column{Title: "Points", Width: 64, Align: paint.Right, Rank: 2},
		rows.Column{Title: "Bad", Width: 60, Align: paint.Right, Rank: 1},
		rows.Column{Title: "Last data", Width: 84, Rank: 1},
		rows.Column{Title: "Cycle", Width: 100, Align: paint.Right, Rank: 2},
		rows.Column{Title: "Answer p99", Width: 96, Align: paint.Right, Rank: 3},
		rows.Column{Title: "Failed", Width: 80, Align: paint.Right, Rank: 3},
		rows.Column{Title: "Reconnects", Width: 92, Align: paint.Right, Rank: 5},
	)
	p.list.Empty = "The project has no devices."
	p.grid = s.surface(p.list)
	p.detail = &linkDetails{details: details{s: s}}
	p.side = s.surface(p.detail)
	p.side.Least = fyne.NewSize(200, 370) // twelve counters: what was lost stands at their end
	p.root = container.New(&upright{}, p.grid, p.side)
	return p
}

func (p *linkList) frame(now time.Time) {
	p.now = now
	if half := now.UnixMilli() / 500; half != p.second {
		p.second = half
		var names []string
		clear(p.links)
		for _, l := range p.s.room.Links() {
			names = append(names, l.Device)
			p.links[l.Device] = l
		}
		if !slices.Equal(names, p.names) {
			p.names = names
			p.list.SetOrder(slices.Clone(names))
			if _, ok := p.list.Focused(); !ok && len(names) > 0 {
				p.list.Choose(names[0])
			}
		}
		p.list.Touch()
		p.detail.dirty = true
	}
	p.grid.Frame(now)
	id, _ := p.list.Focused()
	if p.detail.device != id {
		p.detail.device, p.detail.dirty = id, true
	}
	p.detail.link, p.detail.now = p.links[id], now
	p.side.Frame(now)
}

// Row implements rows.Model.
func (p *linkList) Row(id string, r *rows.Row) bool {
	l, ok := p.links[id]
	if !ok {
		return false
	}
	switch l.State {
	case drivers.Up:
	case drivers.OffService:
		r.Tone = rows.Dim
	default:
		r.Tone = rows.Wrong
	}
	r.Cells[0], r.Cells[1], r.Cells[2], r.Cells[3] = l.Device, string(l.State), l.Words, l.Driver
	r.Cells[4], r.Cells[5] = fmt.Sprint(l.Points), fmt.Sprint(l.BadPoints)
	if !l.LastData.IsZero() {
		r.Cells[6] = clockTime(l.LastData.Local(), p.now)
	}
	r.Cells[7] = cycleText(l.Cycles)
	if h := l.Answers(); h.Count() > 0 {
		r.Cells[8] = took(h.Quantile(0.99))
	}
	r.Cells[9], r.Cells[10] = fmt.Sprint(l.Counters.Failed), fmt.Sprint(l.Counters.Reconnects)
	if l.Overloaded {
		r.Badge = "too slow"
	}
	return true
}

// cycleText is how the shortest scan class is kept: "1.00 of 1 s".
func cycleText(cycles []drivers.Cycle) string {
	var best *drivers.Cycle
	for i := range cycles {
		if c := &cycles[i]; c.Actual > 0 && (best == nil || c.Period < best.Period) {
			best = c
		}
	}
	if best == nil {
		return ""
	}
	return fmt.Sprintf("%.2f of %g s", best.Actual.Seconds(), best.Period.Seconds())
}
