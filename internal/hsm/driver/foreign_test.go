//go:build cgo

package driver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
)

// TestForeignObjects has another program, this one, make objects at the token that package
// hsm does not make.
func TestForeignObjects(t *testing.T) {
	ctx := context.Background()
	c := hsmtest.SoftHSM(t)
	token := hsmtest.Token(t, hsmtest.Module(t, c), "foreign")
	must(t, token.GenerateAES(ctx, "k", "ours"))
	bare := openBare(t, c)
	bare.key256(t, "encrypts", true, false)
	bare.key256(t, "decrypts", false, true)
	bare.key256(t, "idle", false, false)
	bare.generate(t, pkcs11.CKM_GENERIC_SECRET_KEY_GEN,
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_GENERIC_SECRET), pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, 20),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, true), pkcs11.NewAttribute(pkcs11.CKA_ID, "mac"))
	_, err := bare.p.CreateObject(bare.sessions[0], []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_DATA), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, "ours"), pkcs11.NewAttribute(pkcs11.CKA_VALUE, "data"),
	})
	must(t, err)

	keys, err := token.Keys(ctx, hsm.Filter{})
	must(t, err)
	seen := map[string]hsm.Key{}
	for _, k := range keys {
		seen[string(k.ID)] = k
	}
	if len(keys) != 5 || !seen["k"].AES || !seen["encrypts"].Encrypt || seen["encrypts"].Decrypt || seen["mac"].AES || !seen["mac"].Sign || !seen["decrypts"].Decrypt {
		t.Errorf("keys: %+v", keys)
	}

	plaintext := []byte("plaintext")
	if _, err := token.Encrypt(ctx, hsm.KeyRef{Label: "ours"}, nil, plaintext); err != nil {
		t.Errorf("a key with the label of a data object: %v", err)
	}
	if _, err := token.Encrypt(ctx, hsm.KeyRef{ID: "mac"}, nil, plaintext); !errors.Is(err, hsm.ErrNoKey) {
		t.Errorf("a key that is no AES key: %v", err)
	}
	notPermitted := &hsm.Error{Code: pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED}
	s, err := token.Encrypt(ctx, hsm.KeyRef{ID: "encrypts"}, nil, plaintext)
	must(t, err)
	for _, id := range []string{"encrypts", "idle"} {
		if _, err := token.Decrypt(ctx, hsm.KeyRef{ID: id}, s, nil); !errors.Is(err, notPermitted) {
			t.Errorf("decrypt with %q: %v", id, err)
		}
	}
	for _, id := range []string{"decrypts", "idle"} {
		if _, err := token.Encrypt(ctx, hsm.KeyRef{ID: id}, nil, plaintext); !errors.Is(err, notPermitted) {
			t.Errorf("encrypt with %q: %v", id, err)
		}
	}
	// The key can't show that it still opens what it seals; the token shows that it works.
	if _, err := token.Decrypt(ctx, hsm.KeyRef{ID: "decrypts"}, s, nil); !errors.Is(err, hsm.ErrDecrypt) {
		t.Errorf("what a key that only decrypts did not make: %v", err)
	}
	must(t, token.Destroy(ctx, "encrypts"))
	if _, err := token.Encrypt(ctx, hsm.KeyRef{ID: "encrypts"}, nil, plaintext); !errors.Is(err, hsm.ErrNoKey) {
		t.Errorf("a destroyed key: %v", err)
	}
}

// TestDestroyedByOthers has another program destroy a key whose handle the driver knows.
func TestDestroyedByOthers(t *testing.T) {
	ctx := context.Background()
	c := hsmtest.SoftHSM(t)
	token := hsmtest.Token(t, hsmtest.Module(t, c), "shared")
	must(t, token.GenerateAES(ctx, "k", "ours"))
	s, err := token.Encrypt(ctx, hsm.KeyRef{ID: "k"}, nil, []byte("x"))
	must(t, err)
	bare := openBare(t, c)
	must(t, bare.p.DestroyObject(bare.sessions[0], bare.key))
	if _, err := token.Decrypt(ctx, hsm.KeyRef{ID: "k"}, s, nil); !errors.Is(err, hsm.ErrNoKey) {
		t.Errorf("a key that is gone: %v", err)
	}
	must(t, token.GenerateAES(ctx, "k", "another"))
	if _, err := token.Decrypt(ctx, hsm.KeyRef{ID: "k"}, s, nil); !errors.Is(err, hsm.ErrDecrypt) {
		t.Errorf("another key of the same id: %v", err)
	}
}

func (t *bareToken) key256(tb testing.TB, id string, encrypt, decrypt bool) {
	tb.Helper()
	t.generate(tb, pkcs11.CKM_AES_KEY_GEN,
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES), pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, 32),
		pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, encrypt), pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, decrypt),
		pkcs11.NewAttribute(pkcs11.CKA_ID, id))
}

func (t *bareToken) generate(tb testing.TB, mechanism uint, template ...*pkcs11.Attribute) {
	tb.Helper()
	_, err := t.p.GenerateKey(t.sessions[0], []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, append(template,
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true)))
	must(tb, err)
}
