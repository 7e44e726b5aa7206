//go:build !ci

package main

import "github.com/go-gl/glfw/v3.3/glfw"

// screenSize is how many pixels of the first screen a window may have: not
// what panels of the desktop take. It is called on the window system's
// goroutine.
func screenSize() (w, h int, ok bool) {
	m := glfw.GetPrimaryMonitor()
	if m == nil {
		return 0, 0, false
	}
	_, _, w, h = m.GetWorkarea()
	return w, h, w > 0 && h > 0
}
