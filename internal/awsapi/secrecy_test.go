package awsapi_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/iam"
)

// The plaintext is itself valid base64, so that it gets past the decoder wherever a blob is
// asked for.
const (
	plaintext = "SECRETsecretSECRET012345"
	password  = "PASSWORDpassword"
)

// leaks looks for secrets in what left the process.
func leaks(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{plaintext, password} {
		for _, form := range []string{secret, secret[:12], base64Text([]byte(secret)), fmt.Sprintf("%x", secret)} {
			if strings.Contains(text, form) {
				t.Errorf("%s: %q has %q", what, text, form)
			}
		}
	}
}

// TestNoEcho: whatever is wrong with a request, no answer, record or log has the plaintext,
// or a password, that it carried.
func TestNoEcho(t *testing.T) {
	s := kmsService(nil)
	built := []string{"Encrypt", "GenerateMac", "Sign", "UpdateCustomKeyStore"}
	s.Operations = []awsapi.Operation{
		silent[kms.EncryptInput, kms.EncryptOutput]("Encrypt"),
		silent[kms.GenerateMacInput, kms.GenerateMacOutput]("GenerateMac"),
		silent[kms.SignInput, kms.SignOutput]("Sign"),
		silent[kms.UpdateCustomKeyStoreInput, kms.UpdateCustomKeyStoreOutput]("UpdateCustomKeyStore"),
	}
	s.Missing = awsapi.MissingFrom(awsapi.OperationsOf((*kms.Client)(nil)), s.Operations)
	w := newWorld(t, s)
	b64 := base64Text([]byte(plaintext))
	long := base64Text([]byte(strings.Repeat(plaintext, 200)))
	var bodies []string
	for _, value := range []string{`"` + b64 + `"`, `"` + long + `"`, `"` + b64 + `*"`, `"` + plaintext + `_"`, `"` + b64[1:] + `"`,
		`"\u0041` + b64 + `"`, `["` + b64 + `"]`, `{"` + b64 + `":1}`, `"` + b64 + "\n\"", `"` + b64 + `\x"`} {
		for _, rest := range []string{``, `,"KeyId":7`, `,"KeyId":"k"`, `,"Plaintext":"` + b64 + `"`, `,"MacAlgorithm":"x"`, `,"GrantTokens":[null]`, `,"X":01`} {
			for _, member := range []string{"Plaintext", "Message", "KeyStorePassword"} {
				bodies = append(bodies, `{"`+member+`":`+value+rest+`}`)
			}
		}
	}
	bodies = append(bodies,
		`{"CustomKeyStoreId":"c","KeyStorePassword":"`+strings.Repeat(password, 9)+`"}`,
		`{"CustomKeyStoreId":"c","XksProxyAuthenticationCredential":{"AccessKeyId":"`+password+`!","RawSecretAccessKey":"`+password+`"}}`,
		`{"CustomKeyStoreId":"`+strings.Repeat("c", 65)+`","KeyStorePassword":"`+password+`"}`)
	whole := `{"KeyId":"k","Plaintext":"` + b64 + `","Message":"` + b64 + `","SigningAlgorithm":"ECDSA_SHA_256"}`
	for i := range whole {
		bodies = append(bodies, whole[:i], whole[:i]+"\xff"+whole[i:])
	}
	for _, operation := range append(built, "Decrypt", "Nothing") {
		for _, body := range bodies {
			checkSecrecy(t, w, w.json(operation, body), operation+" "+body)
		}
	}
	leaks(t, "log", w.logs.String())
}

// silent is an operation that does nothing and fails.
func silent[In, Out any](name string) awsapi.Operation {
	return awsapi.Op(name, false, func(context.Context, *iam.Caller, *In) (*Out, error) {
		return nil, context.Canceled
	})
}

func checkSecrecy(t *testing.T, w *world, answer *httptest.ResponseRecorder, request string) {
	t.Helper()
	leaks(t, "answer to "+request, fmt.Sprint(answer.Header(), answer.Body))
	for _, e := range w.recorder.events {
		leaks(t, "record of "+request, fmt.Sprintf("%s %s %s %s", e.RequestParameters, e.ResponseElements, e.ErrorCode, e.ErrorMessage))
	}
	w.recorder.events = nil
}

// TestCauseStaysInside: an internal error's text reaches the log and nothing else.
func TestCauseStaysInside(t *testing.T) {
	failure := fmt.Errorf("open record: %s", plaintext)
	w := newWorld(t, kmsService(&failure), stsService(&failure))
	answers := []*httptest.ResponseRecorder{
		w.json("DescribeKey", `{"KeyId":"k"}`),
		w.send(formRequest("Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn=arn:aws:iam::111122223333:role/r")),
	}
	for _, a := range answers {
		if checkSecrecy(t, w, a, "a call that fails inside"); a.Code != 500 {
			t.Errorf("answer %d", a.Code)
		}
	}
	if !strings.Contains(w.logs.String(), plaintext) {
		t.Error("the log lacks the cause")
	}
}

// TestPooledBuffersAreZero: nothing of a request stays in a buffer that the next one gets.
func TestPooledBuffersAreZero(t *testing.T) {
	buf := append(make([]byte, 0, 64), plaintext...)
	if left := awsapi.Pooled(buf); !bytes.Equal(left, make([]byte, 64)) {
		t.Errorf("left in the buffer: %q", left)
	}
	if _, err := base64.StdEncoding.DecodeString(plaintext); err != nil {
		t.Errorf("the plaintext of these tests is not base64: %v", err)
	}
}
