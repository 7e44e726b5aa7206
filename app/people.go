package main

import (
	"context"

	"penstock/app/auth"
	"penstock/screens"
)

var _ screens.People = (*room)(nil)

// The station's users, as its window sees them. Who changes them is a session
// of this station's own gate, or nobody.

func by(s screens.Session) *auth.Session {
	in, _ := s.(*auth.Session)
	return in
}

func (r *room) NeedsFirst() bool { return r.gate.NeedsFirst() }

func (r *room) First(ctx context.Context, name, fullName, password string) error {
	if err := r.Lost(); err != nil {
		return err // or whoever removes the file of the people could be the first of them
	}
	return r.gate.First(ctx, name, fullName, password)
}

func (r *room) Users() []auth.User { return r.gate.Users() }

func (r *room) AddUser(ctx context.Context, s screens.Session, n auth.NewUser) error {
	return r.gate.Add(ctx, by(s), n)
}

func (r *room) SetGrants(ctx context.Context, s screens.Session, name string, grants []auth.Grant) error {
	return r.gate.SetGrants(ctx, by(s), name, grants)
}

func (r *room) SetDisabled(ctx context.Context, s screens.Session, name string, disabled bool) error {
	return r.gate.SetDisabled(ctx, by(s), name, disabled)
}

func (r *room) Unlock(ctx context.Context, s screens.Session, name string) error {
	return r.gate.Unlock(ctx, by(s), name)
}

func (r *room) ResetPassword(ctx context.Context, s screens.Session, name, password string) error {
	return r.gate.ResetPassword(ctx, by(s), name, password)
}

func (r *room) ChangePassword(ctx context.Context, s screens.Session, old, password string) error {
	return r.gate.ChangePassword(ctx, by(s), old, password)
}

func (r *room) Enroll(ctx context.Context, s screens.Session) (secret, uri string, err error) {
	if secret, err = r.gate.Enroll(ctx, by(s)); err != nil {
		return "", "", err
	}
	return secret, auth.CodeURI(r.Project().Name, s.User(), secret), nil
}

func (r *room) ProveCode(ctx context.Context, s screens.Session, code string) ([]string, error) {
	return r.gate.ProveCode(ctx, by(s), code)
}

func (r *room) RenewRecovery(ctx context.Context, s screens.Session, password, code string) ([]string, error) {
	return r.gate.RenewRecovery(ctx, by(s), password, code)
}

func (r *room) DropCode(ctx context.Context, s screens.Session, name string) error {
	return r.gate.DropCode(ctx, by(s), name)
}

func (r *room) Resume(ctx context.Context, s screens.Session, password, code string) error {
	return r.gate.Resume(ctx, by(s), password, code)
}
