package bench

import (
	"fmt"

	"penstock/app/tag"
	"penstock/historian"
)

// stretch is how many samples are made again at a time, about 30 MB.
const stretch = 400_000

// forEver is after every sample.
const forEver = 1 << 62

// verify compares everything a store has of a plant with that plant made
// again: a device after the other, because they know nothing of each other,
// and a stretch at a time, because all samples would not fit memory.
func (b *run) verify(s *historian.Store, name string, tags, seconds int) error {
	wrong := 0
	for d := range newPlant(tags, 42).devices {
		p := newPlant(tags, 42)
		p.devices = p.devices[d : d+1]
		signals := p.devices[0].tags
		want := make([][]tag.Value, len(signals))
		from := make([]int64, len(signals)) // what is before it has been compared
		for left := seconds; left > 0; {
			step := min(left, max(stretch/len(signals), 1))
			left -= step
			for i := range want {
				want[i] = want[i][:0]
			}
			p.each(step, func(batch []tag.Sample) {
				for i := range batch {
					want[i] = append(want[i], batch[i].Value)
				}
			})
			for i, list := range want {
				to := list[len(list)-1].At() + 1 // the times of a device only rise
				if left == 0 {
					to = forEver
				}
				n, err := b.differences(s, signals[i].id, from[i], to, list)
				if err != nil {
					return err
				}
				wrong += n
				from[i] = to
			}
		}
	}
	b.readBack(name, tags*seconds, wrong)
	return nil
}

// readBack notes how much was compared.
func (b *run) readBack(name string, samples, wrong int) {
	b.judge(fmt.Sprintf("wrong of %d samples read back, %s", samples, name), float64(wrong), "", 0)
}

// differences is how many samples of a tag in [from, to) are not, bit for bit
// and in their order, those that were given to the store.
func (b *run) differences(s *historian.Store, id tag.ID, from, to int64, want []tag.Value) (wrong int, err error) {
	i := 0
	err = s.Raw(b.ctx, id, from, to, func(v tag.Value) bool {
		if i >= len(want) || v != want[i] {
			wrong++
		}
		i++
		return true
	})
	return wrong + max(len(want)-i, 0), err
}
