package sheet

import (
	"io"
	"testing"
	"time"

	"penstock/app/tag"
)

// BenchmarkMillion writes a million samples, as an export of twelve days of
// one tag at 1 s does. An operation is one file.
func BenchmarkMillion(b *testing.B) {
	d := &tag.Def{ID: "HL.FT601", Text: "High-lift flow", Unit: "m3/h"}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	for _, format := range []string{"csv", "xlsx"} {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w, err := New(format, io.Discard, time.UTC)
				if err != nil {
					b.Fatal(err)
				}
				for i := range 1_000_000 {
					if err := w.Add(d, tag.Value{Source: from + int64(i)*1e9, Value: tag.Float(812.25 + float64(i%977)/8), Quality: tag.Good}); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
