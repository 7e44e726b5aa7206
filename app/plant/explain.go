package plant

import (
	"fmt"
	"strings"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
)

// Explain says in one line where a tag's value comes from: for a tag of a
// device the place on the wire, in every notation an engineer may have before
// him, such as
//
//	RTU1: 300001 = IR0 = 0x0000, 2 registers: input register, FC4, float32 CDAB; every 1s
//
// for a computed one its expression. It is empty for a tag that is not there.
// It reads the device's options anew: call it when somebody looks, not every
// frame.
func (p *Plant) Explain(id tag.ID) string {
	r := p.running.Load()
	c := r.tags.Cell(id)
	if c == nil {
		return ""
	}
	d := c.Def()
	switch l := r.line(d.Device); {
	case d.Expr != "":
		return "computed here: " + d.Expr
	case strings.HasPrefix(string(id), project.SystemPrefix):
		return "measured by the station itself"
	case l != nil:
		out := d.Device + ": " + p.place(l.dev, d)
		if d.Period > 0 {
			out += fmt.Sprintf("; every %v", d.Period)
		}
		return out
	}
	return "not read from anywhere"
}

// place is where a tag is in its device: the driver's words, or else the
// address as it was written.
func (p *Plant) place(dev drivers.Device, d *tag.Def) string {
	if e, ok := p.conf.Drivers[dev.Driver].(drivers.Explainer); ok {
		if words, err := e.Explain(dev, project.Point(d)); err == nil && words != "" {
			return words
		}
	}
	return strings.TrimSpace(d.Address + " " + d.Type)
}
