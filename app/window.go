package main

import (
	"context"
	"errors"
	"os"
	"runtime"
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
	folder  string          // for what people save at this station
	session screens.Session // who is at the station already; nil: nobody
}

// exitWait is how long the window system may take to end. It can hang for
// ever; by then everything is written down.
const exitWait = 2 * time.Second

// openWindow shows the control room until the person closes it or ctx ends.
// stop is called before the window goes: it ends the plant and writes down
// what is on the way.
func openWindow(ctx context.Context, r *room, w window, stop func() error) (err error) {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("there is no display here (DISPLAY is not set); use app/run, which makes one, or penstock serve, which needs none")
	}
	app.SetMetadata(fyne.AppMetadata{ID: appID, Name: appName, Version: appVersion, Migrations: map[string]bool{"fyneDo": true}})
	a := app.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	quitting := make(chan struct{})
	var station *screens.Station
	quit := func() {
		select {
		case <-quitting:
			return // a second click while it is ending
		default:
			close(quitting)
		}
		station.Close()
		go func() {
			err = stop()
			time.AfterFunc(exitWait, func() { os.Exit(exitCode(err)) })
			fyne.Do(a.Quit)
		}()
	}
	station = screens.NewStation(a, r, screens.Options{Dark: w.dark, Name: w.name, Version: appVersion, Session: w.session, Folder: w.folder, Speaker: horn.System(), Quit: quit})
	if w.full {
		station.Window().SetFullScreen(true)
	}
	station.Show()
	go func() {
		<-ctx.Done()
		fyne.Do(quit)
	}()
	a.Run()
	return err
}

func exitCode(err error) int {
	if err != nil {
		return exitFailed
	}
	return exitOK
}
