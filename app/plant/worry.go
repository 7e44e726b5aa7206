package plant

import (
	"fmt"
	"strings"
	"time"
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
	if len(st.Lost) > 0 {
		var n uint64
		for _, l := range st.Lost {
			n += l
		}
		out = append(out, Worry{Text: fmt.Sprintf("History: %d values of %d tags were lost", n, len(st.Lost)), Remedy: "The disk is too slow or full; the gaps are marked"})
	}
	if len(st.Damage) > 0 {
		out = append(out, Worry{Text: fmt.Sprintf("History: %d damaged rows in %s", len(st.Damage), st.Damage[0].File),
			Remedy: "The rest is readable. Restore the file from a backup, and test the disk"})
	}
	if d := st.Disk; d.FullIn > 0 && d.FullIn < fullSoon {
		out = append(out, Worry{Text: fmt.Sprintf("History: the disk is full in %d days", int(d.FullIn.Hours()/24)),
			Remedy: "Free room on the disk, shorten the retention, or move the data folder"})
	}
	out = append(out, p.forwardWorries()...)
	if at := p.stepAt.Load(); at != 0 && p.clock.ns()-at < int64(stepShown) {
		out = append(out, Worry{Text: fmt.Sprintf("The clock of this computer was set by %v", time.Duration(p.steps.Load()).Round(time.Millisecond)),
			Remedy: "Times before and after it do not compare; see that a time server is used", Since: time.Unix(0, at)})
	}
	return out
}
