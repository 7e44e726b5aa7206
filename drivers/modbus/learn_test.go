package modbus

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
)

func TestRefusedRangesGoOutAndIn(t *testing.T) {
	var a, b Driver
	if err := a.Teach("plc", "HR500-509, IR7"); err != nil {
		t.Fatal(err)
	}
	if err := b.Teach("plc", a.Refused("plc")); err != nil {
		t.Fatal(err)
	}
	if s := b.Refused("plc"); s != "HR500-509,IR7" {
		t.Errorf("came back as %s", s)
	}
	if err := b.Teach("plc", "pump"); err == nil {
		t.Error("nonsense is taken")
	}
}

// How long a request a unit takes is kept as well, and seen in the preview.
func TestTheLongestRequestIsKept(t *testing.T) {
	dir := t.TempDir()
	first := Driver{Dir: dir}
	l := first.remember("plc")
	l.avoid(rangeOf(reg.Input, 3, 4))
	l.shorten(false, 40)
	l.shorten(true, 512)
	if err := l.save(); err != nil {
		t.Fatal(err)
	}
	next := Driver{Dir: dir}
	if l := next.remember("plc"); l.longest(false) != 40 || l.longest(true) != 512 || next.Refused("plc") != "IR3-4" {
		t.Errorf("kept %d registers, %d bits, %s", l.longest(false), l.longest(true), next.Refused("plc"))
	}
	p, err := next.Preview(drivers.Device{Name: "plc", Endpoint: "modbus://192.0.2.1"}, inARow(100))
	if err != nil || p.MaxRead != 40 || len(p.Classes[0].Requests) != 3 {
		t.Errorf("planned with %d: %+v, %v", p.MaxRead, p.Classes, err)
	}
}

func TestADamagedFileIsLearntAnew(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "plc.refused"), []byte("HR5-9\n\x00\xFFgarbage\nIR7\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := Driver{Dir: dir}
	if s := d.Refused("plc"); s != "HR5-9,IR7" {
		t.Errorf("kept %s", s)
	}
	outside := Driver{Dir: dir}
	outside.remember("../plc").rest(rangeOf(reg.Holding, 1, 2), time.Now(), time.Minute)
	if err := outside.remember("../plc").save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "..", "plc.refused")); err == nil {
		t.Error("a device's name leads out of the folder")
	}
}

// A refused point rests longer each time, and is forgiven when it answers.
func TestRefusedPointsRestLongerEachTime(t *testing.T) {
	var l learnt
	now := time.Unix(1000, 0)
	r := rangeOf(reg.Holding, 5, 6)
	span := plan.Span{At: 6, Len: 1}
	for _, want := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute} {
		l.rest(r, now, refusedRest)
		known, _ := l.all()
		until, refused := refusedUntil(known, reg.Holding, span)
		if !refused || until.Sub(now) != want {
			t.Errorf("it rests %v, want %v", until.Sub(now), want)
		}
		now = until
	}
	if !l.forget(reg.Holding, span) || len(l.ranges()) != 0 {
		t.Error("it is not forgiven")
	}
}

// A point that was refused while the unit was being programmed comes back
// without a restart.
func TestARefusedPointComesBack(t *testing.T) {
	t.Parallel()
	s := startSlave(t)
	c := dial(t, new(Driver), s.device())
	s.set(refusing(5, 5))
	points := inARow(10)
	if v := readAll(t, c, points...); v[5].Quality != tag.BadConfigurationError || v[4].Quality != tag.Good {
		t.Fatalf("%v and %v", v[4].Quality, v[5].Quality)
	}
	s.set(nil)
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		if v := readAll(t, c, points...); v[5].Value == tag.Int(5) {
			break
		}
		if time.Since(began) > firstRest+ample {
			t.Fatal("it does not come back")
		}
	}
	before := len(s.asked())
	readAll(t, c, points...)
	if n := len(s.asked()) - before; n != 1 {
		t.Errorf("%d requests where one is enough again", n)
	}
}

// A unit that refuses everything for a while, as a controller does that is
// being programmed, is read with few requests again when it is back.
func TestAUnitThatWasBeingProgrammedComesBackWhole(t *testing.T) {
	t.Parallel()
	s := startSlave(t)
	c := dial(t, new(Driver), s.device())
	points := inARow(300)
	readAll(t, c, points...)
	s.set(refusing(0, 0xFFFF))
	for range 4 {
		for i, v := range readAll(t, c, points...) {
			if v.Quality.IsGood() {
				t.Fatalf("register %d reads %v", i, v.Value)
			}
		}
	}
	s.set(nil)
	good := 0
	for began := time.Now(); good < len(points); time.Sleep(200 * time.Millisecond) {
		good = 0
		for _, v := range readAll(t, c, points...) {
			if v.Quality.IsGood() {
				good++
			}
		}
		if time.Since(began) > 4*firstRest+ample {
			t.Fatalf("only %d of %d points came back", good, len(points))
		}
	}
	before := len(s.asked())
	readAll(t, c, points...)
	if n := len(s.asked()) - before; n > 3 {
		t.Errorf("%d requests where 3 are enough", n)
	}
}
