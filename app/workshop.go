package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"penstock/app/command"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/drivers"
	"penstock/screens"
)

var _ screens.Workshop = (*room)(nil)

// workshop is where the files of the running project are, for people who
// change them at the window.
type workshop struct {
	folder    string // of the project; empty for the one built in
	drivers   drivers.Set
	endpoints endpoints // where the flags point devices
	one       sync.Mutex
}

var errBuiltIn = errors.New("this is the demo that is built into the program, so what you draw here cannot be saved: penstock new --demo FOLDER copies it into a folder of your own, which penstock --project FOLDER --data FOLDER opens")

// Fixed implements screens.Workshop.
func (r *room) Fixed() error {
	if r.shop == nil || r.shop.folder == "" {
		return errBuiltIn
	}
	return nil
}

// SaveDisplay implements screens.Workshop.
func (r *room) SaveDisplay(ctx context.Context, s screens.Session, name string, text []byte) error {
	return r.exchange(ctx, s, map[string][]byte{displayFile(name): text}, "display "+name+" saved")
}

// DeleteDisplay implements screens.Workshop.
func (r *room) DeleteDisplay(ctx context.Context, s screens.Session, name string) error {
	return r.exchange(ctx, s, map[string][]byte{displayFile(name): nil}, "display "+name+" deleted")
}

func displayFile(name string) string { return "displays/" + name + ".json" }

// RenameDisplay implements screens.Workshop.
func (r *room) RenameDisplay(ctx context.Context, s screens.Session, from, to string) error {
	return r.rewrite(ctx, s, "display "+from+" renamed to "+to, func() (map[string][]byte, error) {
		p, err := project.Load(r.shop.folder, r.shop.drivers) // its files may have changed since they were loaded
		if err != nil {
			return nil, err
		}
		return p.RenameDisplay(from, to)
	})
}

// SavePicture implements screens.Workshop.
func (r *room) SavePicture(ctx context.Context, s screens.Session, name string, data []byte) error {
	return r.exchange(ctx, s, map[string][]byte{"pictures/" + name: data}, "picture "+name+" saved")
}

// exchange writes files of the project and has the plant run it as it is then.
func (r *room) exchange(ctx context.Context, s screens.Session, files map[string][]byte, why string) error {
	return r.rewrite(ctx, s, why, func() (map[string][]byte, error) { return files, nil })
}

// rewrite has files of the project made, writes them, and has the plant run it
// as it is then. Nothing is written by who may not, and nothing that has a
// mistake.
func (r *room) rewrite(ctx context.Context, s screens.Session, why string, make func() (map[string][]byte, error)) error {
	return r.revise(ctx, s, func() (map[string][]byte, string, error) {
		files, err := make()
		return files, why, err
	})
}

// revise is rewrite where what is made tells why. make is called with the
// folder to itself, so that what it reads there is what it changes.
func (r *room) revise(ctx context.Context, s screens.Session, make func() (files map[string][]byte, why string, err error)) error {
	switch err := r.Fixed(); {
	case err != nil:
		return err
	case s == nil || !s.May(plant.RightConfigure, ""):
		return command.ErrNotAllowed
	}
	r.shop.one.Lock()
	defer r.shop.one.Unlock()
	files, why, err := make()
	if err != nil {
		return err
	}
	next, err := project.Replace(r.shop.folder, files, r.shop.drivers)
	if err != nil {
		return err
	}
	if err := next.Redirect(r.shop.endpoints); err != nil {
		return fmt.Errorf("it is written down, but the plant goes on with what it had: %w", err)
	}
	if err := r.Swap(ctx, s, next, why); err != nil {
		return fmt.Errorf("it is written down, but the plant goes on with what it had: %w", err)
	}
	return nil
}
