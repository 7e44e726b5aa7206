package project

import (
	"fmt"

	"penstock/app/alarm"
	"penstock/app/tag"
)

// LinkTag is the station's own tag of the link to a device: true while it is
// up.
func LinkTag(device string) tag.ID { return tag.ID(SystemPrefix + "LINK." + device) }

// RunningAlarms are the project's alarms as a plant runs them. A lost link is
// one alarm: those for bad quality of the device's tags are suppressed by it.
func (p *Project) RunningAlarms() []alarm.Rule {
	rules := append([]alarm.Rule(nil), p.Alarms...)
	if p.Alarming.LinkPriority == 0 {
		return rules
	}
	device := p.DevicesOfTags()
	for i := range rules {
		if r := &rules[i]; ToldByLink(r) && device[r.Tag] != "" {
			r.SuppressWhen = fmt.Sprintf("not tag(%q)", LinkTag(device[r.Tag]))
		}
	}
	return rules
}

// DevicesOfTags says which device each tag is read from; computed tags are
// left out.
func (p *Project) DevicesOfTags() map[tag.ID]string {
	out := make(map[tag.ID]string, len(p.Tags))
	for i := range p.Tags {
		if d := &p.Tags[i]; d.Device != "" {
			out[d.ID] = d.Device
		}
	}
	return out
}

// ToldByLink reports whether an alarm says nothing that a lost link does not.
func ToldByLink(r *alarm.Rule) bool {
	return (r.Kind == alarm.BadQuality || r.Kind == alarm.NoUpdate) && r.SuppressWhen == ""
}
