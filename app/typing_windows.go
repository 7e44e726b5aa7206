package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// hideTyping stops a console from showing what is typed, until show is called.
// The error says that f is no console.
func hideTyping(f *os.File) (show func(), err error) {
	var was uint32
	if err := windows.GetConsoleMode(windows.Handle(f.Fd()), &was); err != nil {
		return nil, err
	}
	if err := windows.SetConsoleMode(windows.Handle(f.Fd()), was&^windows.ENABLE_ECHO_INPUT); err != nil {
		return nil, err
	}
	return func() { windows.SetConsoleMode(windows.Handle(f.Fd()), was) }, nil
}
