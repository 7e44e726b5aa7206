package plant

import (
	"testing"

	"penstock/app/tag"
	"penstock/drivers"
)

// knowing is a rack that can say where a point is.
type knowing struct{ *rack }

func (knowing) Explain(_ drivers.Device, p drivers.Point) (string, error) {
	return "place " + p.Address + " of the rack", nil
}

func TestWhereATagComesFromIsSaid(t *testing.T) {
	const tags = "id,device,address,kind,expression\nL,R,1,float,\nTWICE,,,float,2*L\n"
	for name, c := range map[string]struct {
		driver drivers.Driver
		want   map[tag.ID]string
	}{
		"the driver knows": {knowing{newRack()}, map[tag.ID]string{
			"L": "R: place 1 of the rack; every 20ms", "TWICE": "computed here: 2*L",
			"SYS.LINK.R": "measured by the station itself", "NONE": "",
		}},
		"the driver does not": {newRack(), map[tag.ID]string{"L": "R: 1; every 20ms"}},
	} {
		proj, set := load(t, c.driver, tags, "id,tag,kind\n")
		p := run(t, proj, set, t.TempDir())
		for id, want := range c.want {
			if got := p.Explain(id); got != want {
				t.Errorf("%s: %s is explained as %q, want %q", name, id, got, want)
			}
		}
	}
}
