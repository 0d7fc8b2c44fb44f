package awsapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// TestEvent: the record says who called what from where, and what came of it.
func TestEvent(t *testing.T) {
	var failure error
	w := newWorld(t, kmsService(&failure))
	w.clock.Advance(1000 * time.Hour)
	r := jsonRequest("TrentService.Encrypt", `{"KeyId":"alias/a","Plaintext":"aGVsbG8=","EncryptionContext":{"k":"v"}}`)
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256}
	r.RemoteAddr = "[::ffff:192.0.2.7]:1234"
	answer := w.send(r)

	e := w.recorder.last(t)
	if until := time.Until(e.Time); until < 999*time.Hour {
		t.Errorf("the event's time is not the clock's: %v", e.Time)
	}
	e.Time = time.Time{}
	want := cloudtrail.Event{
		Source: "kms.amazonaws.com", Name: "Encrypt", Region: "eu-west-1", ReadOnly: true,
		Identity:        cloudtrail.Identity{Type: "Root", AccountID: "111122223333"},
		SourceIPAddress: "192.0.2.7", UserAgent: "tester/1", RequestID: answer.Header().Get("x-amzn-RequestId"),
		RecipientAccountID: "111122223333",
		RequestParameters:  []byte(`{"keyId":"alias/a","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"k":"v"}}`),
		TLS:                &cloudtrail.TLSDetails{Version: "TLSv1.3", Cipher: "TLS_AES_128_GCM_SHA256", HostHeader: "kms.example"},
	}
	same(t, want, *e)
	if w.auth.service != "kms" || !strings.Contains(string(w.auth.body), "aGVsbG8=") {
		t.Errorf("authenticated for %q with body %q", w.auth.service, w.auth.body)
	}
}

func same(t *testing.T, want, got any) {
	t.Helper()
	a, _ := json.MarshalIndent(want, "", " ")
	b, _ := json.MarshalIndent(got, "", " ")
	if !bytes.Equal(a, b) {
		t.Errorf("got %s\nwant %s", b, a)
	}
}

// TestEventOutcomes: every authenticated call of a known operation is recorded.
func TestEventOutcomes(t *testing.T) {
	tests := []struct {
		name, operation, body            string
		failure                          error
		code, message, parameters, reply string
	}{
		{name: "mutation without output", operation: "EnableKey", body: `{"KeyId":"k"}`, parameters: `{"keyId":"k"}`, reply: `{"keyId":"` + keyARN + `"}`},
		{name: "mutation with output", operation: "ScheduleKeyDeletion", body: `{"KeyId":"k"}`, parameters: `{"keyId":"k"}`, reply: `{"keyId":"k","pendingWindowInDays":7}`},
		{name: "not JSON", operation: "Encrypt", body: `{`, code: "SerializationException"},
		{name: "wrong type", operation: "Encrypt", body: `{"KeyId":1}`, code: "SerializationException", message: "NUMBER_VALUE can not be converted to a String"},
		{name: "constraint", operation: "DescribeKey", body: `{"GrantTokens":["a"]}`, code: "ValidationException",
			message: "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"},
		{name: "failure", operation: "DescribeKey", body: `{"KeyId":"k"}`, failure: &types.NotFoundException{Message: aws.String("no")}, code: "NotFoundException", message: "no", parameters: `{"keyId":"k"}`},
		{name: "access denied", operation: "DescribeKey", body: `{"KeyId":"k"}`, failure: &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}, code: "AccessDenied", message: "no", parameters: `{"keyId":"k"}`},
		{name: "internal", operation: "DescribeKey", body: `{"KeyId":"k"}`, failure: errLost, code: "KMSInternalException", parameters: `{"keyId":"k"}`},
		{name: "panic", operation: "ListKeys", body: `{"Limit":3}`, code: "KMSInternalException", parameters: `{"limit":3}`},
		{name: "not built", operation: "Sign", body: `{"KeyId":"k"}`, code: "UnsupportedOperationException", message: "Sign is not supported."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, kmsService(&tt.failure))
			w.json(tt.operation, tt.body)
			e := w.recorder.last(t)
			if e.ErrorCode != tt.code || e.ErrorMessage != tt.message {
				t.Errorf("error %q %q, want %q %q", e.ErrorCode, e.ErrorMessage, tt.code, tt.message)
			}
			if string(e.RequestParameters) != tt.parameters || string(e.ResponseElements) != tt.reply {
				t.Errorf("parameters %s, response %s, want %s, %s", e.RequestParameters, e.ResponseElements, tt.parameters, tt.reply)
			}
		})
	}
}

// TestNotRecorded: nobody known called, or nothing known was called.
func TestNotRecorded(t *testing.T) {
	w := newWorld(t, kmsService(nil))
	w.json("EncryptAll", `{}`)
	w.auth.err = refusal{}
	w.json("Encrypt", `{}`)
	if n := len(w.recorder.events); n != 0 {
		t.Errorf("%d events", n)
	}
}

// TestOperationsRecord: what an operation writes into the event stays.
func TestOperationsRecord(t *testing.T) {
	s := kmsService(nil)
	s.Missing, s.Constraints = nil, nil
	s.Operations = []awsapi.Operation{awsapi.Op("RetireGrant", false, func(_ context.Context, c *iam.Caller, _ *struct{ GrantId *string }) (*struct{ A *string }, error) {
		c.Event.RequestParameters, c.Event.ResponseElements = []byte("null"), []byte(`{"x":1}`)
		return nil, nil
	})}
	w := newWorld(t, s)
	w.json("RetireGrant", `{"GrantId":"g"}`)
	if e := w.recorder.last(t); string(e.RequestParameters) != "null" || string(e.ResponseElements) != `{"x":1}` {
		t.Errorf("parameters %s, response %s", e.RequestParameters, e.ResponseElements)
	}
}

// TestRecorderFails: no answer without a record.
func TestRecorderFails(t *testing.T) {
	var failure error
	w := newWorld(t, kmsService(&failure))
	const body = `{"KeyId":"k","Plaintext":"aGVsbG8="}`
	w.recorder.fails = errLost
	if a := w.json("Encrypt", body); a.Code != 500 || a.Body.String() != `{"__type":"KMSInternalException"}` {
		t.Errorf("a call that isn't recorded answers %d %s", a.Code, a.Body)
	}
	if !strings.Contains(w.logs.String(), errLost.Error()) {
		t.Errorf("the log lacks the cause: %s", &w.logs)
	}
	w.recorder.notReady = errLost
	failure = errors.New("the operation ran")
	w.logs.Reset()
	if a := w.json("DescribeKey", `{"KeyId":"k"}`); a.Code != 500 {
		t.Errorf("a call that can't be recorded answers %d %s", a.Code, a.Body)
	}
	if strings.Contains(w.logs.String(), failure.Error()) {
		t.Error("the operation ran although its record could not be kept")
	}
}

// TestClientGone: a call whose client went away is recorded, and nobody is alarmed.
func TestClientGone(t *testing.T) {
	w := newWorld(t, kmsService(nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.send(jsonRequest("TrentService.DescribeKey", `{"KeyId":"k"}`).WithContext(ctx))
	if e := w.recorder.last(t); e.ErrorCode != "KMSInternalException" {
		t.Errorf("error code %q", e.ErrorCode)
	}
	if log := w.logs.String(); !strings.Contains(log, "level=INFO") || strings.Contains(log, "level=ERROR") {
		t.Errorf("log: %s", log)
	}
}

func TestLog(t *testing.T) {
	failure := errLost
	w := newWorld(t, kmsService(&failure))
	id := w.json("DescribeKey", `{"KeyId":"k"}`).Header().Get("x-amzn-RequestId")
	for _, want := range []string{"level=ERROR", id, "service=kms", "operation=DescribeKey", errLost.Error()} {
		if !strings.Contains(w.logs.String(), want) {
			t.Errorf("the log lacks %q: %s", want, &w.logs)
		}
	}
	w.logs.Reset()
	w.json("ListKeys", `{}`)
	if log := w.logs.String(); !strings.Contains(log, "list of keys lost") || !strings.Contains(log, "world_test.go") {
		t.Errorf("the log lacks the panic or its place: %s", log)
	}
	w.logs.Reset()
	w.json("Encrypt", `{}`)
	if w.logs.Len() > 0 {
		t.Errorf("a client's mistake is logged: %s", &w.logs)
	}
}

func TestObserve(t *testing.T) {
	w := newWorld(t, kmsService(nil))
	const body = `{"KeyId":"k","Plaintext":"aGVsbG8="}`
	answer := w.json("Encrypt", body)
	w.json("Encrypt", `{}`)
	w.json("EncryptAll", `{}`)
	if len(w.seen) != 3 {
		t.Fatalf("%d observations, want 3", len(w.seen))
	}
	for i := range w.seen {
		if w.seen[i].Duration <= 0 || w.seen[i].RequestID == "" {
			t.Errorf("observation %+v", w.seen[i])
		}
		w.seen[i].Duration, w.seen[i].RequestID = 0, ""
	}
	const root = "arn:aws:iam::111122223333:root"
	same(t, []awsapi.Observation{
		{Protocol: "awsJson", Service: "kms", Operation: "Encrypt", Principal: root, Account: "111122223333", Region: "eu-west-1", Status: 200, Received: len(body), Sent: answer.Body.Len()},
		{Protocol: "awsJson", Service: "kms", Operation: "Encrypt", Principal: root, Account: "111122223333", Region: "eu-west-1", Status: 400, Code: "ValidationException", Received: 2, Sent: w.seen[1].Sent},
		{Protocol: "awsJson", Status: 400, Code: "UnknownOperationException", Sent: 38},
	}, w.seen)
}

func zipped(t *testing.T, body string) *http.Request {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r := jsonRequest("TrentService.Encrypt", b.String())
	r.Header.Set("Content-Encoding", "gzip")
	return r
}

func TestGzip(t *testing.T) {
	w := newWorld(t, kmsService(nil))
	r := zipped(t, `{"KeyId":"k","Plaintext":"aGVsbG8="}`)
	if a := w.send(r); a.Code != 200 || !strings.Contains(a.Body.String(), "Y3Q6aGVsbG8=") {
		t.Errorf("answer %d %s", a.Code, a.Body)
	}
	if !bytes.HasPrefix(w.auth.body, []byte{0x1f, 0x8b}) {
		t.Error("the signature is verified over something else than what was sent")
	}
	bomb := zipped(t, strings.Repeat(" ", 2<<20))
	if bomb.ContentLength > 1<<20 {
		t.Fatal("the bomb is too large to be one")
	}
	if a := w.send(bomb); a.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a bomb is answered with %d %s", a.Code, a.Body)
	}
	broken := jsonRequest("TrentService.Encrypt", "not gzip")
	broken.Header.Set("Content-Encoding", "gzip")
	unknown := jsonRequest("TrentService.Encrypt", "{}")
	unknown.Header.Set("Content-Encoding", "br")
	for _, r := range []*http.Request{broken, unknown} {
		if a := w.send(r); a.Code != 400 || !strings.Contains(a.Body.String(), "SerializationException") {
			t.Errorf("answer %d %s", a.Code, a.Body)
		}
	}
}

// TestBodyLimit: a body as large as allowed is read, whether its length is known or not.
func TestBodyLimit(t *testing.T) {
	w := newWorld(t, kmsService(nil))
	for size, want := range map[int]int{1 << 20: 200, 1<<20 + 1: 413} {
		for _, known := range []bool{true, false} {
			body := `{"KeyId":"k","Plaintext":"aGVsbG8="}`
			body += strings.Repeat(" ", size-len(body))
			r := jsonRequest("TrentService.Encrypt", body)
			if !known {
				r.ContentLength = -1
			}
			if a := w.send(r); a.Code != want {
				t.Errorf("%d bytes, length known: %v: %d, want %d", size, known, a.Code, want)
			}
		}
	}
	r := jsonRequest("TrentService.Encrypt", `{"KeyId":"k"`)
	r.Body = http.MaxBytesReader(nil, r.Body, 3)
	if a := w.send(r); a.Code != 400 {
		t.Errorf("a body that breaks off is answered with %d", a.Code)
	}
}

// announced is a body of which nothing has come yet: it only looks at the room for it.
type announced struct{ room int }

func (a *announced) Read(b []byte) (int, error) {
	a.room = len(b)
	return 0, io.EOF
}

// TestAnnouncedBody: memory follows what a client sends, not what it announces.
func TestAnnouncedBody(t *testing.T) {
	w := newWorld(t, kmsService(nil))
	r := jsonRequest("TrentService.Encrypt", "")
	body := &announced{}
	r.Body, r.ContentLength = io.NopCloser(body), 1<<20
	w.send(r)
	if most := 64<<10 + 1; body.room == 0 || body.room > most {
		t.Errorf("there is room for %d bytes before one has come; want at most %d", body.room, most)
	}
}

// TestSigningNameChooses: two services have the same action in the same version.
func TestSigningNameChooses(t *testing.T) {
	identity := stsService(nil)
	other := identity
	other.Name = "sts2"
	w := newWorld(t, identity, other)
	const form = "Action=GetCallerIdentity&Version=2011-06-15"
	for scope, want := range map[string]string{"sts": "sts", "sts2": "sts2", "s3": "sts"} {
		r := formRequest(form)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/"+scope+"/aws4_request, SignedHeaders=host, Signature=0")
		w.send(r)
		if w.auth.service != want {
			t.Errorf("signed for %s: authenticated for %s", scope, w.auth.service)
		}
		w.send(httptest.NewRequest(http.MethodPost, "/?"+form+"&X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2F"+scope+"%2Faws4_request", nil))
		if w.auth.service != want {
			t.Errorf("presigned for %s: authenticated for %s", scope, w.auth.service)
		}
	}
	if w.send(formRequest(form)); w.auth.service != "sts" {
		t.Errorf("not signed: authenticated for %s", w.auth.service)
	}
}

// TestAbort: net/http's way to break off a request is not an error of ours.
func TestAbort(t *testing.T) {
	s := kmsService(nil)
	s.Missing, s.Constraints = nil, nil
	s.Operations = []awsapi.Operation{awsapi.Op("ListKeys", true, func(context.Context, *iam.Caller, *struct{}) (*struct{}, error) {
		panic(http.ErrAbortHandler)
	})}
	w := newWorld(t, s)
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("panic: %v", p)
		}
	}()
	w.json("ListKeys", "{}")
}

func TestNewRefuses(t *testing.T) {
	base := func(change func(*awsapi.Service)) awsapi.Options {
		s := kmsService(nil)
		change(&s)
		return awsapi.Options{Services: []awsapi.Service{s}, Auth: &doorman{}, Recorder: &clerk{}, Clock: &clock.Clock{}}
	}
	type noPlan struct{ C chan int }
	for name, o := range map[string]awsapi.Options{
		"nothing":                {},
		"no limit":               base(func(s *awsapi.Service) { s.MaxBody = 0 }),
		"operation twice":        base(func(s *awsapi.Service) { s.Operations = append(s.Operations, s.Operations[0]) }),
		"built and missing":      base(func(s *awsapi.Service) { s.Missing = append(s.Missing, "Encrypt") }),
		"constraints of nothing": base(func(s *awsapi.Service) { s.Missing = nil }),
		"unenforced of nothing":  base(func(s *awsapi.Service) { s.Unenforced = map[string][]string{"X": {"KeyId"}} }),
		"unenforced, unknown":    base(func(s *awsapi.Service) { s.Unenforced = map[string][]string{"Encrypt": {"keyId"}} }),
		"a type that has no plan": base(func(s *awsapi.Service) {
			s.Operations = append(s.Operations, awsapi.Op[noPlan, struct{}]("X", true, nil))
		}),
		"input that is no struct": base(func(s *awsapi.Service) {
			s.Operations = append(s.Operations, awsapi.Op[string, struct{}]("X", true, nil))
		}),
		"output that has no plan": base(func(s *awsapi.Service) {
			s.Operations = append(s.Operations, awsapi.Op[struct{}, noPlan]("X", true, nil))
		}),
		"constraint that can't fit": base(func(s *awsapi.Service) { s.Constraints = map[string][]awsapi.Constraint{"Encrypt": {{Path: "x"}}} }),
	} {
		if _, err := awsapi.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := awsapi.New(base(func(*awsapi.Service) {})); err != nil {
		t.Error(err)
	}
}

// TestManyAtOnce: requests that share buffers don't see each other's bytes.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, kmsService(nil))
	var g sync.WaitGroup
	for worker := range 8 {
		g.Go(func() {
			for i := range 100 {
				plain := fmt.Appendf(nil, "%d/%d/%s", worker, i, strings.Repeat("x", i*40)) // up to the limit of 4,096
				a := w.json("Encrypt", `{"KeyId":"k","Plaintext":"`+base64Text(plain)+`"}`)
				if want := base64Text(append([]byte("ct:"), plain...)); !strings.Contains(a.Body.String(), want) {
					t.Errorf("worker %d, call %d: answer %d of %d bytes lacks the ciphertext", worker, i, a.Code, a.Body.Len())
					return
				}
			}
		})
	}
	g.Wait()
	if n := len(w.recorder.events); n != 800 {
		t.Errorf("%d events, want 800", n)
	}
}
