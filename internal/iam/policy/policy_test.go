package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

const (
	home      = "111122223333"
	elsewhere = "444455556666"
	keyARN    = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// The callers of the tests.
var (
	alice   = policy.Principal{ARN: "arn:aws:iam::111122223333:user/alice", Account: home}
	bob     = policy.Principal{ARN: "arn:aws:iam::111122223333:user/bob", Account: home}
	root    = policy.Principal{ARN: "arn:aws:iam::111122223333:root", Account: home}
	foreign = policy.Principal{ARN: "arn:aws:iam::444455556666:user/alice", Account: elsewhere}
	session = policy.Principal{
		ARN:     "arn:aws:sts::111122223333:assumed-role/App/run-1",
		Role:    "arn:aws:iam::111122223333:role/service/App",
		Account: home,
	}
	s3       = policy.Principal{Service: "s3.amazonaws.com"}
	workload = policy.Principal{Federated: "arn:aws:iam::111122223333:oidc-provider/token.example.com"}
	nobody   = policy.Principal{}
)

// keys is a Context of a test.
type keys map[string]policy.Value

func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

func parse(t testing.TB, doc string) *policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(doc))
	if err != nil {
		t.Fatalf("Parse(%.200s) = %v", doc, err)
	}
	return d
}

// statements wraps statements in a document of the current version.
func statements(list ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(list, ",") + `]}`
}

// decide evaluates a document for kms:Encrypt on the key.
func decide(d *policy.Document, p policy.Principal, c policy.Context) policy.Decision {
	return d.Evaluate(&policy.Request{Principal: p, Action: "kms:Encrypt", Resource: keyARN, Context: c})
}

// wantMessage fails unless err is an *Error whose message contains want.
func wantMessage(t *testing.T, err error, want string) {
	t.Helper()
	var e *policy.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T %v, want *Error", err, err)
	}
	if !strings.Contains(e.Message, want) {
		t.Errorf("message is %q, want %q in it", e.Message, want)
	}
	if e.Error() != "policy: "+e.Message {
		t.Errorf("Error() is %q", e.Error())
	}
}
