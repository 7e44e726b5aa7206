package horn

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWhatIsRecordedIsHeard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "horn.wav")
	out := &tape{}
	r, err := Record(path, out)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Heard(path); err != nil || len(got) != 0 {
		t.Errorf("a calm morning has %v, %v", got, err)
	}
	h := &Horn{Out: r}
	for _, p := range []int{3, 1, 1, 4, 2} {
		h.Test(p)
	}
	if got, err := Heard(path); err != nil || !slices.Equal(got, []int{3, 1, 1, 4, 2}) {
		t.Errorf("heard %v, %v", got, err)
	}
	if !slices.Equal(out.played, []int{3, 1, 1, 4, 2}) {
		t.Errorf("passed on were %v", out.played)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[wavHead+5] ^= 0x40
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Heard(path); err == nil {
		t.Error("a spoilt sound is taken for one of ours")
	}
	if _, err := Record(filepath.Join(t.TempDir(), "no", "folder.wav"), nil); err == nil {
		t.Error("a file in no folder can be written")
	}
	r.file.Close()
	r.Play(Sound(1))
	if r.Err() == nil {
		t.Error("a sound that was not kept is not told")
	}
}
