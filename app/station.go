package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"penstock/app/auth"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/assets"
	"penstock/drivers"
	"penstock/drivers/host"
	"penstock/drivers/opcua"
)

// endpoints is a flag that may be given several times: DEVICE=ENDPOINT.
type endpoints map[string]string

func (e endpoints) String() string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(e)) {
		out = append(out, k+"="+e[k])
	}
	return strings.Join(out, " ")
}

func (e endpoints) Set(s string) error {
	name, url, ok := strings.Cut(s, "=")
	if !ok || name == "" || url == "" {
		return errors.New("write it like PLC1=opc.tcp://host:4840")
	}
	e[name] = url
	return nil
}

// station is the flags that say which project runs on which data.
type station struct {
	project   string
	data      string
	endpoints endpoints
	drivers   drivers.Set
}

func (c *call) station() *station {
	s := &station{endpoints: endpoints{}}
	c.StringVar(&s.project, "project", "", "the `folder` of the project")
	c.StringVar(&s.data, "data", "", "the `folder` for history, alarms and journal; made where it is missing")
	c.Var(s.endpoints, "endpoint", "use another endpoint for a device: `DEVICE=URL`; may be given several times")
	return s
}

// wrap makes the drivers, which keep certificates and what they have learnt of
// units in the data folder. Child processes are told by the environment.
func (s *station) wrap() {
	data := plant.DataDir(s.data)
	if s.data == "" {
		if dir, err := os.UserConfigDir(); err == nil {
			data = plant.DataDir(filepath.Join(dir, "penstock"))
		}
	}
	// Setenv fails only for values with a zero byte, which no folder's name has.
	os.Setenv(opcua.EnvPKI, data.PKIDir())
	os.Setenv(envSecrets, data.SecretsDir())
	os.Setenv(envUnits, data.UnitsDir())
	s.drivers = host.Wrap(inside())
}

// load reads the project, the demo where none is named, and points its devices where the flags say.
func (s *station) load() (*project.Project, error) {
	s.wrap()
	var p *project.Project
	var err error
	if s.project == "" {
		p, err = project.LoadFS(assets.Demo(), s.drivers)
	} else {
		p, err = project.Load(s.project, s.drivers)
	}
	if err == nil {
		if probs := rolesOf(p); len(probs) > 0 {
			err = probs
		}
	}
	if err != nil {
		return nil, notLoaded(err)
	}
	if err := p.Redirect(s.endpoints); err != nil {
		return nil, usagef("--endpoint: %w", err)
	}
	for name := range s.endpoints {
		d := p.Device(name)
		if err := s.drivers[d.Driver].CheckDevice(*d); err != nil {
			return nil, usagef("--endpoint %s: %w", name, err)
		}
	}
	return p, nil
}

// rolesOf says which roles a project speaks of that there are not.
func rolesOf(p *project.Project) (probs project.Problems) {
	var known []string
	for _, r := range auth.Roles() {
		known = append(known, r.Name)
	}
	for _, name := range p.Users.Codes {
		if !slices.Contains(known, name) {
			probs = append(probs, project.Problem{File: "project.toml", What: fmt.Sprintf("[users] codes: there is no role %q", name), Do: "write some of " + strings.Join(known, ", ")})
		}
	}
	return probs
}

func notLoaded(err error) error {
	if probs, ok := errors.AsType[project.Problems](err); ok {
		return fmt.Errorf("the project has %s, so nothing was started:\n%w", count(len(probs), "mistake"), err)
	}
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// start starts the plant.
func (s *station) start(p *project.Project) (*plant.Plant, error) {
	return plant.Start(plant.Config{Project: p, Data: plant.DataDir(s.data), Drivers: s.drivers, Keys: keyDir(), Station: os.Getenv("PENSTOCK_STATION")})
}

// keyDir is the folder of this person's keys, apart from any data folder.
func keyDir() plant.KeyDir {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return plant.KeyDir(filepath.Join(dir, "penstock", "keys"))
}
