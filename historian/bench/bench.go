package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"penstock/app/tag"
	"penstock/historian"
)

// Options say what to measure.
type Options struct {
	Dir     string // where the files go; it is emptied of what Run made
	Tags    int    // scanned once a second; 1,000
	Seconds int    // of plant time for the width test; 7,200
	Days    int    // of plant time of ten tags for the long queries; 30
	Rows    int    // seconds for the row table, which is slow; 300
	Months  int    // of a slow tag, for the longest query; 120

	Prometheus string    // folder of the module that measures Prometheus' database; empty: it is not compared
	Out        io.Writer // told what is being measured, while it is; nil: nobody
}

// Run measures everything. It takes a few minutes of processor time.
func Run(ctx context.Context, o Options) (Report, error) {
	set(&o.Tags, 1000)
	set(&o.Seconds, 7200)
	set(&o.Days, 30)
	set(&o.Rows, 300)
	set(&o.Months, 120)
	if o.Out == nil {
		o.Out = io.Discard
	}
	b := &run{Options: o, ctx: ctx}
	type step struct {
		what string
		do   func() error
	}
	steps := []step{
		{fmt.Sprintf("storing %d tags once a second for %d s, a commit a second", o.Tags, o.Seconds), b.width},
		{"the same, a commit in ten seconds", b.wide10},
		{"the same, while four readers look at trends", b.watched},
		{fmt.Sprintf("the same for %d s in a plain table of rows", o.Rows), b.rows},
		{fmt.Sprintf("storing and reading %d tags of %d days", longTags, o.Days), b.long},
		{fmt.Sprintf("storing and reading a tag of %d months", o.Months), b.decade},
	}
	if o.Prometheus != "" {
		steps = append(steps, step{"storing and reading the same in the database of Prometheus", b.peer})
	}
	for _, step := range steps {
		b.say("%s", step.what)
		if err := step.do(); err != nil {
			return b.report, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return b.report, nil
}

func set(v *int, to int) {
	if *v == 0 {
		*v = to
	}
}

type run struct {
	Options
	ctx    context.Context
	report Report
}

// say tells what is going on.
func (b *run) say(format string, args ...any) { fmt.Fprintf(b.Out, format+"\n", args...) }

// figure notes what was measured, and judge what must not be more than a goal.
func (b *run) figure(name string, value float64, unit string) {
	b.report.Figures = append(b.report.Figures, Figure{Name: name, Value: value, Unit: unit})
}

func (b *run) judge(name string, value float64, unit string, goal float64) {
	b.report.Figures = append(b.report.Figures, Figure{Name: name, Value: value, Unit: unit, Goal: goal, Judged: true})
}

// beside notes the same of the row table or of Prometheus.
func (b *run) beside(name string, set func(*Figure)) {
	for i := range b.report.Figures {
		if f := &b.report.Figures[i]; f.Name == name {
			set(f)
		}
	}
}

// The figures that the others have too.
func (b *run) nameIngest() string { return fmt.Sprintf("ingest, %d samples a commit", b.Tags) }
func (b *run) nameMonth() string  { return fmt.Sprintf("1 tag, %d days, 2,000 buckets", b.Days) }

const (
	nameBytes = "on disk without the log ring"
	nameHour  = "1 tag, 1 hour, raw"
	nameDay   = "8 tags, 1 day, 2,000 buckets each"
)

// folder is an empty folder of the bench's own.
func (b *run) folder(name string) (string, error) {
	dir := filepath.Join(b.Dir, "bench-"+name)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// making is what making the plant's samples costs, to be taken off.
func making(tags, seconds int) time.Duration {
	p := newPlant(tags, 42)
	c := cpu()
	p.each(seconds, func([]tag.Sample) {})
	return cpu() - c
}

// width stores one commit a second of every tag, compacts, and reads it all
// back.
func (b *run) width() error {
	dir, err := b.folder("width")
	if err != nil {
		return err
	}
	s, err := historian.Open(historian.Options{Dir: dir, Linger: time.Nanosecond, Now: plantClock})
	if err != nil {
		return err
	}
	defer s.Close()
	samples := float64(b.Tags * b.Seconds)
	made := making(b.Tags, b.Seconds)
	p := newPlant(b.Tags, 42)
	var batch []tag.Sample
	start := cpu()
	for range b.Seconds {
		batch = batch[:0]
		p.each(1, func(v []tag.Sample) { batch = append(batch, v...) })
		s.Append(batch)
		if err := s.Flush(); err != nil {
			return err
		}
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
	}
	if err := s.Seal(b.ctx); err != nil {
		return err
	}
	used := cpu() - start - made
	b.judge(b.nameIngest(), used.Seconds()/samples*1e6, "CPU s / M samples", 0.18)
	st := s.Stats()
	b.figure("commit p50", st.CommitP50.Seconds()*1e3, "ms")
	b.judge("commit p99", st.CommitP99.Seconds()*1e3, "ms", 5)
	b.judge("memory after ingest", residentMiB(), "MiB", 80)
	start = cpu()
	if err := s.Compact(b.ctx, time.Unix(0, plantStart).Add(24*time.Hour*400)); err != nil {
		return err
	}
	b.figure("compaction", (cpu()-start).Seconds()/samples*1e6, "CPU s / M samples")
	if err := b.verify(s, "compacted", b.Tags, b.Seconds); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	use := diskUse(dir)
	bytes := float64(use["raw"]+use["minute"]+use["hour"]+use["day"]) / samples
	if b.Seconds >= 24*3600 {
		b.judge(nameBytes, bytes, "B / sample", 0.65)
	} else { // ends of tables and what rolls share weigh more the shorter the time
		b.figure(nameBytes, bytes, "B / sample")
	}
	for _, kind := range []string{"raw", "minute", "hour"} {
		b.figure(nameBytes+", "+kind+" files", float64(use[kind])/samples, "B / sample")
	}
	b.figure("the log ring", float64(use["hot"])/(1<<20), "MiB")
	return nil
}

// wide10 stores ten seconds a commit.
func (b *run) wide10() error {
	dir, err := b.folder("wide10")
	if err != nil {
		return err
	}
	s, err := historian.Open(historian.Options{Dir: dir, Linger: time.Nanosecond, Now: plantClock})
	if err != nil {
		return err
	}
	defer s.Close()
	made := making(b.Tags, b.Seconds)
	p := newPlant(b.Tags, 42)
	start := cpu()
	var batch []tag.Sample
	for range b.Seconds / 10 {
		batch = batch[:0]
		p.each(10, func(v []tag.Sample) { batch = append(batch, v...) })
		s.Append(batch)
		if err := s.Flush(); err != nil {
			return err
		}
	}
	if err := s.Seal(b.ctx); err != nil {
		return err
	}
	used := cpu() - start - made
	b.judge(fmt.Sprintf("ingest, %d samples a commit", 10*b.Tags), used.Seconds()/float64(b.Tags*(b.Seconds/10*10))*1e6, "CPU s / M samples", 0.09)
	return errors.Join(b.verify(s, "sealed", b.Tags, b.Seconds/10*10), s.Close())
}

// watched stores one commit a second, as fast as it goes, while four readers
// look at trends all the time.
func (b *run) watched() error {
	dir, err := b.folder("watched")
	if err != nil {
		return err
	}
	s, err := historian.Open(historian.Options{Dir: dir, Linger: time.Nanosecond, Now: plantClock})
	if err != nil {
		return err
	}
	defer s.Close()
	p := newPlant(b.Tags, 42)
	ctx, stop := context.WithCancel(b.ctx)
	defer stop()
	var ids []tag.ID // the plant itself is the writer's
	for i := range p.devices {
		for j := range p.devices[i].tags {
			ids = append(ids, p.devices[i].tags[j].id)
		}
	}
	const readers = 4
	done := make(chan int, readers)
	for r := range readers {
		go func() {
			n := 0
			for ; ctx.Err() == nil; n++ {
				s.Buckets(ctx, ids[(n*7+r)%len(ids)], plantStart, plantStart+int64(b.Seconds)*int64(time.Second), 1000)
			}
			done <- n
		}()
	}
	var batch []tag.Sample
	seconds := min(b.Seconds, 2000)
	for range seconds {
		batch = batch[:0]
		p.each(1, func(v []tag.Sample) { batch = append(batch, v...) })
		s.Append(batch)
		if err := s.Flush(); err != nil {
			return err
		}
	}
	stop()
	trends := 0
	for range readers {
		trends += <-done
	}
	b.figure("trends read meanwhile", float64(trends), "")
	b.judge("commit p99 of the last 1,024 while four read trends", s.Stats().CommitP99.Seconds()*1e3, "ms", 5)
	return errors.Join(b.verify(s, "written while trends are read", b.Tags, seconds), s.Close())
}

// diskUse is the bytes of files by the first word of their names.
func diskUse(dir string) map[string]int64 {
	out := map[string]int64{}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if st, err := d.Info(); err == nil {
				word, _, _ := strings.Cut(strings.TrimSuffix(d.Name(), ".db"), "-")
				out[word] += (st.Size() + 4095) / 4096 * 4096
			}
		}
		return nil
	})
	return out
}
