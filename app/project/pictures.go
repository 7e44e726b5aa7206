package project

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"penstock/widgets/picture"
)

const (
	picturesDir = "pictures"
	maxPictures = 500
)

// subfolders are those a project's files are in.
var subfolders = []string{displaysDir, picturesDir}

// pictureName is what the file of a picture may be called.
var pictureName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// readPictures reads pictures/*: what displays show beside the library's
// symbols. Other files there are left alone.
func readPictures(fsys fs.FS, p *Project, probs *Problems) {
	entries, err := fs.ReadDir(fsys, picturesDir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			probs.Add(picturesDir, 0, "the folder cannot be read: "+err.Error(), "")
		}
		return
	}
	p.Pictures = map[string]*picture.Picture{}
	for _, e := range entries {
		if e.IsDir() || !picture.Known(e.Name()) {
			continue
		}
		name := path.Join(picturesDir, e.Name())
		switch {
		case len(p.Pictures) == maxPictures:
			probs.Add(picturesDir, 0, fmt.Sprintf("there are more than %d pictures", maxPictures), "remove those that no display shows")
			return
		case !pictureName.MatchString(e.Name()):
			probs.Add(name, 0, "this cannot be the name of a picture", "use letters, digits, dots and dashes")
			continue
		}
		data := read(fsys, name, probs)
		if data == nil {
			continue
		}
		pic, err := picture.Parse(name, data)
		if err != nil {
			take(probs, name, err)
			continue
		}
		p.Pictures[e.Name()] = pic
	}
}
