package iam_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// service is an iam.Service over a store of its own.
func service(t testing.TB) (*iam.Service, *seal.Sealer, seal.Provider) {
	t.Helper()
	p := seal.File(filepath.Join(t.TempDir(), "root.key"))
	sealer, err := seal.Create(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, store.Options{URL: storetest.SQLite(t), Sealer: sealer})
	return iam.New(db, new(clock.Clock), sealer), sealer, p
}

func createAccount(t testing.TB, s *iam.Service, id string) iam.AccessKey {
	t.Helper()
	k := iam.NewAccessKey()
	if err := s.CreateAccount(t.Context(), id, k); err != nil {
		t.Fatalf("create account %s: %v", id, err)
	}
	return k
}

func TestAccounts(t *testing.T) {
	s, _, _ := service(t)
	var want []string
	for i := range 1003 { // more than are read at once
		id := fmt.Sprintf("%012d", i*7)
		want = append(want, id)
		createAccount(t, s, id)
	}
	got, err := s.Accounts(t.Context())
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d accounts, error %v; want %d in order", len(got), err, len(want))
	}
	good := iam.NewAccessKey()
	for _, c := range []struct {
		name, account string
		key           iam.AccessKey
		want          error
	}{
		{"exists", "000000000007", good, iam.ErrAccountExists},
		{"short", "123", good, iam.ErrAccountID},
		{"letters", "12345678901x", good, iam.ErrAccountID},
		{"empty access key id", "999999999999", iam.AccessKey{Secret: good.Secret}, iam.ErrAccessKey},
		{"access key id with a slash", "999999999999", iam.AccessKey{ID: "AKIA/AAAAAAAAAAAAAAA", Secret: good.Secret}, iam.ErrAccessKey},
		{"short secret", "999999999999", iam.AccessKey{ID: good.ID, Secret: secret.FromString("fifteen-letters")}, iam.ErrAccessKey},
	} {
		if err := s.CreateAccount(t.Context(), c.account, c.key); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if got, _ := s.Accounts(t.Context()); len(got) != len(want) {
		t.Errorf("the refused calls left %d accounts", len(got)-len(want))
	}
}

func TestAccessKeys(t *testing.T) {
	s, _, _ := service(t)
	first := createAccount(t, s, "000000000000")
	createAccount(t, s, "111122223333")
	if first.ID == iam.NewAccessKey().ID || len(first.ID) != 20 || first.ID[:4] != "AKIA" || first.Secret.Len() != 40 {
		t.Errorf("access key id %s, secret of %d characters", first.ID, first.Secret.Len())
	}
	second := iam.NewAccessKey()
	for _, c := range []struct {
		name, account string
		key           iam.AccessKey
		want          bool
	}{
		{"a second one", "000000000000", second, true},
		{"the same again", "000000000000", second, true},
		{"a new secret", "000000000000", iam.AccessKey{ID: second.ID, Secret: first.Secret}, true},
		{"one of another account", "111122223333", second, false},
		{"of no account", "222233334444", iam.NewAccessKey(), false},
		{"with a short secret", "000000000000", iam.AccessKey{ID: second.ID, Secret: secret.FromString("short")}, false},
	} {
		if err := s.SetRootAccessKey(t.Context(), c.account, c.key); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, id := range []string{first.ID, second.ID} {
		c, err := s.Credential(t.Context(), id, "")
		if err != nil {
			t.Fatalf("credential %s: %v", id, err)
		}
		if owner := c.Owner.(*iam.Session); owner.Principal.Account != "000000000000" || owner.Principal.Type != "Root" || owner.Temporary() {
			t.Errorf("credential %s belongs to %+v", id, owner)
		}
	}
	wantReason(t, "an unknown access key", s, iam.AccessKey{ID: "AKIAAAAAAAAAAAAAAAAA"}, "", sigv4.UnknownKey)
}

// wantReason asks for a credential that there must not be.
func wantReason(t *testing.T, what string, s *iam.Service, k iam.AccessKey, token string, want sigv4.Reason) {
	t.Helper()
	var e *sigv4.Error
	if _, err := s.Credential(t.Context(), k.ID, token); !errors.As(err, &e) || e.Reason != want {
		t.Errorf("%s: %v, want reason %v", what, err, want)
	}
}

// newSession makes a session by an access key.
func newSession(t testing.TB, s *iam.Service, by iam.AccessKey) (k iam.AccessKey, token string) {
	t.Helper()
	parent, err := s.ParentOf(t.Context(), &iam.Caller{AccessKeyID: by.ID})
	if err != nil {
		t.Fatal(err)
	}
	root := iam.Principal{Type: iam.TypeRoot, ARN: "arn:aws:iam::000000000000:root", ID: "000000000000", Account: "000000000000"}
	now := time.Now()
	k, token, err = s.NewSession(iam.Session{Principal: root, Created: now, Expires: now.Add(time.Hour), Parent: parent}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return k, token
}

// TestSessionEndsWithItsAccessKey gives the access key that made a session a new secret,
// as one does after the old one leaked.
func TestSessionEndsWithItsAccessKey(t *testing.T) {
	s, _, _ := service(t)
	root := createAccount(t, s, "000000000000")
	k, token := newSession(t, s, root)
	c, err := s.Credential(t.Context(), k.ID, token)
	if err != nil {
		t.Fatal(err)
	}
	if owner := c.Owner.(*iam.Session); !owner.Temporary() || time.Until(owner.Expires) > time.Hour || owner.Principal.Account != "000000000000" {
		t.Errorf("the session belongs to %+v", owner)
	}
	set := func(secret iam.AccessKey) {
		t.Helper()
		if err := s.SetRootAccessKey(t.Context(), "000000000000", iam.AccessKey{ID: root.ID, Secret: secret.Secret}); err != nil {
			t.Fatal(err)
		}
	}
	set(root) // the same secret, as at each start of a server
	if _, err := s.Credential(t.Context(), k.ID, token); err != nil {
		t.Errorf("after the same secret was set: %v", err)
	}
	set(iam.NewAccessKey())
	wantReason(t, "after another secret was set", s, k, token, sigv4.BadSessionToken)
	set(root)
	wantReason(t, "after the old secret was set again", s, k, token, sigv4.BadSessionToken)
}

// TestOneTextForAToken: the texts that a lenient decoder takes for the same token are none.
func TestOneTextForAToken(t *testing.T) {
	s, _, _ := service(t)
	k, token := newSession(t, s, createAccount(t, s, "000000000000"))
	for what, text := range map[string]string{
		"a line end behind it": token + "\n",
		"line ends within it":  token[:8] + "\r\n\r\n" + token[8:],
	} {
		wantReason(t, what, s, k, text, sigv4.BadSessionToken)
	}
	if _, err := s.Credential(t.Context(), k.ID, token); err != nil {
		t.Errorf("the token as it is: %v", err)
	}
}

// TestSessionEndsWithItsRootKey retires the root key under which a token was sealed.
func TestSessionEndsWithItsRootKey(t *testing.T) {
	s, sealer, p := service(t)
	root := createAccount(t, s, "000000000000")
	k, token := newSession(t, s, root)
	old := sealer.Active()
	number, err := sealer.AddKey(t.Context())
	if err == nil {
		err = sealer.Activate(t.Context(), number)
	}
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.Open(t.Context(), p) // a server that has not seen the token yet
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.New(t)
	fresh := iam.New(db, new(clock.Clock), other)
	if err := fresh.CreateAccount(t.Context(), "000000000000", root); err != nil {
		t.Fatal(err)
	}
	if err := other.Retire(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	wantReason(t, "after the root key was retired", fresh, k, token, sigv4.BadSessionToken)
	again, second := newSession(t, fresh, root)
	if _, err := fresh.Credential(t.Context(), again.ID, second); err != nil {
		t.Errorf("a session under the new root key: %v", err)
	}
}
