package auth

import "slices"

// The rights. Each holds in the areas a role was granted for.
const (
	View        = "view"         // see values, alarms and history
	Ack         = "ack"          // acknowledge and comment alarms, reset latched ones
	Shelve      = "shelve"       // put alarms aside for a time
	Suppress    = "suppress"     // take alarms out of service
	Write       = "write"        // set values
	Sign        = "confirm-sign" // sign what needs a signature
	Configure   = "configure"    // change the project
	ManageUsers = "users"        // make and change users
)

// Rights lists every right.
func Rights() []string {
	return []string{View, Ack, Shelve, Suppress, Write, Sign, Configure, ManageUsers}
}

// Role is a named set of rights.
type Role struct {
	Name   string
	Text   string
	Rights []string
}

var roles = []Role{
	{"guest", "Sees the plant", []string{View}},
	{"auditor", "Sees the plant and its journal", []string{View, Sign}},
	{"operator", "Runs the plant", []string{View, Ack, Shelve, Write}},
	{"supervisor", "Runs the plant and answers for it", []string{View, Ack, Shelve, Suppress, Write, Sign}},
	{"engineer", "Changes the plant's project", []string{View, Ack, Shelve, Suppress, Write, Sign, Configure}},
	{"administrator", "Manages users", []string{View, Sign, Configure, ManageUsers}},
}

// Roles lists every role, the least powerful first.
func Roles() []Role { return slices.Clone(roles) }

func roleNamed(name string) *Role {
	for i := range roles {
		if roles[i].Name == name {
			return &roles[i]
		}
	}
	return nil
}

// Grant gives a role in an area and everything that is part of it.
type Grant struct {
	Role  string `json:"role"`
	Area  string `json:"area,omitempty"`  // "" is the whole plant
	Until int64  `json:"until,omitempty"` // ns since 1970 UTC; 0: for good
}

func (g Grant) String() string {
	if g.Area == "" {
		return g.Role
	}
	return g.Role + " of " + g.Area
}

// may reports whether u has a right in an area at now. What belongs to no
// area belongs to the whole plant.
func (g *Gate) may(u *User, right, area string, now int64) bool {
	if u == nil || u.Disabled || u.Deleted {
		return false
	}
	for _, grant := range u.Grants {
		if r := roleNamed(grant.Role); r != nil && slices.Contains(r.Rights, right) &&
			(grant.Until == 0 || now < grant.Until) && g.within(area, grant.Area) {
			return true
		}
	}
	return false
}

// deepest bounds how far up an area's parents are looked for.
const deepest = 64

// within reports whether area is whole or part of it.
func (g *Gate) within(area, whole string) bool {
	if whole == "" {
		return true
	}
	for range deepest {
		switch {
		case area == whole:
			return true
		case area == "" || g.opts.Parent == nil:
			return false
		}
		area = g.opts.Parent(area)
	}
	return false
}
