package opcua

import (
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers/opcua/wire"
)

// encodeAs makes a Variant of exactly the wanted type. A value the type
// cannot hold is an error; nothing is wrapped and no fraction dropped.
func encodeAs(t wire.Type, v tag.Scalar) (*ua.Variant, error) {
	x, err := goValue(t, v)
	if err != nil {
		return nil, err
	}
	return ua.NewVariant(x)
}

func goValue(t wire.Type, v tag.Scalar) (any, error) {
	switch t {
	case wire.Boolean:
		n, ok := v.Int()
		if !ok || n != 0 && n != 1 {
			return nil, fmt.Errorf("%s is neither 0 nor 1", v)
		}
		return n == 1, nil
	case wire.SByte:
		n, err := whole(t, v, math.MinInt8, math.MaxInt8)
		return int8(n), err
	case wire.Byte:
		n, err := whole(t, v, 0, math.MaxUint8)
		return byte(n), err
	case wire.Int16:
		n, err := whole(t, v, math.MinInt16, math.MaxInt16)
		return int16(n), err
	case wire.UInt16:
		n, err := whole(t, v, 0, math.MaxUint16)
		return uint16(n), err
	case wire.Int32:
		n, err := whole(t, v, math.MinInt32, math.MaxInt32)
		return int32(n), err
	case wire.UInt32:
		n, err := whole(t, v, 0, math.MaxUint32)
		return uint32(n), err
	case wire.StatusCode:
		n, err := whole(t, v, 0, math.MaxUint32)
		return ua.StatusCode(n), err
	case wire.Int64:
		return whole(t, v, math.MinInt64, math.MaxInt64)
	case wire.UInt64:
		if f, ok := v.Float(); ok && v.Kind() == tag.KindFloat && f == math.Trunc(f) && f >= 1<<63 && f < 1<<64 {
			return uint64(f), nil
		}
		n, err := whole(t, v, 0, math.MaxInt64)
		return uint64(n), err
	case wire.Float:
		f, err := number(v)
		if err == nil && math.Abs(f) > math.MaxFloat32 {
			err = fmt.Errorf("%s does not fit a Float", v)
		}
		return float32(f), err
	case wire.Double:
		f, err := number(v)
		return f, err
	}
	if v.Kind() != tag.KindText {
		return nil, fmt.Errorf("%s is not a text, as %v wants", v, t)
	}
	switch s := v.Str(); t {
	case wire.String:
		return s, nil
	case wire.XMLElement:
		return ua.XMLElement(s), nil
	case wire.LocalizedText:
		return ua.NewLocalizedText(s), nil
	case wire.QualifiedName:
		return &ua.QualifiedName{Name: s}, nil
	case wire.DateTime:
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return nil, fmt.Errorf("%q is not a time like 2026-01-02T15:04:05Z", s)
		}
		return at, nil
	case wire.GUID:
		if g := ua.NewGUID(s); g != nil {
			return g, nil
		}
		return nil, fmt.Errorf("%q is not a GUID", s)
	case wire.ByteString:
		b, err := hex.DecodeString(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not hexadecimal", s)
		}
		return b, nil
	case wire.NodeID:
		n, err := ua.ParseNodeID(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not a NodeId", s)
		}
		return n, nil
	}
	return nil, fmt.Errorf("a %v cannot be written", t)
}

func whole(t wire.Type, v tag.Scalar, lo, hi int64) (int64, error) {
	n, ok := v.Int()
	if !ok || v.Kind() == tag.KindBool {
		return 0, fmt.Errorf("%s is not a whole number, as %v wants", v, t)
	}
	if n < lo || n > hi {
		return 0, fmt.Errorf("%d does not fit %v, which goes from %d to %d", n, t, lo, hi)
	}
	return n, nil
}

func number(v tag.Scalar) (float64, error) {
	f, ok := v.Float()
	if !ok || v.Kind() == tag.KindBool || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is not a number", v)
	}
	return f, nil
}

// inArray wraps one element in an array of so many dimensions, as a write to
// an index range wants it.
func inArray(v *ua.Variant, dims int) *ua.Variant {
	x := reflect.ValueOf(v.Value())
	if b, ok := v.Value().(byte); ok && dims == 1 {
		return ua.MustVariant(ua.ByteArray{b})
	}
	for range dims {
		s := reflect.MakeSlice(reflect.SliceOf(x.Type()), 1, 1)
		s.Index(0).Set(x)
		x = s
	}
	return ua.MustVariant(x.Interface())
}
