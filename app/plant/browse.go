package plant

import (
	"context"
	"fmt"

	"penstock/drivers"
)

// Browse lists what is directly under a node of a device, over its link; "" is
// the root. It waits while more urgent requests are on the line, and errs while
// the link is down and for a device that cannot be browsed.
func (p *Plant) Browse(ctx context.Context, device, under string) ([]drivers.Node, error) {
	l := p.running.Load().line(device)
	if l == nil {
		return nil, fmt.Errorf("there is no device %s", device)
	}
	return l.Browse(ctx, under)
}
