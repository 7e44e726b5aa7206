package auth

import (
	"slices"
	"time"
)

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

// Role is a named set of rights. A session that is not used for Idle keeps,
// of the role, nothing but the right to see, until the person comes back with
// the password; 0 is never: who runs the plant is not locked out of it.
type Role struct {
	Name   string
	Text   string
	Rights []string
	Idle   time.Duration
}

const idle = 10 * time.Minute

var roles = []Role{
	{"guest", "Sees the plant", []string{View}, 0},
	{"auditor", "Sees the plant and its journal", []string{View, Sign}, 0},
	{"operator", "Runs the plant", []string{View, Ack, Shelve, Write}, 0},
	{"supervisor", "Runs the plant and answers for it", []string{View, Ack, Shelve, Suppress, Write, Sign}, 0},
	{"engineer", "Changes the plant's project", []string{View, Ack, Shelve, Suppress, Write, Sign, Configure}, idle},
	{"administrator", "Manages users", []string{View, Sign, Configure, ManageUsers}, idle},
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

// may reports whether u has a right in an area at now, after having done
// nothing for quiet. What belongs to no area belongs to the whole plant.
func (g *Gate) may(u *User, right, area string, now int64, quiet time.Duration) bool {
	if u != nil && u.MustChange && right != View {
		return false // whoever set the password knows it: nobody acts in this name yet
	}
	return g.granted(u, right, area, now, func(r *Role) bool {
		return right == View || (r.Idle == 0 || quiet < r.Idle) && (u.HasCode() || !slices.Contains(g.opts.Codes, r.Name))
	})
}

// granted reports whether u was given a right, in a role that counts.
func (g *Gate) granted(u *User, right, area string, now int64, counts func(*Role) bool) bool {
	if u == nil || u.Disabled || u.Deleted {
		return false
	}
	for _, grant := range u.Grants {
		if r := roleNamed(grant.Role); r != nil && slices.Contains(r.Rights, right) && counts(r) &&
			(grant.Until == 0 || now < grant.Until) && g.within(area, grant.Area) {
			return true
		}
	}
	return false
}

// manages reports whether u was given the right to manage users, whatever has
// to be done before it can be used.
func (g *Gate) manages(u *User, now int64) bool {
	return !u.MustChange && g.granted(u, ManageUsers, "", now, func(*Role) bool { return true })
}

// needsCode reports whether u has a role that nobody acts in without one-time
// codes, and has none.
func (g *Gate) needsCode(u *User) bool {
	return u != nil && !u.HasCode() && slices.ContainsFunc(u.Grants, func(grant Grant) bool { return slices.Contains(g.opts.Codes, grant.Role) })
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
