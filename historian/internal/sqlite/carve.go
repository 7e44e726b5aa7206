package sqlite

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
)

// Carve calls found with every row of an ordinary table that a database's
// pages hold, and the pages of its WAL, page by page, without SQLite: with what
// is left of a file that SQLite cannot read. Columns are nil, int64, float64,
// string or []byte; of an INTEGER PRIMARY KEY the column is nil, and id its
// value. Carve knows neither which table a row is of nor whether it is the
// newest of its kind: rows that were changed may come in old and new form, the
// newer later, and rows of broken pages as anything, so a caller must be able
// to tell its own. Nobody may have the file open. pageSize is what it was made
// with.
func Carve(path string, pageSize int, found func(id int64, columns []any)) error {
	db, err := os.Open(path)
	if err != nil {
		return err
	}
	defer db.Close()
	c := carver{db: db, size: pageSize, newer: map[uint32]int64{}, found: found}
	c.wal, err = os.Open(path + "-wal")
	if err == nil {
		defer c.wal.Close()
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	st, err := db.Stat()
	if err != nil {
		return err
	}
	frames := c.frames()
	for n := uint32(1); int64(n) <= st.Size()/int64(pageSize); n++ {
		if err := c.page(db, int64(n-1)*int64(pageSize), n); err != nil {
			return err
		}
	}
	for _, f := range frames {
		if err := c.page(c.wal, f.at, f.page); err != nil {
			return err
		}
	}
	return nil
}

type carver struct {
	db, wal *os.File
	size    int
	newer   map[uint32]int64 // where the newest form of a page is in the WAL
	found   func(id int64, columns []any)
}

type frame struct {
	page uint32
	at   int64
}

// Bytes before the first frame of a WAL, and before the page of each.
const walHead, frameHead = 32, 24

// frames lists the pages of the WAL that were written since it was begun anew.
// What a crash left unfinished is among them: a caller that can tell its own
// rows can do with a commit too many.
func (c *carver) frames() (out []frame) {
	var head [walHead]byte
	if c.wal == nil {
		return nil
	}
	if _, err := c.wal.ReadAt(head[:], 0); err != nil {
		return nil
	}
	salt := [8]byte(head[16:24])
	for at := int64(walHead); ; at += frameHead + int64(c.size) {
		var head [frameHead]byte
		if _, err := c.wal.ReadAt(head[:], at); err != nil {
			return out
		}
		if [8]byte(head[8:16]) != salt {
			continue // of before, or broken
		}
		f := frame{binary.BigEndian.Uint32(head[:]), at + frameHead}
		out = append(out, f)
		c.newer[f.page] = f.at
	}
}

// page looks for rows on one page.
func (c *carver) page(f *os.File, at int64, n uint32) error {
	const leafOfTable = 0x0d
	b := make([]byte, c.size) // rows keep parts of it
	if _, err := f.ReadAt(b, at); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	head := 0
	if n == 1 {
		head = 100
	}
	if b[head] != leafOfTable {
		return nil
	}
	cells := int(binary.BigEndian.Uint16(b[head+3:]))
	for i := range min(cells, (c.size-head-8)/2) {
		at := int(binary.BigEndian.Uint16(b[head+8+2*i:]))
		if at >= c.size {
			continue
		}
		id, payload, ok := c.cell(b, b[at:])
		if !ok {
			continue
		}
		if columns, ok := record(payload); ok {
			c.found(id, columns)
		}
	}
	return nil
}

// mostPayload bounds what a broken length can ask for.
const mostPayload = 64 << 20

// cell reads a row and the pages it goes on in.
func (c *carver) cell(page, b []byte) (id int64, payload []byte, ok bool) {
	size, n := uvarint(b)
	row, m := uvarint(b[n:])
	if n == 0 || m == 0 || size > mostPayload {
		return 0, nil, false
	}
	b = b[n+m:]
	local, most := int(size), len(page)-35
	if local > most {
		least := (len(page)-12)*32/255 - 23
		if local = least + (int(size)-least)%(len(page)-4); local > most {
			local = least
		}
	}
	if local == int(size) {
		if local > len(b) {
			return 0, nil, false
		}
		return int64(row), b[:local], true
	}
	if local+4 > len(b) {
		return 0, nil, false
	}
	next := binary.BigEndian.Uint32(b[local:])
	payload = append(payload, b[:local]...)
	buf := make([]byte, len(page))
	for len(payload) < int(size) {
		if next == 0 || !c.read(buf, next) {
			return 0, nil, false
		}
		next = binary.BigEndian.Uint32(buf)
		payload = append(payload, buf[4:min(len(buf), 4+int(size)-len(payload))]...)
	}
	return int64(row), payload, true
}

// read reads the newest form of a page.
func (c *carver) read(b []byte, n uint32) bool {
	var err error
	if at, ok := c.newer[n]; ok {
		_, err = c.wal.ReadAt(b, at)
	} else {
		_, err = c.db.ReadAt(b, int64(n-1)*int64(len(b)))
	}
	return err == nil
}

// record takes a row apart.
func record(b []byte) (columns []any, ok bool) {
	size, n := uvarint(b)
	if n == 0 || size > uint64(len(b)) || size < uint64(n) {
		return nil, false
	}
	types, b := b[n:size], b[size:]
	for len(types) > 0 {
		t, n := uvarint(types)
		if n == 0 {
			return nil, false
		}
		types = types[n:]
		width := uint64(0)
		switch {
		case t >= 12:
			width = (t - 12) / 2
		case t == 10 || t == 11:
			return nil, false // never in a file
		case t < 8:
			width = [...]uint64{0, 1, 2, 3, 4, 6, 8, 8}[t]
		}
		if width > uint64(len(b)) {
			return nil, false
		}
		v := b[:width]
		b = b[width:]
		switch {
		case t == 0:
			columns = append(columns, nil)
		case t >= 12 && t%2 == 0:
			columns = append(columns, v)
		case t >= 12:
			columns = append(columns, string(v))
		case t == 7:
			columns = append(columns, math.Float64frombits(binary.BigEndian.Uint64(v)))
		case t >= 8:
			columns = append(columns, int64(t-8))
		default:
			x := int64(int8(v[0]))
			for _, c := range v[1:] {
				x = x<<8 | int64(c)
			}
			columns = append(columns, x)
		}
	}
	return columns, true
}

// uvarint reads SQLite's variable-length number: high bits first, at most nine
// bytes; n is 0 when it is cut off.
func uvarint(b []byte) (v uint64, n int) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return v<<8 | uint64(b[i]), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
