package signin_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"errors"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/signin"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// world is a whole server with the root user's IAM.
type world struct {
	*keysteadtest.Server
	t   *testing.T
	iam *sdkiam.Client
}

func newWorld(t *testing.T, options ...keysteadtest.Option) *world {
	t.Helper()
	srv := keysteadtest.Start(t, options...)
	return &world{srv, t, sdkiam.NewFromConfig(srv.Config())}
}

// worlds runs a test on each engine.
func worlds(t *testing.T, test func(w *world)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(newWorld(t, keysteadtest.WithDatabase(fresh(t))))
	})
}

func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// outcome is what a call of the API came to: "ok" or "Code: message".
func outcome(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode() + ": " + e.ErrorMessage()
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

const password = "correct Horse 1"

// user makes a user with a password, who may do everything.
func (w *world) user(name string) {
	w.t.Helper()
	_, err := w.iam.CreateUser(w.t.Context(), &sdkiam.CreateUserInput{UserName: &name})
	must(w.t, "CreateUser", err)
	_, err = w.iam.CreateLoginProfile(w.t.Context(), &sdkiam.CreateLoginProfileInput{UserName: &name, Password: new(password)})
	must(w.t, "CreateLoginProfile", err)
	w.allow(name, "*")
}

func (w *world) allow(name, action string) {
	w.t.Helper()
	_, err := w.iam.PutUserPolicy(w.t.Context(), &sdkiam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`)})
	must(w.t, "PutUserPolicy", err)
}

// reply is an answer of the sign-in.
type reply struct {
	status int
	header http.Header
	text   string
}

// code is "ok", or the status, the code and the message of an error.
func (r *reply) code() string {
	if r.status == http.StatusOK {
		return "ok"
	}
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(r.text), &e) != nil {
		return r.text
	}
	return e.Type + ": " + e.Message
}

// answer is the session of a sign-in that must have gone well.
func (w *world) answer(r *reply) *signin.Answer {
	w.t.Helper()
	a := new(signin.Answer)
	if r.status != http.StatusOK || json.Unmarshal([]byte(r.text), a) != nil {
		w.t.Fatalf("status %d: %s", r.status, r.text)
	}
	return a
}

func plain(a *signin.Answer) aws.Credentials {
	return aws.Credentials{AccessKeyID: a.Credentials.AccessKeyID, SecretAccessKey: a.Credentials.SecretAccessKey, SessionToken: a.Credentials.SessionToken}
}

// request makes a request of the page.
func (w *world) request(method, path, body string) *http.Request {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.URL+path, strings.NewReader(body))
	must(w.t, "make a request", err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", w.URL)
	}
	return r
}

func (w *world) send(r *http.Request) *reply {
	w.t.Helper()
	res, err := http.DefaultClient.Do(r)
	must(w.t, "send", err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(w.t, "read", err)
	return &reply{res.StatusCode, res.Header, string(bytes.TrimSpace(b))}
}

func (w *world) post(path, body string) *reply {
	w.t.Helper()
	return w.send(w.request(http.MethodPost, path, body))
}

// signed sends a request that is signed for the sign-in.
func (w *world) signed(c aws.Credentials, path, body string) *reply {
	w.t.Helper()
	r := w.request(http.MethodPost, path, body)
	sum := sha256.Sum256([]byte(body))
	must(w.t, "sign", v4.NewSigner().SignHTTP(w.t.Context(), c, r, hex.EncodeToString(sum[:]), "signin", "us-east-1", time.Now()))
	return w.send(r)
}

// login is an attempt to sign in with a password.
func (w *world) login(account, user, password string, more ...string) *reply {
	w.t.Helper()
	in := map[string]string{"account": account, "userName": user, "password": password}
	if len(more) > 0 {
		in["newPassword"] = more[0]
	}
	b, err := json.Marshal(in)
	must(w.t, "encode", err)
	return w.post("/signin/password", string(b))
}

// whoAmI is the ARN that STS tells of credentials, or the error.
func (w *world) whoAmI(c aws.Credentials) string {
	w.t.Helper()
	out, err := sdksts.NewFromConfig(w.ConfigFor(c)).GetCallerIdentity(w.t.Context(), &sdksts.GetCallerIdentityInput{})
	if err != nil {
		return outcome(err)
	}
	return *out.Arn
}

func (w *world) want(what string, r *reply, status int, code string) {
	w.t.Helper()
	if r.status != status || !strings.HasPrefix(r.code(), code) {
		w.t.Errorf("%s: %d %s, want %d %s", what, r.status, r.code(), status, code)
	}
	if r.header.Get("Cache-Control") != "no-store" {
		w.t.Errorf("%s: the answer may be kept", what)
	}
}

// events reads the records of an event from the journal.
func (w *world) events(name string) []string {
	w.t.Helper()
	var found []string
	for r, err := range cloudtrail.ReadJournal(w.t.Context(), filepath.Join(w.DataDir, "journal"), cloudtrail.ReadOptions{Filter: cloudtrail.Filter{EventName: name}}) {
		must(w.t, "read the journal", err)
		found = append(found, string(r.JSON))
	}
	return found
}
