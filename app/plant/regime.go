package plant

import (
	"fmt"
	"os"
	"sync"

	"penstock/app/alarm"
	"penstock/app/project"
)

// regimesKept is how many versions' rules are remembered: a person who looks
// back goes to and fro between a few.
const regimesKept = 4

// regimes are the rules of versions that were asked for.
type regimes struct {
	mu    sync.Mutex
	known []kept // the one asked for last comes last
}

type kept struct {
	version string
	rules   []alarm.Rule
}

// RulesAt returns the alarm rules this plant ran by at t, ns since 1970 UTC:
// those of the version of the project that was the newest then, with the
// station's own. Where no version is kept of then, or it cannot be read, they
// are the nearest that are known, and Doubt says so.
func (p *Plant) RulesAt(t int64) alarm.Regime {
	now := p.running.Load()
	out := alarm.Regime{Until: alarm.Never}
	today := func(doubt string) alarm.Regime {
		out.Rules, out.Doubt = systemRules(now.project, now.tags), doubt
		return out
	}
	all, err := project.Versions(p.conf.Data.VersionsDir())
	if err != nil || len(all) == 0 {
		return today("The rules of then were not kept: those of today are used.")
	}
	i := len(all) - 1
	for i >= 0 && all[i].At.UnixNano() > t {
		i--
	}
	if i+1 < len(all) {
		out.Until = all[i+1].At.UnixNano()
	}
	if i < 0 {
		out.Doubt = fmt.Sprintf("No project was kept before %s: the rules of that one are used.", all[0].At.Local().Format("2 Jan 2006 15:04"))
		i = 0
	} else {
		out.From = all[i].At.UnixNano()
	}
	rules, err := p.rulesOf(all[i])
	if err != nil {
		return today(fmt.Sprintf("The project of %s cannot be read: the rules of today are used.", all[i].At.Local().Format("2 Jan 2006 15:04")))
	}
	out.Rules = rules
	return out
}

// rulesOf reads the rules of a version.
func (p *Plant) rulesOf(v project.Version) ([]alarm.Rule, error) {
	p.regimes.mu.Lock()
	defer p.regimes.mu.Unlock()
	known := p.regimes.known
	for i, k := range known {
		if k.version == v.Name {
			p.regimes.known = append(append(known[:i:i], known[i+1:]...), k)
			return k.rules, nil
		}
	}
	proj, err := project.LoadFS(os.DirFS(v.Folder), p.conf.Drivers)
	if err != nil {
		return nil, err
	}
	rules := systemRules(proj, p.Tags())
	if len(known) >= regimesKept {
		known = known[1:]
	}
	p.regimes.known = append(known[:len(known):len(known)], kept{v.Name, rules})
	return rules, nil
}
