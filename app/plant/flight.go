package plant

import (
	"slices"

	"penstock/drivers"
)

// FlightRecordings are what went over the line of a device in the last
// minutes, and then what was kept of the times it was lost, the newest first.
// It is empty for a device that is not there.
func (p *Plant) FlightRecordings(device string) []drivers.Recording {
	l := p.running.Load().line(device)
	if l == nil {
		return nil
	}
	frozen := slices.Clone(l.Recorder().Frozen())
	slices.Reverse(frozen)
	return append([]drivers.Recording{l.Recorder().Snapshot(device, "")}, frozen...)
}
