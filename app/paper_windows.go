package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Print implements screens.Paper: it asks the program that opens PDF files to
// print this one. That program reads the file when it has the time, so the
// file stays in the folder for temporary ones.
func (r *room) Print(ctx context.Context, title string, pdf []byte) error {
	dir, err := os.MkdirTemp("", "penstock-print-")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "trend.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "powershell", "-NoProfile", "-NonInteractive", "-Command", "Start-Process -FilePath $env:PENSTOCK_PAGE -Verb Print")
	cmd.Env = append(os.Environ(), "PENSTOCK_PAGE="+file)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("no program of this computer prints PDF files: %s", strings.TrimSpace(string(said)))
	}
	return nil
}
