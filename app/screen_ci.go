//go:build ci

package main

// screenSize: this build has no window system.
func screenSize() (w, h int, ok bool) { return 0, 0, false }
