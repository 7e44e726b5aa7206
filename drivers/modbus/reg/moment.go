package reg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"penstock/app/tag"
)

// Dates and times of devices come in a few shapes. Their values are texts, as
// the device's own clock shows them: most devices know no time zone. Only
// unix32 is UTC by its nature, and says so by a Z.
const (
	shownTime = "2006-01-02T15:04:05.999"
	shownUTC  = "2006-01-02T15:04:05Z"
)

// century is added to years of two digits.
const century = 2000

// decodeTime reads the registers of a date that is no plain number, bytes in
// order.
func (t *Type) decodeTime(b []byte) (tag.Scalar, tag.Quality) {
	var w [6]int
	for i := range t.words {
		w[i] = int(binary.BigEndian.Uint16(b[2*i:]))
	}
	var year, month, day, hour, minute, millis int
	switch t.name {
	case "ymdhms": // a register for each
		year, month, day, hour, minute, millis = w[0], w[1], w[2], w[3], w[4], 1000*w[5]
		if year < 100 {
			year += century
		}
	case "cp56": // IEC 60870-5-4
		year, month, day = century+w[0]&0x7F, w[1]>>8&0xF, w[1]&0x1F
		hour, minute, millis = w[2]>>8&0x1F, w[2]&0x3F, w[3]
		if w[2]&0x80 != 0 { // the device says that its clock is wrong
			return tag.Scalar{}, tag.BadSensorFailure
		}
	default: // bcdtime: six pairs of digits
		var p [6]int
		for i := range p {
			if b[i]>>4 > 9 || b[i]&0xF > 9 {
				return tag.Scalar{}, tag.BadOutOfRange
			}
			p[i] = 10*int(b[i]>>4) + int(b[i]&0xF)
		}
		year, month, day, hour, minute, millis = century+p[0], p[1], p[2], p[3], p[4], 1000*p[5]
	}
	at := time.Date(year, time.Month(month), day, hour, minute, 0, millis*1e6, time.UTC)
	// A 31st of June would become the 1st of July.
	if at.Year() != year || int(at.Month()) != month || at.Day() != day || at.Hour() != hour || at.Minute() != minute || millis >= 60_000 || year > 9999 {
		return tag.Scalar{}, tag.BadOutOfRange
	}
	return tag.Text(at.Format(shownTime)), tag.Good
}

// encodeTime writes a date as decodeTime shows it.
func (t *Type) encodeTime(v tag.Scalar) ([]byte, error) {
	layout, last := shownTime, century+99
	switch t.name {
	case "unix32":
		layout = shownUTC
	case "cp56":
		last = century + 127
	case "ymdhms":
		last = 9999
	}
	at, err := time.Parse(layout, v.Str())
	if err != nil || v.Kind() != tag.KindText {
		return nil, fmt.Errorf("want a date and time like %s", time.Date(2026, 3, 29, 8, 0, 0, 0, time.UTC).Format(layout))
	}
	b := make([]byte, 2*t.words)
	if t.name == "unix32" {
		n := at.Unix()
		if n < 0 || n >= 1<<32 {
			return nil, errors.New("unix32 holds the years 1970 to 2106")
		}
		return t.scatter(uint64(n)), nil
	}
	first := century
	if t.name == "ymdhms" {
		first = 100 // a smaller year would be read as one of this century
	}
	if at.Year() < first || at.Year() > last {
		return nil, fmt.Errorf("%s holds the years %d to %d", t.name, first, last)
	}
	if at.Nanosecond() != 0 && t.name != "cp56" {
		return nil, fmt.Errorf("%s holds whole seconds", t.name)
	}
	if at.Nanosecond()%1e6 != 0 {
		return nil, errors.New("cp56 holds whole milliseconds")
	}
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	put := func(words ...int) {
		for i, w := range words {
			binary.BigEndian.PutUint16(b[2*i:], uint16(w))
		}
	}
	switch t.name {
	case "ymdhms":
		put(year, int(month), day, hour, minute, second)
	case "cp56":
		weekday := int(at.Weekday()+6)%7 + 1 // Monday is 1
		put(year-century, int(month)<<8|weekday<<5|day, hour<<8|minute, 1000*second+at.Nanosecond()/1e6)
	default:
		for i, n := range [...]int{year - century, int(month), day, hour, minute, second} {
			b[i] = byte(n/10<<4 | n%10)
		}
	}
	return t.arrange(b), nil
}
