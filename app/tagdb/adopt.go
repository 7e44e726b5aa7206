package tagdb

import "penstock/app/tag"

// Adopt takes over the values of old, whose writer has stopped, into a DB that
// has not applied anything yet. A tag keeps its value when it still reads the
// same address of the same device, or computes the same expression: a new
// scale, range or kind is applied to what the device last sent. Every other tag
// starts without data.
func (db *DB) Adopt(old *DB) {
	for _, c := range db.order {
		o := old.cells[c.def.ID]
		if o == nil || o.def.Device != c.def.Device || o.def.Address != c.def.Address || o.def.Type != c.def.Type || o.def.Expr != c.def.Expr {
			continue
		}
		was := o.Load()
		r := was
		if c.program == nil {
			v := c.engineering(o.raw)
			c.raw, c.last, c.seen, c.told = o.raw, v, o.seen, o.told
			r.Value = v
			if v.Quality.Usable() && o.last.Quality != o.engineering(o.raw).Quality || v.Value.Kind() == tag.None && o.raw.Value.Kind() == tag.None {
				// Since that value the tag was marked as bad or stale.
				c.last.Quality, r.Quality = o.last.Quality, o.last.Quality
				c.last.Source, c.last.Received, c.last.Flags = o.last.Source, o.last.Received, o.last.Flags
				if !o.last.Quality.Usable() {
					c.last.Value = o.last.Value
				}
			}
		} else {
			c.last, c.seen, c.told = o.last, o.seen, o.told // the next compute makes it true
		}
		if r.Value != was.Value {
			r.Seq++
		}
		c.now.Store(&r)
	}
}
