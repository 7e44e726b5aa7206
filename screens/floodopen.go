package screens

import (
	"fmt"
	"image"

	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
)

// showGroups shows the groups instead of the list, or the list again.
func (p *alarmsPage) showGroups(on bool) {
	if on == p.grouped || p.flood == nil {
		return
	}
	p.grouped = on
	if on {
		p.grid.Hide()
		p.heaps.Show()
	} else {
		p.heaps.Hide()
		p.grid.Show()
	}
	p.s.focusPage()
}

// openHeap lists the alarms of one group and goes to the one that came first.
func (p *alarmsPage) openHeap(h heap) {
	first := p.flood.leading()
	p.showGroups(false)
	p.which = "standing"
	p.unfilter()
	p.filter.heap = h
	p.list.SetOrder(nil)
	p.order()
	if first != nil && h.holds(first) {
		p.list.Choose(first.Rule.ID)
	}
}

// groupTools are what can be done while the groups are shown. Alarms are
// acknowledged where they can be read: in the list.
func (p *alarmsPage) groupTools() []toolbar.Item {
	say := "Alarms are answered in the list of their group."
	return []toolbar.Item{{ID: "group", Text: "Open the group", Hint: "Return", Off: len(p.flood.heaps) == 0}, {Text: say, Gap: true}}
}

// groupsItem leads to the groups and back.
func (p *alarmsPage) groupsItem() toolbar.Item {
	it := toolbar.Item{ID: "groups", Text: "Groups", Hint: "G", On: p.grouped}
	if p.snap != nil && p.snap.Flood.Active {
		it.Icon, it.Text = toolbar.Bell, fmt.Sprintf("Flood %d: groups", p.snap.Flood.Count)
	}
	return it
}

// openFlood brings the groups into sight.
func (s *Station) openFlood() {
	s.goTo(alarmPage)
	s.pages[alarmPage].(*alarmsPage).showGroups(true)
}

// paintFlood says that there is a flood, leads to the groups, and returns
// where it begins.
func (h *header) paintFlood(k *ink, r image.Rectangle) int {
	pal := k.pal()
	f := k.bold(13)
	say := h.have.flood
	if r.Dx() < k.px(tightBanner) {
		say = "FLOOD"
	}
	box := image.Rect(r.Max.X-f.Width(say)-k.px(20), r.Min.Y+k.px(10), r.Max.X, r.Max.Y-k.px(10))
	k.FillRect(box, pal.Alarm[1])
	k.say(f, box, paint.Center, say, paint.Ink(pal.Alarm[1]))
	h.zones = append([]headZone{{box, h.s.openFlood}}, h.zones...) // before the banner it stands in
	return box.Min.X
}
