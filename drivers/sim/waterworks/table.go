package waterworks

import (
	"fmt"
	"slices"
	"time"

	"penstock/app/tag"
)

// table is the plant's signal list, in the order of the water's way through
// the plant. Loop numbers begin with the digit of their area.
var table = slices.Concat(intake(), rawWater(), dosing(), settling(), filters(), clearWater(), highLift(), zone(), energy(), system())

// Signals returns the plant's signals. The caller owns the slice, not the
// slices inside.
func Signals() []tag.Def { return slices.Clone(table) }

// named is tag.ID by a format.
func named(format string, n ...any) tag.ID { return tag.ID(fmt.Sprintf(format, n...)) }

func intake() []tag.Def {
	out := onPLC(
		slow("IN.LT101", "River level at the intake", "m", 0, 6, 2),
		slow("IN.TT102", "River water temperature", "degC", 0, 40, 1),
		slow("IN.AT103", "Raw water turbidity", "NTU", 0, 250, 1),
		slow("IN.AT104", "Raw water pH", "pH", 4, 10, 2),
		measured("IN.LT106", "Intake sump level", "m", 0, 6, 2),
		setting("IN.PDIC110.SP", "Screen head loss at which raking starts", "mm", 50, 400, 0),
	)
	for n := 1; n <= 2; n++ {
		out = append(out, onPLC(
			measured(named("IN.PDT11%d", n), fmt.Sprintf("Screen %d head loss", n), "mm", 0, 600, 0),
			contact(named("IN.S11%d.RUN", n), fmt.Sprintf("Screen %d rake", n), "Stopped", "Running"),
			contact(named("IN.S11%d.FLT", n), fmt.Sprintf("Screen %d rake fault", n), "Healthy", "Fault"),
			hoa(named("IN.S11%d.MODE", n), fmt.Sprintf("Screen %d rake selector", n)),
			measured(named("IN.V11%d.POS", n), fmt.Sprintf("Inlet penstock %d position", n), "%", 0, 100, 0),
			gate(named("IN.V11%d.ST", n), fmt.Sprintf("Inlet penstock %d", n)),
			setting(named("IN.V11%d.CMD", n), fmt.Sprintf("Inlet penstock %d wanted position", n), "%", 0, 100, 0),
		)...)
	}
	return out
}

func rawWater() []tag.Def {
	out := onPLC(
		measured("RW.FT201", "Raw water flow", "m3/h", 0, 1000, 0),
		total("RW.FQ201", "Raw water taken", "m3"),
		measured("RW.PT201", "Raw water main pressure", "bar", 0, 6, 2),
		setting("RW.LIC201.START1", "Clear-water level that starts the first raw-water pump", "m", 1, 4.6, 2),
		setting("RW.LIC201.START2", "Clear-water level that starts the second raw-water pump", "m", 1, 4.6, 2),
		setting("RW.LIC201.START3", "Clear-water level that starts the third raw-water pump", "m", 1, 4.6, 2),
		setting("RW.LIC201.DIFF", "Rise of level after which a raw-water pump stops", "m", 0.1, 1, 2),
		choice("RW.SEL", "Raw-water pump duty order", "1-2-3", "2-3-1", "3-1-2"),
		button("RW.RESET", "Raw-water pump trip reset", "Ready", "Reset"),
		measured("RW.V210.POS", "Raw water main valve position", "%", 0, 100, 0),
		gate("RW.V210.ST", "Raw water main valve"),
		setting("RW.V210.CMD", "Raw water main valve wanted position", "%", 0, 100, 0),
	)
	for n := 1; n <= 3; n++ {
		out = append(out, onPLC(
			contact(named("RW.P20%d.RUN", n), fmt.Sprintf("Raw-water pump %d", n), "Stopped", "Running"),
			contact(named("RW.P20%d.FLT", n), fmt.Sprintf("Raw-water pump %d trip", n), "Healthy", "Tripped"),
			hoa(named("RW.P20%d.MODE", n), fmt.Sprintf("Raw-water pump %d selector", n)),
			measured(named("RW.IT20%d", n), fmt.Sprintf("Raw-water pump %d motor current", n), "A", 0, 100, 1),
			measured(named("RW.VT20%d", n), fmt.Sprintf("Raw-water pump %d vibration", n), "mm/s", 0, 20, 1),
			hours(named("RW.P20%d.HRS", n), fmt.Sprintf("Raw-water pump %d running hours", n)),
			total(named("RW.P20%d.STARTS", n), fmt.Sprintf("Raw-water pump %d starts", n), ""),
		)...)
	}
	return out
}

// dosing has float32 with the low word first, counts of a PLC's analog
// input, bits of a status word and a name in ASCII.
func dosing() []tag.Def {
	type chemical struct {
		name     string
		maxFlow  float64 // l/h
		maxDose  float64 // mg/l
		decimals int
	}
	var out []tag.Def
	for i, c := range []chemical{
		{name: "Coagulant", maxFlow: 80, maxDose: 80, decimals: 1},
		{name: "Chlorine", maxFlow: 40, maxDose: 6, decimals: 2},
		{name: "Caustic", maxFlow: 80, maxDose: 40, decimals: 1},
	} {
		n := 301 + i
		out = append(out,
			at(fmt.Sprintf("3%04d", 1+2*i), "float32 CDAB", measured(named("CD.FT%d", n), c.name+" flow", "l/h", 0, c.maxFlow, 1)),
			counts(fmt.Sprintf("3%04d", 11+i), "uint16", 0, 27648, slow(named("CD.LT%d", n), c.name+" tank level", "%", 0, 100, 1)),
			counts(fmt.Sprintf("3%04d", 15+i), "int16", 0, 10000, measured(named("CD.FFIC%d.OUT", n), c.name+" pump stroke", "%", 0, 100, 1)),
			at(fmt.Sprintf("3%04d", 21+2*i), "uint32 ABCD", total(named("CD.FQ%d", n), c.name+" used", "l")),
			at("30031", fmt.Sprintf("bit %d", 2*i), contact(named("CD.P%d.RUN", n), c.name+" pump", "Stopped", "Running")),
			at("30031", fmt.Sprintf("bit %d", 2*i+1), contact(named("CD.P%d.FLT", n), c.name+" pump fault", "Healthy", "Fault")),
			at(fmt.Sprintf("4%04d", 1+2*i), "float32 CDAB", setting(named("CD.FFIC%d.SP", n), c.name+" dose", "mg/l", 0, c.maxDose, c.decimals)),
			at(fmt.Sprintf("4%04d", 11+i), "uint16", hoa(named("CD.P%d.MODE", n), c.name+" pump selector")),
		)
	}
	return append(out,
		at("30033", "float32 CDAB", slow("CD.AT311", "Dosed water pH", "pH", 4, 10, 2)),
		at("30035", "float32 CDAB", measured("CD.AT312", "Chlorine after dosing", "mg/l", 0, 5, 2)),
		at("30031", "bit 8", contact("CD.M321.RUN", "Flash mixer", "Stopped", "Running")),
		at("10031", "bool", contact("CD.XA331", "Chlorine leak detector", "Clear", "Leak")),
		at("30041", "string(16)", text("CD.INFO", "Dosing controller")),
		at("00021", "bool", button("CD.RESET", "Dosing pump fault reset", "Ready", "Reset")),
	)
}

func settling() []tag.Def {
	out := onPLC(
		slow("ST.AT403", "Settled water turbidity", "NTU", 0, 20, 2),
		setting("ST.KC410.SP", "Time between sludge withdrawals", "min", 20, 480, 0),
	)
	for n := 1; n <= 2; n++ {
		out = append(out, onPLC(
			measured(named("ST.LT40%d", n), fmt.Sprintf("Settling tank %d level", n), "m", 0, 5, 2),
			slow(named("ST.LT41%d", n), fmt.Sprintf("Settling tank %d sludge blanket", n), "m", 0, 3, 2),
			measured(named("ST.WT41%d", n), fmt.Sprintf("Scraper %d torque", n), "%", 0, 120, 0),
			contact(named("ST.M41%d.RUN", n), fmt.Sprintf("Scraper %d", n), "Stopped", "Running"),
			contact(named("ST.M41%d.FLT", n), fmt.Sprintf("Scraper %d fault", n), "Healthy", "Fault"),
			hoa(named("ST.M41%d.MODE", n), fmt.Sprintf("Scraper %d selector", n)),
			gate(named("ST.V41%d.ST", n), fmt.Sprintf("Sludge valve %d", n)),
		)...)
	}
	return out
}

// filters has one block of ten registers a filter: counts with one decimal,
// millimetres, a float with the high word first and decimal-coded hours.
func filters() []tag.Def {
	var out []tag.Def
	for k := 1; k <= 4; k++ {
		ir := 30100 + 10*k
		reg := func(n int) string { return fmt.Sprint(ir + n) }
		out = append(out,
			counts(reg(1), "uint16", 0, 3000, measured(named("FL.FT5%d1", k), fmt.Sprintf("Filter %d flow", k), "m3/h", 0, 300, 1)),
			counts(reg(2), "int16", 0, 3000, measured(named("FL.PDT5%d2", k), fmt.Sprintf("Filter %d head loss", k), "m", 0, 3, 2)),
			counts(reg(3), "uint16", 0, 3000, measured(named("FL.LT5%d3", k), fmt.Sprintf("Filter %d level", k), "m", 0, 3, 2)),
			at(reg(4), "float32 ABCD", slow(named("FL.AT5%d4", k), fmt.Sprintf("Filter %d turbidity", k), "NTU", 0, 5, 3)),
			counts(reg(6), "uint16", 0, 1000, measured(named("FL.V5%d1.POS", k), fmt.Sprintf("Filter %d outlet valve position", k), "%", 0, 100, 0)),
			at(reg(7), "uint16", state(named("FL.F5%d0.STATE", k), fmt.Sprintf("Filter %d", k),
				"Out of service", "Filtering", "Waiting to wash", "Draining", "Air scour", "Rinsing", "Ripening")),
			at(reg(8), "bcd16", slow(named("FL.F5%d0.AGE", k), fmt.Sprintf("Filter %d time since wash", k), "h", 0, 200, 0)),
			at(fmt.Sprint(40110+k), "uint16", hoa(named("FL.F5%d0.MODE", k), fmt.Sprintf("Filter %d selector", k))),
			at(fmt.Sprintf("%05d", k), "bool", button(named("FL.F5%d0.WASH", k), fmt.Sprintf("Filter %d wash request", k), "None", "Requested")),
		)
	}
	return append(out,
		counts("40101", "uint16", 500, 2500, setting("FL.PDIC500.SP", "Head loss at which a filter is washed", "m", 0.5, 2.5, 2)),
		counts("40102", "uint16", 12, 120, setting("FL.KC500.SP", "Longest filter run", "h", 12, 120, 0)),
		at("10001", "bool", contact("FL.P505.RUN", "Wash water pump", "Stopped", "Running")),
		at("10002", "bool", contact("FL.P505.FLT", "Wash water pump fault", "Healthy", "Fault")),
		at("10003", "bool", contact("FL.B506.RUN", "Air scour blower", "Stopped", "Running")),
		at("10004", "bool", contact("FL.B506.FLT", "Air scour blower fault", "Healthy", "Fault")),
		at("30101", "float32 BADC", measured("FL.FT505", "Wash water flow", "m3/h", 0, 1000, 0)),
		counts("30103", "uint16", 0, 27648, slow("FL.LT507", "Dirty wash water tank level", "%", 0, 100, 0)),
	)
}

func clearWater() []tag.Def {
	return onPLC(
		measured("CW.LT701", "Clear-water tank level", "m", 0, 5, 3),
		measured("CW.LT702", "Clear-water tank level, second transmitter", "m", 0, 5, 3),
		slow("CW.AT703", "Clear water free chlorine", "mg/l", 0, 5, 2),
		slow("CW.AT704", "Clear water turbidity", "NTU", 0, 5, 3),
		slow("CW.AT705", "Clear water pH", "pH", 4, 10, 2),
		measured("CW.FT707", "Clear-water tank inlet flow", "m3/h", 0, 1000, 0),
		contact("CW.LSHH708", "Clear-water tank overflow switch", "Normal", "Overflow"),
		contact("CW.LSLL709", "Clear-water tank low-low switch", "Normal", "Low"),
		measured("CW.V711.POS", "Clear-water outlet valve position", "%", 0, 100, 0),
		gate("CW.V711.ST", "Clear-water outlet valve"),
		setting("CW.V711.CMD", "Clear-water outlet valve wanted position", "%", 0, 100, 0),
	)
}

func highLift() []tag.Def {
	out := fast("HL.PIC601.OUT", "High-lift speed demand", "%", 0, 100, 1)
	out.Writable, out.WriteLo, out.WriteHi = true, 0, 100
	list := onPLC(
		fast("HL.PT600", "High-lift suction pressure", "bar", -0.5, 2, 2),
		fast("HL.PT601", "High-lift discharge pressure", "bar", 0, 10, 2),
		fast("HL.FT601", "High-lift flow", "m3/h", 0, 1500, 0),
		total("HL.FQ601", "Water delivered", "m3"),
		beside("HL.PSLL602", setting("HL.PIC601.SP", "Discharge pressure set point", "bar", 2, 6, 2)),
		out,
		choice("HL.PIC601.MODE", "Discharge pressure controller", "Manual", "Auto"),
		contact("HL.PSLL602", "Low suction pressure interlock", "Normal", "Tripped"),
		button("HL.RESET", "High-lift pump trip reset", "Ready", "Reset"),
	)
	for n := 1; n <= 3; n++ {
		list = append(list, onPLC(
			beside("HL.PSLL602", contact(named("HL.P60%d.RUN", n), fmt.Sprintf("High-lift pump %d", n), "Stopped", "Running")),
			contact(named("HL.P60%d.FLT", n), fmt.Sprintf("High-lift pump %d trip", n), "Healthy", "Tripped"),
			hoa(named("HL.P60%d.MODE", n), fmt.Sprintf("High-lift pump %d selector", n)),
			fast(named("HL.ST60%d", n), fmt.Sprintf("High-lift pump %d speed", n), "%", 0, 110, 1),
			setting(named("HL.SC60%d.SP", n), fmt.Sprintf("High-lift pump %d speed in hand", n), "%", 0, 100, 1),
			fast(named("HL.IT60%d", n), fmt.Sprintf("High-lift pump %d motor current", n), "A", 0, 200, 1),
			measured(named("HL.VT60%d", n), fmt.Sprintf("High-lift pump %d vibration", n), "mm/s", 0, 20, 1),
			slow(named("HL.TT60%d", n), fmt.Sprintf("High-lift pump %d bearing temperature", n), "degC", 0, 120, 1),
			hours(named("HL.P60%d.HRS", n), fmt.Sprintf("High-lift pump %d running hours", n)),
			total(named("HL.P60%d.STARTS", n), fmt.Sprintf("High-lift pump %d starts", n), ""),
		)...)
	}
	return list
}

func zone() []tag.Def {
	var out []tag.Def
	for i, district := range []string{"Old Town", "Harbour", "Hill"} {
		n := i + 1
		out = append(out, onPLC(
			fast(named("PZ.PT80%d", n), district+" pressure", "bar", 0, 10, 2),
			fast(named("PZ.FT81%d", n), district+" flow", "m3/h", 0, 1000, 0),
			measured(named("PZ.V83%d.POS", n), district+" district valve position", "%", 0, 100, 0),
			setting(named("PZ.V83%d.CMD", n), district+" district valve wanted position", "%", 0, 100, 0),
		)...)
	}
	return append(out, onPLC(slow("PZ.AT821", "Free chlorine at the far end", "mg/l", 0, 5, 2))...)
}

// energy is what the meters of the switchgear say, each maker's in its own
// manner.
func energy() []tag.Def {
	return []tag.Def{
		at("30201", "float32 DCBA", measured("EN.JT901", "Raw-water pumps power", "kW", 0, 150, 1)),
		at("30203", "float32 DCBA", measured("EN.JT902", "High-lift pumps power", "kW", 0, 300, 1)),
		counts("30205", "int32 CDAB", 0, 100000, measured("EN.JT903", "Treatment power", "kW", 0, 100, 1)),
		at("30211", "uint32 CDAB", total("EN.JQ901", "Raw-water pumps energy", "kWh")),
		at("30213", "int64 ABCD", total("EN.JQ902", "High-lift pumps energy", "kWh")),
		at("30217", "uint32 CDAB", total("EN.JQ903", "Treatment energy", "kWh")),
		counts("30221", "uint16", 0, 5000, measured("EN.ET904", "Supply voltage", "V", 0, 500, 0)),
		counts("30222", "uint16", 4500, 5500, measured("EN.ST905", "Supply frequency", "Hz", 45, 55, 2)),
		counts("30223", "int16", -1000, 1000, measured("EN.AT906", "Power factor", "", -1, 1, 2)),
		at("10041", "bool", contact("EN.XS907", "Supply", "Failed", "Healthy")),
	}
}

func system() []tag.Def {
	beat := total("SY.HEARTBEAT", "Controller heartbeat", "")
	beat.Scan, beat.Store, beat.StaleIn = "normal", tag.StoreOff, 10*time.Second
	note := text("SY.NOTE", "Note to the next shift")
	note.Writable, note.Confirm = true, tag.ConfirmNone
	out := onPLC(
		beat,
		text("SY.STATUS", "What is being rehearsed"),
		text("SY.MODEL", "Controller program"),
		note,
	)
	return append(out, at("40201", "uint16", choice("SY.SCENARIO", "Rehearsal",
		"None", "Pump trip", "Sensor fault", "Burst main", "Link cut", "Clock skew")))
}

// Areas returns what the areas of the signals are called.
func Areas() map[string]string {
	return map[string]string{
		"IN": "River intake", "RW": "Raw-water pumping", "CD": "Chemical dosing", "ST": "Settling", "FL": "Filters", "CW": "Clear water",
		"HL": "High-lift pumping", "PZ": "Pressure zone", "EN": "Energy", "SY": "Control system",
	}
}
