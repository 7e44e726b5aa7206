package waterworks

import (
	"strconv"
	"strings"

	"penstock/app/tag"
)

//go:generate go test -run TestTheDemoTagsAreTheSignals -update .

// Columns are the columns of a project's tags.csv that Row fills.
var Columns = strings.Split("id,description,area,device,address,type,expression,kind,unit,lo,hi,decimals,states,"+
	"raw_lo,raw_hi,eng_lo,eng_hi,scan,stale,display_band,store,store_band,access,write_lo,write_hi,confirm,related", ",")

// Row writes a tag as one row of tags.csv.
func Row(d tag.Def) []string {
	num := func(v float64, when bool) string {
		if !when {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	var names []string
	for _, s := range d.States {
		names = append(names, strconv.FormatInt(s.Value, 10)+"="+s.Text)
	}
	var related []string
	for _, id := range d.Related {
		related = append(related, string(id))
	}
	access, confirm, stale := "r", "", ""
	if d.Writable {
		access = "rw"
		if d.Confirm != tag.ConfirmAsk {
			confirm = d.Confirm.String()
		}
	}
	if d.StaleIn > 0 {
		stale = d.StaleIn.String()
	}
	scaled, limited := !d.Scale.IsZero(), d.WriteLo < d.WriteHi
	return []string{string(d.ID), d.Text, d.Area, d.Device, d.Address, d.Type, d.Expr, d.Kind.String(), d.Unit,
		num(d.Lo, d.HasRange()), num(d.Hi, d.HasRange()), num(float64(d.Decimals), d.Kind == tag.KindFloat), strings.Join(names, "|"),
		num(d.Scale.RawLo, scaled), num(d.Scale.RawHi, scaled), num(d.Scale.EngLo, scaled), num(d.Scale.EngHi, scaled),
		d.Scan, stale, num(d.DisplayBand, d.DisplayBand > 0), d.Store.String(), num(d.StoreBand, d.StoreBand > 0),
		access, num(d.WriteLo, limited), num(d.WriteHi, limited), confirm, strings.Join(related, "|")}
}
