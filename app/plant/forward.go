package plant

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"penstock/app/tag"
	"penstock/historian"
	"penstock/historian/forward"
)

// Forward is the copy of the history in a database of the customer's.
type Forward struct {
	err     error // why it could not begin
	sender  *forward.Forwarder
	reader  *forward.Reader
	history *forward.History
}

// startForward begins to copy history where the project says so. Whatever is
// wrong with it is a worry: a plant does not stand still for a database.
func (p *Plant) startForward() {
	c := p.conf.Project.Forward
	if p.watch || c.URLEnv == "" {
		return
	}
	f := &Forward{}
	p.Forward = f
	url, err := forward.ReadURL(c.URLEnv)
	var source string
	if err == nil {
		source, err = forward.Source(p.conf.Data.HistoryDir())
	}
	station := cmp.Or(c.Station, p.conf.Station)
	if err == nil {
		f.sender, err = forward.New(p.History, source, forward.Options{URL: url, Station: station, Batch: c.Batch})
	}
	if err == nil {
		f.reader, err = forward.NewReader(url, station)
	}
	if err != nil {
		f.err = err
		return
	}
	f.history = forward.NewHistory(p.History, f.reader)
	p.wg.Go(func() {
		f.sender.Run(p.ctx)
		f.reader.Close()
	})
}

// Status says how forwarding stands; ok is false when it could not begin.
func (f *Forward) Status() (st forward.Status, ok bool) {
	if f == nil || f.err != nil {
		return st, false
	}
	return f.sender.Status(), true
}

// Buckets is what a trend draws of a tag: of the station's own history, and of
// the database where that has ended.
func (p *Plant) Buckets(ctx context.Context, id tag.ID, from, to int64, n int) ([]historian.Bucket, error) {
	if f := p.Forward; f != nil && f.history != nil {
		return f.history.Buckets(ctx, id, from, to, n)
	}
	return p.History.Buckets(ctx, id, from, to, n)
}

// CopyReport is how the copy of history in a database stands.
type CopyReport struct {
	Connected  bool          `json:"connected"`
	Error      string        `json:"error,omitempty"` // of the last attempt; empty once one has worked
	Since      time.Time     `json:"error_since,omitzero"`
	Retries    int           `json:"retries"`         // since one has worked
	Waiting    int64         `json:"waiting_commits"` // that are not in the database yet
	Lag        time.Duration `json:"lag_ns"`          // by which the newest value there is older than here
	CatchingUp bool          `json:"catching_up"`     // out of files, after an outage longer than the log
	Sent       int64         `json:"sent_values"`     // since the database knows this station
	Rate       float64       `json:"values_per_second"`
}

// copyReport is nil when the project asks for no copy.
func (p *Plant) copyReport() *CopyReport {
	f := p.Forward
	if f == nil {
		return nil
	}
	if f.err != nil {
		return &CopyReport{Error: f.err.Error()}
	}
	st := f.sender.Status()
	return &CopyReport{Connected: st.Connected, Error: st.Err, Since: st.Since, Retries: st.Retries, Waiting: st.Waiting, Lag: st.Lag,
		CatchingUp: st.Place.Upto > 0, Sent: st.Sent, Rate: st.Rate}
}

// How far the copy may be behind before it is worth a word. A database that is
// restarted for an update is none.
const (
	behindBy  = 10 * time.Minute
	failedFor = 2 * time.Minute
)

// forwardWorries is what is not well with the copy at a time.
func (p *Plant) forwardWorries(now time.Time) []Worry {
	f := p.Forward
	if f == nil {
		return nil
	}
	if f.err != nil {
		return []Worry{{Text: "History is not forwarded: " + f.err.Error(), Remedy: "Set the environment variable that [forward] of project.toml names, and start again"}}
	}
	st := f.sender.Status()
	switch {
	case st.Err != "" && now.Sub(st.Since) > failedFor:
		return []Worry{{Text: fmt.Sprintf("History is not forwarded, %d commits wait: %s", st.Waiting, st.Err),
			Remedy: "Nothing is lost: it is sent when the database answers, as long as samples are kept here", Since: st.Since}}
	case st.Connected && st.Lag > behindBy:
		return []Worry{{Text: fmt.Sprintf("Forwarding of history is %v behind, %.0f values a second", st.Lag.Round(time.Minute), st.Rate),
			Remedy: "It catches up by itself; where it does not, the database is too slow"}}
	}
	return nil
}
