package historian

// Keys of rows. A tag's number has 20 bits.
const (
	numBits = 20
	msBits  = 27 // milliseconds of a day
	genBits = 24 // seals of a day
	hour    = int64(60 * 60 * 1e9)
	minute  = int64(60 * 1e9)
)

// sealedKey is the id of a chunk in a day file: hour of the day, tag, seal.
func sealedKey(h int64, num uint32, gen int64) int64 {
	return h<<(numBits+genBits) | int64(num)<<genBits | gen
}

func sealedNum(id int64) uint32 { return uint32(id >> genBits & (maxTags - 1)) }

// rawKey is the id of a chunk in a raw file: day, tag, millisecond of the day
// at which it begins.
func rawKey(d int64, num uint32, ms int64) int64 {
	return d<<(numBits+msBits) | int64(num)<<msBits | ms
}

func rawStart(id int64) int64 {
	return id>>(numBits+msBits)*day + id&(1<<msBits-1)*1e6
}

// minuteKey is the id of a day's minute rolls; hourKey that of a month's hour
// rolls in the file of its year.
func minuteKey(d int64, num uint32) int64   { return d<<numBits | int64(num) }
func hourKey(month int64, num uint32) int64 { return int64(num)<<4 | month%12 }
