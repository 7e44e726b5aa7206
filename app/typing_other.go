//go:build !linux && !windows

package main

import (
	"errors"
	"os"
)

// hideTyping is for systems where it is not written; what is typed is shown.
func hideTyping(*os.File) (show func(), err error) { return nil, errors.ErrUnsupported }
