package alarm

// group is a first-out group: of the alarms that come together, the one that
// came first is marked, since the others are likely to follow from it. The
// group starts anew when none of its alarms is active.
type group struct{ active int }

func (g *group) count(active bool) {
	if active {
		g.active++
	} else {
		g.active--
	}
}

func (e *Engine) groupOf(name string) *group {
	if name == "" {
		return nil
	}
	g := e.groups[name]
	if g == nil {
		g = new(group)
		e.groups[name] = g
	}
	return g
}
