package iam_test

import (
	"testing"
	"time"

	"github.com/keystead/keystead/internal/iam"
)

// TestKeyUses: the last use stays the last, whoever saves it when.
func TestKeyUses(t *testing.T) {
	s, _, _ := service(t)
	k, ctx := createAccount(t, s, "000000000000"), t.Context()
	t0 := time.Date(2026, 1, 2, 3, 4, 5, 6e8, time.UTC)
	want := func(when string, seconds int, service string) {
		t.Helper()
		use, ok, err := s.LastUse(ctx, k.ID)
		if at := t0.Truncate(time.Second).Add(time.Duration(seconds) * time.Second); err != nil || !ok || !use.Time.Equal(at) || use.Service != service {
			t.Errorf("%s: %+v, %v, %v; want %v %s", when, use, ok, err, at, service)
		}
	}
	note := func(seconds int, service string) {
		s.NoteUse(k.ID, service, "us-east-1", t0.Add(time.Duration(seconds)*time.Second))
	}
	save := func() {
		t.Helper()
		if err := s.SaveUses(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, err := s.LastUse(ctx, k.ID); ok || err != nil {
		t.Errorf("before the first use: %v, %v", ok, err)
	}
	note(0, "kms")
	want("unsaved", 0, "kms")
	note(10, "iam")
	note(5, "sts") // by a request that took longer
	want("out of order", 10, "iam")
	save()
	want("saved", 10, "iam")
	note(7, "sts") // as another node may save it
	want("an older one unsaved", 10, "iam")
	save()
	want("an older one saved", 10, "iam")
	note(20, "kms")
	save()
	save()
	want("saved again", 20, "kms")

	note(20, "sts")
	save()
	want("in the same second", 20, "sts")
	s.NoteUse("AKIAAAAAAAAAAAAAAAAA", "kms", "us-east-1", t0) // gone meanwhile
	note(30, "kms")
	save()
	if _, ok, err := s.LastUse(ctx, "AKIAAAAAAAAAAAAAAAAA"); ok || err != nil {
		t.Errorf("an access key that there is not: %v, %v", ok, err)
	}
	if err := s.DeleteAccessKey(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.LastUse(ctx, k.ID); ok || err != nil {
		t.Errorf("a deleted access key: %v, %v", ok, err)
	}
}

// TestManyKeyUses saves more than one transaction writes.
func TestManyKeyUses(t *testing.T) {
	s, _, _ := service(t)
	createAccount(t, s, "000000000000")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var keys []iam.AccessKey
	for range 250 {
		k := iam.NewAccessKey()
		if err := s.SetRootAccessKey(t.Context(), "000000000000", k); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
		s.NoteUse(k.ID, "kms", "us-east-1", now)
	}
	if err := s.SaveUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if use, ok, err := s.LastUse(t.Context(), k.ID); !ok || err != nil || !use.Time.Equal(now) {
			t.Fatalf("%s: %+v, %v, %v", k.ID, use, ok, err)
		}
	}
}

// TestLastUseWhileSaving: a use is never out of sight, not while it is on its way to the
// database.
func TestLastUseWhileSaving(t *testing.T) {
	s, _, _ := service(t)
	k := createAccount(t, s, "000000000000")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for range 50 {
		now = now.Add(time.Second)
		s.NoteUse(k.ID, "kms", "us-east-1", now)
		saved := make(chan error)
		go func() { saved <- s.SaveUses(t.Context()) }()
		for done := false; !done; {
			select {
			case err := <-saved:
				if done = true; err != nil {
					t.Fatal(err)
				}
			default:
			}
			if use, _, err := s.LastUse(t.Context(), k.ID); err != nil || !use.Time.Equal(now) {
				t.Fatalf("the last use is %v, %v; want %v", use.Time, err, now)
			}
		}
	}
}
