package iam_test

import (
	"bytes"
	"compress/flate"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/keystore/software"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestSessionKeyID: the account of a session's access key is where AWS's tools look for it.
func TestSessionKeyID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, account := range []string{"000000000000", "111122223333", "999999999999"} {
		for range 100 {
			id, err := iam.SessionKeyID(account)
			if err != nil || len(id) != 20 || id[:4] != "ASIA" || seen[id] {
				t.Fatalf("the id of a session of %s is %q, %v", account, id, err)
			}
			seen[id] = true
			if got, ok := iam.SessionKeyAccount(id); !ok || got != account {
				t.Errorf("%s is of account %s, want %s", id, got, account)
			}
		}
	}
	// This one is AWS's, as others have taken it apart.
	if got, ok := iam.SessionKeyAccount("ASIAQNZGKIQY56JQ7WML"); !ok || got != "029608264753" {
		t.Errorf("an access key id of AWS is of account %s", got)
	}
	for _, bad := range []string{"", "ASIA", "AKIAQNZGKIQY56JQ7WML", "ASIAQNZGKIQY56JQ7WM", "ASIAQNZGKIQY56JQ7WM1", "ASIA7777777777777777"} {
		if got, ok := iam.SessionKeyAccount(bad); ok {
			t.Errorf("%q is of account %s", bad, got)
		}
	}
	if id, err := iam.SessionKeyID("s3.amazonaws.com"); err == nil {
		t.Errorf("a service has the session %s", id)
	}
}

// TestWebIdentityKeys: a session that began with a web identity keeps what the provider said.
func TestWebIdentityKeys(t *testing.T) {
	t.Parallel()
	c := &iam.Caller{Session: &iam.Session{
		Expires: time.Now(), Federated: "arn:aws:iam::111122223333:oidc-provider/oidc.example/id/A", Subject: "pod", Audience: "sts.amazonaws.com", Methods: []string{"a", "b"},
	}}
	for name, want := range map[string]string{
		"oidc.example/id/a:sub": "pod", "oidc.example/id/a:aud": "sts.amazonaws.com", "oidc.example/id/a:amr": "a",
		"oidc.example/id/b:sub": "", "oidc.example/id/a:": "", "oidc.example/id/a:email": "", "oidc.example/id/asub": "",
		"aws:federatedprovider": c.Session.Federated,
	} {
		v, ok := c.PolicyContext().Lookup(name)
		if ok != (want != "") || ok && v.Strings()[0] != want {
			t.Errorf("%s is %v (%v), want %q", name, v, ok, want)
		}
	}
	var none policy.Value
	if v, ok := new(iam.Caller).PolicyContext().Lookup(":sub"); ok || v.Strings()[0] != none.Strings()[0] {
		t.Errorf("nobody's subject is %v", v)
	}
}

// FuzzSessionToken: no text opens but a token that was made here.
func FuzzSessionToken(f *testing.F) {
	s, _, _ := service(f)
	root := createAccount(f, s, "000000000000")
	k, token := newSession(f, s, root)
	f.Add(k.ID, token)
	f.Add(k.ID, token[:len(token)-4])
	f.Add(k.ID, token+"\n")
	f.Add(root.ID, "AAAA")
	f.Fuzz(func(t *testing.T, id, text string) {
		if text == "" {
			return // no session at all
		}
		if c, err := s.Credential(t.Context(), id, text); err == nil && (id != k.ID || text != token) {
			t.Errorf("%q and %q are taken for %s", id, text, c.AccessKeyID)
		}
	})
}

// FuzzUnpackToken: what is in a token, were it not sealed.
func FuzzUnpackToken(f *testing.F) {
	pack := func(version byte, text string) []byte {
		var b bytes.Buffer
		b.WriteByte(version)
		w, err := flate.NewWriter(&b, flate.BestSpeed)
		if err != nil {
			f.Fatal(err)
		}
		_, _ = w.Write([]byte(text)) // a Buffer has no errors
		_ = w.Close()
		return b.Bytes()
	}
	f.Add(pack(1, `{"accessKeyId":"ASIA","secret":"s","session":{"principal":{"type":"Root","account":"000000000000"},"tags":[{"key":"a","value":"b"}]}}`))
	f.Add(append(pack(1, `{}`), make([]byte, 100)...))
	f.Add(pack(2, `{}`))
	f.Add(pack(1, string(make([]byte, 1<<20))))
	f.Add([]byte(`{"accessKeyId":"ASIA"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		packed, err := iam.UnpackToken(body)
		if err != nil {
			return
		}
		if again, err := iam.UnpackToken(packed); err != nil || !bytes.Equal(again, packed) {
			t.Errorf("%q unpacks and packs to %q, then to %q, %v", body, packed, again, err)
		}
	})
}

// FuzzAuthorizationMessage: no text is a message but one that was made here, for the account.
func FuzzAuthorizationMessage(f *testing.F) {
	sealer, err := seal.Create(f.Context(), seal.File(filepath.Join(f.TempDir(), "root.key")))
	if err != nil {
		f.Fatal(err)
	}
	db, clk := storetest.Open(f, store.Options{URL: storetest.SQLite(f), Sealer: sealer}), new(clock.Clock)
	s := iam.New(db, clk, sealer)
	s.SealMessagesBy(kms.New(kms.Options{
		DB: db, Principals: s, Clock: clk, Software: software.New(db, 1<<20), Log: slog.New(slog.DiscardHandler), Sealer: sealer, CacheBytes: 1 << 20,
	}).SealerFor("authorization messages"))
	createAccount(f, s, "000000000000")
	c, err := s.CallerFor(f.Context(), "000000000000")
	if err != nil {
		f.Fatal(err)
	}
	denied, _ := c.Authorize(&iam.Access{Action: "kms:Encrypt", ARN: "arn:aws:kms:us-east-1:111122223333:key/k", Account: "111122223333"}).(*iam.Denied)
	if denied == nil {
		f.Fatal("not denied")
	}
	encoded, err := s.EncodeAuthorizationMessage(f.Context(), denied)
	if err != nil {
		f.Fatal(err)
	}
	if _, ok := s.DecodeAuthorizationMessage(f.Context(), "000000000000", encoded); !ok {
		f.Fatal("the message does not open")
	}
	f.Add("000000000000", encoded)
	f.Add("111122223333", encoded)
	f.Add("000000000000", encoded[:40])
	f.Add("", "")
	f.Fuzz(func(t *testing.T, account, text string) {
		if got, ok := s.DecodeAuthorizationMessage(t.Context(), account, text); ok && (account != "000000000000" || text != encoded) {
			t.Errorf("%q opens for %q: %s", text, account, got)
		}
	})
}
