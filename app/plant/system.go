package plant

import (
	"time"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/drivers"
	"penstock/historian"
)

// The station measures itself by tags of its own, which go the way of every
// other: live table, history, alarms. No project may use their prefix.
const (
	rateTag      = tag.ID(project.SystemPrefix + "RATE")
	droppedTag   = tag.ID(project.SystemPrefix + "HISTORY.DROPPED")
	commitTag    = tag.ID(project.SystemPrefix + "HISTORY.COMMIT")
	unkeptTag    = tag.ID(project.SystemPrefix + "JOURNAL.WAITING")
	diskTag      = tag.ID(project.SystemPrefix + "DISK.USED")
	clockTag     = tag.ID(project.SystemPrefix + "CLOCK.SET")
	lostTag      = tag.ID(project.SystemPrefix + "LINK-DROPS")
	daysTag      = tag.ID(project.SystemPrefix + "CERTIFICATES.DAYS")
	linkDelay    = 2 * time.Second
	storageDelay = 2 * time.Second
)

// systemTags defines the station's own tags.
func systemTags(p *project.Project, pki string) []tag.Def {
	defs := []tag.Def{
		{ID: rateTag, Text: "Values received each second", Kind: tag.KindFloat, Unit: "1/s", Period: systemEvery},
		{ID: droppedTag, Text: "Values the historian could not keep", Kind: tag.KindInt, Period: systemEvery, Store: tag.StoreChange},
		{ID: commitTag, Text: "Time the disk takes for a commit of history (99 of 100)", Kind: tag.KindFloat, Unit: "ms", Decimals: 1, Period: systemEvery},
		{ID: diskTag, Text: "Used share of the disk that history is on", Kind: tag.KindFloat, Unit: "%", Lo: 0, Hi: 100, Decimals: 1, Period: systemEvery},
		{ID: unkeptTag, Text: "Journal lines that wait for the disk", Kind: tag.KindInt, Period: systemEvery, Store: tag.StoreChange},
		{ID: clockTag, Text: "What the clock of this computer was set by in the last ten minutes", Kind: tag.KindFloat, Unit: "s", Decimals: 1, Period: systemEvery, Store: tag.StoreChange},
		{ID: lostTag, Text: "Values of devices that were lost on the way", Kind: tag.KindInt, Period: systemEvery, Store: tag.StoreChange},
	}
	if _, some := lastDay(pki); some {
		defs = append(defs, tag.Def{ID: daysTag, Text: "Days until the first certificate runs out", Kind: tag.KindFloat, Unit: "d", Decimals: 1, Period: systemEvery, Store: tag.StoreChange})
	}
	for _, d := range p.Devices {
		defs = append(defs, tag.Def{ID: project.LinkTag(d.Name), Text: "Link to " + d.Name, Kind: tag.KindBool, Store: tag.StoreChange,
			States: []tag.State{{Value: 0, Text: "down"}, {Value: 1, Text: "up"}}})
	}
	return defs
}

// systemRules are the project's alarms and those of the station itself, on the
// tags there are.
func systemRules(p *project.Project, tags *tagdb.DB) []alarm.Rule {
	rules := p.RunningAlarms()
	if p.Alarming.LinkPriority > 0 {
		for _, d := range p.Devices {
			if !d.Disabled {
				rules = append(rules, linkRule(d.Name, p.Alarming.LinkPriority))
			}
		}
	}
	disk := alarm.Rule{Tag: diskTag, Kind: alarm.High, Deadband: alarm.Band{Size: 1}, OnDelay: storageDelay, Message: "The disk for history is filling up",
		Cause:       "History, or something else on this disk, has grown",
		Consequence: "When it is full, history has gaps; alarms and actions go on being kept as long as there is any room",
		Response:    "Free room on the disk, shorten the retention in project.toml, or move the data folder", RespondWithin: 24 * time.Hour}
	warn, full := disk, disk
	warn.ID, warn.Limit, warn.Priority = "SYS.DISK.H", 80, 4
	full.ID, full.Kind, full.Limit, full.Priority, full.Message = "SYS.DISK.HH", alarm.HighHigh, 90, 2, "The disk for history is nearly full"
	days := alarm.Rule{Tag: daysTag, Kind: alarm.Low, Limit: 30, Priority: 3, Message: "A certificate runs out soon",
		Cause:       "Certificates hold for a time only; nobody has renewed this one",
		Consequence: "On that day the links that depend on it are refused and their values are lost",
		Response:    "Open Devices: see which one it is, have it renewed and trust the new one", RespondWithin: 7 * 24 * time.Hour}
	last := days
	days.ID, last.ID = "SYS.CERTIFICATES.L", "SYS.CERTIFICATES.LL"
	last.Kind, last.Limit, last.Priority, last.Message, last.RespondWithin = alarm.LowLow, 3, 2, "A certificate runs out in a few days", 24*time.Hour
	if tags.Cell(daysTag) != nil {
		rules = append(rules, days, last)
	}
	return append(rules, warn, full,
		alarm.Rule{ID: "SYS.CLOCK", Tag: clockTag, Kind: alarm.Deviation, Limit: minStep.Seconds(), Priority: 3, Message: "The clock of this computer was set",
			Cause: "Somebody set it, or a time server was not reached for long", Consequence: "Times before and after it do not compare: trends and reports show a jump",
			Response: "See that a time server is used; note when it was, for whoever reads the records", RespondWithin: time.Hour},
		alarm.Rule{ID: "SYS.LINK-DROPS", Tag: lostTag, Kind: alarm.Rate, Limit: 1, Priority: 3, Message: "Values of devices are being lost",
			Cause: "A device sends faster than this computer takes it, or its own queue is too short", Consequence: "Between the values that come, some are missing: a short peak may not be seen",
			Response: "Open Devices: it says which link drops and why; lengthen the scan time or the queue of its tags", RespondWithin: time.Hour},
		alarm.Rule{ID: "SYS.HISTORY", Tag: droppedTag, Kind: alarm.Rate, Limit: 1, Priority: 2, Message: "History is being lost",
			Cause: "The disk is full or too slow", Consequence: "Trends and reports will have gaps; they are marked",
			Response: "Look at the free space of the data folder; free some, or move it to a faster disk", RespondWithin: time.Hour},
		alarm.Rule{ID: "SYS.JOURNAL", Tag: unkeptTag, Kind: alarm.High, Limit: 1, OnDelay: storageDelay, Priority: 1, Message: "The journal cannot be written",
			Cause: "The disk is full, or the data folder cannot be written", Consequence: "Alarms are shown but would be forgotten at a restart; set points are refused",
			Response: "Free space on the disk of the data folder and check that it can be written", RespondWithin: 10 * time.Minute})
}

func linkRule(device string, priority int) alarm.Rule {
	return alarm.Rule{ID: string(project.LinkTag(device)), Tag: project.LinkTag(device), Kind: alarm.Discrete, Limit: 0, OnDelay: linkDelay, Priority: priority,
		Message:       "No communication with " + device,
		Cause:         "The device is off, its network is cut, or it refuses this station",
		Consequence:   "Its values are not known, and it cannot be operated from here",
		Response:      "Open Devices: the last error of " + device + " says what was tried. Watch the plant on its own panel meanwhile",
		RespondWithin: 10 * time.Minute}
}

// linkSettle is how long a link must be up before it is told to be: its
// values have come by then. A link that is being made, at the start or because
// an engineer has changed it, has as long before it is told to be down.
const linkSettle = 2 * time.Second

// settles is, for each device, linkSettle and the longest off-delay of the
// alarms that its lost link suppresses: they do not ring for what is not bad
// any more.
func settles(p *project.Project) map[string]time.Duration {
	device, out := p.DevicesOfTags(), make(map[string]time.Duration, len(p.Devices))
	for _, d := range p.Devices {
		out[d.Name] = linkSettle
	}
	for i := range p.Alarms {
		if r := &p.Alarms[i]; project.ToldByLink(r) {
			d := device[r.Tag]
			out[d] = max(out[d], linkSettle+r.OffDelay)
		}
	}
	return out
}

// linkChanged makes the sample of a link's own tag, where it has changed.
func (p *Plant) linkChanged(device string, now int64) (s tag.Sample, changed bool) {
	l := p.running.Load().line(device)
	if l == nil {
		return s, false // its last words, after it was taken out of the project
	}
	if l.began == 0 {
		l.began = now
	}
	st := l.Status()
	up := st.State == drivers.Up
	was, known := p.linkUp[device]
	switch {
	case known && was == up:
		return s, false
	case known && up && time.Since(st.UpSince) < l.settle:
		return s, false
	case !known && !up && now-l.began < int64(linkSettle):
		return s, false
	}
	p.linkUp[device] = up
	if known && !up {
		p.wg.Go(func() { p.saveRecording(l) })
	}
	return system(project.LinkTag(device), tag.Bool(up), now), true
}

func system(id tag.ID, v tag.Scalar, now int64) tag.Sample {
	return tag.Sample{ID: id, Value: tag.Value{Received: now, Value: v, Quality: tag.Good}}
}

// measure reads the station's own tags, once a second.
func (p *Plant) measure(now int64) (out []tag.Sample) {
	for _, dev := range p.Project().Devices {
		if s, changed := p.linkChanged(dev.Name, now); changed {
			out = append(out, s)
		}
	}
	if p.watch {
		return out // what the station that runs keeps is not known here
	}
	p.collect(now)
	var dropped uint64
	st := p.History.Stats()
	for cause, n := range st.Dropped {
		if cause != historian.Thinned {
			dropped += n
		}
	}
	taken := p.taken.Load()
	rate := float64(taken-p.counted) / (float64(max(now-p.countedAt, 1)) / 1e9)
	p.counted, p.countedAt = taken, now
	if d := st.Disk; d.Total > 0 {
		out = append(out, system(diskTag, tag.Float(100*(1-float64(d.Free)/float64(d.Total))), now))
	}
	if now-p.certifiedAt >= int64(certificatesEvery) || p.certifiedAt == 0 {
		p.certifiedAt = now
		p.certified, p.certificates = lastDay(p.conf.Data.PKIDir())
	}
	if p.certificates && p.Tags().Cell(daysTag) != nil {
		out = append(out, system(daysTag, tag.Float(p.certified.Sub(time.Unix(0, now)).Hours()/24), now))
	}
	var lost uint64
	for _, l := range p.running.Load().lines {
		for _, n := range l.Status().Counters.Drops {
			lost += n
		}
	}
	set := 0.0
	if at := p.stepAt.Load(); at != 0 && now-at < int64(stepShown) {
		set = time.Duration(p.steps.Load()).Seconds()
	}
	return append(out,
		system(clockTag, tag.Float(set), now),
		system(lostTag, tag.Int(int64(lost)), now),
		system(rateTag, tag.Float(rate), now),
		system(droppedTag, tag.Int(int64(dropped)), now),
		system(commitTag, tag.Float(float64(st.CommitP99)/1e6), now),
		system(unkeptTag, tag.Int(int64(len(p.unkept.entries))), now))
}
