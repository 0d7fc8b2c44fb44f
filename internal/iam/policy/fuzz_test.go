package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// FuzzParse: what parses prints back to a document that is equal: it prints the same,
// validates the same and decides the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(statements(allow)))
	f.Add([]byte(defaultKeyPolicy))
	f.Add([]byte(twentyStatements()))
	f.Add([]byte(`{"Id":"<&>\u2028","Statement":{"Effect":"Deny","NotPrincipal":{"Service":"x.y","Federated":["z"],"CanonicalUser":"c"},"NotAction":[],"NotResource":["${a","*"]}}`))
	f.Add([]byte(statements(`{"Sid":"\ud800","Effect":"Allow","Principal":{"AWS":[]},"Action":"*","Resource":"${a, 'b'}${*}","Condition":{"Null":{"a:b":[]},"bool":{},"ArnLikeIfExists":{"A:b":["*:*:*:*:*:${x}"]}}}`)))
	f.Add([]byte(statements(`{"Effect":"Allow","Condition":{"NumericLessThan":{"a:b":1e3},"DateGreaterThan":{"a:b":"2020-02-29"},"IpAddress":{"a:b":"::/0"},"BinaryEquals":{"a:b":"AA=="}}}`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, err := policy.Parse(doc)
		if err != nil {
			wantMessage(t, err, "")
			return
		}
		printed := d.String()
		if len(printed) > policy.MaxSize {
			t.Skip()
		}
		again := parse(t, printed)
		if again.String() != printed {
			t.Fatalf("printed and parsed again: %s, want %s", again, printed)
		}
		if a, b := fmt.Sprint(d.ValidateKeyPolicy()), fmt.Sprint(again.ValidateKeyPolicy()); a != b {
			t.Errorf("valid before printing: %s, after: %s", a, b)
		}
		context := keys{"a:b": policy.Single("1"), "kms:encryptioncontextkeys": policy.Multi([]string{"App", ""})}
		for _, p := range []policy.Principal{alice, root, session, s3, workload, nobody} {
			if a, b := decide(d, p, context), decide(again, p, context); a != b {
				t.Errorf("%+v before printing: %+v, after: %+v", p, a, b)
			}
		}
	})
}

func TestTenThousandStatements(t *testing.T) {
	list := make([]string, 10000)
	for i := range list {
		list[i] = `{"Effect":"Deny"}`
	}
	list[9999] = allow
	d := parse(t, statements(list...))
	want := policy.Decision{Outcome: policy.AllowedByARN, Statement: 9999}
	if got := decide(d, alice, nil); got != want {
		t.Errorf("decision is %+v, want %+v", got, want)
	}
	list[5000] = `{"Effect":"deny"}`
	_, err := policy.Parse([]byte(statements(list...)))
	wantMessage(t, err, "Statement 5001: ")
}

func TestStringIsNormal(t *testing.T) {
	d := parse(t, `{"Statement": {"Resource": "<*>", "Sid": "", "Action": [], "Effect": "Deny", "NotPrincipal": {"Service": "x.y", "AWS": ["111122223333", "*"]},
		"Condition": {"Bool": {}, "NumericEquals": {"B:b": 1.50, "a:a": []}}}, "Version": "2012-10-17"}`)
	want := strings.Join([]string{`{"Version":"2012-10-17","Statement":[{"Effect":"Deny"`,
		`"NotPrincipal":{"AWS":["111122223333","*"],"Service":["x.y"]}`, `"Resource":["<*>"]`,
		`"Condition":{"NumericEquals":{"B:b":["1.50"],"a:a":[]}}}]}`}, ",")
	if got := d.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
