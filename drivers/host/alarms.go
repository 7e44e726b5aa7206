package host

import (
	"encoding/binary"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

func putScalars(b []byte, ss []tag.Scalar) []byte {
	b = binary.AppendUvarint(b, uint64(len(ss)))
	for _, s := range ss {
		b = putScalar(b, s)
	}
	return b
}

func (r *reader) scalars() []tag.Scalar {
	n := r.count(1)
	out := make([]tag.Scalar, 0, n)
	for range n {
		out = append(out, r.scalar())
	}
	return out
}

// conditionTexts and conditionBits name what a condition is made of, for both
// directions.
func conditionTexts(c *drivers.Condition) []*string {
	return []*string{&c.ID, &c.Branch, &c.Event, &c.Source, &c.SourceName, &c.Name, &c.Kind, &c.Message, &c.Level, &c.Comment, &c.User}
}

func conditionBits(c *drivers.Condition) []*bool {
	return []*bool{&c.Retain, &c.Enabled, &c.Active, &c.Acked, &c.Confirmed, &c.Suppressed, &c.OutOfService, &c.Shelved}
}

const conditionSize = 11 + 1 + 1 + 4 + 1 + 1 // at least

func putConditions(b []byte, list []drivers.Condition) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		c := &list[i]
		for _, t := range conditionTexts(c) {
			b = putText(b, *t)
		}
		b = binary.AppendVarint(b, int64(c.Severity))
		b = binary.AppendVarint(b, c.Time)
		b = binary.LittleEndian.AppendUint32(b, c.Quality.Status())
		var bits byte
		for i, is := range conditionBits(c) {
			if *is {
				bits |= 1 << i
			}
		}
		b = binary.AppendVarint(append(b, bits), int64(c.ShelvedFor))
	}
	return b
}

func (r *reader) conditions() []drivers.Condition {
	n := r.count(conditionSize)
	out := make([]drivers.Condition, n)
	for i := range out {
		c := &out[i]
		for _, t := range conditionTexts(c) {
			*t = r.text()
		}
		c.Severity, c.Time, c.Quality = int(r.int()), r.int(), tag.FromStatus(r.u32())
		bits := r.u8()
		for i, is := range conditionBits(c) {
			*is = bits>>i&1 == 1
		}
		c.ShelvedFor = time.Duration(r.int())
	}
	return out
}

func putResponse(b []byte, a drivers.Response) []byte {
	b = putText(putText(putText(append(b, byte(a.Do)), a.ID), a.Event), a.Comment)
	return binary.AppendVarint(b, int64(a.Duration))
}

func (r *reader) response() drivers.Response {
	return drivers.Response{Do: drivers.Answer(r.u8()), ID: r.text(), Event: r.text(), Comment: r.text(), Duration: time.Duration(r.int())}
}
