package main

import (
	"bytes"
	"strings"
	"testing"
)

// say runs a call of the program and returns what it says and its exit code.
func say(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	var text, problems bytes.Buffer
	code = dispatch(t.Context(), verbs(), args, &text, &problems)
	return text.String() + problems.String(), code
}

// An endpoint that cannot be one is refused before anything is started.
func TestEndpointsAreCheckedBeforeTheStart(t *testing.T) {
	for args, says := range map[string]string{
		"serve --project ../assets/demo --data DIR --endpoint PLC1=modbus://127.0.0.1:502": "opc.tcp://",
		"serve --project ../assets/demo --data DIR --endpoint RTU1=opc.tcp://127.0.0.1":    "RTU1",
		"serve --project ../assets/demo --data DIR --endpoint NONE=opc.tcp://127.0.0.1":    `no device "NONE"`,
		"browse modbus://127.0.0.1:502":  "penstock scan",
		"browse PLC1":                    "opc.tcp://",
		"browse opc.tcp://":              "opc.tcp://",
		"browse opc.tcp://a:b@127.0.0.1": "user",
		"scan opc.tcp://127.0.0.1:4840":  "penstock browse",
		"scan 127.0.0.1:502":             "modbus://",
	} {
		dir := t.TempDir()
		text, code := say(t, strings.Fields(strings.ReplaceAll(args, "DIR", dir+"/data"))...)
		if code != exitUsage || !strings.Contains(text, says) || strings.Contains(text, "runs:") {
			t.Errorf("%s: exit code %d, %q; want %q", args, code, text, says)
		}
	}
}

func TestSecretsNeedANameAndAreNeverPrinted(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	data := t.TempDir()
	for args, want := range map[string]int{
		"secrets": exitUsage, "secrets --data DIR get plc": exitUsage, "secrets --data DIR set": exitUsage,
		"secrets --data DIR remove plc": exitFailed, "secrets --data DIR set ../plc --file go.mod": exitFailed,
	} {
		if text, code := say(t, strings.Fields(strings.ReplaceAll(args, "DIR", data))...); code != want {
			t.Errorf("%s: exit code %d, %q", args, code, text)
		}
	}
	v := secretsIn(data + "/secrets")
	if err := v.Put("plc", []byte("correct horse")); err != nil {
		t.Fatal(err)
	}
	text, code := say(t, "secrets", "--data", data)
	if code != exitOK || text != "plc\n" {
		t.Errorf("listing: exit code %d, %q", code, text)
	}
}
