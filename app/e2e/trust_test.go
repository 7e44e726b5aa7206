package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/drivers"
)

// stored is one certificate as "penstock certificates --json" prints it.
type stored struct{ Thumbprint, Subject, Why string }

func certificates(t *testing.T, data string) (lists map[string]json.RawMessage, rejected, trusted []stored) {
	t.Helper()
	if err := json.Unmarshal([]byte(run(t, 0, "certificates", "--data", data, "--json")), &lists); err != nil {
		t.Fatal(err)
	}
	for folder, to := range map[string]*[]stored{"rejected": &rejected, "trusted": &trusted} {
		if err := json.Unmarshal(lists[folder], to); err != nil {
			t.Fatal(err)
		}
	}
	return lists, rejected, trusted
}

// The whole way of trust, with an independent server that wants a password:
// refused at first contact, trusted by a person, distrusted again; every step
// is in the journal, and the password is nowhere.
func TestTrustIsDecidedByPeopleAndJournalled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	const password = "pässword"
	t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // the key that seals secrets
	_, ua := nodeServer(t, `"vars": 1, "hz": 5, "anonymous": false`)
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	write(t, dir, map[string]string{
		"project.toml": "format = 1\nname = \"Trust\"\n",
		"devices.toml": fmt.Sprintf("[device.PLC]\ndriver = \"opcua\"\nendpoint = %q\n[device.PLC.options]\nuser = \"operator\"\npassword = \"secret:plc\"\n", ua),
		"tags.csv":     "id,device,address,kind\nV0,PLC,nsu=urn:penstock:peer;s=V0,float\n",
		"right":        password,
		"wrong":        "guess",
	})
	s := start(t, nil, penstock(t), "serve", "--project", dir, "--data", data)
	told := func(words string) {
		t.Helper()
		linksOf(t, data, words, func(r linkReport) bool { return len(r.Links) == 1 && strings.Contains(r.Links[0].Error, words) })
	}
	secret := func(file string) {
		t.Helper()
		run(t, 0, "secrets", "set", "plc", "--data", data, "--file", filepath.Join(dir, file))
	}
	told("there is no secret of this name") // before anything is dialled
	secret("wrong")
	told("nobody has trusted yet")
	_, rejected, trusted := certificates(t, data)
	if len(rejected) != 1 || len(trusted) != 0 || !strings.Contains(rejected[0].Why, "shown by PLC") {
		t.Fatalf("rejected %v, trusted %v", rejected, trusted)
	}
	finger := rejected[0].Thumbprint
	run(t, 1, "certificates", "trust", strings.Repeat("00", 20), "--data", data)
	run(t, 0, "certificates", "trust", finger, "--data", data)
	told("does not accept this user or password")
	secret("right")
	linksOf(t, data, "the link is up", func(r linkReport) bool { return r.Links[0].State == drivers.Up })
	run(t, 0, "certificates", "distrust", finger, "--data", data)
	told("nobody has trusted yet")
	if err := s.stop(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	if got := run(t, 0, "secrets", "--data", data); got != "plc\n" {
		t.Errorf("secrets lists %q", got)
	}

	var story []string
	for _, r := range table(t, run(t, 0, "journal", "--data", data)) {
		switch {
		case r["action"] == "certificate checked" && strings.Contains(r["note"], finger):
			story = append(story, "refused "+r["on"])
		case strings.HasPrefix(r["action"], "certificate ") || strings.HasPrefix(r["action"], "secret "):
			if !strings.Contains(r["who"], "command line") {
				t.Errorf("%s was done by %q", r["action"], r["who"])
			}
			story = append(story, r["action"])
		}
	}
	want := "secret set, refused PLC, certificate trusted, secret set, certificate distrusted"
	if got := strings.Join(story, ", "); got != want {
		t.Errorf("the journal tells: %s\nwant: %s", got, want)
	}
	filepath.WalkDir(data, func(path string, e os.DirEntry, _ error) error {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), password) {
			t.Errorf("%s holds the password in clear", path)
		}
		return nil
	})
}
