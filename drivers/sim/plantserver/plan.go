package plantserver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/drivers/sim/waterworks"
)

// A plan is a scenario some time after the start.
type plan struct {
	scenario waterworks.Scenario
	after    time.Duration
}

// parsePlans reads scenarios such as "burst-main" and "pump-trip@2m", and
// puts them in order of time.
func parsePlans(texts []string) (out []plan, err error) {
	for _, text := range texts {
		name, after, later := strings.Cut(text, "@")
		p := plan{}
		if p.scenario, err = waterworks.ParseScenario(name); err != nil {
			return nil, err
		}
		if later {
			if p.after, err = time.ParseDuration(after); err != nil || p.after < 0 {
				return nil, fmt.Errorf("scenario %q: after @ stands a time such as 90s or 2m", text)
			}
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b plan) int { return int(a.after - b.after) })
	return out, nil
}
