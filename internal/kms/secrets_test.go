package kms_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// spy collects what must stay secret, and what the service shows.
type spy struct {
	t       *testing.T
	srv     *keysteadtest.Server
	secrets map[string][]byte
	shown   bytes.Buffer // answers that are errors, and the pages for operators
	log     bytes.Buffer
}

// TestSecretsStayInside uses the service in every way, right and wrong, and then searches
// the journal, the log, the errors and the database for each secret that was in play.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		s := &spy{t: t, secrets: map[string][]byte{}}
		url := fresh(t)
		s.srv = keysteadtest.Start(t, keysteadtest.WithDatabase(url), keysteadtest.WithLog(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		s.use()
		s.useWrongly()
		s.useSession()
		s.readMaterial(url)
		for _, page := range []string{"/metrics", "/readyz", "/healthz", "/"} {
			s.get(page)
		}
		s.srv.Restart() // everything has been written then
		s.search("the log", s.log.Bytes())
		s.search("an error or a page", s.shown.Bytes())
		s.searchFiles(s.srv.DataDir)
		if path, isFile := strings.CutPrefix(url, "sqlite://"); isFile {
			s.searchFiles(filepath.Dir(path))
		}
		if !s.found("journal", "context value") {
			t.Error("the search does not find what is in the journal")
		}
	})
}

func (s *spy) secret(name string, b []byte) []byte {
	s.secrets[name] = b
	return b
}

// failed notes the error of a call that must not succeed.
func (s *spy) failed(err error) {
	s.t.Helper()
	if err == nil {
		s.t.Error("the call succeeded")
		return
	}
	fmt.Fprintln(&s.shown, err)
}

func (s *spy) use() {
	u := root(s.t, s.srv)
	ctx := s.t.Context()
	key, off := u.key(), u.key()
	u.disable(off)
	ec := map[string]string{"k": "context value"}
	plaintext := s.secret("plaintext", []byte(rand.Text()))
	blob := s.secret("ciphertext", u.encrypt(key, string(plaintext), ec))
	_, err := u.decrypt(blob, ec)
	must(s.t, "Decrypt", err)
	data, err := u.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256})
	must(s.t, "GenerateDataKey", err)
	s.secret("data key", data.Plaintext)
	s.secret("encrypted data key", data.CiphertextBlob)
	random, err := u.GenerateRandom(ctx, &kms.GenerateRandomInput{NumberOfBytes: new(int32(32))})
	must(s.t, "GenerateRandom", err)
	s.secret("random bytes", random.Plaintext)
	moved, err := u.ReEncrypt(ctx, &kms.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: ec, DestinationKeyId: &key})
	must(s.t, "ReEncrypt", err)
	s.secret("second ciphertext", moved.CiphertextBlob)

	i := u.importer(u.external(""))
	imported := s.secret("imported key material", randomBytes(32))
	in := i.request(imported)
	s.secret("wrapped key material", in.EncryptedKeyMaterial)
	s.secret("import token", in.ImportToken)
	_, err = u.ImportKeyMaterial(ctx, in)
	must(s.t, "ImportKeyMaterial", err)
	for _, in := range []*kms.ImportKeyMaterialInput{i.request(imported, asNew), i.request(imported, named(strings.Repeat("0", 64)))} {
		_, err = u.ImportKeyMaterial(ctx, in)
		s.failed(err)
	}
	_, err = u.ImportKeyMaterial(ctx, &kms.ImportKeyMaterialInput{KeyId: &i.key, ImportToken: imported, EncryptedKeyMaterial: in.EncryptedKeyMaterial})
	s.failed(err)

	for _, in := range []any{
		&kms.EncryptInput{KeyId: &key, Plaintext: plaintext, DryRun: new(true)},
		&kms.EncryptInput{KeyId: &off, Plaintext: plaintext},
		&kms.EncryptInput{KeyId: new("unknown"), Plaintext: plaintext},
		&kms.EncryptInput{KeyId: &key, Plaintext: append(make([]byte, 4096), plaintext...)},
		&kms.DecryptInput{CiphertextBlob: blob},
		&kms.DecryptInput{CiphertextBlob: blob, KeyId: &off},
		&kms.DecryptInput{CiphertextBlob: append(make([]byte, 6144), blob...)},
		&kms.DecryptInput{CiphertextBlob: blob, Recipient: &types.RecipientInfo{AttestationDocument: plaintext}},
		&kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &off, SourceEncryptionContext: ec},
		&kms.EncryptInput{KeyId: &key, Plaintext: []byte("x"), GrantTokens: []string{string(s.secret("grant token", []byte(rand.Text())))}},
	} {
		s.failed(call(ctx, u.Client, in))
	}
}

// useWrongly sends requests that no SDK would send.
func (s *spy) useWrongly() {
	text := string(s.secret("plaintext in a broken request", []byte(rand.Text())))
	b64 := base64.StdEncoding.EncodeToString([]byte(text))
	for _, body := range []string{
		`{"KeyId":"alias/x","Plaintext":"` + b64,
		`{"KeyId":"alias/x","Plaintext":"` + b64 + `"`,
		`{"KeyId":"alias/x","Plaintext":"` + b64 + `"}}`,
		`{"KeyId":"alias/x","Plaintext":"` + b64 + `!"}`,
		`{"KeyId":"alias/x","Plaintext":"!` + text + `"}`,
		`{"KeyId":"alias/x","Plaintext":["` + b64 + `"]}`,
		`{"KeyId":7,"Plaintext":"` + b64 + `"}`,
		`{"KeyId":"alias/x","plaintext":"` + b64 + `","Other":"` + b64 + `"}`,
		`{"KeyId":"alias/x","Plaintext":` + `"` + b64 + `","EncryptionContext":"` + b64 + `"}`,
		`"` + b64 + `"`,
		b64,
	} {
		s.send("TrentService.Encrypt", body)
		s.send("TrentService.NoSuchOperation", body)
		s.send("TrentService.Sign", body)
	}
}

// send signs and sends a request as it is.
func (s *spy) send(target, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.srv.URL+"/", strings.NewReader(body))
	must(s.t, "make request", err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	hash := sha256.Sum256([]byte(body))
	c := aws.Credentials{AccessKeyID: s.srv.AccessKeyID, SecretAccessKey: s.srv.SecretAccessKey}
	must(s.t, "sign", v4.NewSigner().SignHTTP(s.t.Context(), c, r, hex.EncodeToString(hash[:]), "kms", s.srv.Region, time.Now()))
	s.answer(http.DefaultClient.Do(r))
}

func (s *spy) get(path string) { s.answer(http.Get(s.srv.URL + path)) }

func (s *spy) answer(res *http.Response, err error) {
	s.t.Helper()
	must(s.t, "request", err)
	defer res.Body.Close()
	_, _ = io.Copy(&s.shown, res.Body)
	_ = res.Header.Write(&s.shown)
}

func (s *spy) useSession() {
	s.secret("secret access key", []byte(s.srv.SecretAccessKey))
	out, err := sts.NewFromConfig(s.srv.Config()).GetSessionToken(s.t.Context(), &sts.GetSessionTokenInput{})
	must(s.t, "GetSessionToken", err)
	c := credentials(out)
	s.secret("session's secret access key", []byte(c.SecretAccessKey))
	s.secret("session token", []byte(c.SessionToken))
	for _, change := range []func(*aws.Credentials){
		func(c *aws.Credentials) { c.SecretAccessKey += "x" },
		func(c *aws.Credentials) { c.SessionToken += "x" },
		func(c *aws.Credentials) { c.AccessKeyID = s.srv.AccessKeyID },
	} {
		wrong := c
		change(&wrong)
		_, err := kms.NewFromConfig(s.srv.ConfigFor(wrong)).ListKeys(s.t.Context(), &kms.ListKeysInput{})
		s.failed(err)
	}
	_, err = kms.NewFromConfig(s.srv.ConfigFor(c)).ListKeys(s.t.Context(), &kms.ListKeysInput{})
	must(s.t, "ListKeys by the session", err)
}

// readMaterial reads the key material from the database, with the root key, and the root
// key itself.
func (s *spy) readMaterial(url string) {
	db := storetest.Open(s.t, store.Options{URL: url, Sealer: sealer(s.t, s.srv)})
	found, err := db.Scan(s.t.Context(), "kms-material", store.Range{})
	must(s.t, "Scan", err)
	if len(found) != 4 { // with the imported one, and that of import tokens
		s.t.Errorf("%d records of key material, want 4", len(found))
	}
	for i, r := range found {
		s.secret(fmt.Sprintf("key material %d", i), r.Body[len(r.Body)-32:])
	}
	file, err := os.ReadFile(filepath.Join(s.srv.DataDir, "root.key"))
	must(s.t, "read root key", err)
	for i, key := range regexp.MustCompile(`[A-Za-z0-9+/]{40,}={0,2}`).FindAll(file, -1) {
		s.secret(fmt.Sprintf("root key %d", i), key)
	}
}

// searchFiles searches all files of a directory but those that are there for a secret.
func (s *spy) searchFiles(dir string) {
	must(s.t, "walk", filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if name := d.Name(); err != nil || d.IsDir() || name == "root.key" || name == "credentials" {
			return err
		}
		b, err := os.ReadFile(path)
		s.search(filepath.Base(path), b)
		return err
	}))
}

// search looks for every secret in every form in which it could be written.
func (s *spy) search(where string, text []byte) {
	s.t.Helper()
	for name, b := range s.secrets {
		for form, written := range map[string]string{
			"as it is": string(b), "in base64": base64.StdEncoding.EncodeToString(b), "in base64url": base64.RawURLEncoding.EncodeToString(b),
			"in hex": hex.EncodeToString(b), "in Go's form": strings.Trim(fmt.Sprint(b), "[]"), "quoted": strings.Trim(fmt.Sprintf("%q", b), `"`),
		} {
			if bytes.Contains(text, []byte(written)) {
				s.t.Errorf("%s has the %s %s", where, name, form)
			}
		}
	}
}

// found reports whether a file in a directory below the data directory has a text.
func (s *spy) found(dir, text string) bool {
	files, err := filepath.Glob(filepath.Join(s.srv.DataDir, dir, "*"))
	must(s.t, "Glob", err)
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}
