package plant

import (
	"fmt"
	"path/filepath"
	"time"

	"penstock/app/project"
)

// VersionsDir is the folder of every project that ran on this data folder.
func (d DataDir) VersionsDir() string { return filepath.Join(string(d), "versions") }

// keepVersion keeps the files of a project that is about to run, and returns
// the name of the version for the journal. A plant runs without it; what is
// wrong is a worry until a later one is kept.
func (p *Plant) keepVersion(proj *project.Project) (name string) {
	v, err := project.Keep(p.conf.Data.VersionsDir(), proj.Files, time.Unix(0, p.clock.ns()))
	if err != nil {
		p.versionWorry.Store(&Worry{Text: fmt.Sprintf("The project that runs cannot be kept as a version: %v", err),
			Remedy: "Free space on the disk of the data folder, and check that it can be written", Since: time.Unix(0, p.clock.ns())})
		return ""
	}
	p.versionWorry.Store(nil)
	return v.Name
}
