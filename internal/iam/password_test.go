package iam_test

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// serviceAt is a service on a database, which comes with it.
func serviceAt(t testing.TB, url string) (*iam.Service, *store.DB) {
	t.Helper()
	sealer := storetest.Sealer(t)
	db := storetest.Open(t, store.Options{URL: url, Sealer: sealer})
	return iam.New(db, new(clock.Clock), sealer), db
}

func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	standard := iam.StandardPasswordPolicy()
	own := iam.PasswordPolicy{MinimumLength: 6, Symbols: true, Numbers: true, Uppercase: true, Lowercase: true}
	for _, c := range []struct {
		what, password string
		policy         iam.PasswordPolicy
		want           string
	}{
		{"three kinds", "abcdEF12", standard, ""},
		{"other three", "abcd12!!", standard, ""},
		{"short", "abcEF12", standard, "Password should have a minimum length of 8"},
		{"eight characters of two bytes", "ääääÖÖÖÖa", standard, "Password should have at least three of these: uppercase letters, lowercase letters, numbers, symbols"},
		{"two kinds", "abcdefg1", standard, "Password should have at least three of these: uppercase letters, lowercase letters, numbers, symbols"},
		{"the user's name", "Alice-01", standard, "Password should not be the name of the account or of the user"},
		{"the user's name in an own policy", "Alice-01", own, ""},
		{"all that is asked", "aB1!aB", own, ""},
		{"no symbol", "aB1aB1", own, "Password should have at least one symbol"},
		{"a space is no symbol", "aB1aB1 ", own, "Password should have at least one symbol"},
		{"no number", "aB!aB!", own, "Password should have at least one number"},
		{"no uppercase letter", "a1!a1!", own, "Password should have at least one uppercase letter"},
		{"no lowercase letter", "B1!B1!", own, "Password should have at least one lowercase letter"},
	} {
		got := ""
		if err := c.policy.Check(c.password, "000000000000", "", "alice-01"); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	t0 := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	aging := iam.PasswordPolicy{MaxAge: 90}
	if aging.Expired(t0, t0.AddDate(0, 0, 90).Add(-1)) || !aging.Expired(t0, t0.AddDate(0, 0, 90)) || standard.Expired(t0, t0.AddDate(9, 0, 0)) {
		t.Error("passwords expire at another time")
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	h := iam.NewHasher()
	one, two := h("Passwörd"), h("Passwörd")
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("the hashes are %s and %s", one, two)
	}
	for password, want := range map[string]bool{"Passwörd": true, "Passwörd ": false, "passwörd": false, "": false} {
		if got, err := iam.Matches(one, password); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
	for _, bad := range []string{"", "x", one[:len(one)-3], strings.Replace(one, "m=64", "m=9999999", 1), strings.Replace(one, "t=1", "t=0", 1),
		strings.Replace(one, "argon2id", "argon2i", 1), strings.Replace(one, "v=19", "v=16", 1), strings.Replace(one, "p=1", "p=0", 1), one + "=="} {
		if _, err := iam.Matches(bad, "Passwörd"); err == nil {
			t.Errorf("%q is a hash", bad)
		}
	}
}

// TestGuesses: what can be guessed, from where, and that a flood from elsewhere locks nobody out
// of a network that he has signed in from.
func TestGuesses(t *testing.T) {
	t.Parallel()
	t0 := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	many := func(take func() time.Duration) (n int, wait time.Duration) {
		for n < 1000 {
			if wait = take(); wait > 0 {
				break
			}
			n++
		}
		return n, wait
	}
	g := iam.NewGuesses()
	if n, wait := many(func() time.Duration { return g.Take("1", "alice", "192.0.2.1", false, t0) }); n != 10 || wait != time.Minute {
		t.Errorf("%d guesses at one user from one address, then %v", n, wait)
	}
	if wait := g.Take("1", "ALICE", "192.0.2.1", false, t0); wait == 0 {
		t.Error("another spelling is another user")
	}
	if wait := g.Take("1", "alice", "192.0.2.1", false, t0.Add(time.Minute)); wait != 0 {
		t.Error("time gives nothing back")
	}
	g = iam.NewGuesses()
	i := 0
	if n, wait := many(func() time.Duration { i++; return g.Take("1", strings.Repeat("x", i%90+1), "192.0.2.1", false, t0) }); n != 50 || wait != 6*time.Second {
		t.Errorf("%d guesses at many users from one address, then %v", n, wait)
	}
	g, i = iam.NewGuesses(), 0
	if n, wait := many(func() time.Duration {
		i++
		return g.Take("1", "alice", netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String(), false, t0)
	}); n != 100 || wait != 36*time.Second {
		t.Errorf("%d guesses at one user from many addresses, then %v", n, wait)
	}
	if g.Take("1", "alice", "192.0.2.9", true, t0) != 0 || g.Take("1", "alice", "192.0.2.9", false, t0) == 0 {
		t.Error("the flood bears on a network that is familiar, or not on others")
	}
	if g.Take("1", "bob", "192.0.2.9", false, t0) != 0 || g.Take("2", "alice", "192.0.2.9", false, t0) != 0 {
		t.Error("the flood bears on other users")
	}
	g = iam.NewGuesses()
	for range 1000 {
		if g.Take("1", "alice", "2001:db8::1", false, t0) != 0 {
			t.Fatal("a password that is right costs something")
		}
		g.GiveBack("1", "alice", "2001:db8::2", false) // of the same network
	}
}

// TestCheckPassword: whoever verifies a password learns whether it is right, and nothing else.
func TestCheckPassword(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		s, db := serviceAt(t, fresh(t))
		s.HashCheaply()
		createAccount(t, s, "111122223333")
		ctx, source := t.Context(), netip.MustParseAddr("192.0.2.1")
		owner := iam.KeyOwner{Account: "111122223333", User: "Alice", UserID: "AIDAEXAMPLE"}
		update := func(f func(tx *store.Tx) error) error { return db.Update(ctx, f) }
		w, err := s.NewPassword(ctx, "Passw0rd")
		must(t, "hash", err)
		must(t, "insert", update(func(tx *store.Tx) error {
			if err := iam.SetAccountAlias(tx, owner.Account, "house"); err != nil {
				return err
			}
			if err := iam.Users.Insert(tx, owner.Account, "Alice", &iam.User{Holder: iam.Holder{Name: "Alice", Path: "/", ID: owner.UserID}}); err != nil {
				return err
			}
			if err := iam.Users.Insert(tx, owner.Account, "bob", &iam.User{Holder: iam.Holder{Name: "bob", Path: "/", ID: "AIDABOB"}}); err != nil {
				return err
			}
			_, err := s.InsertLoginProfile(tx, owner, w, true)
			return err
		}))
		err = update(func(tx *store.Tx) error { _, err := s.InsertLoginProfile(tx, owner, w, true); return err })
		if !errors.Is(err, iam.ErrLoginProfileExists) {
			t.Errorf("a second profile: %v", err)
		}
		for _, c := range []struct{ account, user, password, claimed string }{
			{"111122223333", "Alice", "passw0rd", "Alice"},
			{"111122223333", "bob", "Passw0rd", "bob"},
			{"111122223333", "carol", "Passw0rd", ""},
			{"444455556666", "Alice", "Passw0rd", ""},
			{"home", "Alice", "Passw0rd", ""},
		} {
			_, who, err := s.CheckPassword(ctx, iam.Login{Account: c.account, User: c.user, Password: c.password, Source: source})
			if !errors.Is(err, iam.ErrWrongPassword) || who.User != c.claimed {
				t.Errorf("%v: %v of %q", c, err, who.User)
			}
		}
		for _, account := range []string{"111122223333", "house"} {
			p, _, err := s.CheckPassword(ctx, iam.Login{Account: account, User: "alice", Password: "Passw0rd", Source: source})
			if err != nil || p.User != "Alice" || !p.ResetRequired {
				t.Errorf("the right password: %+v, %v", p, err)
			}
		}
		p, err := s.FindLoginProfile(ctx, owner)
		must(t, "find", err)
		if err := s.Reused(ctx, p, "Passw0rd", 1); !errors.Is(err, iam.ErrPasswordReused) {
			t.Errorf("the same again: %v", err)
		}
		w, err = s.NewPassword(ctx, "Passw0rd2")
		must(t, "hash", err)
		change := func() error {
			return update(func(tx *store.Tx) error { return s.ChangeLoginProfile(tx, p, &w, new(false)) })
		}
		must(t, "change", change())
		if err := change(); !errors.Is(err, iam.ErrPasswordChanged) {
			t.Errorf("a change of what has changed: %v", err)
		}
		p, err = s.FindLoginProfile(ctx, owner)
		must(t, "find", err)
		for last, want := range []error{nil, nil, iam.ErrPasswordReused, iam.ErrPasswordReused} {
			if err := s.Reused(ctx, p, "Passw0rd", last); !errors.Is(err, want) {
				t.Errorf("the last but one, of %d: %v", last, err)
			}
		}
		must(t, "delete", update(func(tx *store.Tx) error { return iam.DeleteLoginProfile(tx, owner) }))
		if err := update(func(tx *store.Tx) error { return iam.DeleteLoginProfile(tx, owner) }); !errors.Is(err, iam.ErrNoLoginProfile) {
			t.Errorf("delete again: %v", err)
		}
	})
}

// TestBusy: strangers do not wait behind many others.
func TestBusy(t *testing.T) {
	t.Parallel()
	s, _, _ := service(t)
	createAccount(t, s, "111122223333")
	release := iam.TakeTurns(s)
	var wg sync.WaitGroup
	busy := make(chan error, 40)
	for i := range 40 {
		wg.Go(func() {
			source := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
			_, _, err := s.CheckPassword(t.Context(), iam.Login{Account: "111122223333", User: "alice", Password: "x", Source: source})
			if err != nil {
				busy <- err
			}
		})
	}
	for range 40 - 16 { // those who wait are bounded
		if err := <-busy; !errors.Is(err, iam.ErrBusy) {
			t.Errorf("one too many: %v", err)
		}
	}
	release()
	wg.Wait()
	for range 16 {
		if err := <-busy; !errors.Is(err, iam.ErrWrongPassword) {
			t.Errorf("one who waited: %v", err)
		}
	}
}

func TestPasswordUses(t *testing.T) {
	t.Parallel()
	s, _, _ := service(t)
	createAccount(t, s, "111122223333")
	ctx, t0 := t.Context(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	alice, bob := iam.KeyOwner{Account: "111122223333", UserID: "AIDA1"}, iam.KeyOwner{Account: "111122223333", UserID: "AIDA2"}
	s.NotePasswordUse(alice, t0)
	must(t, "save", s.SaveUses(ctx))
	s.NotePasswordUse(alice, t0.Add(time.Hour))
	s.NotePasswordUse(bob, t0)
	uses, err := s.LastPasswordUses(ctx, "111122223333")
	if err != nil || len(uses) != 2 || !uses["AIDA1"].Equal(t0.Add(time.Hour)) || !uses["AIDA2"].Equal(t0) {
		t.Errorf("the uses are %v, %v", uses, err)
	}
	if at, ok, err := s.LastPasswordUse(ctx, "111122223333", "AIDA1"); err != nil || !ok || !at.Equal(t0.Add(time.Hour)) {
		t.Errorf("alice: %v, %v, %v", at, ok, err)
	}
}
