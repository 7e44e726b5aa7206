package tag

import "fmt"

// Quality is a 32-bit OPC UA StatusCode (OPC 10000-4, 7.39), kept whole from
// the device to the export. It is stored exclusive-or 0x80320000, so that the
// zero Quality is BadWaitingForInitialData and a forgotten field never reads
// as a healthy plant. Use Status and FromStatus at the edges.
type Quality uint32

const noData = 0x80320000

// FromStatus makes a Quality of an OPC UA StatusCode.
func FromStatus(code uint32) Quality { return Quality(code ^ noData) }

// Status is the OPC UA StatusCode of q.
func (q Quality) Status() uint32 { return uint32(q) ^ noData }

// The qualities the program itself gives. Devices may deliver any other code.
const (
	NoData            Quality = 0                   // BadWaitingForInitialData: nothing was ever received
	Good              Quality = 0x00000000 ^ noData // fresh and believed
	GoodClamped       Quality = 0x00300000 ^ noData // held at an end of its scale
	GoodLocalOverride Quality = 0x00960000 ^ noData // a person put the value in

	Uncertain         Quality = 0x40000000 ^ noData // usable, but the source doubts it
	LastUsable        Quality = 0x40900000 ^ noData // stale: was good, the source has gone quiet
	Substitute        Quality = 0x40910000 ^ noData // a simulated or replaced value
	InitialValue      Quality = 0x40920000 ^ noData
	SensorNotAccurate Quality = 0x40930000 ^ noData
	EUExceeded        Quality = 0x40940000 ^ noData // outside the engineering range

	Bad                   Quality = 0x80000000 ^ noData
	BadCommunicationError Quality = 0x80050000 ^ noData // link lost, the last value is kept
	BadTimeout            Quality = 0x800A0000 ^ noData
	BadNoCommunication    Quality = 0x80310000 ^ noData // link never was up
	BadOutOfRange         Quality = 0x803C0000 ^ noData
	BadTypeMismatch       Quality = 0x80740000 ^ noData
	BadConfigurationError Quality = 0x80890000 ^ noData // address, type or scaling cannot work
	BadNotConnected       Quality = 0x808A0000 ^ noData
	BadDeviceFailure      Quality = 0x808B0000 ^ noData
	BadSensorFailure      Quality = 0x808C0000 ^ noData
	BadOutOfService       Quality = 0x808D0000 ^ noData // scanning is off
	BadDataLost           Quality = 0x809D0000 ^ noData // samples are known to be missing
	BadNoData             Quality = 0x809B0000 ^ noData // the station was not running
)

// Class is what the top two bits of a status say.
type Class uint8

// The classes, worst first, so that the smaller of two is the worse.
const (
	ClassBad Class = iota
	ClassUncertain
	ClassGood
)

func (c Class) String() string { return [...]string{"bad", "uncertain", "good"}[c] }

// Class returns the class of q. The reserved class 11 counts as bad.
func (q Quality) Class() Class {
	switch q.Status() >> 30 {
	case 0:
		return ClassGood
	case 1:
		return ClassUncertain
	}
	return ClassBad
}

// IsGood reports whether q is of the good class.
func (q Quality) IsGood() bool { return q.Class() == ClassGood }

// Usable reports whether a person or an alarm may act on the value: its class
// is good or uncertain. "Bad shall never be used" (OPC 10000-4, 7.39).
func (q Quality) Usable() bool { return q.Class() != ClassBad }

// Worst returns the one of the worse class, a where they are alike. A
// computed tag has the worst quality of its inputs.
func Worst(a, b Quality) Quality {
	if b.Class() < a.Class() {
		return b
	}
	return a
}

// Limit is what the two limit bits of a status say.
type Limit uint8

// The limits of OPC 10000-4, table 179.
const (
	LimitNone Limit = iota
	LimitLow
	LimitHigh
	LimitConstant
)

const dataValueInfo = 0x0400 // InfoType bits: the info bits are those of a DataValue

// Limit returns the limit bits of q.
func (q Quality) Limit() Limit {
	if s := q.Status(); s&0x0C00 == dataValueInfo {
		return Limit(s >> 8 & 3)
	}
	return LimitNone
}

// WithLimit returns q with its limit bits set.
func (q Quality) WithLimit(l Limit) Quality {
	return FromStatus(q.Status()&^0x0F00 | dataValueInfo | uint32(l)<<8)
}

// Overflow reports whether the source's queue lost values before this one.
func (q Quality) Overflow() bool { return q.Status()&0x0C80 == dataValueInfo|0x80 }

var qualityWords = map[Quality]string{
	NoData: "waiting for first value", Good: "good", GoodClamped: "good, clamped", GoodLocalOverride: "manual override",
	Uncertain: "uncertain", LastUsable: "stale", Substitute: "substituted", InitialValue: "initial value",
	SensorNotAccurate: "sensor not accurate", EUExceeded: "outside range",
	Bad: "bad", BadCommunicationError: "no communication", BadTimeout: "timeout", BadNoCommunication: "never connected",
	BadOutOfRange: "not a usable number", BadTypeMismatch: "wrong type", BadConfigurationError: "configuration error",
	BadNotConnected: "not connected", BadDeviceFailure: "device failure", BadSensorFailure: "sensor failure",
	BadOutOfService: "out of service", BadDataLost: "data lost", BadNoData: "no data",
	FromStatus(0x80330000): "node unknown", FromStatus(0x80340000): "node unknown",
	FromStatus(0x803A0000): "not readable", FromStatus(0x801F0000): "access denied",
}

// String says q in the words an operator reads. A code without words of its
// own is its class and the code in hex.
func (q Quality) String() string {
	if w, ok := qualityWords[q]; ok {
		return w
	}
	if w, ok := qualityWords[FromStatus(q.Status()&0xFFFF0000)]; ok {
		return w
	}
	return fmt.Sprintf("%s (0x%08X)", q.Class(), q.Status())
}
