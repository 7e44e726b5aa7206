//go:build !windows

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Print implements screens.Paper: it gives the page to CUPS, or to the print
// system before it.
func (r *room) Print(ctx context.Context, title string, pdf []byte) error {
	lp, err := exec.LookPath("lp")
	args := []string{"-t", title}
	if err != nil {
		if lp, err = exec.LookPath("lpr"); err != nil {
			return errors.New("this computer has no print system (neither lp nor lpr is installed); export a PDF and print it elsewhere")
		}
		args = []string{"-T", title}
	}
	cmd := exec.CommandContext(ctx, lp, args...)
	cmd.Stdin = bytes.NewReader(pdf)
	said, err := cmd.CombinedOutput()
	if err != nil {
		why := strings.TrimSpace(string(said))
		if why == "" {
			why = err.Error()
		}
		return fmt.Errorf("the print system refused the page: %s", why)
	}
	return nil
}
