package lint

import (
	"fmt"

	"penstock/screens/mimic"
)

// ways looks at how people get from display to display: by what can be tapped
// on them, up to the parent, and to the top by the navigation beside them.
func (l *linter) ways() {
	l.links = map[string][]string{}
	var names []string
	for _, d := range l.p.Displays {
		if d.Template() {
			continue
		}
		names = append(names, d.Name)
		items, _ := d.Expand(func(name string) *mimic.Display { return l.byName[name] })
		for i := range items {
			if to := items[i].Go; to != "" {
				l.links[d.Name] = append(l.links[d.Name], to)
			}
		}
		if d.Parent != "" {
			l.links[d.Name] = append(l.links[d.Name], d.Parent)
		}
	}
	for _, n := range names { // the navigation leads to the top from everywhere
		for _, top := range names {
			if l.byName[top].Level == 1 {
				l.links[n] = append(l.links[n], top)
			}
		}
	}
	fromTop := map[string]int{}
	for _, n := range names {
		if l.byName[n].Level == 1 {
			for to, clicks := range l.reach(n) {
				if have, ok := fromTop[to]; !ok || clicks < have {
					fromTop[to] = clicks
				}
			}
		}
	}
	for _, n := range names {
		if _, ok := fromTop[n]; !ok {
			l.add(Advice{Display: n, Rule: "orphan", What: "nothing leads here from a display of level 1", Do: `let an item of another display "go" here`})
			continue
		}
		far := ""
		for to, clicks := range l.reach(n) {
			if clicks > maxClicks && (far == "" || to < far) {
				far = to
			}
		}
		if far != "" {
			l.add(Advice{Display: n, Rule: "clicks", What: fmt.Sprintf("%s is more than %d clicks away", far, maxClicks), Do: "add a way that is shorter"})
		}
	}
}

// reach counts the clicks from a display to all that can be reached.
func (l *linter) reach(from string) map[string]int {
	dist := map[string]int{from: 0}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, to := range l.links[queue[0]] {
			if _, ok := dist[to]; !ok && l.byName[to] != nil {
				dist[to] = dist[queue[0]] + 1
				queue = append(queue, to)
			}
		}
	}
	return dist
}
