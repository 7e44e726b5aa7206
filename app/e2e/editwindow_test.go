package e2e

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An engineer at the real window, with keys alone: a project is begun, its
// first administrator made, a display emptied and drawn anew with a live value,
// saved, and seen to lose its link when the plant goes away.
func TestDisplayIsDrawnInTheWindow(t *testing.T) {
	windowProgram(t)
	dir := filepath.Join(t.TempDir(), "works")
	run(t, 0, "new", "--demo", dir)
	d := seat(t, "1280x800", nil, nil, "--full-screen", "--project", dir)

	changed := func(what, name string, before image.Image) (after image.Image) {
		t.Helper()
		until(t, what, func() bool { after = d.look(name); return differ(before, after) > 20000 })
		return after
	}
	// The first administrator is asked for as soon as the window is there.
	asked := d.look("edit-asked")
	until(t, "the window is painted", func() bool {
		before := asked
		asked = d.look("edit-asked")
		return differ(before, asked) < 5000
	})
	page := asked
	until(t, "Escape closes the dialog for the first administrator", func() bool {
		d.key("Escape")
		page = d.look("edit-start")
		return differ(asked, page) > 20000
	})
	d.key("F12")
	changed("the dialog for the first administrator is open", "edit-first", page)
	const secret = "correct horse battery staple"
	for i, text := range []string{"eva", "Eva Engineer", secret, secret} {
		if i > 0 {
			d.key("Tab")
		}
		d.typed(text)
	}
	d.key("Return")
	until(t, "there is an administrator", func() bool { return strings.Contains(run(t, 0, "journal", "--data", d.data, "--kind", "user"), "eva") })
	until(t, "the dialog to log in is open", func() bool { return differ(page, d.look("edit-login")) > 20000 })
	d.typed("eva")
	d.key("Tab")
	d.typed(secret)
	d.key("Return")
	until(t, "eva is logged in", func() bool {
		return strings.Contains(run(t, 0, "journal", "--data", d.data, "--kind", "user"), ",login,")
	})
	d.key("F2")
	shown := changed("the page of the mimics is open", "edit-mimic", page)
	d.key("e")
	editor := changed("the editor is open", "edit-editor", shown)
	file := filepath.Join(dir, "displays", "intake.json")
	text := func() string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := text()
	d.key("ctrl+a", "Delete")                          // nothing is left
	d.key("shift+Tab", "shift+Tab", "Right", "Return") // the shelf of tags
	d.typed("HL.PT601")
	d.key("Return") // into the middle
	placed := changed("the display was emptied", "edit-placed", editor)
	d.key("ctrl+s")
	until(t, "the display is saved", func() bool { return text() != before })
	if s := text(); !strings.Contains(s, `"HL.PT601"`) || strings.Contains(s, "RW.P201") {
		t.Fatalf("the file holds\n%s", s)
	}
	run(t, 0, "check", "--project", dir)
	until(t, "the journal tells of it", func() bool {
		return strings.Contains(run(t, 0, "journal", "--data", d.data, "--kind", "config"), "display intake saved")
	})

	d.key("ctrl+w")
	live := changed("the editor is closed", "edit-live", placed)
	if err := d.plant.stop(patience); err != nil {
		t.Logf("the plant: %v", err)
	}
	until(t, "the link is lost", func() bool { return differ(live, d.look("edit-lost")) > 200 })
	d.leave()
}
