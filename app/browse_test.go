package main

import (
	"path/filepath"
	"strings"
	"testing"

	"penstock/assets"
)

// What is wrong with a call is said with what to write instead.
func TestBrowseSaysWhatToWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plant")
	if err := begin(dir, assets.Starter()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{}, exitUsage, "name the server's endpoint"},
		{[]string{"opc.tcp://127.0.0.1:1"}, exitUsage, "--option policy=None"},
		{[]string{"PLC9", "--project", dir, "--data", dir}, exitUsage, "no device PLC9; it has SIM"},
		{[]string{"SIM", "--project", dir, "--data", dir}, exitUsage, "a device of driver sim"},
		{[]string{"PLC1", "--project", filepath.Join(dir, "nothing")}, exitFailed, "there is no folder"},
	} {
		var out, errs strings.Builder
		if code := dispatch(t.Context(), verbs(), append([]string{"browse"}, c.args...), &out, &errs); code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("browse %v: %d %s", c.args, code, errs.String())
		}
	}
}
