package plant

import (
	"fmt"
	"strings"
	"time"

	"penstock/app/tag"
	"penstock/historian"
)

// Worry is something that is not well with the station itself. Links and
// alarms are not among them.
type Worry struct {
	Text   string // one line
	Remedy string // what to do about it
	Since  time.Time
}

// stepShown is how long a clock that was set is worth a word.
const stepShown = 10 * time.Minute

// fullSoon is when a disk that fills up is worth a word.
const fullSoon = 14 * 24 * time.Hour

// Worries are what is not well with the station, the worst first.
func (p *Plant) Worries() (out []Worry) {
	if p.watch {
		return nil
	}
	if w := p.unkeptWorry.Load(); w != nil {
		out = append(out, *w)
	}
	if w := p.versionWorry.Load(); w != nil {
		out = append(out, *w)
	}
	if p.lostWorry != nil {
		out = append(out, *p.lostWorry)
	}
	if w := p.crashWorry; w != nil && p.clock.ns()-w.Since.UnixNano() < int64(crashShown) {
		out = append(out, *w)
	}
	if p.keyWorry != nil {
		out = append(out, *p.keyWorry)
	}
	if say := p.Journal.Stats().AnchorErr; say != "" {
		out = append(out, Worry{Text: "An anchor of the journal cannot be written: " + strings.ReplaceAll(say, "\n", "; "),
			Remedy: "Without it a journal that was cut off or exchanged may look whole; see that the place can be written"})
	}
	st := p.History.Stats()
	if st.Err != "" {
		out = append(out, Worry{Text: "History cannot be written: " + st.Err, Remedy: "Free space on the disk of the data folder, and check that it can be written"})
	}
	out = append(out, lossWorries(st)...)
	if len(st.Damage) > 0 {
		out = append(out, Worry{Text: fmt.Sprintf("History: %d damaged rows in %s", len(st.Damage), st.Damage[0].File),
			Remedy: "The rest is readable. Restore the file from a backup, and test the disk"})
	}
	if d := st.Disk; d.FullIn > 0 && d.FullIn < fullSoon {
		out = append(out, Worry{Text: fmt.Sprintf("History: the disk is full in %d days", int(d.FullIn.Hours()/24)),
			Remedy: "Free room on the disk, shorten the retention, or move the data folder"})
	}
	out = append(out, p.forwardWorries(time.Now())...)
	if at := p.stepAt.Load(); at != 0 && p.clock.ns()-at < int64(stepShown) {
		out = append(out, Worry{Text: fmt.Sprintf("The clock of this computer was set by %v", time.Duration(p.steps.Load()).Round(time.Millisecond)),
			Remedy: "Times before and after it do not compare; see that a time server is used", Since: time.Unix(0, at)})
	}
	return out
}

// remedies are what to do about samples that history did not take, the worst
// cause first.
var remedies = []struct {
	cause  historian.Drop
	remedy string
}{
	{historian.DiskFull, "The disk keeps its last room for alarms: free some, shorten the retention, or move the data folder"},
	{historian.QueueFull, "The disk was slower than the plant for too long; see what else uses it, or scan less often"},
	{historian.NotStored, "The disk could not be written when the station stopped"},
	{historian.TooMany, "History numbers no more tags; give those that need none the storage class off"},
	{historian.BadTime, "Their times are impossible: set the clock of the device"},
	{historian.TooOld, "Nothing is wrong with the disk: set the clock of the device, or keep raw samples for longer"},
}

// lossWorries tells of samples that history did not take, each cause with its
// own remedy. The store counts tags over all causes, so tags are named where
// there is only one.
func lossWorries(st historian.Stats) (out []Worry) {
	for _, r := range remedies {
		n := st.Dropped[r.cause]
		if n == 0 {
			continue
		}
		w := Worry{Text: fmt.Sprintf("Values missing from history: %d, %v", n, r.cause), Remedy: r.remedy}
		if n == lostOf(st) {
			w.Text += " (" + tagsOf(st.Lost) + ")"
		}
		out = append(out, w)
	}
	return out
}

// lostOf is how many samples were lost, whatever the cause.
func lostOf(st historian.Stats) (n uint64) {
	for cause, k := range st.Dropped {
		if cause != historian.Thinned {
			n += k
		}
	}
	return n
}

// tagsOf names the tag that lost most, and says whether there are others.
func tagsOf(lost map[tag.ID]uint64) string {
	var worst tag.ID
	for id, n := range lost {
		if n > lost[worst] || n == lost[worst] && id < worst {
			worst = id
		}
	}
	if len(lost) < 2 {
		return string(worst)
	}
	return string(worst) + " and others"
}
