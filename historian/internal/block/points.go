package block

import (
	"encoding/binary"
	"math"

	"penstock/app/tag"
)

// The form byte of a point in a log row: its kind, and what follows.
const (
	formKind    = 0x07
	formShort   = 0x08 // a float as float32; of a bool: true
	formFlags   = 0x10 // a flags byte follows
	formQuality = 0x20 // four bytes of OPC UA status follow
)

// AppendPoints appends points: a commit's log row, or the newest samples of
// all tags. Neighbours with one time cost least.
func AppendPoints(b []byte, points []Point) []byte {
	var at int64
	var num uint32
	for i := 0; i < len(points); {
		j := i + 1
		for j < len(points) && points[j].At == points[i].At {
			j++
		}
		b = binary.AppendUvarint(b, uint64(j-i))
		b = AppendInt(b, points[i].At-at)
		at = points[i].At
		for ; i < j; i++ {
			p := &points[i]
			step := int64(p.Num) - int64(num)
			num = p.Num
			// Neighbours of a scan, with nothing to say but their value, are
			// nearly all there is.
			if step >= -64 && step < 64 && p.Q == tag.Good && p.Mark.Flags() == 0 {
				switch next := byte(step<<1 ^ step>>63); p.Mark.Kind() {
				case tag.KindFloat:
					f := math.Float64frombits(p.Bits)
					if s := float32(f); math.Float64bits(float64(s)) == p.Bits {
						u := math.Float32bits(s)
						b = append(b, next, byte(tag.KindFloat)|formShort, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
					} else {
						b = binary.LittleEndian.AppendUint64(append(b, next, byte(tag.KindFloat)), p.Bits)
					}
					continue
				case tag.KindBool:
					form := byte(tag.KindBool)
					if p.Bits != 0 {
						form |= formShort
					}
					b = append(b, next, form)
					continue
				}
			}
			b = appendPoint(AppendInt(b, step), p)
		}
	}
	return b
}

func appendPoint(b []byte, p *Point) []byte {
	form := byte(p.Mark.Kind())
	if p.Mark.Flags() != 0 {
		form |= formFlags
	}
	if p.Q != tag.Good {
		form |= formQuality
	}
	switch p.Mark.Kind() {
	case tag.KindFloat:
		f := math.Float64frombits(p.Bits)
		if s := float32(f); math.Float64bits(float64(s)) == p.Bits {
			b = append(b, form|formShort)
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(s))
		} else {
			b = append(b, form)
			b = binary.LittleEndian.AppendUint64(b, p.Bits)
		}
	case tag.KindInt:
		b = AppendInt(append(b, form), int64(p.Bits))
	case tag.KindBool:
		if p.Bits != 0 {
			form |= formShort
		}
		b = append(b, form)
	case tag.KindText:
		b = binary.AppendUvarint(append(b, form), uint64(len(p.Text)))
		b = append(b, p.Text...)
	default:
		b = append(b, form)
	}
	if form&formFlags != 0 {
		b = append(b, byte(p.Mark.Flags()))
	}
	if form&formQuality != 0 {
		b = binary.LittleEndian.AppendUint32(b, p.Q.Status())
	}
	return b
}

// Points takes all points that AppendPoints wrote, to the end of the payload,
// appending them to dst.
func (c *Cursor) Points(dst []Point) ([]Point, error) {
	var at, num int64
	for c.Len() > 0 {
		n := c.Uint()
		at += c.Int()
		if n > uint64(c.Len())/2 { // a point has at least two bytes
			c.Fail()
		}
		for ; n > 0 && !c.bad; n-- {
			num += c.Int()
			if num < 0 || num > math.MaxUint32 {
				c.Fail()
			}
			p := Point{At: at, Num: uint32(num)}
			c.point(&p)
			dst = append(dst, p)
		}
	}
	return dst, c.Err()
}

func (c *Cursor) point(p *Point) {
	form := c.Byte()
	k := tag.Kind(form & formKind)
	switch k {
	case tag.None:
	case tag.KindFloat:
		if form&formShort != 0 {
			p.Bits = math.Float64bits(float64(math.Float32frombits(c.Uint32())))
		} else {
			p.Bits = c.Uint64()
		}
	case tag.KindInt:
		p.Bits = uint64(c.Int())
	case tag.KindBool:
		if form&formShort != 0 {
			p.Bits = 1
		}
	case tag.KindText:
		p.Text = string(c.Bytes(c.Uint()))
	default:
		c.Fail()
	}
	var flags tag.Flags
	if form&formFlags != 0 {
		flags = tag.Flags(c.Byte())
	}
	p.Q = tag.Good
	if form&formQuality != 0 {
		p.Q = tag.FromStatus(c.Uint32())
	}
	p.Mark = MarkOf(k, flags)
}
