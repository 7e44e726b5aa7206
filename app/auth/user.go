package auth

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"penstock/historian/journal"
)

// User is one person. Times are ns since 1970 UTC. A user who was deleted
// keeps the name: a name in the journal always means the same person.
type User struct {
	Name     string  `json:"name"` // in small letters
	FullName string  `json:"fullName,omitempty"`
	Grants   []Grant `json:"grants,omitempty"`
	Disabled bool    `json:"disabled,omitempty"`
	Deleted  bool    `json:"deleted,omitempty"`
	WasAdmin bool    `json:"wasAdmin,omitempty"` // could manage users at some time
	Open     bool    `json:"open,omitempty"`     // may enter without a password: only who was provisioned so
	Rule     string  `json:"rule,omitempty"`     // the rule by which the user was provisioned

	MadeAt      int64 `json:"madeAt,omitempty"`
	PasswordAt  int64 `json:"passwordAt,omitempty"` // when the password was last set
	MustChange  bool  `json:"mustChange,omitempty"` // somebody else set the password
	LoginAt     int64 `json:"loginAt,omitempty"`
	Failures    int   `json:"failures,omitempty"` // wrong tries since the last right one
	LockedUntil int64 `json:"lockedUntil,omitempty"`

	Password string `json:"password,omitempty"` // hash in PHC form
	TOTP     *totp  `json:"totp,omitempty"`
}

// HasCode reports whether the user logs in with a one-time code as well.
func (u *User) HasCode() bool { return u.TOTP != nil && u.TOTP.Proven }

func (u *User) public() User {
	c := *u
	c.Grants = slices.Clone(u.Grants)
	c.Password = ""
	if u.TOTP != nil {
		c.TOTP = &totp{Proven: u.TOTP.Proven}
	}
	return c
}

// rights writes the grants for the journal.
func (u *User) rights() string {
	var out []string
	for _, g := range u.Grants {
		out = append(out, g.String())
	}
	return strings.Join(out, ", ")
}

const (
	docKind    = "user"
	docVersion = 1
)

type userDoc struct {
	V int `json:"v"`
	User
}

func (u *User) doc() journal.Doc {
	body, err := json.Marshal(userDoc{docVersion, *u})
	if err != nil {
		panic(fmt.Sprintf("user %s: %v", u.Name, err)) // a User holds nothing JSON cannot
	}
	return journal.Doc{Kind: docKind, ID: u.Name, Body: body}
}

func fromDoc(d journal.Doc) (*User, error) {
	var in userDoc
	dec := json.NewDecoder(bytes.NewReader(d.Body))
	dec.DisallowUnknownFields()
	switch err := dec.Decode(&in); {
	case err != nil:
		return nil, fmt.Errorf("read user %s: %w", d.ID, err)
	case in.V != docVersion:
		return nil, fmt.Errorf("read user %s: it has version %d, this program reads %d", d.ID, in.V, docVersion)
	case in.Name != d.ID:
		return nil, fmt.Errorf("read user %s: it says it is %s", d.ID, in.Name)
	}
	return &in.User, nil
}

func sortUsers(us []User) {
	slices.SortFunc(us, func(a, b User) int { return cmp.Compare(a.Name, b.Name) })
}

// canonical is the form names are kept and compared in.
func canonical(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func checkName(name string) error {
	n := utf8.RuneCountInString(name)
	if n < 1 || n > 40 || !utf8.ValidString(name) {
		return ErrName
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_", r) {
			return ErrName
		}
	}
	return nil
}

func checkGrants(grants []Grant) error {
	for _, g := range grants {
		if roleNamed(g.Role) == nil {
			return fmt.Errorf("%w: %q", ErrRole, g.Role)
		}
	}
	return nil
}
