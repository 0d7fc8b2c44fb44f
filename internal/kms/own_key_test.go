package kms_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// frails runs a test on a service of its own, once on each engine.
func frails(t *testing.T, test func(t *testing.T, f *frail)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) { test(t, newFrail(t, fresh(t))) })
}

func TestSealer(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		a, b := f.SealerFor("messages"), f.SealerFor("others")
		ec := map[string]string{"account": "000000000000"}
		sealed, err := a.Seal(t.Context(), []byte("text"), ec)
		must(t, "Seal", err)
		if got, err := f.SealerFor("messages").Open(t.Context(), sealed, ec); err != nil || string(got) != "text" {
			t.Errorf("Open: %q, %v", got, err)
		}
		other, err := b.Seal(t.Context(), []byte("text"), ec)
		must(t, "Seal for another purpose", err)
		for name, open := range map[string]func() ([]byte, error){
			"another purpose":         func() ([]byte, error) { return a.Open(t.Context(), other, ec) },
			"a purpose without a key": func() ([]byte, error) { return f.SealerFor("none").Open(t.Context(), sealed, ec) },
			"another context": func() ([]byte, error) {
				return a.Open(t.Context(), sealed, map[string]string{"account": "111122223333"})
			},
			"no context": func() ([]byte, error) { return a.Open(t.Context(), sealed, nil) },
			"altered": func() ([]byte, error) {
				return a.Open(t.Context(), append(sealed[:len(sealed)-1:len(sealed)-1], sealed[len(sealed)-1]^1), ec)
			},
			"cut off": func() ([]byte, error) { return a.Open(t.Context(), sealed[:20], ec) },
			"nothing": func() ([]byte, error) { return a.Open(t.Context(), nil, ec) },
		} {
			if got, err := open(); !errors.Is(err, keystore.ErrCiphertext) {
				t.Errorf("%s: %q, %v, want ErrCiphertext", name, got, err)
			}
		}
	})
}

// TestSealerOnce has many calls at once need the same key.
func TestSealerOnce(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		sealed := make([][]byte, 20)
		var wg sync.WaitGroup
		for i := range sealed {
			wg.Go(func() {
				var err error
				if sealed[i], err = f.SealerFor("messages").Seal(t.Context(), []byte("text"), nil); err != nil {
					t.Errorf("Seal: %v", err)
				}
			})
		}
		wg.Wait()
		keys := map[string]bool{}
		for _, s := range sealed {
			keys[keyOf(t, s).String()] = true
		}
		if len(keys) != 1 {
			t.Errorf("they were sealed under %d keys", len(keys))
		}
	})
}

func keyOf(t testing.TB, sealed []byte) material.KeyID {
	t.Helper()
	b, err := material.ParseBlob(sealed)
	must(t, "ParseBlob", err)
	return b.Key()
}

// TestOwnKeysAreHidden: no name, and no ciphertext, leads anybody to a key of the service's
// own: not the root user, and not a service principal, who has no account either.
func TestOwnKeysAreHidden(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		sealed, err := f.SealerFor("messages").Seal(t.Context(), []byte("text"), nil)
		must(t, "Seal", err)
		id := keyOf(t, sealed).String()
		names := []string{id}
		for _, account := range []string{"000000000000", "keystead", "nobody", "", "messages"} {
			for _, region := range []string{"us-east-1", "keystead"} {
				names = append(names, "arn:aws:kms:"+region+":"+account+":key/"+id, "arn:aws:kms:"+region+":"+account+":alias/"+id)
			}
		}
		service := f.caller()
		service.Principal = iam.Principal{Type: iam.TypeService, ARN: "s3.amazonaws.com", ID: "s3.amazonaws.com", Name: "s3.amazonaws.com"}
		there := f.caller() // as if a Region could be called so
		there.Region = "keystead"
		for _, c := range []*iam.Caller{f.caller(), service, there} {
			for _, name := range names {
				for what, try := range map[string]func() error{
					"DescribeKey": func() error { _, err := f.DescribeKey(t.Context(), c, &kms.DescribeKeyInput{KeyId: &name}); return err },
					"GetKeyPolicy": func() error {
						_, err := f.GetKeyPolicy(t.Context(), c, &kms.GetKeyPolicyInput{KeyId: &name})
						return err
					},
					"DisableKey": func() error { _, err := f.DisableKey(t.Context(), c, &kms.DisableKeyInput{KeyId: &name}); return err },
					"Encrypt": func() error {
						_, err := f.Encrypt(t.Context(), c, &kms.EncryptInput{KeyId: &name, Plaintext: []byte("x")})
						return err
					},
					"Decrypt": func() error {
						_, err := f.Decrypt(t.Context(), c, &kms.DecryptInput{KeyId: &name, CiphertextBlob: sealed})
						return err
					},
				} {
					if err := try(); err == nil || outcome(err)[:2] == "no" {
						t.Errorf("%s of %s by %s in %s: %v", what, name, c.Principal.ARN, c.Region, err)
					}
				}
			}
			if out, err := f.Decrypt(t.Context(), c, &kms.DecryptInput{CiphertextBlob: sealed}); err == nil {
				t.Errorf("Decrypt by %s: %q", c.Principal.ARN, out.Plaintext)
			}
			if out, err := f.ReEncrypt(t.Context(), c, &kms.ReEncryptInput{CiphertextBlob: sealed, DestinationKeyId: new("alias/x")}); err == nil {
				t.Errorf("ReEncrypt by %s: %q", c.Principal.ARN, out.CiphertextBlob)
			}
		}
		if out, err := f.ListKeys(t.Context(), f.caller(), &kms.ListKeysInput{}); err != nil || len(out.Keys) != 0 {
			t.Errorf("ListKeys shows %+v, %v", out, err)
		}
	})
}

// TestOwnKeyRotation: what was sealed years ago opens; none of it is in the journal, which
// is the accounts'.
func TestOwnKeyRotation(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		var sealed [][]byte
		var materials []material.ShortID
		for range 4 {
			s, err := f.SealerFor("messages").Seal(t.Context(), []byte("text"), nil)
			must(t, "Seal", err)
			b, err := material.ParseBlob(s)
			must(t, "ParseBlob", err)
			sealed, materials = append(sealed, s), append(materials, b.Material())
			f.clock.Advance(366 * day)
			if n, err := f.RotateDueKeys(t.Context()); n != 1 || err != nil {
				t.Errorf("RotateDueKeys: %d, %v", n, err)
			}
			if n, err := f.RotateDueKeys(t.Context()); n != 0 || err != nil {
				t.Errorf("RotateDueKeys again: %d, %v", n, err)
			}
		}
		for i, s := range sealed {
			if got, err := f.SealerFor("messages").Open(t.Context(), s, nil); err != nil || string(got) != "text" {
				t.Errorf("the seal of year %d: %q, %v", i, got, err)
			}
		}
		slices.SortFunc(materials, func(a, b material.ShortID) int { return bytes.Compare(a[:], b[:]) })
		if len(slices.Compact(materials)) != 4 {
			t.Errorf("the materials were %s", materials)
		}
		if len(f.journal.events) != 0 {
			t.Errorf("there are %d events", len(f.journal.events))
		}
	})
}

// brittle is a key store that can fail to keep key material.
type brittle struct {
	keystore.Vault
	before, after error
}

// Keep implements keystore.Vault.
func (s *brittle) Keep(ctx context.Context, tx *store.Tx, ref keystore.Ref, k material.Key) (material.ID, error) {
	if s.before != nil {
		return material.ID{}, s.before
	}
	id, err := s.Vault.Keep(ctx, tx, ref, k)
	if s.after != nil {
		return material.ID{}, s.after
	}
	return id, err
}

// TestRotationInterrupted stops a rotation at each step. The key is as it was then, and the
// next run rotates it; what was encrypted at any time opens.
func TestRotationInterrupted(t *testing.T) {
	frails(t, func(t *testing.T, f *frail) {
		store := &brittle{Vault: f.store.Vault}
		f.store.Vault = store
		describe := func() string {
			out, err := f.DescribeKey(t.Context(), f.caller(), &kms.DescribeKeyInput{KeyId: new("alias/aws/s3")})
			must(t, "DescribeKey", err)
			return *out.KeyMetadata.CurrentKeyMaterialId
		}
		before := describe()
		f.clock.Advance(366 * day)
		for name, spoil := range map[string]func(){
			"before the material is kept":    func() { store.before = errStop },
			"after the material was kept":    func() { store.after = errStop },
			"when the event can't be stored": func() { f.journal.err = errStop },
		} {
			spoil()
			if n, err := f.RotateDueKeys(t.Context()); n != 0 || !errors.Is(err, errStop) {
				t.Errorf("%s: %d keys, %v", name, n, err)
			}
			if now := describe(); now != before {
				t.Errorf("%s: the key has the material %s, want %s", name, now, before)
			}
			store.before, store.after = nil, nil
			f.mend()
		}
		if n, err := f.RotateDueKeys(t.Context()); n != 1 || err != nil {
			t.Errorf("RotateDueKeys: %d, %v", n, err)
		}
		if now := describe(); now == before {
			t.Error("the key was not rotated")
		}
		if len(f.journal.events) != 1 || f.journal.events[0].Name != "RotateKey" {
			t.Errorf("the events are %+v", names(f.journal.events))
		}
	})
}

func names(events []*cloudtrail.Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, e.Name)
	}
	return list
}
