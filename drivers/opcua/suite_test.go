package opcua

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/drivertest"
)

// hostPort is what an endpoint of the peer connects to.
func (p *peer) hostPort() string {
	return strings.Split(strings.TrimPrefix(p.url, "opc.tcp://"), "/")[0]
}

// The suite every driver passes, with the independent peer at the other end
// of a line that can be cut and hung.
func TestSuite(t *testing.T) {
	p := plainPeer(t)
	var harnesses atomic.Int32
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		r := newRelay(t, p.hostPort())
		dev := p.usual()
		dev.Endpoint = r.url()
		bad := dev
		bad.Endpoint = "http://127.0.0.1"
		return drivertest.Harness{
			Driver: Driver{}, Device: dev, BadDevice: bad,
			Readable: []drivers.Point{{Address: at("V0")}, {Address: at("T.Int16")}, {Address: at("T.Doubles#[2]")}, {Address: at("T.Struct#.PC")}},
			Writable: drivers.Point{Address: at(fmt.Sprint("W.Own", harnesses.Add(1)-1))}, Values: [2]tag.Scalar{tag.Int(-7), tag.Int(32000)}, TooBig: tag.Int(40000),
			Missing: drivers.Point{Address: at("nowhere")}, Broken: drivers.Point{Address: "nsu=urn:x;q=1"},
			Cut:  func() { r.set(refuse); r.cut() },
			Hang: func() { r.set(hole) },
			Heal: func() { r.set(sound); r.cut() },
		}
	})
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"nsu=urn:plant;s=Tank1.Level":                 `{urn:plant 0 s=Tank1.Level []}`,
		"nsu=http://x/y%3Bz;i=5":                      `{http://x/y;z 0 i=5 []}`,
		"ns=3;s=\"DB\".\"a\"[3]":                      `{ 3 s="DB"."a"[3] []}`,
		"ns=3;s=\"DB\".\"a\"[3]#[4]":                  `{ 3 s="DB"."a"[3] [{[4] }]}`,
		"i=2258":                                      `{ 0 i=2258 []}`,
		"i=2256.BuildInfo.ProductName":                `{ 0 i=2256 [{[] BuildInfo} {[] ProductName}]}`,
		"nsu=urn:p;s=A##B#[1,2].M":                    `{urn:p 0 s=A#B [{[1 2] } {[] M}]}`,
		"ns=2;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63": `{ 2 g=72962B91-FA75-4AE6-8D28-B404DC7DAF63 []}`,
		"ns=2;b=AQID":                                 `{ 2 b=AQID []}`,
		"":                                            "error",
		"Tank1":                                       "error",
		"nsu=;s=x":                                    "error",
		"nsu=urn:x":                                   "error",
		"ns=70000;s=x":                                "error",
		"ns=1;i=5000000000":                           "error",
		"ns=1;g=nonsense":                             "error",
		"ns=1;b=***":                                  "error",
		"ns=1;s=x#":                                   "error",
		"ns=1;s=x#[":                                  "error",
		"ns=1;s=x#[-1]":                               "error",
		"ns=1;s=x#[1]y":                               "error",
		"ns=1;s=x#.":                                  "error",
	} {
		a, err := parseAddress(text)
		got := fmt.Sprint(a)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %s (%v), want %s", text, got, err, want)
		}
	}
}
