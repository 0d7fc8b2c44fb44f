package xksproxy

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/xks"
)

var healthBody = map[string]any{"requestMetadata": map[string]any{"kmsRequestId": "1", "kmsOperation": "KmsHealthCheck"}}

// TestRotation replaces a credential in the steps of an operator, without a restart.
func TestRotation(t *testing.T) {
	t.Parallel()
	const newSecret = "YW5vdGhlciBzZWNyZXQgZm9yIHRlc3RzIGFsb25lISE="
	one := config("software: {}", "")
	s := start(t, one)
	before := request{target: "health", body: healthBody}
	after := request{target: "health", body: healthBody, id: otherID, secret: newSecret}
	s.send(after).expect(t, xks.AuthenticationFailedException)

	file := filepath.Join(t.TempDir(), "secret")
	write(t, file, newSecret+"\n")
	s.rewrite(one + "  - {access-key-id: " + otherID + ", secret-file: " + file + "}\n")
	s.send(before).expect(t, "")
	s.send(after).expect(t, "")
	crossed := after
	crossed.secret = testSecret
	s.send(crossed).expect(t, xks.AuthenticationFailedException)

	// A secret in a file counts like the configuration itself.
	write(t, file, testSecret+"\n")
	s.look()
	s.send(after).expect(t, xks.AuthenticationFailedException)
	s.send(crossed).expect(t, "")
	write(t, file, newSecret+"\n")
	s.look()

	s.rewrite(strings.Replace(one, "- {access-key-id: "+testID+", secret: \""+testSecret+"\"}", "- {access-key-id: "+otherID+", secret-file: "+file+"}", 1))
	s.send(before).expect(t, xks.AuthenticationFailedException)
	s.send(after).expect(t, "")

	// KMS and the proxy can be given one file.
	pair := filepath.Join(t.TempDir(), "credential.json")
	write(t, pair, `{"AccessKeyId":"`+testID+`","RawSecretAccessKey":"`+testSecret+`"}`+"\n")
	s.rewrite(strings.Replace(one, "- {access-key-id: "+testID+", secret: \""+testSecret+"\"}", "- {file: "+pair+"}", 1))
	s.send(before).expect(t, "")
	write(t, pair, `{"AccessKeyId":"`+testID+`","RawSecretAccessKey":"`+newSecret+`"}`)
	s.look()
	s.send(before).expect(t, xks.AuthenticationFailedException)
	before.secret = newSecret
	s.send(before).expect(t, "")
}

// TestNotAuthenticated: the operator's log tells an unknown access key from a wrong secret. The
// caller is not told.
func TestNotAuthenticated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, secret, why string }{
		{otherID, testSecret, "the key store has no such access key id"},
		{testID, strings.ToUpper(testSecret), "the signature is not one of the secret access key"},
	} {
		s := start(t, config("software: {}", ""))
		s.send(request{target: "health", body: healthBody, id: c.id, secret: c.secret}).expect(t, xks.AuthenticationFailedException)
		if !strings.Contains(s.log.String(), c.why) {
			t.Errorf("the log does not say that %s", c.why)
		}
	}
}

// TestRefusedConfiguration: whatever is wrong with a change, the configuration before stays in use
// as a whole, and the log says so.
func TestRefusedConfiguration(t *testing.T) {
	t.Parallel()
	good := config("software: {}", "")
	s := start(t, good)
	s.key(NewKey{ID: "foo"})
	other := strings.Replace(good, prefix, "/other", 1)
	for _, c := range []struct{ name, text, why string }{
		{"no YAML", other + "\n]", "refused"},
		{"an unknown name", other + "more: 1\n", `unknown field`},
		{"nothing", "", "there are no stores"},
		{"another address", strings.Replace(other, "listen: 127.0.0.1:0", "listen: 127.0.0.1:1", 1), "listen can't change"},
		{"another directory", strings.Replace(other, "data-dir: data", "data-dir: elsewhere", 1), "data-dir can't change"},
		{"a secret file that is not there", strings.Replace(other, "secret: \""+testSecret+"\"", "secret-file: /nowhere", 1), "/nowhere"},
		{"a credential twice", strings.Replace(other, "access-key-id: ", "file: "+pinFile(t)+", access-key-id: ", 1), "a credential with a file has nothing else"},
		{"a credential that is none", strings.Replace(other, "access-key-id: "+testID+", secret: \""+testSecret+"\"", "file: "+pinFile(t), 1), "is not a credential in JSON"},
		{"a backend that does not work", strings.Replace(other, "software: {}", "pkcs11: {module: /nowhere, driver: /nowhere, pin-file: "+pinFile(t)+"}", 1), "backend main"},
		{"half a certificate", "tls: {cert: /nowhere, key: /nowhere}\n" + other, "certificate"},
	} {
		s.rewrite(c.text)
		if !strings.Contains(s.log.String(), c.why) {
			t.Errorf("%s: the log does not say %q", c.name, c.why)
		}
		s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)}).expect(t, "")
		s.send(request{prefix: "/other", target: "health", body: healthBody}).expect(t, xks.InvalidURIPathException)
	}
	if strings.Contains(s.log.String(), testSecret) {
		t.Error("the log has a secret")
	}
	// What was refused can be put right.
	s.rewrite(other)
	s.send(request{prefix: "/other", target: "health", body: healthBody}).expect(t, "")
	s.send(request{target: "health", body: healthBody}).expect(t, xks.InvalidURIPathException)
}

func pinFile(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "pin")
	write(t, file, "1234\n")
	return file
}

// TestHalfWritten: one look at a file that is being written does not count.
func TestHalfWritten(t *testing.T) {
	t.Parallel()
	good := config("software: {}", "")
	s := start(t, good)
	write(t, s.file, strings.Replace(good, prefix, "/half", 1))
	s.proxy.reloading.Lock() // the proxy's own looks wait
	s.proxy.seen = s.proxy.changed
	s.proxy.reloading.Unlock()
	if s.proxy.Look(t.Context()) && s.proxy.setup.Load().stores["/half"+xks.PathSuffix] != nil {
		t.Error("a change that was seen once is in use")
	}
	write(t, s.file, strings.Replace(good, prefix, "/whole", 1))
	s.look()
	s.send(request{prefix: "/half", target: "health", body: healthBody}).expect(t, xks.InvalidURIPathException)
	s.send(request{prefix: "/whole", target: "health", body: healthBody}).expect(t, "")
}

// TestRulesReload: rules, disabled keys and stores are taken over while the proxy runs.
func TestRulesReload(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", ""))
	s.key(NewKey{ID: "foo"})
	encrypt := request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)}
	health := request{target: "health", body: healthBody}
	for _, c := range []struct {
		more            string
		encrypt, health xks.ErrorName
	}{
		{"", "", ""},
		{"allow: []", xks.AccessDeniedException, ""},
		{"allow: [{kmsOperation: [Decrypt]}]", xks.AccessDeniedException, ""},
		{"allow: [{kmsOperation: [Decrypt]}, {kmsOperation: [Enc?ypt]}]", "", ""},
		{"allow: [{awsSourceVpc: ['*']}]", xks.AccessDeniedException, ""},
		{"allow: []\nkeys: [{id: foo, allow: [{kmsViaService: [ebs]}]}]", "", ""},
		{"keys: [{id: foo, disabled: true}]", xks.InvalidStateException, ""},
		{"keys: [{id: foo, usage: [DECRYPT]}]", xks.InvalidKeyUsageException, ""},
		{"disabled: true", xks.InvalidStateException, xks.InvalidStateException},
		{"", "", ""},
	} {
		s.rewrite(config("software: {}", c.more))
		s.send(encrypt).expect(t, c.encrypt)
		s.send(health).expect(t, c.health)
	}
	if err := s.proxy.SetKeyDisabled(t.Context(), prefix, "foo", true); err != nil {
		t.Fatal(err)
	}
	s.send(encrypt).expect(t, xks.InvalidStateException)
}

// TestStoresAreApart: neither keys nor credentials of a store are of use in another.
func TestStoresAreApart(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", "")+"\n- prefix: \"\"\n  backend: main\n  credentials: [{access-key-id: "+otherID+", secret: "+testSecret+"}]\n")
	s.key(NewKey{ID: "foo"})
	ciphertext := s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)})
	ciphertext.expect(t, "")
	other := func(in request) answer {
		in.prefix = none
		return s.send(in)
	}
	other(request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false), id: otherID}).expect(t, xks.KeyNotFoundException)
	other(request{target: "health", body: healthBody}).expect(t, xks.AuthenticationFailedException)
	other(request{target: "health", body: healthBody, id: otherID}).expect(t, "")
	s.send(request{target: "health", body: healthBody, id: otherID}).expect(t, xks.AuthenticationFailedException)
	if _, err := s.proxy.CreateKey(t.Context(), NewKey{Prefix: "", ID: "foo"}); err != nil {
		t.Fatal(err)
	}
	other(request{target: "keys/foo/decrypt", body: decryptBody(ciphertext, ""), id: otherID}).expect(t, xks.InvalidCiphertextException)
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	good := config("software: {}", "")
	for _, c := range []struct{ name, old, new, want string }{
		{"nothing wrong", "", "", ""},
		{"prefix without slash", "prefix: " + prefix, "prefix: a", "wrong URI path"},
		{"prefix too long", "prefix: " + prefix, "prefix: /" + strings.Repeat("a", 117), "wrong URI path"},
		{"long prefix", "prefix: " + prefix, "prefix: /" + strings.Repeat("a", 116), ""},
		{"unknown backend", "backend: main", "backend: other", `no backend "other"`},
		{"no kind", "  software: {}", "", "must have one of"},
		{"two kinds", "  software: {}", "  software: {}\n  kms: {region: us-east-1, key: k}", "must have one of"},
		{"short id", testID, "ABC", "access-key-id"},
		{"id of digits", testID, strings.Repeat("1", 20), "access-key-id"},
		{"short secret", testSecret, "abc", "a secret is not"},
		{"three credentials", "  credentials:", "  credentials:\n  - {access-key-id: " + otherID + ", secret: " + testSecret + "}\n  - {access-key-id: " + otherID + "A, secret: " + testSecret + "}", "3 credentials"},
		{"client-ca alone", "listen:", "tls: {client-ca: x}\nlisten:", "client-ca and client-names"},
		{"a rule without patterns", "  backend: main", "  backend: main\n  allow: [{}]", "no patterns"},
		{"an empty pattern", "  backend: main", "  backend: main\n  allow: [{kmsOperation: ['']}]", "pattern"},
		{"a KMS elsewhere without TLS", "  software: {}", "  kms: {region: us-east-1, key: k, endpoint: 'http://kms.example.com'}", "must be https"},
		{"a KMS at an address without TLS", "  software: {}", "  kms: {region: us-east-1, key: k, endpoint: 'http://10.0.0.1:8080'}", "must be https"},
		{"a KMS on this machine", "  software: {}", "  kms: {region: us-east-1, key: k, endpoint: 'http://[::1]:8080'}", ""},
		{"a KMS with TLS", "  software: {}", "  kms: {region: us-east-1, key: k, endpoint: 'https://kms.example.com'}", ""},
		{"a KMS without a host", "  software: {}", "  kms: {region: us-east-1, key: k, endpoint: 'https:kms'}", "not a URL"},
		{"rules that are commented out", "  backend: main", "  backend: main\n  allow:\n#  - kmsOperation: [Decrypt]", "allow has no value"},
		{"no rules of a key", "  backend: main", "  backend: main\n  allow: []\n  keys: [{id: a, allow: null}]", "allow has no value"},
		{"patterns that are commented out", "  backend: main", "  backend: main\n  allow:\n  - kmsOperation: [Decrypt]\n    awsPrincipalArn:", "awsPrincipalArn has no value"},
		{"an empty list of patterns", "  backend: main", "  backend: main\n  allow: [{kmsOperation: [Decrypt], awsPrincipalArn: []}]", "awsPrincipalArn in allow[0] is an empty list"},
		{"a pattern of nothing", "  backend: main", "  backend: main\n  allow: [{kmsOperation: [Decrypt, ~]}]", "kmsOperation[1] has no value"},
		{"no client-ca", "listen:", "tls: {client-ca: , client-names: }\nlisten:", "client-ca has no value"},
		{"two documents", "backends:", "---\nbackends:", "more than one YAML document"},
		{"a label in a software store", "  backend: main", "  backend: main\n  keys: [{id: a, label: b}]", "for pkcs11"},
		{"a wrong id", "  backend: main", "  backend: main\n  keys: [{id: a/b}]", "the id is not"},
		{"a key twice", "  backend: main", "  backend: main\n  keys: [{id: a}, {id: a}]", "twice"},
		{"wrong usage", "  backend: main", "  backend: main\n  keys: [{id: a, usage: [SIGN]}]", "SIGN"},
		{"a wait above the budget", "  software: {}", "  pkcs11: {module: m, pin-file: p, wait: 1s}", "wait must be less"},
	} {
		file := filepath.Join(t.TempDir(), "c.yaml")
		text := strings.Replace(good, c.old, c.new, 1)
		write(t, file, text)
		_, err := Load(file)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		case err != nil && strings.Contains(err.Error(), testSecret):
			t.Errorf("%s: the error shows a secret", c.name)
		}
	}
}

// TestQuota: more than the quota is refused at once, but for health checks.
func TestQuota(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", "requests-per-second: 1"))
	s.key(NewKey{ID: "foo"})
	throttled := 0
	for range 10 {
		if a := s.send(request{target: "keys/foo/encrypt", body: encryptBody(plain1, "", false)}); a.status == http.StatusTooManyRequests {
			a.expect(t, xks.ThrottlingException)
			throttled++
		}
		s.send(request{target: "health", body: healthBody}).expect(t, "")
	}
	if throttled == 0 {
		t.Error("no request of ten in a moment was throttled")
	}
}

func TestFileModes(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", ""))
	for name, mode := range map[string]os.FileMode{"root.key": 0o600, "tls/ca.key": 0o600, "tls/key.pem": 0o600} {
		i, err := os.Stat(filepath.Join(s.proxy.setup.Load().cfg.DataDir, name))
		if err != nil || i.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, i, err)
		}
	}
}

// TestKeysAlone: commands on keys, which another user may give, make no certificates.
func TestKeysAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "xks-proxy.yaml")
	write(t, file, config("software: {}", ""))
	p, err := OpenKeys(t.Context(), Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.CreateKey(t.Context(), NewKey{Prefix: prefix, ID: "foo"}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "data", "tls")); !os.IsNotExist(err) {
		t.Errorf("the directory of certificates: %v", err)
	}
}

// TestPage loads the configurations of docs/key-stores.md.
func TestPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/key-stores.md")
	if err != nil {
		t.Fatal(err)
	}
	pieces := regexp.MustCompile("(?s)\n(listen: .*?)(?:END|```)\n").FindAllSubmatch(page, -1)
	if len(pieces) != 2 {
		t.Fatalf("docs/key-stores.md has %d configurations of the proxy, want 2", len(pieces))
	}
	for _, piece := range pieces {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "credential.json"), `{"AccessKeyId":"`+testID+`","RawSecretAccessKey":"`+testSecret+`"}`)
		write(t, filepath.Join(dir, "xks-proxy.yaml"), string(piece[1]))
		if _, err := Load(filepath.Join(dir, "xks-proxy.yaml")); err != nil {
			t.Errorf("%v:\n%s", err, piece[1])
		}
	}
}

// TestLimiterOrder: requests that come in another order than they began get no more through.
func TestLimiterOrder(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	l := newLimiter(10)
	let := 0
	for i := range 1000 { // in a second and a half, each other one half a second too late
		at := begin.Add(time.Duration(i) * time.Millisecond)
		if i%2 == 0 {
			at = at.Add(500 * time.Millisecond)
		}
		if l.take(at) {
			let++
		}
	}
	if let > 10+15 {
		t.Errorf("%d requests got through in 1.5 s, of 10 a second", let)
	}
}
