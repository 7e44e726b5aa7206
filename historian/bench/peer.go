package bench

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"penstock/app/tag"
)

// peer stores the same samples, those of numbers, in the time series database
// of Prometheus, with as many synced commits. It is a module of its own, in
// the folder Options.Prometheus, and is built when it is asked for; where that
// does not work the bench says so and goes on.
func (b *run) peer() error {
	dir, err := b.folder("prometheus")
	if err != nil {
		return err
	}
	program := filepath.Join(dir, "peer")
	build := exec.CommandContext(b.ctx, "go", "build", "-o", program, ".")
	build.Dir = b.Prometheus
	if out, err := build.CombinedOutput(); err != nil {
		b.say("not compared with Prometheus: %v: %s", err, lastLine(out))
		return nil
	}
	if err := b.feed(program, filepath.Join(dir, "width"), b.Tags, b.Seconds, 1); err != nil {
		return err
	}
	return b.feed(program, filepath.Join(dir, "long"), longTags, b.Days*24*3600, 600, "-queries")
}

func lastLine(b []byte) string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}

// feed runs the program over a plant, once to learn what the input costs.
func (b *run) feed(program, dir string, tags, seconds, every int, args ...string) error {
	var reading float64
	for _, to := range []string{"", dir} {
		figures, err := b.stream(exec.CommandContext(b.ctx, program, append(args, "-dir", to)...), tags, seconds, every)
		if err != nil {
			return fmt.Errorf("prometheus: %w", err)
		}
		if to == "" {
			reading = figures["reading the input, CPU s"]
			continue
		}
		samples := figures["samples"]
		ingest, blocks := (figures["ingest and compaction, CPU s"]-reading)/samples*1e6, figures["bytes of blocks"]/samples
		if every == 1 { // the width test, a commit a second
			b.beside(b.nameIngest(), func(f *Figure) { f.Prometheus = ingest })
			b.beside(nameBytes, func(f *Figure) { f.Prometheus = blocks })
		} else {
			title := fmt.Sprintf("prometheus, %d tags, %d samples a commit: ", tags, tags*every)
			b.figure(title+"ingest", ingest, "CPU s / M samples")
			b.figure(title+"blocks", blocks, "B / sample")
		}
		for theirs, ours := range map[string]string{"1 tag, 1 hour, raw": nameHour, "8 tags, 1 day": nameDay, "1 tag, everything": b.nameMonth()} {
			b.beside(ours, func(f *Figure) { f.Prometheus = figures[theirs+", CPU ms"] })
		}
	}
	return nil
}

// stream sends a plant to a program and reads what that says.
func (b *run) stream(c *exec.Cmd, tags, seconds, every int) (map[string]float64, error) {
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, os.Stderr
	if err := c.Start(); err != nil {
		return nil, err
	}
	sent := send(in, tags, seconds, every)
	if err := errors.Join(c.Wait(), sent); err != nil {
		return nil, err
	}
	figures := map[string]float64{}
	for line := range strings.Lines(out.String()) {
		v, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if figures[name], err = strconv.ParseFloat(v, 64); err != nil {
			return nil, err
		}
	}
	return figures, nil
}

// send writes commits as the program reads them.
func send(to io.WriteCloser, tags, seconds, every int) error {
	w := bufio.NewWriterSize(to, 1<<20)
	num := map[tag.ID]uint32{}
	p := newPlant(tags, 42)
	var body []byte
	for range seconds / every {
		body = body[:0]
		n := uint32(0)
		p.each(every, func(batch []tag.Sample) {
			for i := range batch {
				v, ok := batch[i].Number()
				if !ok {
					continue
				}
				id, known := num[batch[i].ID]
				if !known {
					id = uint32(len(num))
					num[batch[i].ID] = id
				}
				body = binary.LittleEndian.AppendUint32(body, id)
				body = binary.LittleEndian.AppendUint64(body, uint64(batch[i].Source))
				body = binary.LittleEndian.AppendUint64(body, math.Float64bits(v))
				n++
			}
		})
		if _, err := w.Write(binary.LittleEndian.AppendUint32(nil, n)); err != nil {
			return err
		}
		if _, err := w.Write(body); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), to.Close())
}
