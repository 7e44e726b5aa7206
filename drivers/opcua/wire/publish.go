package wire

// DataValue is a value with its quality and times.
type DataValue struct {
	Value  Value
	Status uint32 // OPC UA StatusCode
	Source int64  // when the source took it, ns since 1970 UTC; 0: not given
	Server int64  // when the server saw it, ns since 1970 UTC; 0: not given
}

// At is the source's time, or the server's where the source gives none.
func (d *DataValue) At() int64 {
	if d.Source != 0 {
		return d.Source
	}
	return d.Server
}

// DataValue reads a DataValue.
func (c *Cursor) DataValue() DataValue { return c.dataValue(maxDepth) }

func (c *Cursor) dataValue(depth int) (d DataValue) {
	mask := c.U8()
	if mask&0x01 != 0 {
		d.Value = c.variant(depth)
	}
	if mask&0x02 != 0 {
		d.Status = c.U32()
	}
	if mask&0x04 != 0 {
		d.Source = c.Time()
	}
	if mask&0x10 != 0 {
		c.Take(2)
	}
	if mask&0x08 != 0 {
		d.Server = c.Time()
	}
	if mask&0x20 != 0 {
		c.Take(2)
	}
	return d
}

// Encodings of the three notifications, all in namespace 0.
const (
	dataChange   = 811
	eventList    = 916
	statusChange = 820
)

// A Sink takes the parts of a PublishResponse in the order they came.
type Sink struct {
	Data  func(handle uint32, v DataValue)
	Event func(handle uint32, fields []Value)
	// Ended is called when the server has ended the subscription.
	Ended func(status uint32)
}

// maxFields is more than any event filter of ours selects.
const maxFields = 256

// Published is the head of a PublishResponse.
type Published struct {
	Subscription uint32
	Sequence     uint32
	KeepAlive    bool // nothing in it: the next message will have this Sequence
	More         bool
	Notices      Notices
	Acks         int // how many of the acknowledgements sent along were refused
}

// Notices are the notifications of one message, not yet decoded.
type Notices []byte

// Publish reads a PublishResponse without its header. The notices are those
// of the message.
func (c *Cursor) Publish() (p Published) {
	p.Subscription = c.U32()
	for range c.Len(4) {
		c.Take(4)
	}
	p.More = c.U8() != 0
	p.Sequence, p.Notices, p.KeepAlive = c.message()
	for range c.Len(4) {
		if c.U32()>>30 != 0 {
			p.Acks++
		}
	}
	for range c.Len(1) {
		c.Diagnostic()
	}
	return p
}

// Republish reads a RepublishResponse without its header.
func (c *Cursor) Republish() (p Published) {
	p.Sequence, p.Notices, p.KeepAlive = c.message()
	return p
}

func (c *Cursor) message() (seq uint32, n Notices, empty bool) {
	seq = c.U32()
	c.Take(8) // publish time
	start := c.off
	count := c.Len(3)
	for i := 0; i < count && c.err == nil; i++ {
		c.Object()
	}
	if c.err != nil {
		return seq, nil, true
	}
	return seq, Notices(c.b[start:c.off]), count == 0
}

// Each hands every notification to the sink. It reads all of a message before
// it reports that a part of it is malformed.
func (n Notices) Each(to Sink) error {
	c := NewCursor(n)
	for range c.Len(3) {
		enc, body := c.Object()
		if c.err != nil {
			return c.err
		}
		b := NewCursor(body)
		switch Numeric(enc) {
		case dataChange:
			for range b.Len(5) {
				handle := b.U32()
				v := b.DataValue()
				if b.err != nil {
					return b.err
				}
				to.Data(handle, v)
			}
		case eventList:
			for range b.Len(8) {
				handle := b.U32()
				count := b.Len(1)
				if count > maxFields {
					return ErrMalformed
				}
				fields := make([]Value, count)
				for i := range fields {
					fields[i] = b.Variant()
				}
				if b.err != nil {
					return b.err
				}
				to.Event(handle, fields)
			}
		case statusChange:
			to.Ended(b.U32())
		}
		if b.err != nil {
			return b.err
		}
	}
	return c.err
}

// Numeric is the identifier of a numeric NodeId of namespace 0; 0 for others.
func Numeric(id []byte) uint32 {
	c := Cursor{b: id}
	switch c.U8() & 0x3F {
	case 0:
		return uint32(c.U8())
	case 1:
		if c.U8() == 0 {
			return uint32(c.U16())
		}
	case 2:
		if c.U16() == 0 {
			return c.U32()
		}
	}
	return 0
}
