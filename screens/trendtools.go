package screens

import (
	"penstock/widgets/view"
)

// key is offered the keys the plot leaves.
func (p *trendsPage) key(k view.Key) bool {
	id, ok := map[string]string{"G": "goto", "C": "compare", "I": "picker", "Z": "large", "N": "note", "T": "table", "L": "groups", "S": "save", "E": "export", "P": "print"}[k.Name]
	if !ok || k.Mods != 0 {
		return false
	}
	p.do(id)
	return true
}

func (p *trendsPage) do(id string) {
	switch id {
	case "goto":
		p.askGo()
	case "compare":
		p.askCompare()
	case "uncompare":
		p.view.CompareDays(0)
	case "note":
		p.askNote(p.view.Moment())
	case "table":
		p.showTable(!p.table.grid.Visible())
	case "save":
		p.askSave()
	case "groups":
		p.askGroup()
	case "export":
		p.askExport()
	case "stop":
		p.stopWriting()
	case "print":
		p.print()
	case "copy":
		p.copyStatistics()
	case "large":
		p.showLarge(p.view.Enlarged() == 1)
	case "picker":
		p.showPicker(!p.pick.panel.Visible())
	}
}

// showTable shows the samples of the window instead of the lines, or back.
func (p *trendsPage) showTable(on bool) {
	if on {
		p.plot.Hide()
		p.table.grid.Show()
		p.table.load()
	} else {
		p.table.grid.Hide()
		p.plot.Show()
	}
	p.s.focusPage()
}

// afar is how many times as large a trend is drawn to be read from three
// metres: text of 21 units is seen there like one of 9 at a desk.
const afar = 1.7

func (p *trendsPage) showLarge(on bool) {
	if p.view.Enlarge(1); on {
		p.view.Enlarge(afar)
	}
	p.plot.Repaint()
}

// showPicker shows the list of tags beside the trend, or gives its room to
// the lines.
func (p *trendsPage) showPicker(on bool) {
	if p.pick.panel.Hide(); on {
		p.pick.panel.Show()
	}
	p.root.Refresh()
	if p.s.focusPage(); on {
		p.s.opts.Post(func() { p.s.win.Canvas().Focus(p.pick.search) }) // the letter of the key comes first
	}
}
