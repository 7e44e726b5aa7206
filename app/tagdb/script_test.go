package tagdb_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/app/tagdb"
)

// The scripts in testdata say what the table is told and what it must answer:
//
//	tag ID key=value...           defines a tag
//	polled DEVICE...              these devices are polled
//	at TIME ID=VALUE... => ...    applies a batch; what is passed on, in order
//	sweep TIME => ...             looks for stale tags
//	swap                          what follows is a new project, which adopts the old
//	shows ID=VALUE quality @TIME  what the cell shows
//	seq ID=N, since ID=TIME       its count of visible changes, the time of its quality
//	counts NAME=N...
//
// source=, quality=, backfilled and skewed hold for the readings of their line.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{t: t, polled: map[string]bool{}}
			for i, l := range strings.Split(string(text), "\n") {
				s.where = fmt.Sprintf("%s:%d: %s", filepath.Base(f), i+1, l)
				s.line(strings.TrimSpace(l))
			}
		})
	}
}

type script struct {
	t      *testing.T
	where  string
	defs   []tag.Def
	polled map[string]bool
	made   *tagdb.DB
	old    *tagdb.DB
}

func (s *script) db() *tagdb.DB {
	if s.made == nil {
		db, err := tagdb.New(s.defs, tagdb.Options{Polled: func(d string) bool { return s.polled[d] }})
		if err != nil {
			s.t.Fatal(err)
		}
		if s.made = db; s.old != nil {
			db.Adopt(s.old)
		}
	}
	return s.made
}

func (s *script) line(l string) {
	s.t.Helper()
	left, want, _ := strings.Cut(l, " =>")
	w := words(left)
	if len(w) == 0 || strings.HasPrefix(l, "#") {
		return
	}
	switch w[0] {
	case "tag":
		s.define(w[1], w[2:])
	case "polled":
		for _, d := range w[1:] {
			s.polled[d] = true
		}
	case "swap":
		s.old, s.made, s.defs = s.db(), nil, nil
	case "at":
		s.same(passed(s.db().Apply(s.ns(w[1]), s.batch(s.ns(w[1]), w[2:]))), strings.TrimSpace(want))
	case "sweep":
		s.same(passed(s.db().Sweep(s.ns(w[1]))), strings.TrimSpace(want))
	case "shows":
		id, _, _ := strings.Cut(w[1], "=")
		s.same(reading(tag.Sample{ID: tag.ID(id), Value: s.db().Cell(tag.ID(id)).Load().Value}), strings.TrimPrefix(l, "shows "))
	case "seq":
		id, n, _ := strings.Cut(w[1], "=")
		s.same(strconv.FormatUint(s.db().Cell(tag.ID(id)).Load().Seq, 10), n)
	case "since":
		id, at, _ := strings.Cut(w[1], "=")
		s.same(seconds(s.db().Cell(tag.ID(id)).Load().Since), at)
	case "counts":
		c := reflect.ValueOf(s.db().Counts())
		for _, kv := range w[1:] {
			name, n, _ := strings.Cut(kv, "=")
			f := c.FieldByName(strings.ToUpper(name[:1]) + name[1:])
			s.same(name+"="+strconv.FormatUint(f.Uint(), 10), name+"="+n)
		}
	default:
		s.t.Fatalf("%s: unknown command", s.where)
	}
}

func (s *script) same(got, want string) {
	s.t.Helper()
	if got != want {
		s.t.Errorf("%s\n got  %s\n want %s", s.where, got, want)
	}
}

func (s *script) define(id string, opts []string) {
	d := tag.Def{ID: tag.ID(id)}
	for _, o := range opts {
		k, v, _ := strings.Cut(o, "=")
		switch k {
		case "kind":
			for i := tag.None; i <= tag.KindText; i++ {
				if i.String() == v {
					d.Kind = i
				}
			}
		case "range":
			d.Lo, d.Hi = s.span(v)
		case "scale":
			raw, eng, _ := strings.Cut(v, ":")
			d.Scale.RawLo, d.Scale.RawHi = s.span(raw)
			d.Scale.EngLo, d.Scale.EngHi = s.span(eng)
		case "clamp":
			d.Scale.Clamp = true
		case "band":
			d.DisplayBand = s.number(v)
		case "device":
			d.Device = v
		case "address":
			d.Address = v
		case "expr":
			d.Expr = v
		case "unit":
			d.Unit = v
		case "period":
			d.Period = time.Duration(s.ns(v))
		case "stale":
			d.StaleIn = time.Duration(s.ns(v))
		default:
			s.t.Fatalf("%s: unknown option %s", s.where, o)
		}
	}
	s.defs = append(s.defs, d)
}

var qualities = map[string]tag.Quality{
	"good": tag.Good, "comm": tag.BadCommunicationError, "failure": tag.BadDeviceFailure, "uncertain": tag.Uncertain,
}

func (s *script) batch(now int64, w []string) (out []tag.Sample) {
	with := tag.Value{Received: now, Quality: tag.Good}
	for _, o := range w {
		k, v, _ := strings.Cut(o, "=")
		switch k {
		case "source":
			with.Source = s.ns(v)
		case "quality":
			with.Quality = qualities[v]
		case "backfilled":
			with.Flags |= tag.Backfilled
		case "skewed":
			with.Flags |= tag.Skewed
		default:
			out = append(out, tag.Sample{ID: tag.ID(k), Value: tag.Value{Value: scalar(v)}})
		}
	}
	for i := range out {
		v := out[i].Value.Value
		out[i].Value = with
		out[i].Value.Value = v
	}
	return out
}

func scalar(text string) tag.Scalar {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return tag.Int(i)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return tag.Float(f)
	}
	if text == "" {
		return tag.Scalar{}
	}
	return tag.Text(text)
}

func (s *script) number(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	return f
}

func (s *script) span(text string) (lo, hi float64) {
	a, b, _ := strings.Cut(text, "..")
	return s.number(a), s.number(b)
}

func (s *script) ns(text string) int64 {
	return int64(math.Round(s.number(strings.TrimSuffix(text, "s")) * 1e9))
}

func passed(out []tag.Sample) string {
	var parts []string
	for _, x := range out {
		parts = append(parts, reading(x))
	}
	return strings.Join(parts, "; ")
}

func reading(x tag.Sample) string {
	out := fmt.Sprintf("%s=%v %v @%s", x.ID, x.Value.Value, x.Quality, seconds(x.At()))
	switch x.Quality.Limit() {
	case tag.LimitHigh:
		out += " limit=high"
	case tag.LimitLow:
		out += " limit=low"
	}
	return out
}

func seconds(ns int64) string { return strconv.FormatFloat(float64(ns)/1e9, 'f', -1, 64) + "s" }

// words splits at spaces that are not in quotes, and takes the quotes away.
func words(l string) (out []string) {
	quoted := false
	for _, f := range strings.FieldsFunc(l, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	}) {
		out = append(out, strings.ReplaceAll(f, `"`, ""))
	}
	return out
}
