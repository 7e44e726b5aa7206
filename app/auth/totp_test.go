package auth

import (
	"errors"
	"image"
	"image/color"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp"
	otptotp "github.com/pquerna/otp/totp"

	"penstock/historian/journal"
)

// code is what an authenticator shows at a time.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := otptotp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// enrolled sets up codes for a session.
func (s *station) enrolled(in *Session) (secret string) {
	s.t.Helper()
	secret, err := s.g.Enroll(s.t.Context(), in)
	s.must(err)
	codes, err := s.g.ProveCode(s.t.Context(), in, code(s.t, secret, s.now))
	s.must(err)
	if len(codes) != recoveryCount {
		s.t.Errorf("there are %d recovery codes", len(codes))
	}
	s.now = s.now.Add(CodePeriod)
	return secret
}

// recovery makes new recovery codes, by the password and the authenticator.
func (s *station) recovery(in *Session, secret string) []string {
	s.t.Helper()
	codes, err := s.g.RenewRecovery(s.t.Context(), in, good, code(s.t, secret, s.now))
	s.must(err)
	s.now = s.now.Add(CodePeriod)
	return codes
}

// Without the authenticator each recovery code lets its person in once,
// however it is typed; new ones make the old void, and none is kept as it is.
func TestRecoveryCodes(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	secret := s.enrolled(ada)
	if _, err := s.g.RenewRecovery(t.Context(), ada, other, code(t, secret, s.now)); !errors.Is(err, ErrLogin) {
		t.Errorf("new ones for a wrong password: %v", err)
	}
	if _, err := s.g.ProveCode(t.Context(), ada, code(t, secret, s.now)); !errors.Is(err, ErrHasCodes) {
		t.Errorf("new ones without a password: %v", err)
	}
	codes := s.recovery(ada, secret)
	if len(codes) != recoveryCount || len(s.entries("recovery codes made anew")) != 1 {
		t.Fatalf("there are %d codes; the journal has %+v", len(codes), s.entries("recovery codes made anew"))
	}
	enter := func(code string) error {
		_, err := s.g.Login(t.Context(), "ada", good, code)
		return err
	}
	for i, typed := range []string{codes[0], strings.ToLower(codes[1]), strings.ReplaceAll(codes[2], "-", ""), strings.ReplaceAll(codes[3], "-", " ")} {
		if err := enter(typed); err != nil {
			t.Errorf("%q does not let ada in: %v", typed, err)
		}
		if err := enter(typed); !errors.Is(err, ErrLogin) {
			t.Errorf("%q lets in twice: %v", typed, err)
		}
		logins := s.entries("login")
		if want := "with a recovery code; " + strconv.Itoa(recoveryCount-1-i) + " left"; logins[len(logins)-1].Note != want {
			t.Errorf("the journal says %+v, want %q", logins[len(logins)-1], want)
		}
	}
	if _, err := s.g.Sign(t.Context(), ada, good, codes[4], "approved", "x"); err != nil {
		t.Errorf("a signature with a recovery code: %v", err)
	}
	docs, err := s.j.Docs(docKind)
	s.must(err)
	for _, c := range codes {
		if strings.Contains(string(docs[0].Body), c) || strings.Contains(string(docs[0].Body), strings.ReplaceAll(c, "-", "")) {
			t.Errorf("the code %s is kept as it is", c)
		}
	}
	if u := s.g.Users()[0]; u.TOTP == nil || u.TOTP.Recovery != nil {
		t.Errorf("the hashes are handed out: %+v", u.TOTP)
	}
	fresh := s.recovery(ada, secret)
	if err := enter(codes[5]); !errors.Is(err, ErrLogin) {
		t.Errorf("a code that new ones made void: %v", err)
	}
	if err := enter(fresh[0]); err != nil {
		t.Errorf("a new code: %v", err)
	}
	if err := enter(code(t, secret, s.now)); err != nil {
		t.Errorf("the authenticator after that: %v", err)
	}
	s.must(s.g.DropCode(t.Context(), ada, "ada"))
	if _, err := s.g.RenewRecovery(t.Context(), ada, good, fresh[1]); !errors.Is(err, ErrNoCodes) {
		t.Errorf("recovery codes without one-time codes: %v", err)
	}
	if err := enter(fresh[1]); err != nil { // no code is asked for, and a wrong one not looked at
		t.Errorf("after the codes were dropped: %v", err)
	}
}

// Two people who type the same recovery code at the same moment do not both
// get in.
func TestARecoveryCodeIsSpentOnce(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	secret := s.enrolled(ada)
	code := s.recovery(ada, secret)[0]
	var in atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := s.g.Login(t.Context(), "ada", good, code); err == nil {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if in.Load() != 1 {
		t.Errorf("%d got in with one code", in.Load())
	}
}

func TestGuessingCodesLocks(t *testing.T) {
	s := newStation(t)
	secret := s.enrolled(s.admin())
	for i := range maxFailures {
		if _, err := s.g.Login(t.Context(), "ada", good, "000000"); !errors.Is(err, ErrLogin) {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	if _, err := s.g.Login(t.Context(), "ada", good, code(t, secret, s.now)); !errors.Is(err, ErrLocked) {
		t.Errorf("the right code after %d wrong ones: %v", maxFailures, err)
	}
}

// Nobody acts in a role that asks for codes before they are set up, the first
// administrator included; and setting them up is all it takes.
func TestRolesThatAskForCodes(t *testing.T) {
	s := newStation(t)
	s.g.opts.Codes = []string{"administrator", "supervisor"}
	s.must(s.g.First(t.Context(), "ada", "Ada", good))
	if s.g.NeedsFirst() {
		t.Fatal("there is an administrator, and anybody may be the first once more")
	}
	ada := s.login("ada", good)
	if !ada.NeedsCode() || ada.May(ManageUsers, "") || !ada.May(View, "") {
		t.Fatalf("needs a code: %v; may manage users: %v", ada.NeedsCode(), ada.May(ManageUsers, ""))
	}
	if !ada.May(Configure, "") {
		t.Error("the role of an engineer asks for no code")
	}
	secret := s.enrolled(ada)
	if ada.NeedsCode() || !ada.May(ManageUsers, "") {
		t.Error("with codes the administrator still may not manage users")
	}
	// A signature takes the code as well.
	if _, err := s.g.Sign(t.Context(), ada, good, "", "approved", "x"); !errors.Is(err, ErrCode) {
		t.Errorf("signed without a code: %v", err)
	}
	_, err := s.g.Sign(t.Context(), ada, good, code(t, secret, s.now), "approved", "x")
	s.must(err)
	// One who lost the authenticator starts anew, with what somebody else allows.
	s.must(s.g.Add(t.Context(), ada, NewUser{Name: "bo", Password: other, Grants: []Grant{{Role: "supervisor"}}}))
	bo := s.login("bo", other)
	s.must(s.g.ChangePassword(t.Context(), bo, other, good))
	s.enrolled(bo)
	s.must(s.g.DropCode(t.Context(), ada, "bo"))
	if !bo.NeedsCode() || bo.May(Ack, "") {
		t.Error("without codes bo still acts")
	}
	if e := s.entries("one-time codes dropped"); len(e) != 1 || e[0].On != "bo" || e[0].Who != "ada" {
		t.Errorf("%+v", e)
	}
	if _, err := Open(s.j, Options{Codes: []string{"janitor"}}); !errors.Is(err, ErrRole) {
		t.Errorf("codes asked of a role that is not there: %v", err)
	}
}

func TestWithoutAKeyThereAreNoCodes(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	secret := s.enrolled(ada)
	s.g.opts.Key = nil
	if _, err := s.g.Enroll(t.Context(), ada); !errors.Is(err, ErrNoKey) {
		t.Errorf("%v", err)
	}
	if _, err := s.g.Login(t.Context(), "ada", good, code(t, secret, s.now)); err == nil {
		t.Error("a code that nothing can be held against was right")
	}
	// A secret of one person opens for nobody else, and not with another key.
	s.g.opts.Key = make([]byte, keySize)
	sealed, err := s.g.seal("ada", secret)
	s.must(err)
	if _, err := s.g.unseal("bo", sealed); err == nil {
		t.Error("the secret of ada opens for bo")
	}
	s.g.opts.Key[0] = 1
	if _, err := s.g.unseal("ada", sealed); err == nil {
		t.Error("the secret opens with another key")
	}
	var docs []journal.Doc
	if docs, err = s.j.Docs(docKind); err != nil || len(docs) != 1 || strings.Contains(string(docs[0].Body), secret) {
		t.Errorf("%d users kept, %v", len(docs), err)
	}
}

func TestCodeForAuthenticators(t *testing.T) {
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	uri := CodeURI("Weir Lane: works", "jürgen.m", secret)
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		t.Fatal(err)
	}
	if key.Secret() != secret || key.Issuer() != "Weir Lane: works" || key.AccountName() != "jürgen.m" || key.Period() != stepSize || key.Digits() != digits || strings.Contains(uri, "+") {
		t.Errorf("%s is of %q at %q, %d s", uri, key.AccountName(), key.Issuer(), key.Period())
	}
	pic, err := CodePicture(uri, 240)
	if err != nil || pic.Bounds().Size() != image.Pt(240, 240) {
		t.Fatalf("%v %v", pic.Bounds(), err)
	}
	dark := 0
	for y := range 240 {
		for x := range 240 {
			if color.GrayModel.Convert(pic.At(x, y)).(color.Gray).Y < 128 {
				dark++
			}
		}
	}
	if dark < 240*240/5 || dark > 240*240*4/5 {
		t.Errorf("%d of %d pixels are dark: no QR code is so", dark, 240*240)
	}
}
