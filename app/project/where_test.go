package project

import (
	"strings"
	"testing"
)

// Every way in which a file can refer to a tag is found, and only alarms that
// watch nothing but the tag are told as its own.
func TestWhereUsed(t *testing.T) {
	fsys := unpack(t, "testdata/good.txt")
	delete(fsys, "want")
	fsys["project.toml"].Data = []byte("format = 1\nname = \"A\"\n")
	fsys["devices.toml"].Data = []byte("[device.P]\ndriver = \"plc\"\nendpoint = \"plc://a\"\n")
	fsys["tags.csv"].Data = []byte("id,device,address,kind,expression,related\nA,P,1,,,\nA.B,P,2,,,\nON,P,3,bool,,A\nOFF,P,4,bool,,\nTWICE,,,,A * 2,\nOTHER,,,,A.B * 2,\n")
	fsys["alarms.csv"].Data = []byte("id,tag,kind,limit,setpoint,expression,suppress_when,pattern\n" +
		"A.H,A,high,5,,,,\nA.BAD,A,bad-quality,,,,,\nA.B.H,A.B,high,5,,,,\nDEV,A.B,deviation,2,A,,,\nEXPR,A.B,expression,,,A > 3,,\nLEADS,A,expression,,,A.B > 3,,\n" +
		"QUIET,A.B,low,1,,,A > 1,\nPAT,ON OFF,pattern,,,,,11\n")
	for name := range fsys {
		if strings.HasPrefix(name, "displays/") {
			delete(fsys, name)
		}
	}
	p, err := LoadFS(fsys, set)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"A": "tags.csv: ON has it beside it|tags.csv: TWICE is worked out from it|alarms.csv: A.H is an alarm of it (own)|alarms.csv: A.BAD is an alarm of it (own)|" +
			"alarms.csv: DEV depends on it|alarms.csv: EXPR depends on it|alarms.csv: LEADS depends on it|alarms.csv: QUIET depends on it",
		"ON":    "alarms.csv: PAT depends on it",
		"OFF":   "alarms.csv: PAT depends on it",
		"OTHER": "",
	} {
		var got []string
		for _, u := range p.WhereUsed(name) {
			s := u.String()
			if u.Alarm != "" {
				s += " (own)"
			}
			got = append(got, s)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s is used at\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.ReplaceAll(want, "|", "\n"))
		}
	}
}
