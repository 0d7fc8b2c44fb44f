package hsm_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/secret"
)

// newToken returns a token of a module of its own with one key, "k1".
func newToken(t testing.TB) (*hsm.Module, *hsm.Token) {
	t.Helper()
	m := hsmtest.Module(t, hsmtest.SoftHSM(t))
	token := hsmtest.Token(t, m, "one")
	if err := token.GenerateAES(context.Background(), "k1", "the first key"); err != nil {
		t.Fatalf("generate: %v", err)
	}
	return m, token
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	_, token := newToken(t)
	ctx := context.Background()
	for _, size := range []int{0, 1, 32, 4096, 4300} {
		plaintext := bytes.Repeat([]byte{7}, size)
		aad := bytes.Repeat([]byte{9}, 2*size)
		for _, ref := range []hsm.KeyRef{{ID: "k1"}, {Label: "the first key"}, {ID: "k1", Label: "the first key"}} {
			s, err := token.Encrypt(ctx, ref, aad, plaintext)
			if err != nil {
				t.Fatalf("encrypt %d bytes with %v: %v", size, ref, err)
			}
			if len(s.IV) != 12 || len(s.Tag) != 16 || len(s.Ciphertext) != size {
				t.Errorf("sealed %d bytes: %d of IV, %d of tag, %d of ciphertext", size, len(s.IV), len(s.Tag), len(s.Ciphertext))
			}
			got, err := token.Decrypt(ctx, ref, s, aad)
			if err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("decrypt %d bytes with %v: %x, %v", size, ref, got, err)
			}
		}
	}
}

func TestDoesNotOpen(t *testing.T) {
	t.Parallel()
	_, token := newToken(t)
	ctx := context.Background()
	if err := token.GenerateAES(ctx, "k2", "another"); err != nil {
		t.Fatal(err)
	}
	k := hsm.KeyRef{ID: "k1"}
	good, err := token.Encrypt(ctx, k, []byte("aad"), []byte("plaintext"))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[0] ^= 1
		return b
	}
	for name, c := range map[string]struct {
		key hsm.KeyRef
		s   hsm.Sealed
		aad string
	}{
		"another AAD":        {k, good, "other"},
		"no AAD":             {k, good, ""},
		"another key":        {hsm.KeyRef{ID: "k2"}, good, "aad"},
		"another tag":        {k, hsm.Sealed{IV: good.IV, Ciphertext: good.Ciphertext, Tag: flip(good.Tag)}, "aad"},
		"another IV":         {k, hsm.Sealed{IV: flip(good.IV), Ciphertext: good.Ciphertext, Tag: good.Tag}, "aad"},
		"another ciphertext": {k, hsm.Sealed{IV: good.IV, Ciphertext: flip(good.Ciphertext), Tag: good.Tag}, "aad"},
		"a shorter one":      {k, hsm.Sealed{IV: good.IV, Ciphertext: good.Ciphertext[1:], Tag: good.Tag}, "aad"},
		"an empty one":       {k, hsm.Sealed{IV: good.IV, Tag: good.Tag}, "aad"},
		"a short tag":        {k, hsm.Sealed{IV: good.IV, Ciphertext: good.Ciphertext, Tag: good.Tag[:12]}, "aad"},
		"no tag":             {k, hsm.Sealed{IV: good.IV, Ciphertext: good.Ciphertext}, "aad"},
		"no IV":              {k, hsm.Sealed{Ciphertext: good.Ciphertext, Tag: good.Tag}, "aad"},
		"a longer IV":        {k, hsm.Sealed{IV: append(bytes.Clone(good.IV), 0, 0, 0, 0), Ciphertext: good.Ciphertext, Tag: good.Tag}, "aad"},
		"nothing at all":     {k, hsm.Sealed{}, "aad"},
		"a huge IV":          {k, hsm.Sealed{IV: make([]byte, 1000), Ciphertext: good.Ciphertext, Tag: good.Tag}, "aad"},
	} {
		if got, err := token.Decrypt(ctx, c.key, c.s, []byte(c.aad)); !errors.Is(err, hsm.ErrDecrypt) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := token.Decrypt(ctx, k, good, []byte("aad")); err != nil || string(got) != "plaintext" {
		t.Errorf("the good one afterwards: %q, %v", got, err)
	}
	if _, err := token.Decrypt(ctx, hsm.KeyRef{ID: "k3"}, good, []byte("aad")); !errors.Is(err, hsm.ErrNoKey) {
		t.Errorf("with no key: %v", err)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	_, token := newToken(t)
	ctx := context.Background()
	keys, err := token.Keys(ctx, hsm.Filter{ID: "k1"})
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys: %v, %v", keys, err)
	}
	want := hsm.Key{
		ID: []byte("k1"), Label: "the first key", Bits: 256, AES: true,
		Encrypt: true, Decrypt: true, Wrap: true, Unwrap: true,
		Sensitive: true, AlwaysSensitive: true, NeverExtractable: true, Local: true, Private: true,
	}
	if !equalKeys(keys[0], want) {
		t.Errorf("the key is %+v, want %+v", keys[0], want)
	}
	if err := token.GenerateAES(ctx, "k1", "again"); !errors.Is(err, hsm.ErrKeyExists) {
		t.Errorf("the same id again: %v", err)
	}
	if err := token.Destroy(ctx, "k1"); err != nil {
		t.Errorf("destroy: %v", err)
	}
	if err := token.Destroy(ctx, "k1"); !errors.Is(err, hsm.ErrNoKey) {
		t.Errorf("destroy again: %v", err)
	}
	if _, err := token.Encrypt(ctx, hsm.KeyRef{ID: "k1"}, nil, []byte("x")); !errors.Is(err, hsm.ErrNoKey) {
		t.Errorf("use of a destroyed key: %v", err)
	}
}

func equalKeys(a, b hsm.Key) bool {
	same := bytes.Equal(a.ID, b.ID)
	a.ID, b.ID = nil, nil
	return same && strings.Compare(a.Label, b.Label) == 0 && a.Bits == b.Bits && a.AES == b.AES &&
		a.Encrypt == b.Encrypt && a.Decrypt == b.Decrypt && a.Sign == b.Sign && a.Verify == b.Verify &&
		a.Wrap == b.Wrap && a.Unwrap == b.Unwrap && a.Derive == b.Derive &&
		a.Sensitive == b.Sensitive && a.AlwaysSensitive == b.AlwaysSensitive &&
		a.Extractable == b.Extractable && a.NeverExtractable == b.NeverExtractable && a.Local == b.Local && a.Private == b.Private
}

func TestLogin(t *testing.T) {
	t.Parallel()
	_, token := newToken(t)
	ctx := context.Background()
	k := hsm.KeyRef{ID: "k1"}
	if err := token.Login(ctx, hsm.CryptoUser, secret.FromString("wrong-pin")); code(err) != "CKR_PIN_INCORRECT" {
		t.Errorf("a wrong PIN while logged in: %v", err)
	}
	if _, err := token.Encrypt(ctx, k, nil, []byte("x")); err != nil {
		t.Errorf("the login before still counts: %v", err)
	}
	if err := token.Logout(ctx); err != nil {
		t.Errorf("log out: %v", err)
	}
	if err := token.Logout(ctx); err != nil {
		t.Errorf("log out twice: %v", err)
	}
	if _, err := token.Encrypt(ctx, k, nil, []byte("x")); err == nil {
		t.Error("a private key can be used without a login")
	}
	if err := token.Login(ctx, hsm.Officer, secret.FromString(hsmtest.OfficerPIN)); err != nil {
		t.Errorf("the officer: %v", err)
	}
	if err := token.Login(ctx, hsm.CryptoUser, secret.FromString(hsmtest.UserPIN)); err != nil {
		t.Errorf("the user after the officer: %v", err)
	}
	if err := token.SetPIN(ctx, secret.FromString(hsmtest.UserPIN), secret.FromString("another-pin")); err != nil {
		t.Errorf("change the PIN: %v", err)
	}
	if err := token.Login(ctx, hsm.CryptoUser, secret.FromString(hsmtest.UserPIN)); code(err) != "CKR_PIN_INCORRECT" {
		t.Errorf("the old PIN: %v", err)
	}
	if err := token.Login(ctx, hsm.CryptoUser, secret.FromString("another-pin")); err != nil {
		t.Errorf("the new PIN: %v", err)
	}
	if err := token.SetPIN(ctx, secret.FromString("nonsense"), secret.FromString("x-another")); code(err) != "CKR_PIN_INCORRECT" {
		t.Errorf("change from a wrong PIN: %v", err)
	}
}

// code is the name of the module's return value.
func code(err error) string {
	if e, ok := errors.AsType[*hsm.Error](err); ok {
		return e.Name()
	}
	return ""
}
