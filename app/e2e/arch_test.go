package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "penstock/"

// A rule says which of our packages and which modules one package may import,
// besides the standard library, and why. A package without a rule may not be:
// a new package is a decision. The rules hold for test files too, but for
// what a test file alone may import (testOnly).
type rule struct{ pkg, may, why string }

var rules = []rule{
	{"app/plant", "app/tag app/tagdb app/alarm app/command app/project drivers historian historian/forward historian/journal", "the running system: knows everything below it and no screen"},
	{"app/project", "app/tag app/mistake app/spell app/alarm app/calc drivers screens/mimic widgets/picture github.com/BurntSushi/toml", "reads every file of a project; mimic is a display as data and picture what it shows beside, both without a toolkit"},
	{"app/mistake", "", "what is wrong where, whoever reads the file"},
	{"app/doctor", "", "looks at the computer; what a plant is, is told to it"},
	{"app/vault", "", "sealed secrets in files; knows no device that asks for them"},
	{"app/spell", "", "a guess at what was meant; knows no words of its own"},
	{"app/tag", "", "the vocabulary: everybody may import it, so it imports nobody"},
	{"app", "*", "the only one that names concrete drivers, files and the window system"},
	{"app/locale", "", "is made ready before the window system, so it imports nothing that is not"},
	{"app/command", "app/tag", "the one door for actions: sessions, devices and the journal are handed in"},
	{"app/calc", "app/tag github.com/expr-lang/expr", "expressions see tags through a lookup, nothing else; the only importer of expr"},
	{"app/tagdb", "app/tag app/calc", "the live table knows no device, no screen and no clock"},
	{"drivers/sim", "app/tag drivers", "a driver sees the driver contract alone"},
	{"drivers/fault", "app/tag drivers", "wraps any driver"},
	{"drivers/host", "app/tag drivers golang.org/x/sys", "wraps any driver in a child process; x/sys for what only Windows has: children that end with their parent"},
	{"drivers/drivertest", "app/tag drivers", "the suite every driver passes"},
	{"app/auth", "historian/journal golang.org/x/crypto github.com/pquerna/otp", "users are documents of the journal; the only importer of password hashes and one-time codes"},
	{"app/report", "app/alarm app/alarm/kpi assets golang.org/x/image gonum.org/v1/plot", "figures onto paper; with figure the only importer of gonum/plot: no chart of it is drawn on a screen"},
	{"app/report/figure", "app/tag assets widgets/paint widgets/trend widgets/view golang.org/x/image gonum.org/v1/plot", "a trend onto paper: it is told where everything stands, and draws it with the same canvases"},
	{"app/report/sheet", "app/tag github.com/xuri/excelize/v2", "samples into tables: no historian, no screen"},
	{"app/alarm/kpi", "app/alarm historian/journal", "works figures out of the journal, and nothing else"},
	{"app/alarm", "app/tag app/calc historian/journal", "decides; the plant feeds it and records what it says"},
	{"drivers", "app/tag", "one protocol at a time, no plant"},
	{"drivers/sim/plantserver", "app/tag drivers/sim/waterworks github.com/gopcua/opcua github.com/simonvetter/modbus", "the simulated plant as real servers; the only importer of both libraries' server sides"},
	{"drivers/sim/waterworks", "app/tag", "a plant is physics and signals; who serves it is another matter"},
	{"drivers/modbus", "app/tag drivers drivers/modbus/plan drivers/modbus/reg drivers/modbus/survey drivers/modbus/wire github.com/goburrow/modbus github.com/goburrow/serial", "the one importer of goburrow: its PDUs and serial ports, our transports"},
	{"drivers/modbus/plan", "", "numbers in, requests out"},
	{"drivers/modbus/reg", "app/tag", "bytes in, values out"},
	{"drivers/modbus/survey", "app/tag drivers/modbus/reg", "registers in, a table and a ranking out"},
	{"drivers/modbus/wire", "", "frames, and the connection around them"},
	{"drivers/opcua", "app/tag drivers drivers/opcua/channel drivers/opcua/pki drivers/opcua/wire github.com/gopcua/opcua", "with channel the only importer of gopcua on the client's side"},
	{"drivers/opcua/channel", "drivers/opcua/wire github.com/gopcua/opcua", "secure channels and sessions: no tags, no devices"},
	{"drivers/opcua/pki", "", "certificates and whom to trust, with the standard library alone"},
	{"drivers/opcua/wire", "app/tag github.com/gopcua/opcua/ua", "bytes in, values out"},
	{"historian", "app/tag historian/codec historian/internal/block historian/internal/hot historian/internal/sqlite", "knows samples, not what they mean"},
	{"historian/bench", "app/tag historian historian/internal/sqlite", "measures the store against a plain table, so it needs the SQL driver too"},
	{"historian/codec", "github.com/klauspost/compress", "columns of numbers to bytes and back: pure"},
	{"historian/forward", "app/tag historian github.com/jackc/pgx/v5", "the way to PostgreSQL and back; with pgserver the only importer of its driver"},
	{"historian/forward/pgserver", "github.com/jackc/pgx/v5", "a real PostgreSQL for tests; no program imports it"},
	{"historian/internal/block", "app/tag historian/codec", "what the rows of the files hold: pure values, no files"},
	{"historian/internal/hot", "app/tag historian/internal/block", "samples not yet sealed: pure values, no files"},
	{"historian/internal/sqlite", "modernc.org/sqlite", "the only importer of the SQL driver: files are opened in one way"},
	{"historian/journal", "historian/internal/sqlite github.com/xuri/excelize/v2", "knows entries, not alarms or users; exports itself, also as a workbook"},
	{"assets", "", "files in the program"},
	{"widgets/paint", "golang.org/x/image", "the painter needs no toolkit and no display"},
	{"widgets/view", "widgets/paint", "what a live picture is, for every toolkit and for none"},
	{"widgets", "widgets/paint widgets/view fyne.io/fyne/v2", "the thin layer between live pictures and the toolkit"},
	{"widgets/picture", "app/mistake assets widgets/paint golang.org/x/image", "files of pictures into shapes and pixels, bounded; no toolkit; assets for the typefaces of a drawing's text"},
	{"widgets/symbol", "app/tag widgets/paint widgets/picture assets", "given values, knows nothing else; assets for the typefaces of its tests"},
	{"screens", "app/tag app/tagdb app/alarm app/alarm/kpi app/auth app/command app/project app/report/figure app/report/sheet drivers historian historian/journal assets screens/mimic screens/scene screens/edit screens/lint screens/proof app/calc widgets widgets/paint widgets/picture widgets/view widgets/symbol widgets/toolbar widgets/trend widgets/rows screens/horn fyne.io/fyne/v2", "the window: the plant itself comes in as a Room"},
	{"screens/horn", "app/alarm github.com/ebitengine/oto/v3", "the sound of alarms; the only importer of the sound library"},
	{"screens/mimic", "app/mistake app/spell app/tag app/calc", "a display as data; what draws it is elsewhere"},
	{"widgets/toolbar", "widgets/paint widgets/view assets", "buttons painted into any live picture; assets for the typefaces of its tests"},
	{"widgets/trend", "app/tag assets widgets/paint widgets/view widgets/toolbar", "pens over time, from any source: no historian, no toolkit"},
	{"widgets/rows", "assets widgets/paint widgets/view", "a list of anything: it is told what a row says, not what it is"},
	{"screens/lint", "app/tag screens/mimic widgets/paint", "advice on displays; needs no scene and no window"},
	{"screens/proof", "app/tag assets screens/lint screens/mimic screens/scene widgets/paint widgets/picture widgets/symbol widgets/view", "advice that only the picture gives; no window; assets for the typefaces of its tests"},
	{"screens/edit", "app/tag screens/mimic screens/scene widgets/paint widgets/picture widgets/symbol widgets/view assets", "changing displays, with live values and without a toolkit; assets for its tests"},
	{"screens/scene", "app/tag app/calc screens/mimic screens/lint widgets/paint widgets/picture widgets/symbol widgets/view assets", "a live display for the window, the snapshot and the tests; assets for the typefaces and the demo of its tests"},
	{"app/e2e", "*", "whole-program tests see everything"},
}

// testOnly is what test files may import wherever they are.
const testOnly = "app/tag drivers/drivertest drivers/sim drivers/fault historian/forward/pgserver pgregory.net/rapid go.uber.org/goleak github.com/anishathalye/porcupine"

func TestWhoMayImportWhom(t *testing.T) {
	byName := map[string]rule{}
	for _, r := range rules {
		if _, twice := byName[r.pkg]; twice {
			t.Errorf("%s has two rules", r.pkg)
		}
		byName[r.pkg] = r
	}
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		r, listed := byName[name]
		if !listed {
			t.Errorf("%s has no rule in arch_test.go: a new package is a decision, write down why", name)
			continue
		}
		for _, imp := range p.Imports {
			if !allowed(r.may, imp) {
				t.Errorf("%s may not import %s (%s)", name, strings.TrimPrefix(imp, module), r.why)
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if !allowed(r.may+" "+testOnly+" "+name, imp) {
				t.Errorf("tests of %s may not import %s (%s)", name, strings.TrimPrefix(imp, module), r.why)
			}
		}
	}
	for name := range byName {
		if !seen[name] {
			t.Errorf("%s has a rule but is not in the program", name)
		}
	}
}

// The root is part of the contract with those who ordered the program.
func TestTheRootHoldsExactly(t *testing.T) {
	want := strings.Fields("FyneApp.toml LICENSE README.md app assets drivers go.mod go.sum historian screens widgets")
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		if n := e.Name(); !strings.HasPrefix(n, ".") && n != "build" {
			have = append(have, n)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("the root holds\n%v, want\n%v", have, want)
	}
}

// root returns the folder of go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		err = errors.New("no go.mod above")
	}
	t.Fatal(err)
	return ""
}

type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) (out []listed) {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root(t)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

func allowed(may, imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	if may == "*" || (!strings.Contains(first, ".") && first != "penstock") || imp == "C" {
		return true // the standard library
	}
	for _, w := range strings.Fields(may) {
		if w == "*" || imp == module+w || imp == w || (strings.Contains(w, ".") && strings.HasPrefix(imp, w+"/")) {
			return true
		}
	}
	return false
}
