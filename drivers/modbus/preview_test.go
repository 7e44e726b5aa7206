package modbus

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"penstock/drivers"
)

// What is shown before anything is connected is what goes over the wire then.
func TestThePreviewIsWhatIsAsked(t *testing.T) {
	s := startSlave(t)
	dev := s.device()
	dev.Options["never_read"] = "HR50-59"
	dev.Options["order"] = "CDAB"
	points := []drivers.Point{pt("HR0", "float32"), pt("40011", "uint32 ABCD"), pt("HR40", ""), pt("HR70", "string(4)"), pt("IR5", ""), pt("CO3", ""), pt("HR900.4", ""), pt("IR900", "")}
	for i := range points {
		points[i].Period = time.Second
	}
	points[7].Period = 5 * time.Second
	d := new(Driver)
	p, err := d.Preview(dev, points)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Classes) != 2 || p.Classes[0].Period != time.Second || p.Classes[0].Points != 7 || p.Order != "CDAB" || !slices.Equal(p.Never, []string{"HR50-59"}) {
		t.Fatalf("%+v", p)
	}
	var shown []string
	unused, seen := 0, map[int]string{}
	for _, r := range p.Classes[0].Requests {
		shown = append(shown, fmt.Sprintf("FC%d %s", r.Function, r.Range))
		unused += r.Unused
		for _, x := range r.Points {
			seen[x.Point] = x.Wire
		}
	}
	if want := []string{"FC3 HR0-40", "FC3 HR70-71", "FC3 HR900", "FC4 IR5", "FC1 CO3"}; !slices.Equal(shown, want) {
		t.Errorf("requests %v, want %v", shown, want)
	}
	if unused != 36 {
		t.Errorf("%d registers nobody wants, want 36", unused)
	}
	if want := "400001 = HR0 = 0x0000, 2 registers: holding register, FC3, float32 CDAB"; len(seen) != 7 || seen[0] != want {
		t.Errorf("point 0 of %d is at %q, want %q", len(seen), seen[0], want)
	}
	if c := p.Classes[0]; c.Seconds <= 0 || c.Seconds >= c.Singly {
		t.Errorf("%g s together, %g s singly", c.Seconds, c.Singly)
	}

	c := dial(t, d, dev)
	before := len(s.asked())
	readAll(t, c, points[:7]...)
	var asked []string
	for _, request := range s.asked()[before:] {
		at, n := int(request[8])<<8|int(request[9]), int(request[10])<<8|int(request[11])
		asked = append(asked, fmt.Sprintf("FC%d %d+%d", request[7], at, n))
	}
	if want := []string{"FC3 0+41", "FC3 70+2", "FC3 900+1", "FC4 5+1", "FC1 3+1"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, shown %v", asked, shown)
	}
}

// What the unit refused before is shown apart.
func TestThePreviewKnowsWhatWasRefused(t *testing.T) {
	d := new(Driver)
	if err := d.Teach("unit", "HR10-12"); err != nil {
		t.Fatal(err)
	}
	dev := drivers.Device{Name: "unit", Endpoint: "modbus://192.0.2.1"}
	d.remember("unit").rest(rangeOf(0, 11, 11), time.Now(), refusedRest) // as after a scan
	p, err := d.Preview(dev, []drivers.Point{pt("HR9", ""), pt("HR11", ""), pt("HR13", "")})
	if err != nil {
		t.Fatal(err)
	}
	c := p.Classes[0]
	if len(c.Requests) != 2 || len(c.Unread) != 1 || c.Unread[0].Point != 1 || len(p.Refused) == 0 {
		t.Errorf("%+v", p)
	}
	if _, err := d.Preview(dev, []drivers.Point{pt("HR9", ""), pt("nonsense", "")}); err == nil {
		t.Error("nonsense is planned")
	}
	if _, err := d.Preview(drivers.Device{Endpoint: "modbus://"}, nil); err == nil || errors.Is(err, drivers.ErrAddress) {
		t.Errorf("no host: %v", err)
	}
}
