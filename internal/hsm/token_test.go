package hsm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	if diff := cmp.Diff(want, keys[0]); diff != "" {
		t.Errorf("the key (-want +got):\n%s", diff)
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
	if _, err := token.Encrypt(ctx, k, nil, []byte("x")); code(err) != "CKR_USER_NOT_LOGGED_IN" {
		t.Errorf("a private key without a login: %v", err)
	}
	if _, err := token.Keys(ctx, hsm.Filter{}); code(err) != "CKR_USER_NOT_LOGGED_IN" {
		t.Errorf("keys without a login: %v", err)
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

func TestSeveralTokens(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	m := hsmtest.Module(t, hsmtest.SoftHSM(t))
	one, two := hsmtest.Token(t, m, "one"), hsmtest.Token(t, m, "two")
	for i, token := range []*hsm.Token{one, two} {
		if err := token.GenerateAES(ctx, "k1", fmt.Sprint("of token ", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := one.Encrypt(ctx, k1, nil, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Decrypt(ctx, k1, s, nil); !errors.Is(err, hsm.ErrDecrypt) {
		t.Errorf("the key of the other token: %v", err)
	}
	info, err := two.Info(ctx)
	if err != nil || info.Label != "two" || !info.Initialized || !info.UserPINSet || info.Serial == "" {
		t.Errorf("info: %+v, %v", info, err)
	}
	for name, c := range map[string]struct {
		s    hsm.Selector
		want error
	}{
		"label":            {hsm.Selector{Label: "two"}, nil},
		"serial":           {hsm.Selector{Serial: info.Serial}, nil},
		"slot":             {hsm.Selector{Slot: &info.Slot}, nil},
		"all":              {hsm.Selector{Label: "two", Serial: info.Serial, Slot: &info.Slot}, nil},
		"none of two":      {hsm.Selector{}, hsm.ErrNoToken},
		"unknown label":    {hsm.Selector{Label: "three"}, hsm.ErrNoToken},
		"another's serial": {hsm.Selector{Label: "one", Serial: info.Serial}, hsm.ErrNoToken},
	} {
		got, err := m.Token(c.s).Info(ctx)
		if !errors.Is(err, c.want) || err == nil && got.Label != "two" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	tokens, err := m.Tokens(ctx)
	if err != nil || len(tokens) != 3 { // and the free slot
		t.Errorf("tokens: %+v, %v", tokens, err)
	}
	pin := secret.FromString("a-pin-of-8")
	for name, err := range map[string]error{
		"a label that is taken": m.Token(hsm.Selector{}).Initialize(ctx, pin, "two"),
		"a slot that is taken":  m.Token(hsm.Selector{Slot: &info.Slot}).Initialize(ctx, pin, "three"),
		"no label":              m.Token(hsm.Selector{}).Initialize(ctx, pin, ""),
		"a long label":          m.Token(hsm.Selector{}).Initialize(ctx, pin, strings.Repeat("x", 33)),
	} {
		if !errors.Is(err, hsm.ErrRefused) {
			t.Errorf("initialize %s: %v", name, err)
		}
	}
	// A restart of the driver gives slots other numbers; nobody who uses labels sees it.
	if err := syscall.Kill(m.Stats().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got, err := one.Decrypt(ctx, k1, s, nil); err != nil || string(got) != "x" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
}

func TestManyKeys(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, token := newToken(t)
	long := strings.Repeat("label", 2000)
	for i := range 15 {
		if err := token.GenerateAES(ctx, fmt.Sprint("long ", i), long); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := token.Keys(ctx, hsm.Filter{Label: long})
	if err != nil || len(keys) != 15 || keys[14].Label != long {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if keys, err := token.Keys(ctx, hsm.Filter{}); err != nil || len(keys) != 16 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

func TestRandom(t *testing.T) {
	t.Parallel()
	_, token := newToken(t)
	ctx := context.Background()
	for _, n := range []int{0, 1, 1024, 32 << 10} {
		a, err := token.Random(ctx, n)
		b, err2 := token.Random(ctx, n)
		if err != nil || err2 != nil || len(a) != n || n > 100 && bytes.Equal(a, b) {
			t.Errorf("%d bytes: %d, %v, %v", n, len(a), err, err2)
		}
	}
	for _, n := range []int{-1, 1 << 20} {
		if _, err := token.Random(ctx, n); !errors.Is(err, hsm.ErrRefused) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := token.Encrypt(ctx, k1, nil, make([]byte, 1<<17)); !errors.Is(err, hsm.ErrRefused) {
		t.Errorf("a plaintext that fits no frame: %v", err)
	}
}
