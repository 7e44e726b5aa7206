//go:build !windows

// Command prometheus stores what the bench of the historian sends it in the
// time series database of Prometheus, and measures the same. It is a module of
// its own, so that the product does not depend on what it is compared with.
//
// Standard input is a stream of commits, little endian: the number of samples
// (4 bytes), and for each the tag (4 bytes), the time in ns (8 bytes) and a
// float64 (8 bytes). Standard output is one line for each figure: the value,
// a space, the name. Times are kept in ms and values as floats, as Prometheus
// does; each commit is made durable by syncing the segment of its log, which
// it would not do by itself.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

func main() {
	dir := flag.String("dir", "", "folder of the database; empty: only read the input, to know what that costs")
	queries := flag.Bool("queries", false, "measure queries of the first day and of everything")
	flag.Parse()
	if err := run(*dir, *queries); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type sample struct {
	tag   uint32
	at    int64 // ms
	value float64
}

// each calls f with every commit of the stream.
func each(in io.Reader, f func([]sample) error) error {
	r := bufio.NewReaderSize(in, 1<<20)
	var batch []sample
	for {
		var b [20]byte
		if _, err := io.ReadFull(r, b[:4]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		batch = batch[:0]
		for range binary.LittleEndian.Uint32(b[:4]) {
			if _, err := io.ReadFull(r, b[:]); err != nil {
				return err
			}
			batch = append(batch, sample{binary.LittleEndian.Uint32(b[:]), int64(binary.LittleEndian.Uint64(b[4:])) / 1e6, math.Float64frombits(binary.LittleEndian.Uint64(b[12:]))})
		}
		if err := f(batch); err != nil {
			return err
		}
	}
}

func run(dir string, queries bool) error {
	n, first, last := 0, int64(math.MaxInt64), int64(0)
	count := func(batch []sample) {
		n += len(batch)
		for _, s := range batch {
			first, last = min(first, s.at), max(last, s.at)
		}
	}
	if dir == "" {
		start := cpu()
		err := each(os.Stdin, func(b []sample) error { count(b); return nil })
		figure((cpu() - start).Seconds(), "reading the input, CPU s")
		return err
	}
	o := tsdb.DefaultOptions()
	o.RetentionDuration = 0 // for good
	db, err := tsdb.Open(dir, slog.New(slog.NewTextHandler(io.Discard, nil)), nil, o, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx := context.Background()
	refs := map[uint32]storage.SeriesRef{}
	var log durable
	start := cpu()
	compacted := int64(0)
	err = each(os.Stdin, func(batch []sample) error {
		count(batch)
		a := db.Appender(ctx)
		for _, s := range batch {
			ref, known := refs[s.tag]
			series := labels.EmptyLabels()
			if !known {
				series = name(s.tag)
			}
			ref, err := a.Append(ref, series, s.at, s.value)
			if err != nil {
				return err
			}
			refs[s.tag] = ref
		}
		if err := a.Commit(); err != nil {
			return err
		}
		if err := log.sync(dir); err != nil {
			return err
		}
		if last-compacted < 6*3600_000 {
			return nil
		}
		compacted = last
		return db.Compact(ctx)
	})
	if err != nil {
		return err
	}
	figure((cpu() - start).Seconds(), "ingest and compaction, CPU s")
	if err := db.CompactHead(tsdb.NewRangeHead(db.Head(), db.Head().MinTime(), db.Head().MaxTime())); err != nil {
		return err
	}
	figure(float64(n), "samples")
	figure(float64(blockBytes(dir)), "bytes of blocks")
	if !queries {
		return nil
	}
	for _, q := range []struct {
		name     string
		tags     uint32
		from, to int64
	}{
		{"1 tag, 1 hour, raw, CPU ms", 1, first + 12*3600_000, first + 13*3600_000},
		{"8 tags, 1 day, CPU ms", 8, first, first + 24*3600_000},
		{"1 tag, everything, CPU ms", 1, first, last},
	} {
		ms, err := query(ctx, db, q.tags, q.from, q.to)
		if err != nil {
			return err
		}
		figure(ms, q.name)
	}
	return nil
}

func name(tag uint32) labels.Labels {
	return labels.FromStrings("__name__", "tag", "tag", strconv.Itoa(int(tag)))
}

// query sums tags up into 2,000 buckets of min and max, and returns the
// processor time of one run.
func query(ctx context.Context, db *tsdb.DB, tags uint32, from, to int64) (ms float64, err error) {
	const times, buckets = 15, 2000
	seen := 0
	start := cpu()
	for range times {
		q, err := db.Querier(from, to)
		if err != nil {
			return 0, err
		}
		for tag := range tags {
			set := q.Select(ctx, false, nil, labels.MustNewMatcher(labels.MatchEqual, "tag", strconv.Itoa(int(tag))))
			for set.Next() {
				var lo, hi [buckets]float64
				it := set.At().Iterator(nil)
				for it.Next() == chunkenc.ValFloat {
					at, v := it.At()
					seen++
					b := int((at - from) * buckets / (to - from + 1))
					lo[b], hi[b] = min(lo[b], v), max(hi[b], v)
				}
				if err := it.Err(); err != nil {
					return 0, err
				}
			}
			if err := set.Err(); err != nil {
				return 0, err
			}
		}
		q.Close()
	}
	if seen == 0 {
		return 0, errors.New("a query found nothing")
	}
	return (cpu() - start).Seconds() * 1e3 / times, nil
}

// durable syncs the newest segment of the log.
type durable struct {
	f     *os.File
	calls int
}

func (d *durable) sync(dir string) error {
	if d.calls++; d.f == nil || d.calls%200 == 0 {
		names, err := filepath.Glob(filepath.Join(dir, "wal", "0*"))
		if err != nil || len(names) == 0 {
			return err
		}
		slices.Sort(names)
		if d.f != nil {
			d.f.Close()
		}
		if d.f, err = os.Open(names[len(names)-1]); err != nil {
			return err
		}
	}
	return d.f.Sync()
}

func blockBytes(dir string) (n int64) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() && (d.Name() == "wal" || d.Name() == "chunks_head") {
			return fs.SkipDir
		}
		if info, err := d.Info(); err == nil && d.Type().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}

func figure(v float64, name string) { fmt.Println(strconv.FormatFloat(v, 'g', 6, 64), name) }

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
