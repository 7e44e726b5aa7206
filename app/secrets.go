package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"penstock/app/plant"
	"penstock/app/vault"
	"penstock/historian/journal"
)

// envSecrets names, to a driver's child process, the folder of sealed secrets.
const envSecrets = "PENSTOCK_SECRETS"

// secretsIn is the vault of a folder, sealed with this user's key.
func secretsIn(dir string) vault.Vault { return vault.Vault{Dir: dir, Key: keyDir().Secrets} }

var secretsVerb = verb{
	name: "secrets", args: "[set NAME [--file FILE] | remove NAME] --data DIR", short: "keep the passwords that devices ask this station for",
	long: `Keeps the passwords and certificates that a device's options refer to, such as
password = "secret:plc1", sealed in the data folder. The key lies in the
configuration folder of the user who runs the station, so neither the data
folder nor a backup of it gives a secret away: set them again on another
computer. Nothing prints a secret.

  penstock secrets set plc1 --data DIR               asks for it
  penstock secrets set plc1 --data DIR < password.txt
  penstock secrets set plc1 --data DIR --file user.pem
  penstock secrets --data DIR                        lists the names`,
	run: func(_ context.Context, c *call) error { return secrets(c, os.Stdin) },
}

func secrets(c *call, in *os.File) error {
	folder := c.String("data", "", "the `folder` with the station's secrets")
	file := c.String("file", "", "take what is in this `file`, such as a certificate with its key")
	if err := errors.Join(c.parse(2), c.needs("data")); err != nil {
		return err
	}
	data := plant.DataDir(*folder)
	v := secretsIn(data.SecretsDir())
	switch {
	case len(c.rest) == 0:
		names, err := v.Names()
		for _, n := range names {
			fmt.Fprintln(c.out, n)
		}
		return err
	case len(c.rest) == 2 && c.rest[0] == "set":
		secret, err := readSecret(c, in, *file)
		if err != nil {
			return err
		}
		return left(data, journal.Entry{Action: "secret set", On: c.rest[1]}, func() error { return v.Put(c.rest[1], secret) })
	case len(c.rest) == 2 && c.rest[0] == "remove":
		return left(data, journal.Entry{Action: "secret removed", On: c.rest[1]}, func() error { return v.Remove(c.rest[1]) })
	}
	return usagef("write set NAME or remove NAME")
}

// readSecret takes a secret from a file, or the first line of what is typed
// or piped in. It is never an argument: those are seen by everybody.
func readSecret(c *call, in *os.File, file string) ([]byte, error) {
	if file != "" {
		return os.ReadFile(file)
	}
	if show, err := hideTyping(in); err == nil { // a terminal
		defer fmt.Fprintln(c.err)
		defer show()
		fmt.Fprint(c.err, "secret (it is not shown): ")
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return []byte(strings.TrimRight(line, "\r\n")), nil
}
