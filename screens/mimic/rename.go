package mimic

// Renamed returns d as it is after a display or template has got another name:
// itself where it does not refer to it. Find returns a display by name, or nil.
func (d *Display) Renamed(from, to string, find func(string) *Display) *Display {
	next, changed := d.Clone(), false
	set := func(s *string) {
		if *s == from {
			*s, changed = to, true
		}
	}
	if d.Name == from {
		next.Name, changed = to, true
	}
	set(&next.Parent)
	for i := range next.Items {
		it := &next.Items[i]
		set(&it.Go)
		for _, p := range leading(find(it.Use), find, 0) {
			if v := it.With[p]; v == from {
				it.With[p], changed = to, true
			}
		}
		set(&it.Use)
	}
	if !changed {
		return d
	}
	return next
}

// leading are the parameters of a template that name a display.
func leading(t *Display, find func(string) *Display, depth int) (out []string) {
	if t == nil || depth > maxDepth {
		return nil
	}
	for _, p := range t.Params {
		in := "{" + p + "}"
		for i := range t.Items {
			it := &t.Items[i]
			leads := it.Go == in || it.Use == in
			for _, q := range leading(find(it.Use), find, depth+1) { // a template in the template
				leads = leads || it.With[q] == in
			}
			if leads {
				out = append(out, p)
				break
			}
		}
	}
	return out
}
