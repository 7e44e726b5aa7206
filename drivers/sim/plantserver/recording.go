package plantserver

import (
	"fmt"
	"math"
	"sort"
	"time"

	"penstock/app/tag"
	"penstock/drivers/sim/waterworks"
)

// ReplayNamespace is the OPC UA namespace of a recording's signals.
const ReplayNamespace = "urn:penstock:recording"

// The two devices of a recording's project; each has every column.
const (
	replayUA = "UA"
	replayMB = "MB"
)

// replayLead is how long after the first client came a recording starts, so
// that the client has seen everything there is and others can join.
const replayLead = 3 * time.Second

// A recording serves the rows of a file one after the other: all columns at
// once, with the row's own time moved so that the first row is now. Until a
// client has come it shows no row at all; after the last row it stands still.
type recording struct {
	rows  *rows
	speed float64
	defs  []tag.Def
	begin time.Time     // of the first row on the wall clock; zero: nobody has come
	shown int           // rows served
	last  time.Time     // source time of the last row
	when  time.Time     // the last row was served
	apart time.Duration // least time between two rows, when the server has to catch up

	perSide int // signals a device
}

// The signals beside the columns, on each device.
const (
	rowSignal  = "ROW"
	rowsSignal = "ROWS"
)

func openRecording(path string, speed float64) (*recording, error) {
	r, err := readRows(path)
	if err != nil {
		return nil, err
	}
	return newRecording(r, speed), nil
}

func newRecording(r *rows, speed float64) *recording {
	rec := &recording{rows: r, speed: speed}
	for _, device := range []string{replayUA, replayMB} {
		rec.defs = append(rec.defs, rec.side(device)...)
	}
	rec.perSide = len(rec.defs) / 2
	rec.apart = time.Duration(float64(r.shortest()) / speed / 2)
	return rec
}

// side lists the signals of one device. On Modbus the counters are the first
// four input registers and each column has four more, as a float64, so that
// one request sees one row.
func (rec *recording) side(device string) []tag.Def {
	scan := rec.scan()
	place := func(d tag.Def, register int, typ string) tag.Def {
		d.Device, d.Area, d.Scan, d.Decimals = device, device, "row", max(d.Decimals, 0)
		if device == replayUA {
			d.Address = fmt.Sprintf("nsu=%s;s=%s", ReplayNamespace, d.ID)
		} else {
			d.Address, d.Type = fmt.Sprintf("3%05d", register+1), typ
		}
		d.Period = scan
		return d
	}
	id := func(name string) tag.ID { return tag.ID(device + "." + name) }
	out := []tag.Def{
		place(tag.Def{ID: id(rowSignal), Text: "Row that is shown", Kind: tag.KindInt}, 0, "uint32 ABCD"),
		place(tag.Def{ID: id(rowsSignal), Text: "Rows of the recording", Kind: tag.KindInt}, 2, "uint32 ABCD"),
	}
	for i, c := range rec.rows.columns {
		d := tag.Def{ID: id(c.name), Text: c.title, Kind: tag.KindFloat, Decimals: c.decimals}
		out = append(out, place(d, 4+4*i, "float64 ABCD"))
	}
	return out
}

// scan is how often a client should look to miss no row.
func (rec *recording) scan() time.Duration {
	return max(50*time.Millisecond, min(time.Second, time.Duration(float64(rec.rows.shortest())/rec.speed)/2).Truncate(10*time.Millisecond))
}

func (rec *recording) signals() []tag.Def { return rec.defs }

// somebodyCame lets the first row come at begin, unless that is settled.
func (rec *recording) somebodyCame(begin time.Time) {
	if rec.begin.IsZero() {
		rec.begin = begin
	}
}

// due is when row i is to be shown.
func (rec *recording) due(i int) time.Time {
	return rec.begin.Add(time.Duration(float64(rec.rows.times[i].Sub(rec.rows.times[0])) / rec.speed))
}

func (rec *recording) advance(now time.Time, put func(int, reading)) {
	if rec.shown == 0 && (rec.begin.IsZero() || now.Before(rec.begin)) {
		if rec.last.IsZero() {
			rec.last = now
			rec.put(put)
		}
		return
	}
	if rec.shown < len(rec.rows.times) && !now.Before(rec.turn()) {
		rec.last, rec.when = rec.due(rec.shown), now
		rec.shown++
		rec.put(put)
	}
}

// turn is when the next row is served: when it is due, or a little later if
// the server was held up, so that whoever polls sees every row.
func (rec *recording) turn() time.Time {
	due, soon := rec.due(rec.shown), rec.when.Add(rec.apart)
	if rec.shown > 0 && due.Before(soon) {
		return soon
	}
	return due
}

// put shows the row that is due on both sides.
func (rec *recording) put(put func(int, reading)) {
	for i := range rec.defs {
		v, q := rec.read(i)
		put(i, reading{v, q, rec.last})
	}
}

func (rec *recording) next(now time.Time) time.Time {
	switch {
	case rec.begin.IsZero() || rec.shown == len(rec.rows.times):
		return now.Add(worksPace)
	}
	return rec.turn()
}

func (rec *recording) read(i int) (tag.Scalar, tag.Quality) {
	switch i %= rec.perSide; i {
	case 0:
		return tag.Int(int64(rec.shown)), tag.Good
	case 1:
		return tag.Int(int64(len(rec.rows.times))), tag.Good
	}
	if rec.shown == 0 {
		return tag.Scalar{}, tag.NoData
	}
	v := rec.rows.columns[i-2].values[rec.shown-1]
	if math.IsNaN(v) {
		return tag.Scalar{}, tag.BadNoData
	}
	return tag.Float(v), tag.Good
}

func (rec *recording) write(int, tag.Scalar) error { return waterworks.ErrReadOnly }

// shortest is the shortest usual time between two rows: the tenth part of the
// steps may be shorter.
func (r *rows) shortest() time.Duration {
	var steps []time.Duration
	for i := 1; i < len(r.times); i++ {
		if d := r.times[i].Sub(r.times[i-1]); d > 0 {
			steps = append(steps, d)
		}
	}
	if len(steps) == 0 {
		return time.Second
	}
	sort.Slice(steps, func(i, j int) bool { return steps[i] < steps[j] })
	return steps[len(steps)/10]
}

// decimals counts the digits after the point of a number as it is written.
func decimals(s string) int {
	for i, c := range s {
		if c == '.' {
			return min(len(s)-i-1, 6)
		}
	}
	return 0
}
