package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"penstock/assets"
	"penstock/screens"
	"penstock/screens/horn"
)

// These stand in FyneApp.toml too; a test holds the two together.
const (
	appID      = "io.penstock.controlroom"
	appName    = "Penstock"
	appVersion = "0.1.0"
)

// window is how the control room's window is to open.
type window struct {
	name    string // of this station
	dark    bool
	full    bool
	kiosk   []string        // the displays and pages it keeps to; none: a whole control room
	turn    time.Duration   // a kiosk goes on to the next of them after this; 0: by hand
	folder  string          // for what people save at this station
	session screens.Session // who is at the station already; nil: nobody
}

// exitWait is how long the window system may take to end. It can hang for
// ever; by then everything is written down.
const exitWait = 2 * time.Second

// listenAfter is how long after the start Fyne surely listens for signals.
const listenAfter = 200 * time.Millisecond

// dropEmpty removes a file that was made and not written: Fyne, killed between
// the two, would remark on its preferences at every start from then on.
func dropEmpty(name string) {
	if i, err := os.Stat(name); err == nil && i.Mode().IsRegular() && i.Size() == 0 {
		os.Remove(name) // what cannot be removed is remarked on, no more
	}
}

// openWindow shows the control room until the person closes it or ctx ends.
// stop is called before the window goes: it ends the plant and writes down
// what is on the way.
func openWindow(ctx context.Context, r *room, w window, stop func() error) (err error) {
	if runtime.GOOS == "linux" {
		if err := noDisplay(os.Getenv("DISPLAY"), os.Getenv("WAYLAND_DISPLAY")); err != nil {
			return err
		}
	}
	speaker, err := speakers(os.Getenv(envSound))
	if err != nil {
		return err
	}
	app.SetMetadata(fyne.AppMetadata{ID: appID, Name: appName, Version: appVersion, Migrations: map[string]bool{"fyneDo": true}})
	if dir, err := os.UserConfigDir(); err == nil {
		dropEmpty(filepath.Join(dir, "fyne", appID, "preferences.json"))
	}
	a := app.NewWithID(appID)
	if hasBus(os.Getenv, isThere) {
		a.Driver().SetDisableScreenBlanking(true)
	}
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	begun, stopped := false, make(chan struct{})
	var station *screens.Station
	quit := func() { // on the window system's goroutine
		if begun {
			return // a second click while it is ending
		}
		begun = true
		station.Close()
		go func() {
			err = stop()
			close(stopped)
			time.AfterFunc(exitWait, func() { os.Exit(exitCode(err)) })
			fyne.Do(a.Quit)
		}()
	}
	station = screens.NewStation(a, r, screens.Options{Dark: w.dark, Name: w.name, Version: appVersion, Session: w.session, Folder: w.folder, Kiosk: w.kiosk, Turn: w.turn, Speaker: speaker, Quit: quit})
	if w.full || len(w.kiosk) > 0 {
		station.Window().SetFullScreen(true)
	}
	station.Show()
	a.Lifecycle().SetOnStarted(func() {
		fyne.Do(func() {
			if w, h, ok := screenSize(); ok {
				station.Fit(w, h)
			}
		})
		time.AfterFunc(listenAfter, func() { onSignal(ctx, func() { fyne.Do(quit) }) })
	})
	a.Run()
	if begun {
		<-stopped
		return err
	}
	return stop()
}

// envSound names a WAV file that keeps what the horn plays, beside playing it.
const envSound = "PENSTOCK_SOUND"

func speakers(record string) (horn.Speaker, error) {
	if record == "" {
		return horn.System(), nil
	}
	return horn.Record(record, horn.System())
}

// hasBus reports whether somebody can be asked not to blank the screen: on
// Linux that is done over the session's D-Bus, and Fyne complains where there
// is none.
func hasBus(env func(string) string, there func(string) bool) bool {
	if runtime.GOOS != "linux" || env("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := env("XDG_RUNTIME_DIR")
	return dir != "" && there(filepath.Join(dir, "bus"))
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// onSignal calls do when a person or the computer asks the program to end.
// Fyne listens for that too and would take its windows away at once, while
// the station still paints them; so it is no longer told.
func onSignal(ctx context.Context, do func()) {
	if ctx.Err() != nil {
		do()
		return
	}
	asked := make(chan os.Signal, 1)
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	<-asked
	do()
}

// noDisplay says what is wrong where no window can be opened: the window
// system would end the program with a trace. It knows the X server of this
// computer; others it leaves to Fyne.
func noDisplay(display, wayland string) error {
	const instead = "use app/run, which makes one, or penstock serve, which needs none"
	if display == "" {
		if wayland != "" {
			return nil
		}
		return errors.New("there is no display here (DISPLAY is not set); " + instead)
	}
	number, ok := strings.CutPrefix(strings.TrimPrefix(display, "unix"), ":")
	if !ok {
		return nil
	}
	number, _, _ = strings.Cut(number, ".")
	socket := "/tmp/.X11-unix/X" + number
	for _, name := range []string{socket, "@" + socket} { // a file, and Linux's names without one
		c, err := net.DialTimeout("unix", name, time.Second)
		if err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("nothing answers on display %s (DISPLAY); start its X server, or %s", display, instead)
}

func exitCode(err error) int {
	if err != nil {
		return exitFailed
	}
	return exitOK
}
