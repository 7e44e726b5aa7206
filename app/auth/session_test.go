package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	otptotp "github.com/pquerna/otp/totp"
)

func TestOneTimeCodes(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	ctx := t.Context()
	secret, err := s.g.Enroll(ctx, ada)
	s.must(err)
	code := func(off time.Duration) string {
		c, err := otptotp.GenerateCodeCustom(secret, s.now.Add(off), otptotp.ValidateOpts{Period: stepSize, Digits: digits, Algorithm: otp.AlgorithmSHA1})
		s.must(err)
		return c
	}
	s.login("ada", good) // not yet proven: no code is asked for
	if _, err := s.g.ProveCode(ctx, ada, "000000"); !errors.Is(err, ErrLogin) {
		t.Errorf("proved with a wrong code: %v", err)
	}
	_, err = s.g.ProveCode(ctx, ada, code(0))
	s.must(err)
	if _, err := s.g.Login(ctx, "ada", good, ""); !errors.Is(err, ErrCode) {
		t.Errorf("without a code: %v", err)
	}
	for what, c := range map[string]string{"the code used already": code(0), "the code before": code(-CodePeriod), "one too old": code(-3 * CodePeriod), "one too new": code(3 * CodePeriod)} {
		if _, err := s.g.Login(ctx, "ada", good, c); !errors.Is(err, ErrLogin) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.now = s.now.Add(2 * CodePeriod)
	c := code(0)
	if _, err := s.g.Login(ctx, "ada", good, c); err != nil {
		t.Fatal(err)
	}
	s.restart()
	if _, err := s.g.Login(ctx, "ada", good, c); !errors.Is(err, ErrLogin) {
		t.Errorf("used twice, after a restart: %v", err)
	}
	s.now = s.now.Add(-10 * CodePeriod)
	if _, err := s.g.Login(ctx, "ada", good, code(0)); !errors.Is(err, ErrLogin) {
		t.Errorf("the clock set back revives codes: %v", err)
	}
	// At the same moment one code lets one in.
	s.now = s.now.Add(20 * CodePeriod)
	c = code(0)
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 3 {
		wg.Go(func() {
			if _, err := s.g.Login(context.Background(), "ada", good, c); err == nil {
				mu.Lock()
				in++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if in != 1 {
		t.Errorf("one code let %d in", in)
	}
}

func TestSignature(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.add(ada, "op", Grant{Role: "operator"})
	ctx := t.Context()
	sig, err := s.g.Sign(ctx, ada, good, "", "approved", "report 7 sha256:ab")
	s.must(err)
	if sig.FullName != "Ada Lovelace" || sig.Meaning != "approved" || !sig.At.Equal(s.now) {
		t.Errorf("%+v", sig)
	}
	if e := s.entries("signed"); len(e) != 1 || e[0].Who != "ada" || e[0].New != "approved" || !strings.Contains(e[0].Note, "report 7 sha256:ab (Ada Lovelace)") {
		t.Errorf("%+v", e)
	}
	if _, err := s.g.Sign(ctx, ada, "wrong", "", "approved", "x"); !errors.Is(err, ErrLogin) {
		t.Errorf("signed with a wrong password: %v", err)
	}
	if _, err := s.g.Sign(ctx, ada, good, "", "", "x"); !errors.Is(err, ErrMeaning) {
		t.Errorf("signed without a meaning: %v", err)
	}
	if _, err := s.g.Sign(ctx, s.login("op", good), good, "", "approved", "x"); !errors.Is(err, ErrForbidden) {
		t.Errorf("an operator signed: %v", err)
	}
	s.must(ada.Logout(ctx))
	if _, err := s.g.Sign(ctx, ada, good, "", "approved", "x"); !errors.Is(err, ErrEnded) {
		t.Errorf("signed after the end: %v", err)
	}
}

// A session nobody uses keeps what its role may without limit, and what it may
// see; coming back takes the password.
func TestIdleSessions(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.add(ada, "eng", Grant{Role: "engineer"}, Grant{Role: "operator", Area: "HL"})
	s.add(ada, "op", Grant{Role: "operator"})
	eng, op := s.login("eng", good), s.login("op", good)
	s.now = s.now.Add(9 * time.Minute)
	eng.Touch()
	s.now = s.now.Add(9 * time.Minute)
	if eng.Idle() || !eng.May(Configure, "") {
		t.Error("idle although it was used")
	}
	s.now = s.now.Add(time.Minute)
	eng.Touch() // too late
	if !eng.Idle() || eng.May(Configure, "") || eng.May(Write, "RW") || !eng.May(View, "RW") || !eng.May(Write, "HL") {
		t.Error("an idle engineer has other rights than to see, and those of an operator")
	}
	s.now = s.now.Add(24 * time.Hour)
	if op.Idle() || !op.May(Write, "") {
		t.Error("an operator was locked out of the plant")
	}
	if err := s.g.Resume(t.Context(), eng, "wrong", ""); !errors.Is(err, ErrLogin) {
		t.Errorf("resumed with a wrong password: %v", err)
	}
	s.must(s.g.Resume(t.Context(), eng, good, ""))
	if eng.Idle() || !eng.May(Configure, "") {
		t.Error("still idle")
	}
	if e := s.entries("session resumed"); len(e) != 1 || e[0].Who != "eng" {
		t.Errorf("%+v", e)
	}
}
