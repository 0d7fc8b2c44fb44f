package xksproxy

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/xks"
)

// usages restricts keys as the public test client wants them.
const usages = `
keys:
- {id: encrypt_only_key, usage: [ENCRYPT]}
- {id: decrypt_only_key, usage: [DECRYPT]}
- {id: impotent_key, usage: []}
`

func conforming(t *testing.T, backend string) *subject {
	s := start(t, config(backend, usages))
	for _, id := range []string{"foo", "encrypt_only_key", "decrypt_only_key", "impotent_key"} {
		s.key(NewKey{ID: id})
	}
	return s
}

// TestConformance has the cases of the public test client for XKS proxies, v1.1.0, in its order and
// with the statuses of the specification, which that client does not look at. Its last two, on
// client certificates, are in TestClientCertificates.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := conforming(t, b.start(t))
			for i, c := range conformance() {
				t.Run(fmt.Sprintf("%02d %s", i+1, c.name), func(t *testing.T) { c.run(t, s) })
			}
		})
	}
}

// conformanceCase sends one request. The encryption before a decryption is a case of its own.
type conformanceCase struct {
	name string
	run  func(t *testing.T, s *subject)
}

func conformance() []conformanceCase {
	var last answer // of the encryption that comes before
	var lastText string
	wrong := func(c string) request {
		return map[string]request{
			"access id": {id: "Invalid" + testID}, "access key": {secret: "Invalid" + testSecret}, "prefix": {prefix: prefix + "/invalid"},
		}[c]
	}
	call := func(name string, in request, want xks.ErrorName, field string) conformanceCase {
		return conformanceCase{name, func(t *testing.T, s *subject) {
			a := s.send(in)
			a.expect(t, want)
			if field != "" && !bytes.Contains(a.raw, []byte(`"`+field+`":`)) {
				t.Errorf("the answer has no %s: %s", field, a.raw)
			}
		}}
	}
	encrypt := func(name, key, plaintext, aad string, cdiv bool, want xks.ErrorName) conformanceCase {
		return conformanceCase{name, func(t *testing.T, s *subject) {
			last, lastText = s.send(request{target: "keys/" + key + "/encrypt", body: encryptBody(plaintext, aad, cdiv)}), plaintext
			last.expect(t, want)
			if want == "" {
				checkEncrypted(t, last, plaintext, aad, cdiv)
			}
		}}
	}
	decrypt := func(name, key, aad string, want xks.ErrorName) conformanceCase {
		return conformanceCase{name, func(t *testing.T, s *subject) {
			a := s.send(request{target: "keys/" + key + "/decrypt", body: decryptBody(last, aad)})
			a.expect(t, want)
			if got := a.fields["plaintext"]; want == "" && got != lastText {
				t.Errorf("the plaintext is %v, want %s", got, lastText)
			}
		}}
	}
	var all []conformanceCase
	add := func(c ...conformanceCase) { all = append(all, c...) }
	health := map[string]any{"requestMetadata": map[string]any{"kmsRequestId": "4112f4d6", "kmsOperation": "KmsHealthCheck"}}
	none, empty := map[string]any{}, map[string]any{"requestMetadata": map[string]any{}}
	add(call("health", request{target: "health", body: health}, "", "healthStatus"),
		call("health without requestMetadata", request{target: "health", body: none}, xks.ValidationException, ""),
		call("health with empty requestMetadata", request{target: "health", body: empty}, xks.ValidationException, ""))
	negative := func(what, target string, body map[string]any) {
		for _, w := range []struct {
			name string
			want xks.ErrorName
		}{{"access id", xks.AuthenticationFailedException}, {"access key", xks.AuthenticationFailedException}, {"prefix", xks.InvalidURIPathException}} {
			in := wrong(w.name)
			in.target, in.body = target, body
			add(call(what+" with an invalid "+w.name, in, w.want, ""))
		}
	}
	negative("health", "health", health)
	describe, create := map[string]any{"requestMetadata": meta("DescribeKey")}, map[string]any{"requestMetadata": meta("CreateKey")}
	add(call("metadata for DescribeKey", request{target: "keys/foo/metadata", body: describe}, "", "keyStatus"),
		call("metadata for CreateKey", request{target: "keys/foo/metadata", body: create}, "", "keyStatus"),
		call("metadata without requestMetadata", request{target: "keys/foo/metadata", body: none}, xks.ValidationException, ""),
		call("metadata with empty requestMetadata", request{target: "keys/foo/metadata", body: empty}, xks.ValidationException, ""),
		call("metadata of a key that is not there", request{target: "keys/non_existing_key/metadata", body: describe}, xks.KeyNotFoundException, ""))
	negative("metadata", "keys/foo/metadata", describe)
	add(encrypt("encrypt with a key that is not there", "non_existing_key", plain1, "", false, xks.KeyNotFoundException),
		encrypt("encrypt without plaintext", "foo", "", "", false, xks.ValidationException))
	negative("encrypt", "keys/foo/encrypt", encryptBody(plain1, "", false))
	for range 2 {
		add(encrypt("encrypt with AAD", "foo", plain1, aad1, false, ""),
			decrypt("decrypt with missing AAD", "foo", "", xks.InvalidCiphertextException))
	}
	large, largeAAD := make([]byte, 4096), make([]byte, 8192)
	_, _ = rand.Read(large)
	_, _ = rand.Read(largeAAD)
	add(encrypt("encrypt with AAD", "foo", plain1, aad1, false, ""),
		decrypt("decrypt with another AAD", "foo", aad2, xks.InvalidCiphertextException),
		encrypt("encrypt without AAD", "foo", plain2, "", false, ""),
		decrypt("decrypt without AAD", "foo", "", ""),
		encrypt("encrypt with AAD", "foo", plain2, aad1, false, ""),
		decrypt("decrypt with the same AAD", "foo", aad1, ""),
		encrypt("encrypt with AAD and CDIV", "foo", plain2, aad1, true, ""),
		decrypt("decrypt with the same AAD", "foo", aad1, ""),
		encrypt("encrypt with CDIV, no AAD", "foo", plain2, "", true, ""),
		decrypt("decrypt without AAD", "foo", "", ""),
		encrypt("encrypt large", "foo", b64(large), b64(largeAAD), false, ""),
		decrypt("decrypt large", "foo", b64(largeAAD), ""),
		encrypt("encrypt only: encrypt without AAD", "encrypt_only_key", plain1, "", false, ""),
		decrypt("encrypt only: decrypt without AAD", "encrypt_only_key", "", xks.InvalidKeyUsageException),
		encrypt("encrypt only: encrypt with AAD", "encrypt_only_key", plain1, aad1, false, ""),
		decrypt("encrypt only: decrypt with the same AAD", "encrypt_only_key", aad1, xks.InvalidKeyUsageException),
		encrypt("encrypt only: encrypt with AAD and CDIV", "encrypt_only_key", plain1, aad1, true, xks.InvalidKeyUsageException),
		encrypt("encrypt only: encrypt with CDIV, no AAD", "encrypt_only_key", plain1, "", true, xks.InvalidKeyUsageException))
	for _, key := range []string{"decrypt_only_key", "impotent_key"} {
		for _, cdiv := range []bool{false, true} {
			for _, aad := range []string{aad1, ""} {
				add(encrypt(fmt.Sprintf("%s: encrypt, AAD %v, CDIV %v", key, aad != "", cdiv), key, plain1, aad, cdiv, xks.InvalidKeyUsageException))
			}
		}
	}
	return all
}

// checkEncrypted checks the members of an answer to Encrypt.
func checkEncrypted(t *testing.T, a answer, plaintext, aad string, cdiv bool) {
	t.Helper()
	size := len(must(plaintext))
	iv, ciphertext, tag, metadata := a.bytes("initializationVector"), a.bytes("ciphertext"), a.bytes("authenticationTag"), a.bytes("ciphertextMetadata")
	if len(iv) != 12 && len(iv) != 16 || len(ciphertext) != size || len(tag) != 16 || len(metadata) > 20 {
		t.Errorf("lengths of IV, ciphertext, tag and metadata: %d, %d, %d, %d", len(iv), len(ciphertext), len(tag), len(metadata))
	}
	h := sha256.New()
	for _, part := range [][]byte{must(aad), metadata, iv, ciphertext, tag} {
		h.Write(part)
	}
	if got, has := a.fields["ciphertextDataIntegrityValue"]; has != cdiv || has && got != b64(h.Sum(nil)) {
		t.Errorf("ciphertextDataIntegrityValue is %v", got)
	}
}

func must(text string) []byte {
	b := answer{fields: map[string]any{"x": text}}.bytes("x")
	return b
}

// TestConformanceCount is the number of cases of the public test client without client certificates.
func TestConformanceCount(t *testing.T) {
	if n := len(conformance()); n != 49 {
		t.Errorf("%d cases, want 49", n)
	}
}

// TestBeyond has the cases that the public test client lacks.
func TestBeyond(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, config(b.start(t), `
keys:
- {id: sleeping, disabled: true}
- id: guarded
  allow:
  - {awsPrincipalArn: ["arn:aws:iam::123456789012:role/*"]}
  - {kmsOperation: [Decrypt], kmsViaService: [ebs]}
`))
			for _, id := range []string{"foo", "bar", "sleeping", "guarded"} {
				s.key(NewKey{ID: id})
			}
			beyond(t, s)
		})
	}
}

func beyond(t *testing.T, s *subject) {
	health := map[string]any{"requestMetadata": map[string]any{"kmsRequestId": "", "kmsOperation": "KmsHealthCheck"}}
	ok := encryptBody(plain1, aad1, false)
	changed := func(m map[string]any, name string, v any) map[string]any {
		out := map[string]any{}
		for n, w := range m {
			out[n] = w
		}
		if out[name] = v; v == nil {
			delete(out, name)
		}
		return out
	}
	made := s.send(request{target: "keys/foo/encrypt", body: ok})
	made.expect(t, "")
	back := decryptBody(made, aad1)
	flip := func(name string, at int) map[string]any {
		b := bytes.Clone(made.bytes(name))
		if len(b) == 0 {
			return changed(back, name, b64([]byte{1}))
		}
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 1
		return changed(back, name, b64(b))
	}
	metaWith := func(m map[string]any, name string, v any) map[string]any {
		return changed(m, "requestMetadata", changed(meta("Encrypt"), name, v))
	}
	long := "arn:aws:iam::123456789012:user/" + strings.Repeat("x", 2048-31)
	for _, c := range []struct {
		name string
		in   request
		want xks.ErrorName
	}{
		{"an unknown kmsOperation", request{target: "keys/foo/encrypt", body: metaWith(ok, "kmsOperation", "EncryptLikeItsNext")}, ""},
		{"an unknown member", request{target: "keys/foo/encrypt", body: metaWith(changed(ok, "more", 1), "tags", []string{"a"})}, ""},
		{"a request id that is no UUID", request{target: "keys/foo/encrypt", body: metaWith(ok, "kmsRequestId", "☂ any")}, ""},
		{"ARNs of 2,048 characters", request{target: "keys/foo/encrypt", body: changed(ok, "requestMetadata", changed(changed(meta("Encrypt"), "awsPrincipalArn", long), "kmsKeyArn", long))}, ""},
		{"AWS Internal", request{target: "keys/foo/encrypt", body: metaWith(ok, "awsPrincipalArn", "AWS Internal")}, ""},
		{"CreateKey without kmsKeyArn", request{target: "keys/foo/metadata", body: metaWith(map[string]any{}, "kmsKeyArn", nil)}, ""},
		{"encrypt without kmsKeyArn", request{target: "keys/foo/encrypt", body: metaWith(ok, "kmsKeyArn", nil)}, xks.ValidationException},
		{"encrypt without awsPrincipalArn", request{target: "keys/foo/encrypt", body: metaWith(ok, "awsPrincipalArn", nil)}, xks.ValidationException},
		{"health without an id", request{target: "health", body: health}, ""},

		{"stale by 6 minutes", request{target: "health", body: health, at: time.Now().Add(-6 * time.Minute)}, xks.AuthenticationFailedException},
		{"in 6 minutes", request{target: "health", body: health, at: time.Now().Add(6 * time.Minute)}, xks.AuthenticationFailedException},
		{"4 minutes old", request{target: "health", body: health, at: time.Now().Add(-4 * time.Minute)}, ""},
		{"another service", request{target: "health", body: health, service: "kms"}, xks.AuthenticationFailedException},
		{"another Region", request{target: "health", body: health, region: "eu-central-1"}, ""},
		{"no Region", request{target: "health", body: health, region: "nowhere"}, xks.AuthenticationFailedException},
		{"an access key of nobody", request{target: "health", body: health, id: otherID}, xks.AuthenticationFailedException},
		{"not signed", request{target: "health", body: health, change: func(r *http.Request) { r.Header.Del("Authorization") }}, xks.AuthenticationFailedException},
		{"another body than was signed", request{target: "keys/foo/encrypt", body: ok, change: func(r *http.Request) {
			r.Body = http.NoBody
			r.ContentLength = 0
		}}, xks.AuthenticationFailedException},
		{"a session token", request{target: "health", body: health, change: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }}, xks.AuthenticationFailedException},
		{"an access key in small letters", request{target: "health", body: health, id: strings.ToLower(testID)}, xks.AuthenticationFailedException},
		{"a payload that claims to be unsigned", request{target: "health", body: health, change: func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }}, xks.AuthenticationFailedException},
		{"two authorizations", request{target: "health", body: health, change: func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }}, xks.AuthenticationFailedException},
		{"two dates", request{target: "health", body: health, change: func(r *http.Request) { r.Header.Add("X-Amz-Date", r.Header.Get("X-Amz-Date")) }}, xks.AuthenticationFailedException},
		{"another date", request{target: "health", body: health, change: func(r *http.Request) {
			r.Header.Set("X-Amz-Date", time.Now().UTC().Add(time.Minute).Format("20060102T150405Z"))
		}}, xks.AuthenticationFailedException},
		{"another host", request{target: "health", body: health, change: func(r *http.Request) { r.Host = "elsewhere.example.com" }}, xks.AuthenticationFailedException},
		{"another key than was signed", request{target: "keys/foo/encrypt", body: ok, change: func(r *http.Request) {
			r.URL.Path = strings.Replace(r.URL.Path, "foo", "bar", 1)
		}}, xks.AuthenticationFailedException},
		{"signed for another key", request{target: "keys/bar/decrypt", body: back, change: func(r *http.Request) {
			r.URL.Path = strings.Replace(r.URL.Path, "bar", "foo", 1)
		}}, xks.AuthenticationFailedException},
		{"a scope without a terminator", request{target: "health", body: health, change: func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/aws4_request", "/", 1))
		}}, xks.AuthenticationFailedException},
		{"signed headers without the host", request{target: "health", body: health, change: func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), ";host;", ";", 1))
		}}, xks.AuthenticationFailedException},
		{"a body without a length", request{target: "keys/foo/encrypt", body: ok, change: func(r *http.Request) { r.ContentLength = -1; r.Header.Del("Content-Length") }}, xks.AuthenticationFailedException},
		{"trailers", request{target: "health", body: health, change: func(r *http.Request) { r.Trailer = http.Header{"X-Amz-Date": nil} }}, ""},
		{"signed content type", request{target: "health", body: health, change: nil}, ""},
		{"not signed, to no store", request{prefix: "/none", target: "health", change: func(r *http.Request) { r.Header.Del("Authorization") }}, xks.InvalidURIPathException},

		{"a query", request{target: "health?x=1", body: health}, xks.InvalidURIPathException},
		{"an escaped path", request{target: "%68ealth", body: health}, xks.InvalidURIPathException},
		{"an unknown operation", request{target: "keys/foo/reencrypt", body: ok}, xks.InvalidURIPathException},
		{"an id with an @", request{target: "keys/f@o/encrypt", body: ok}, xks.InvalidURIPathException},
		{"another version", request{target: "../v2/health", body: health}, xks.InvalidURIPathException},

		{"no JSON", request{target: "keys/foo/encrypt", body: []byte("plaintext=x")}, xks.ValidationException},
		{"two JSON values", request{target: "keys/foo/encrypt", body: []byte("{}{}")}, xks.ValidationException},
		{"no object", request{target: "keys/foo/encrypt", body: []byte("[]")}, xks.ValidationException},
		{"an empty body", request{target: "keys/foo/encrypt", body: []byte{}}, xks.ValidationException},
		{"bad base64", request{target: "keys/foo/encrypt", body: changed(ok, "plaintext", "cGxh%W50")}, xks.ValidationException},
		{"base64 for URLs", request{target: "keys/foo/encrypt", body: changed(ok, "plaintext", "-_-_")}, xks.ValidationException},
		{"base64 without padding", request{target: "keys/foo/encrypt", body: changed(ok, "plaintext", "cGxhaW50ZXh0Cg")}, xks.ValidationException},
		{"another algorithm", request{target: "keys/foo/encrypt", body: changed(ok, "encryptionAlgorithm", "AES_CBC")}, xks.ValidationException},
		{"no algorithm", request{target: "keys/foo/encrypt", body: changed(ok, "encryptionAlgorithm", nil)}, xks.ValidationException},
		{"another CDIV algorithm", request{target: "keys/foo/encrypt", body: changed(ok, "ciphertextDataIntegrityValueAlgorithm", "MD5")}, xks.ValidationException},

		{"the largest plaintext", request{target: "keys/foo/encrypt", body: changed(ok, "plaintext", b64(make([]byte, 4300)))}, ""},
		{"a larger plaintext", request{target: "keys/foo/encrypt", body: changed(ok, "plaintext", b64(make([]byte, 4301)))}, xks.UnsupportedOperationException},
		{"the largest AAD", request{target: "keys/foo/encrypt", body: changed(ok, "additionalAuthenticatedData", b64(make([]byte, 8192)))}, ""},
		{"a larger AAD", request{target: "keys/foo/encrypt", body: changed(ok, "additionalAuthenticatedData", b64(make([]byte, 8193)))}, xks.UnsupportedOperationException},
		{"a larger ciphertext", request{target: "keys/foo/decrypt", body: changed(back, "ciphertext", b64(make([]byte, 4301)))}, xks.UnsupportedOperationException},
		{"a larger body", request{target: "keys/foo/encrypt", body: changed(ok, "plaintext", b64(make([]byte, 64<<10)))}, xks.UnsupportedOperationException},
		{"a larger plaintext for no key", request{target: "keys/none/encrypt", body: changed(ok, "plaintext", b64(make([]byte, 4301)))}, xks.KeyNotFoundException},

		{"decrypt", request{target: "keys/foo/decrypt", body: back}, ""},
		{"another key", request{target: "keys/bar/decrypt", body: back}, xks.InvalidCiphertextException},
		{"another tag", request{target: "keys/foo/decrypt", body: flip("authenticationTag", 0)}, xks.InvalidCiphertextException},
		{"another IV", request{target: "keys/foo/decrypt", body: flip("initializationVector", 3)}, xks.InvalidCiphertextException},
		{"another ciphertext", request{target: "keys/foo/decrypt", body: flip("ciphertext", -1)}, xks.InvalidCiphertextException},
		{"other metadata", request{target: "keys/foo/decrypt", body: flip("ciphertextMetadata", -1)}, xks.InvalidCiphertextException},
		{"another scheme", request{target: "keys/foo/decrypt", body: flip("ciphertextMetadata", 0)}, xks.InvalidCiphertextException},
		{"longer metadata", request{target: "keys/foo/decrypt", body: changed(back, "ciphertextMetadata", b64(append(bytes.Clone(made.bytes("ciphertextMetadata")), 0)))}, xks.InvalidCiphertextException},
		{"metadata of 21 bytes", request{target: "keys/foo/decrypt", body: changed(back, "ciphertextMetadata", b64(make([]byte, 21)))}, xks.InvalidCiphertextException},
		{"a short tag", request{target: "keys/foo/decrypt", body: changed(back, "authenticationTag", b64(made.bytes("authenticationTag")[:12]))}, xks.InvalidCiphertextException},
		{"a short ciphertext", request{target: "keys/foo/decrypt", body: changed(back, "ciphertext", b64(made.bytes("ciphertext")[:3]))}, xks.InvalidCiphertextException},
		{"an empty ciphertext", request{target: "keys/foo/decrypt", body: changed(back, "ciphertext", "")}, xks.InvalidCiphertextException},
		{"an IV of 16 bytes", request{target: "keys/foo/decrypt", body: changed(back, "initializationVector", b64(make([]byte, 16)))}, xks.InvalidCiphertextException},
		{"an IV of 13 bytes", request{target: "keys/foo/decrypt", body: changed(back, "initializationVector", b64(make([]byte, 13)))}, xks.InvalidCiphertextException},
		{"no tag", request{target: "keys/foo/decrypt", body: changed(back, "authenticationTag", nil)}, xks.ValidationException},

		{"a disabled key", request{target: "keys/sleeping/encrypt", body: ok}, xks.InvalidStateException},
		{"a disabled key, decrypt", request{target: "keys/sleeping/decrypt", body: back}, xks.InvalidStateException},
		{"no rule fits", request{target: "keys/guarded/encrypt", body: ok}, xks.AccessDeniedException},
		{"no rule fits metadata", request{target: "keys/guarded/metadata", body: ok}, xks.AccessDeniedException},
		{"the first rule fits", request{target: "keys/guarded/encrypt", body: metaWith(ok, "awsPrincipalArn", "arn:aws:iam::123456789012:role/a/b")}, ""},
		{"denied before sizes", request{target: "keys/guarded/encrypt", body: changed(ok, "plaintext", b64(make([]byte, 4301)))}, xks.AccessDeniedException},
		{"the second rule fits", request{target: "keys/guarded/decrypt", body: back}, xks.InvalidCiphertextException},
	} {
		t.Run(c.name, func(t *testing.T) { s.send(c.in).expect(t, c.want) })
	}
	t.Run("a disabled key's metadata", func(t *testing.T) {
		a := s.send(request{target: "keys/sleeping/metadata", body: ok})
		if a.expect(t, ""); a.fields["keyStatus"] != "DISABLED" || a.fields["keySpec"] != "AES_256" {
			t.Errorf("%s", a.raw)
		}
	})
	t.Run("bytes moved between AAD and metadata", func(t *testing.T) {
		aad, metadata := must(aad1), made.bytes("ciphertextMetadata")
		moved := changed(decryptBody(made, b64(append(bytes.Clone(aad), metadata...))), "ciphertextMetadata", nil)
		if len(metadata) == 0 { // an HSM has none: the other way
			moved = changed(decryptBody(made, b64(aad[:len(aad)-5])), "ciphertextMetadata", b64(aad[len(aad)-5:]))
		}
		s.send(request{target: "keys/foo/decrypt", body: moved}).expect(t, xks.InvalidCiphertextException)
	})
	t.Run("other methods", func(t *testing.T) {
		for _, method := range []string{"GET", "PUT", "DELETE", "HEAD", "OPTIONS"} {
			for target, want := range map[string]int{"health": 405, "keys/foo/encrypt": 405, "keys/foo/metadata": 405, "nothing": 404} {
				if a := s.send(request{method: method, target: target, body: []byte{}}); a.status != want {
					t.Errorf("%s %s: %d, want %d", method, target, a.status, want)
				}
			}
		}
	})
	t.Run("nothing secret in the log", func(t *testing.T) {
		for _, secret := range []string{testSecret, plain1, "plaintext\\n", "user-pin"} {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("the log has %q", secret)
			}
		}
	})
	if err := s.proxy.journal.Ready(); err != nil {
		t.Errorf("journal: %v", err)
	}
}
