package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"penstock/app/project"
	"penstock/screens"
)

var _ screens.DeviceEditor = (*room)(nil)

// devicesTOML is the file of a project that holds its devices.
const devicesTOML = "devices.toml"

// Drivers implements screens.DeviceEditor.
func (r *room) Drivers() []string {
	if r.shop == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(r.shop.drivers))
}

// DeviceCells implements screens.DeviceEditor.
func (r *room) DeviceCells(name string) (map[string]string, error) {
	if err := r.Fixed(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(r.shop.folder, devicesTOML))
	if err != nil {
		return nil, err
	}
	return project.DeviceCells(text, name)
}

// SetDevice implements screens.DeviceEditor.
func (r *room) SetDevice(ctx context.Context, s screens.Session, row project.DeviceRow) error {
	return r.devices(ctx, s, "device "+row.Name+" set", func(text []byte) ([]byte, error) { return project.SetDevice(text, row) })
}

// DropDevice implements screens.DeviceEditor.
func (r *room) DropDevice(ctx context.Context, s screens.Session, name string) error {
	return r.devices(ctx, s, "device "+name+" removed", func(text []byte) ([]byte, error) { return project.DropDevice(text, name) })
}

func (r *room) devices(ctx context.Context, s screens.Session, why string, edit func([]byte) ([]byte, error)) error {
	return r.rewrite(ctx, s, why, func() (map[string][]byte, error) {
		text, err := os.ReadFile(filepath.Join(r.shop.folder, devicesTOML))
		if err == nil {
			text, err = edit(text)
		}
		return map[string][]byte{devicesTOML: text}, err
	})
}

// Edited implements screens.DeviceEditor.
func (r *room) Edited() ([]project.Change, error) {
	if err := r.Fixed(); err != nil {
		return nil, err
	}
	next, err := project.Load(r.shop.folder, r.shop.drivers)
	if err != nil {
		return nil, err
	}
	return project.Diff(r.Project().Files, next.Files), nil
}

// TakeUp implements screens.DeviceEditor.
func (r *room) TakeUp(ctx context.Context, s screens.Session, changes int) error {
	return r.rewrite(ctx, s, fmt.Sprintf("%s made in the project's folder", count(changes, "change")), func() (map[string][]byte, error) { return nil, nil })
}
