package xksproxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
	"github.com/keystead/keystead/keysteadtest"
)

// scripted is a backend that does what a test says.
type scripted struct {
	softwareBackend
	seal func(ctx context.Context, s *xks.Sealed) error
}

func (b *scripted) encrypt(ctx context.Context, k *external, metadata, plaintext, aad []byte) (xks.Sealed, error) {
	s, err := b.softwareBackend.encrypt(ctx, k, metadata, plaintext, aad)
	if err == nil {
		err = b.seal(ctx, &s)
	}
	return s, err
}

// script has a store's backend do something else.
func (s *subject) script(seal func(ctx context.Context, s *xks.Sealed) error) {
	t := s.proxy.setup.Load().stores[prefix+xks.PathSuffix]
	m := t.backend.backend
	if changed, ok := m.(*scripted); ok {
		m = &changed.softwareBackend
	}
	changed := *t
	changed.backend = &monitored{backend: &scripted{*m.(*softwareBackend), seal}, cfg: t.backend.cfg}
	now := *s.proxy.setup.Load()
	now.stores = map[string]*tenant{changed.path: &changed}
	s.proxy.setup.Store(&now)
}

// TestBackendTrouble: what goes wrong behind the proxy is told by name and in the log alone, and a
// ciphertext that does not open again is never handed out as proven.
func TestBackendTrouble(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", ""))
	s.key(NewKey{ID: "foo"})
	encrypt := request{target: "keys/foo/encrypt", body: encryptBody(plain1, aad1, false)}
	proven := request{target: "keys/foo/encrypt", body: encryptBody(plain1, aad1, true)}
	for _, c := range []struct {
		name         string
		seal         func(context.Context, *xks.Sealed) error
		want, proven xks.ErrorName
	}{
		{"nothing", func(context.Context, *xks.Sealed) error { return nil }, "", ""},
		{"an error from inside", func(context.Context, *xks.Sealed) error { return errors.New("board 7 is on fire") }, xks.InternalException, xks.InternalException},
		{"an answer", func(context.Context, *xks.Sealed) error { return errKeyNotFound }, xks.KeyNotFoundException, xks.KeyNotFoundException},
		{"a timeout", func(context.Context, *xks.Sealed) error { return context.DeadlineExceeded }, xks.DependencyTimeoutException, xks.DependencyTimeoutException},
		{"another tag", func(_ context.Context, s *xks.Sealed) error { s.Tag[0] ^= 1; return nil }, "", xks.InternalException},
		{"another ciphertext", func(_ context.Context, s *xks.Sealed) error { s.Ciphertext[0] ^= 1; return nil }, "", xks.InternalException},
	} {
		s.script(c.seal)
		t.Run(c.name, func(t *testing.T) {
			a := s.send(encrypt)
			if a.expect(t, c.want); strings.Contains(string(a.raw), "fire") {
				t.Errorf("the answer tells what happened inside: %s", a.raw)
			}
			s.send(proven).expect(t, c.proven)
		})
	}
	if !strings.Contains(s.log.String(), "board 7 is on fire") {
		t.Error("the log does not tell what happened inside")
	}
}

// TestBudget: an answer leaves in time, whatever the backend does.
func TestBudget(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "xks-proxy.yaml")
	write(t, file, config("software: {}", ""))
	s := startWith(t, file, 50*time.Millisecond)
	s.key(NewKey{ID: "foo"})
	s.script(func(ctx context.Context, _ *xks.Sealed) error {
		<-ctx.Done()
		return ctx.Err()
	})
	s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)}).expect(t, xks.DependencyTimeoutException)
}

// TestUnrecorded: what can't be recorded is not answered.
func TestUnrecorded(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", ""))
	s.key(NewKey{ID: "foo"})
	in := request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)}
	s.send(in).expect(t, "")
	if err := s.proxy.journal.Close(); err != nil {
		t.Fatal(err)
	}
	s.send(in).expect(t, xks.InternalException)
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key  hsm.Key
		want string
	}{
		{hsm.Key{AES: true, Bits: 256, Encrypt: true, Decrypt: true, Wrap: true}, "AES_256 [ENCRYPT DECRYPT WRAP]"},
		{hsm.Key{AES: true, Bits: 256, Encrypt: true}, "AES_256 [ENCRYPT]"},
		{hsm.Key{AES: true, Bits: 128, Unwrap: true}, "AES_128 [UNWRAP]"},
		{hsm.Key{Bits: 256, Sign: true, Verify: true, Derive: true}, "OTHER [SIGN VERIFY DERIVE]"},
	} {
		a := attributesOf(&c.key)
		if got := fmt.Sprint(a.spec, " ", a.usage); got != c.want {
			t.Errorf("%+v is %s, want %s", c.key, got, c.want)
		}
	}
}

func TestHSMAnswers(t *testing.T) {
	t.Parallel()
	b := &hsmBackend{}
	for _, c := range []struct {
		err  error
		want xks.ErrorName // "" stays an error from inside
	}{
		{fmt.Errorf("x: %w", hsm.ErrDecrypt), xks.InvalidCiphertextException},
		{hsm.ErrBusy, xks.ThrottlingException},
		{hsm.ErrNoKey, xks.KeyNotFoundException},
		{&hsm.Error{Function: "C_EncryptInit", Code: ckrKeyFunctionNotPermitted}, xks.InvalidKeyUsageException},
		{&hsm.Error{Function: "C_Encrypt", Code: 0x30}, ""}, // CKR_DEVICE_ERROR
		{hsm.ErrDriver, ""},
		{hsm.ErrNoToken, ""},
	} {
		err := b.answer(hsm.KeyRef{Label: "x"}, c.err)
		e, ok := errors.AsType[*xks.Error](err)
		if ok != (c.want != "") || ok && e.Name != c.want {
			t.Errorf("%v becomes %v, want %s", c.err, err, c.want)
		}
	}
}

// TestHSMKeys: keys that were made with the vendor's tools, keys that are gone, and a driver that
// is killed.
func TestHSMKeys(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pkcs11-tool"); err != nil {
		if os.Getenv("KEYSTEAD_TEST_REQUIRE") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	backend := softHSM(t)
	s := start(t, config(backend, `keys: [{id: labelled, label: Made}, {id: numbered, cka-id: "0a0b"}, {id: twin, label: Twin}, {id: small, label: Small}]`))
	tool := func(args ...string) {
		t.Helper()
		h := s.proxy.setup.Load().cfg.Backends[0].PKCS11
		cmd := exec.Command("pkcs11-tool", append([]string{"--module", h.Module, "--token-label", "token", "--login", "--pin", hsmtest.UserPIN}, args...)...)
		cmd.Env = append(os.Environ(), h.Env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("pkcs11-tool %v: %v\n%s", args, err, out)
		}
	}
	encrypt := func(key string, cdiv bool) answer {
		return s.send(request{target: "keys/" + key + "/encrypt", body: encryptBody(plain1, aad1, cdiv)})
	}
	encrypt("labelled", true).expect(t, xks.KeyNotFoundException)
	for i, label := range []string{"Made", "Twin", "Twin", "Small"} {
		size := "AES:32"
		if label == "Small" {
			size = "AES:16"
		}
		tool("--keygen", "--key-type", size, "--label", label, "--id", fmt.Sprintf("0a%02x", 11+i), "--sensitive", "--usage-decrypt")
	}
	encrypt("labelled", true).expect(t, "")
	encrypt("numbered", true).expect(t, "")
	encrypt("twin", true).expect(t, xks.InternalException)
	encrypt("small", false).expect(t, xks.InvalidKeyUsageException)
	a := s.send(request{target: "keys/small/metadata", body: map[string]any{"requestMetadata": meta("CreateKey")}})
	if a.expect(t, ""); a.fields["keySpec"] != "AES_128" {
		t.Errorf("%s", a.raw)
	}
	ciphertext := encrypt("labelled", true)
	h := s.proxy.setup.Load().backends["main"].backend.(*hsmBackend)
	if err := syscall.Kill(h.module.Stats().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.send(request{target: "keys/numbered/decrypt", body: decryptBody(ciphertext, aad1)}).expect(t, "")
	tool("--delete-object", "--type", "secrkey", "--id", "0a0b")
	encrypt("labelled", false).expect(t, xks.KeyNotFoundException)

	// A key of the proxy's own: the HSM's key goes when that is asked for.
	k := s.key(NewKey{ID: "own"})
	encrypt("own", true).expect(t, "")
	if _, err := s.proxy.CreateKey(t.Context(), NewKey{Prefix: prefix, ID: "alias", Existing: true, CKAID: k.CKAID}); err != nil {
		t.Errorf("a second id for an HSM's key: %v", err)
	}
	encrypt("alias", true).expect(t, "")
	for _, id := range []string{"alias", "own"} {
		if err := s.proxy.DeleteKey(t.Context(), prefix, id, true); !errors.Is(err, ErrKeyEnabled) {
			t.Errorf("delete an enabled key: %v", err)
		}
	}
	if err := s.proxy.SetKeyDisabled(t.Context(), prefix, "own", true); err != nil {
		t.Fatal(err)
	}
	if err := s.proxy.DeleteKey(t.Context(), prefix, "own", true); err != nil {
		t.Fatal(err)
	}
	encrypt("own", true).expect(t, xks.KeyNotFoundException)
	encrypt("alias", true).expect(t, xks.KeyNotFoundException)
}

// TestHealthKeys: proxies that share a token and begin at the same time may each make a key for the
// health check. They are well all the same.
func TestHealthKeys(t *testing.T) {
	t.Parallel()
	s := start(t, config(softHSM(t), ""))
	m := s.proxy.setup.Load().backends["main"]
	m.firstCheck(t.Context()) // which makes one
	if err := m.backend.(*hsmBackend).token.GenerateAES(t.Context(), "another", m.cfg.PKCS11.HealthKey); err != nil {
		t.Fatal(err)
	}
	b := newHSMBackend("main", *m.cfg.PKCS11, m.pin, slog.New(slog.DiscardHandler))
	defer b.close()
	if _, err := b.check(t.Context()); err != nil {
		t.Errorf("with two keys: %v", err)
	}
	if found, err := b.token.Keys(t.Context(), hsm.Filter{Label: b.health}); err != nil || len(found) != 2 {
		t.Errorf("%d keys, want 2: %v", len(found), err)
	}
}

// TestWrongPIN: a wrong PIN is tried once, so that the token does not lock, and a right one in the
// file brings the backend back.
func TestWrongPIN(t *testing.T) {
	t.Parallel()
	text := config(softHSM(t), "")
	s := start(t, text)
	pin := s.proxy.setup.Load().cfg.Backends[0].PKCS11.PinFile
	s.stop()
	write(t, pin, "wrong-pin\n")
	s = startFile(t, s.file)
	s.key0(t)
	h := s.proxy.setup.Load().backends["main"].backend.(*hsmBackend)
	calls := h.module.Stats().Calls
	for range 10 {
		if err := h.ready(t.Context()); err == nil || !strings.Contains(err.Error(), "refuses the PIN") {
			t.Fatalf("log in with a wrong PIN: %v", err)
		}
	}
	if now := h.module.Stats().Calls; now != calls {
		t.Errorf("%d calls for a PIN that was refused", now-calls)
	}
	a := s.send(request{target: "health", body: healthBody})
	if a.expect(t, ""); !strings.Contains(string(a.raw), "UNAVAILABLE") {
		t.Errorf("health: %s", a.raw)
	}
	write(t, pin, hsmtest.UserPIN+"\n")
	s.look()
	a = s.send(request{target: "health", body: healthBody})
	if a.expect(t, ""); !strings.Contains(string(a.raw), `"ACTIVE"`) {
		t.Errorf("health: %s", a.raw)
	}
}

// key0 waits for the first login.
func (s *subject) key0(t *testing.T) {
	t.Helper()
	_, err := s.proxy.CreateKey(t.Context(), NewKey{Prefix: prefix, ID: "x"})
	if err == nil {
		t.Fatal("a key was made with a wrong PIN")
	}
}

// TestUpstream: a key that is disabled in the KMS that wraps can't be used here any more after the
// time of refresh.
func TestUpstream(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	s := start(t, config(upstreamKMS(t, srv), ""))
	s.key(NewKey{ID: "foo"})
	key := s.proxy.setup.Load().cfg.Backends[0].KMS.Key
	in := request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", true)}
	s.send(in).expect(t, "")
	if _, err := srv.KMS().DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &key}); err != nil {
		t.Fatal(err)
	}
	s.until(in, xks.InvalidStateException)
	s.send(request{target: "keys/foo/metadata", body: map[string]any{"requestMetadata": meta("CreateKey")}}).expect(t, xks.InvalidStateException)
	if _, err := srv.KMS().EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: &key}); err != nil {
		t.Fatal(err)
	}
	s.until(in, "")
}

// TestUnwrappedKeysGo: a data key in clear is not kept beyond its time.
func TestUnwrappedKeysGo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := &kmsBackend{keys: map[string]*unwrapped{
		"in use":    {until: now.Add(time.Second), again: now},
		"over":      {until: now, again: now.Add(-time.Second)},
		"refused":   {again: now.Add(time.Second)},
		"under way": {flight: make(chan struct{})},
	}}
	b.forget(now)
	if got := slices.Sorted(maps.Keys(b.keys)); !slices.Equal(got, []string{"in use", "refused", "under way"}) {
		t.Errorf("kept are %q", got)
	}
}

// until repeats a request until it has an outcome.
func (s *subject) until(in request, want xks.ErrorName) {
	s.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		a := s.send(in)
		if name, _ := a.fields["errorName"].(string); name == string(want) {
			a.expect(s.t, want)
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the answer stays %s", a.raw)
		}
	}
}

// TestClientCertificates has the two cases of the public test client on certificates, and more.
// That client wants TLS alert 40 for both; crypto/tls sends 42, 45 or 48. The connection is refused
// all the same.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	a, stranger := xkstest.NewAuthority(t), xkstest.NewAuthority(t)
	const name = "cks.kms.us-east-1.amazonaws.com"
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, string(a.PEM()))
	s := start(t, fmt.Sprintf("tls: {client-ca: %s, client-names: [%s]}\n", ca, name)+config("software: {}", ""))
	named := func(change func(*x509.Certificate)) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.Subject.CommonName, c.DNSNames = name, nil
			if change != nil {
				change(c)
			}
		}
	}
	for _, c := range []struct {
		name string
		cert *tls.Certificate
		ok   bool
	}{
		{"KMS", new(a.Issue(t, named(nil))), true},
		{"KMS by its DNS name", new(a.Issue(t, func(c *x509.Certificate) { c.Subject.CommonName, c.DNSNames = "", []string{name} })), true},
		{"nobody", nil, false},
		{"another name", new(a.Issue(t, named(func(c *x509.Certificate) { c.Subject.CommonName = "beta." + name }))), false},
		{"expired", new(a.Issue(t, named(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }))), false},
		{"another authority", new(stranger.Issue(t, named(nil))), false},
		{"a server's certificate", new(a.Issue(t, named(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }))), false},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			client := s.trusting(c.cert)
			client.Transport.(*http.Transport).TLSClientConfig.MaxVersion = version
			res, err := client.Get(s.proxy.URL() + "/ping")
			if (err == nil) != c.ok {
				t.Errorf("%s, TLS %x: %v", c.name, version, err)
			}
			if err == nil {
				res.Body.Close()
			}
			client.CloseIdleConnections()
		}
	}
	// A certificate does not take the place of a signature.
	s.client = s.trusting(new(a.Issue(t, named(nil))))
	s.send(request{target: "health", body: healthBody}).expect(t, "")
	s.send(request{target: "health", body: healthBody, secret: "x" + testSecret}).expect(t, xks.AuthenticationFailedException)
	s.client.CloseIdleConnections()
}

// TestCiphertextForm pins how software keys encrypt: what is stored in KMS's ciphertexts must open
// for ever. The values were made with Python's hmac and cryptography.
func TestCiphertextForm(t *testing.T) {
	t.Parallel()
	material := secret.New(make([]byte, materialSize))
	const golden = `{"IV":"AAECAwQFBgcICQoL","Ciphertext":"g1mxik6asghxeMY3","Tag":"hfR6WxtMPd6kIvU0oyIN9w==","Metadata":"ARAREhMUFRYXGBkaGxwdHh8="}`
	var s xks.Sealed
	if err := json.Unmarshal([]byte(golden), &s); err != nil {
		t.Fatal(err)
	}
	aad := xks.AppendAAD(nil, []byte("project=nile,department=marketing"), s.Metadata)
	got, err := open(material, &s, aad)
	if err != nil || string(got) != "Hello World!" {
		t.Errorf("%q, %v", got, err)
	}
}
