package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/host"
	ourua "penstock/drivers/opcua"
)

const (
	updatedItems  = 1000
	updateRate    = 10 // changes of each, a second
	publishEvery  = 500 * time.Millisecond
	measureFor    = 10 * time.Second
	beforeMeasure = 15 * time.Second // Node.js compiles what is used often
)

// BenchmarkUpdates compares what a thousand updates of an independent server
// cost a client, in processor time of its own processes alone: the library
// this program is built on, alone; that of Node.js; our link in one process;
// and our link as it is used, with the driver in a child process.
func BenchmarkUpdates(b *testing.B) {
	_, url := nodeServer(b, fmt.Sprintf(`"vars": %d, "hz": %d`, updatedItems, updateRate))
	alone := 0.0
	for _, client := range []struct {
		name string
		run  func(b *testing.B, url string) (count func() int64, pids []int)
	}{{"gopcua", libraryClient}, {"node-opcua", nodeClient}, {"link", linkClient(false)}, {"station", linkClient(true)}} {
		b.Run(client.name, func(b *testing.B) {
			count, pids := client.run(b, url)
			time.Sleep(beforeMeasure)
			n, used := count(), cpuOf(b, pids)
			b.ResetTimer()
			for range b.N {
				time.Sleep(measureFor)
			}
			b.StopTimer()
			n, used = count()-n, cpuOf(b, pids)-used
			if n == 0 {
				b.Fatal("no updates came")
			}
			cost := float64(used.Microseconds()) / float64(n) * 1000
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "updates/s")
			b.ReportMetric(cost, "cpu-us/1000")
			if client.name == "gopcua" {
				alone = cost
			} else if alone > 0 {
				b.ReportMetric(cost/alone, "x-gopcua")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// cpuOf is the processor time that the threads of processes have used.
func cpuOf(b *testing.B, pids []int) (sum time.Duration) {
	b.Helper()
	for _, pid := range pids {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil || len(threads) == 0 {
			b.Fatalf("the processor time of process %d cannot be read: %v", pid, err)
		}
		for _, t := range threads {
			text, err := os.ReadFile(t)
			if err != nil {
				continue // a thread that has ended
			}
			ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(ns)
		}
	}
	return sum
}

func libraryClient(b *testing.B, url string) (func() int64, []int) {
	ctx, stop := context.WithCancel(context.Background())
	c, err := opcua.NewClient(url, opcua.AutoReconnect(false))
	if err == nil {
		err = c.Connect(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
	ns, err := c.FindNamespace(ctx, "urn:penstock:peer")
	if err != nil {
		b.Fatal(err)
	}
	ch := make(chan *opcua.PublishNotificationData, 16)
	sub, err := c.Subscribe(ctx, &opcua.SubscriptionParameters{Interval: publishEvery}, ch)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < updatedItems; i += 500 {
		var items []*ua.MonitoredItemCreateRequest
		for k := range 500 {
			r := opcua.NewMonitoredItemCreateRequestWithDefaults(ua.NewStringNodeID(ns, fmt.Sprint("V", i+k)), ua.AttributeIDValue, uint32(i+k))
			r.RequestedParameters.SamplingInterval, r.RequestedParameters.QueueSize = 1000/updateRate, 10
			items = append(items, r)
		}
		if _, err := sub.Monitor(ctx, ua.TimestampsToReturnBoth, items...); err != nil {
			b.Fatal(err)
		}
	}
	var got atomic.Int64
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case n := <-ch:
				if d, ok := n.Value.(*ua.DataChangeNotification); ok {
					got.Add(int64(len(d.MonitoredItems)))
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	b.Cleanup(func() { c.Close(ctx); stop(); <-over })
	return got.Load, []int{os.Getpid()}
}

func nodeClient(b *testing.B, url string) (func() int64, []int) {
	home, script := nodePeer(b, "client.js")
	p := start(b, []string{"NODE_PATH=" + home}, "node", script, fmt.Sprintf(`{"url": %q, "items": %d, "publish": %d, "sampling": %d}`, url, updatedItems, publishEvery.Milliseconds(), 1000/updateRate))
	p.line(60*time.Second, "READY")
	return func() int64 {
		fmt.Fprintln(p.in, "count")
		n, err := strconv.ParseInt(strings.TrimPrefix(p.line(15*time.Second, "COUNT "), "COUNT "), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}, []int{p.cmd.Process.Pid}
}

func linkClient(hosted bool) func(b *testing.B, url string) (func() int64, []int) {
	return func(b *testing.B, url string) (func() int64, []int) {
		set := drivers.Set{"opcua": new(ourua.Driver)}
		if hosted {
			set = host.Wrap(set)
		}
		var points []drivers.Tagged
		for i := range updatedItems {
			points = append(points, drivers.Tagged{ID: tag.ID(fmt.Sprint("V", i)), Point: drivers.Point{Address: fmt.Sprint("nsu=urn:penstock:peer;s=V", i), Period: time.Second / updateRate}})
		}
		var got atomic.Int64
		l := drivers.NewLink(set["opcua"], drivers.Device{Name: "D", Endpoint: url, Options: map[string]string{"policy": "None"}}, points, drivers.LinkOptions{Backfill: -1}, func(batch []tag.Sample) {
			got.Add(int64(len(batch)))
		})
		ctx, stop := context.WithCancel(context.Background())
		over := make(chan struct{})
		go func() { defer close(over); l.Run(ctx) }()
		b.Cleanup(func() { stop(); <-over })
		for end := time.Now().Add(20 * time.Second); got.Load() == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				b.Fatalf("no data: %s", l.Status().Words)
			}
		}
		pids := []int{os.Getpid()}
		if p, ok := set["opcua"].(interface{ Pids() []int }); ok {
			pids = append(pids, p.Pids()...)
		}
		return got.Load, pids
	}
}
