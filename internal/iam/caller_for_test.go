package iam_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const (
	mine   = "111122223333"
	theirs = "444455556666"

	allowEncrypt = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}}`
	trustNobody  = `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}`
)

// populated is a Service with two accounts; the first has a user and a role that may encrypt.
func populated(t *testing.T) *iam.Service {
	t.Helper()
	sealer, err := seal.Create(t.Context(), seal.File(filepath.Join(t.TempDir(), "root.key")))
	if err != nil {
		t.Fatal(err)
	}
	return populatedOver(t, storetest.Open(t, store.Options{URL: storetest.SQLite(t), Sealer: sealer}), sealer)
}

func populatedOver(t testing.TB, db *store.DB, sealer *seal.Sealer) *iam.Service {
	t.Helper()
	s := iam.New(db, new(clock.Clock), sealer)
	createAccount(t, s, mine)
	createAccount(t, s, theirs)
	inline := []iam.InlinePolicy{{Name: "encrypt", Document: allowEncrypt}}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		u := &iam.User{Holder: iam.Holder{Name: "Alice", Path: "/a/", ID: "AIDAAAAAAAAAAAAAAAAAA", Inline: inline}}
		r := &iam.Role{Holder: iam.Holder{Name: "Clerk", Path: "/a/", ID: "AROAAAAAAAAAAAAAAAAAA", Inline: inline}, Trust: trustNobody}
		return errors.Join(iam.Users.Insert(tx, mine, "Alice", u), iam.Roles.Insert(tx, mine, "Clerk", r))
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCallerFor(t *testing.T) {
	t.Parallel()
	s := populated(t)
	for _, c := range []struct{ name, principal, arn, id, decision string }{
		{"an account by its number", mine, "arn:aws:iam::111122223333:root", mine, "allowed to the root user"},
		{"a root user", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", mine, "allowed to the root user"},
		{"a root user of another account", theirs, "arn:aws:iam::444455556666:root", theirs, "denied because no resource-based policy allows it"},
		{"a user", "arn:aws:iam::111122223333:user/a/Alice", "arn:aws:iam::111122223333:user/a/Alice", "AIDAAAAAAAAAAAAAAAAAA", "allowed by statement 1 of inline policy encrypt of user Alice"},
		{"a role", "arn:aws:iam::111122223333:role/a/Clerk", "arn:aws:sts::111122223333:assumed-role/Clerk/any-session", "AROAAAAAAAAAAAAAAAAAA:any-session", "allowed by statement 1 of inline policy encrypt of role Clerk"},
		{"a session", "arn:aws:sts::111122223333:assumed-role/Clerk/x", "arn:aws:sts::111122223333:assumed-role/Clerk/x", "AROAAAAAAAAAAAAAAAAAA:x", "allowed by statement 1 of inline policy encrypt of role Clerk"},
		{"a service", "s3.amazonaws.com", "s3.amazonaws.com", "s3.amazonaws.com", "denied because no resource-based policy allows it"},
	} {
		caller, err := s.CallerFor(t.Context(), c.principal)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p := caller.Principal; p.ARN != c.arn || p.ID != c.id {
			t.Errorf("%s is %s with the id %s, want %s, %s", c.name, p.ARN, p.ID, c.arn, c.id)
		}
		result, err := caller.Decide(&iam.Access{Action: "kms:Encrypt", ARN: "*", Account: mine})
		if err != nil || result.String() != c.decision {
			t.Errorf("%s: %s, %v; want %s", c.name, result.String(), err, c.decision)
		}
	}
}

func TestCallerForNobody(t *testing.T) {
	t.Parallel()
	s := populated(t)
	for _, name := range []string{
		"", "*", "alice", "arn:aws:iam::111122223333:user/Alice", "arn:aws:iam::111122223333:user/a/alice",
		"arn:aws:iam::111122223333:role/a/Alice", "arn:aws:iam::444455556666:user/a/Alice", "arn:aws:iam::999999999999:root",
		"999999999999", "arn:aws:sts::111122223333:assumed-role/Clerk", "arn:aws:sts::111122223333:assumed-role/None/x",
		"arn:aws:iam::111122223333:group/x", "amazonaws.com", "s3.example.com",
	} {
		if c, err := s.CallerFor(t.Context(), name); !errors.Is(err, iam.ErrNoEntity) {
			t.Errorf("%q: %+v, %v", name, c, err)
		}
	}
}
