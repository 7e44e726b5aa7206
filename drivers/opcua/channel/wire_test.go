package channel

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/drivers/opcua/wire"
)

// variants makes a value as the library encodes it, and what it must be read
// as.
var variants = map[string]func(*rapid.T) (any, tag.Scalar){
	"Boolean": func(t *rapid.T) (any, tag.Scalar) { v := rapid.Bool().Draw(t, "v"); return v, tag.Bool(v) },
	"SByte":   func(t *rapid.T) (any, tag.Scalar) { v := rapid.Int8().Draw(t, "v"); return v, tag.Int(int64(v)) },
	"Byte":    func(t *rapid.T) (any, tag.Scalar) { v := rapid.Byte().Draw(t, "v"); return v, tag.Int(int64(v)) },
	"Int16":   func(t *rapid.T) (any, tag.Scalar) { v := rapid.Int16().Draw(t, "v"); return v, tag.Int(int64(v)) },
	"UInt16":  func(t *rapid.T) (any, tag.Scalar) { v := rapid.Uint16().Draw(t, "v"); return v, tag.Int(int64(v)) },
	"Int32":   func(t *rapid.T) (any, tag.Scalar) { v := rapid.Int32().Draw(t, "v"); return v, tag.Int(int64(v)) },
	"UInt32":  func(t *rapid.T) (any, tag.Scalar) { v := rapid.Uint32().Draw(t, "v"); return v, tag.Int(int64(v)) },
	"Int64":   func(t *rapid.T) (any, tag.Scalar) { v := rapid.Int64().Draw(t, "v"); return v, tag.Int(v) },
	"UInt64": func(t *rapid.T) (any, tag.Scalar) {
		v := rapid.Uint64().Draw(t, "v")
		if v > math.MaxInt64 {
			return v, tag.Float(float64(v))
		}
		return v, tag.Int(int64(v))
	},
	"Float":  func(t *rapid.T) (any, tag.Scalar) { v := rapid.Float32().Draw(t, "v"); return v, tag.Float(float64(v)) },
	"Double": func(t *rapid.T) (any, tag.Scalar) { v := rapid.Float64().Draw(t, "v"); return v, tag.Float(v) },
	"String": func(t *rapid.T) (any, tag.Scalar) { v := rapid.String().Draw(t, "v"); return v, tag.Text(v) },
	"LocalizedText": func(t *rapid.T) (any, tag.Scalar) {
		v := rapid.String().Draw(t, "v")
		return ua.NewLocalizedTextWithLocale(v, rapid.String().Draw(t, "locale")), tag.Text(v)
	},
	"QualifiedName": func(t *rapid.T) (any, tag.Scalar) {
		v := rapid.String().Draw(t, "v")
		return &ua.QualifiedName{NamespaceIndex: 3, Name: v}, tag.Text(v)
	},
	"StatusCode": func(t *rapid.T) (any, tag.Scalar) {
		v := rapid.Uint32().Draw(t, "v")
		return ua.StatusCode(v), tag.Int(int64(v))
	},
	"NodeId": func(t *rapid.T) (any, tag.Scalar) {
		v := rapid.StringN(1, 20, 40).Draw(t, "v")
		return ua.NewStringNodeID(7, v), tag.Text("ns=7;s=" + v)
	},
}

// What the library encodes, we read as it was meant.
func TestReadsWhatTheLibraryWrites(t *testing.T) {
	for name, draw := range variants {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			v, want := draw(t)
			at := time.Unix(0, rapid.Int64Range(100, 4e18).Draw(t, "at")/100*100).UTC()
			status := rapid.Uint32().Draw(t, "status")
			dv := &ua.DataValue{Value: ua.MustVariant(v), Status: ua.StatusCode(status), SourceTimestamp: at, ServerTimestamp: at.Add(time.Second), SourcePicoseconds: 7}
			dv.UpdateMask()
			b, err := dv.Encode()
			if err != nil {
				t.Fatal(err)
			}
			c := wire.NewCursor(b)
			got := c.DataValue()
			if c.Err() != nil || len(c.Rest()) > 0 {
				t.Fatalf("%v, %d bytes left", c.Err(), len(c.Rest()))
			}
			if s, ok := got.Value.Scalar(); !ok || s != want {
				t.Fatalf("read %v %v, want %v %v", s.Kind(), s, want.Kind(), want)
			}
			if got.Status != status || got.At() != at.UnixNano() || got.Server != at.Add(time.Second).UnixNano() {
				t.Fatalf("read %08X at %d, want %08X at %d", got.Status, got.At(), status, at.UnixNano())
			}
		}))
	}
}

func TestArraysElementByElement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 0, 20).Draw(t, "texts")
		v := ua.MustVariant(texts)
		b, err := v.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got := wire.NewCursor(b).Variant()
		if got.Len != len(texts) {
			t.Fatalf("%d elements, want %d", got.Len, len(texts))
		}
		for i, want := range texts {
			e, ok := got.At(i)
			if s, _ := e.Scalar(); !ok || s.Str() != want {
				t.Fatalf("element %d is %q, want %q", i, s.Str(), want)
			}
		}
		if _, ok := got.At(len(texts)); ok {
			t.Fatal("there is an element after the last")
		}
	})
}

// Bytes that ended a process that used the library's decoder, or took its
// memory.
func TestBytesThatEndedAProcess(t *testing.T) {
	for name, b := range map[string][]byte{
		"array of length -2":      {0x86, 0xfe, 0xff, 0xff, 0xff},
		"array of two billion":    {0x86, 0xff, 0xff, 0xff, 0x7f},
		"matrix of two billion":   {0xc6, 0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f},
		"dimensions without end":  {0xc6, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f},
		"string longer than sent": {0x0c, 0xff, 0xff, 0xff, 0x7f, 'x'},
		"unknown type":            {0x3f, 1, 2, 3},
	} {
		c := wire.NewCursor(b)
		c.Variant()
		if !errors.Is(c.Err(), wire.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, c.Err())
		}
	}
	deep := make([]byte, 100_000) // variants in variants
	for i := range deep {
		deep[i] = byte(wire.VariantType)
	}
	if c := wire.NewCursor(deep); c.Variant().Type != wire.Null || c.Err() == nil {
		t.Error("endless nesting was read")
	}
	for i := range deep {
		deep[i] = 0x40 // diagnostics in diagnostics
	}
	if c := wire.NewCursor(deep); func() error { c.Diagnostic(); return c.Err() }() == nil {
		t.Error("endless diagnostics were read")
	}
}

func publishBytes(t testing.TB) []byte {
	dv := func(v any) *ua.DataValue {
		d := &ua.DataValue{Value: ua.MustVariant(v), SourceTimestamp: time.Unix(1e9, 0)}
		d.UpdateMask()
		return d
	}
	items := []*ua.MonitoredItemNotification{{ClientHandle: 1, Value: dv(1.5)}, {ClientHandle: 2, Value: dv("text")}, {ClientHandle: 3, Value: dv([]int32{1, 2, 3})}}
	notices := []*ua.ExtensionObject{
		{EncodingMask: 1, TypeID: ua.NewFourByteExpandedNodeID(0, id.DataChangeNotification_Encoding_DefaultBinary), Value: &ua.DataChangeNotification{MonitoredItems: items}},
		{EncodingMask: 1, TypeID: ua.NewFourByteExpandedNodeID(0, id.EventNotificationList_Encoding_DefaultBinary), Value: &ua.EventNotificationList{Events: []*ua.EventFieldList{{ClientHandle: 9, EventFields: []*ua.Variant{ua.MustVariant("x"), ua.MustVariant(int32(1))}}}}},
		{EncodingMask: 1, TypeID: ua.NewFourByteExpandedNodeID(0, id.StatusChangeNotification_Encoding_DefaultBinary), Value: &ua.StatusChangeNotification{Status: ua.StatusBadTimeout, DiagnosticInfo: &ua.DiagnosticInfo{}}},
	}
	b, err := ua.Encode(&ua.PublishResponse{ResponseHeader: &ua.ResponseHeader{ServiceDiagnostics: &ua.DiagnosticInfo{}, AdditionalHeader: ua.NewExtensionObject(nil)}, SubscriptionID: 5, AvailableSequenceNumbers: []uint32{1, 2},
		MoreNotifications: true, NotificationMessage: &ua.NotificationMessage{SequenceNumber: 8, PublishTime: time.Now(), NotificationData: notices}, Results: []ua.StatusCode{0, ua.StatusBadSequenceNumberUnknown}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPublishResponse(t *testing.T) {
	c := wire.NewCursor(publishBytes(t))
	if s := c.Header(); s != 0 {
		t.Errorf("status %08X", s)
	}
	p := c.Publish()
	if c.Err() != nil || p.Subscription != 5 || p.Sequence != 8 || !p.More || p.KeepAlive || p.Acks != 1 {
		t.Fatalf("%+v, %v", p, c.Err())
	}
	handles, events, ended := []uint32{}, 0, uint32(0)
	err := p.Notices.Each(wire.Sink{
		Data:  func(h uint32, _ wire.DataValue) { handles = append(handles, h) },
		Event: func(h uint32, f []wire.Value) { events += len(f) },
		Ended: func(s uint32) { ended = s },
	})
	if err != nil || len(handles) != 3 || handles[2] != 3 || events != 2 || ended != uint32(ua.StatusBadTimeout) {
		t.Errorf("data of %v, %d event fields, ended with %08X, %v", handles, events, ended, err)
	}
}

func FuzzPublish(f *testing.F) {
	f.Add(publishBytes(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := wire.NewCursor(b)
		c.Header()
		p := c.Publish()
		if c.Err() != nil {
			return
		}
		_ = p.Notices.Each(wire.Sink{
			Data: func(_ uint32, v wire.DataValue) {
				v.Value.Scalar()
				if v.Value.Array && v.Value.Len > 0 {
					if e, ok := v.Value.At(v.Value.Len - 1); ok {
						e.Scalar()
					}
				}
			},
			Event: func(_ uint32, fields []wire.Value) {
				for _, v := range fields {
					v.Scalar()
				}
			},
			Ended: func(uint32) {},
		})
	})
}
