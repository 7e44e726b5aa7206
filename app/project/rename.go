package project

import (
	"fmt"
	"strings"
)

// RenameDisplay is what has to change in the project's files so that a display
// or template has another name, and everything that leads to it or shows it
// follows: other displays, and the alarms that name it. The files are not
// checked: hand them to Replace.
func (p *Project) RenameDisplay(from, to string) (map[string][]byte, error) {
	if p.Display(from) == nil {
		return nil, fmt.Errorf("there is no display %s", from)
	}
	if what := badName(to); what != "" || strings.ContainsAny(to, `/\:`) {
		return nil, fmt.Errorf("%q cannot be the name of a display", to)
	}
	if p.Display(to) != nil {
		return nil, fmt.Errorf("the project has a display %s already", to)
	}
	files := map[string][]byte{}
	for _, d := range p.Displays {
		if next := d.Renamed(from, to, p.Display); next != d {
			files[displayFile(next.Name)] = next.Text()
		}
	}
	files[displayFile(from)] = nil
	var f *csvText
	for i := range p.Alarms {
		if p.Alarms[i].Display != from {
			continue
		}
		if f == nil {
			var err error
			if f, err = openRows(alarmsFile, p.Files[alarmsFile]); err != nil {
				return nil, err
			}
		}
		row := f.row(p.Alarms[i].ID)
		if row == nil {
			return nil, fmt.Errorf("%s has no alarm %s any more", alarmsFile, p.Alarms[i].ID)
		}
		f.set(row, "display", to)
	}
	if f != nil {
		files[alarmsFile] = f.bytes()
	}
	return files, nil
}

func displayFile(name string) string { return displaysDir + "/" + name + ".json" }
