package plantserver

import (
	"context"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers/sim/waterworks"

	"github.com/gopcua/opcua/ua"
)

// What a second of serving costs without the wire: the model, ten looks at
// every signal, and a client that watches all of OPC UA once a second.
func BenchmarkSecond(b *testing.B) {
	for _, watched := range []bool{false, true} {
		name := "alone"
		if watched {
			name = "watched"
		}
		b.Run(name, func(b *testing.B) {
			m := newImage(newWorks(waterworks.New(1, noon), 1, noon))
			s := &subscriptions{subs: map[uint32]*subscription{}, watch: make([][]*item, len(m.defs)), waiting: map[string][]publishReq{}}
			s.u = &uaServer{space: &space{image: m, pasts: make([]*past, len(m.defs))}}
			m.notify = s.report
			sub := &subscription{id: 1, enabled: true, interval: time.Second, keepAlive: 10, lifetime: 100}
			for i, d := range m.defs {
				if d.Device == waterworks.PLC {
					s.u.space.pasts[i] = new(past)
				}
			}
			if watched {
				for i, d := range m.defs {
					if d.Device == waterworks.PLC {
						s.begin(&item{sub: sub, signal: i, mode: ua.MonitoringModeReporting, size: 10, first: true})
					}
				}
			}
			now := noon
			b.ReportAllocs()
			for b.Loop() {
				for range 10 {
					now = now.Add(worksPace)
					m.advance(now)
				}
				sub.take()
			}
		})
	}
}

// What a client that reads every register costs the map.
func BenchmarkModbusRead(b *testing.B) {
	m := newImage(newWorks(waterworks.New(1, noon), 1, noon))
	m.advance(noon)
	mm, err := newModbusMap(m, waterworks.RTU)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for table, blocks := range mm.blocks {
			for _, blk := range blocks {
				if table == coils || table == inputs {
					mm.readBits(table, blk[0], blk[1]-blk[0])
				} else {
					mm.readWords(table, blk[0], blk[1]-blk[0])
				}
			}
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	m := newImage(newWorks(waterworks.New(1, noon), 1, noon))
	i := m.index["HL.PIC601.SP"]
	b.ReportAllocs()
	for b.Loop() {
		if err := m.write(i, tag.Float(4.5)); err != nil {
			b.Fatal(err)
		}
	}
}

// How long it takes from nothing to both ports open.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := Start(context.Background(), Options{At: noon})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}
