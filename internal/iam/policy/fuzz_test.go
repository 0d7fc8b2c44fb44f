package policy_test

import (
	"fmt"
	"slices"
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
	f.Add([]byte(statements(`{"Sid":"a","Effect":"Allow","Action":"kms:*","Resource":["arn:aws:kms:*:*:key/${aws:username}"],"Condition":{"StringEquals":{"kms:ViaService":"${aws:x, 'y'}"}}}`)))
	f.Add([]byte(statements(`{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/x.y"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"x.y:aud":"z"}}}`)))
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
		for _, validate := range validations {
			if a, b := fmt.Sprint(validate(d)), fmt.Sprint(validate(again)); a != b {
				t.Errorf("valid before printing: %s, after: %s", a, b)
			}
		}
		if a, b := d.ContextKeys(), again.ContextKeys(); !slices.EqualFunc(a, b, strings.EqualFold) {
			t.Errorf("condition keys before printing: %q, after: %q", a, b)
		}
		if a, b := d.Principals(), again.Principals(); !sameElements(a, b) {
			t.Errorf("principals before printing: %q, after: %q", a, b)
		}
		context := keys{"a:b": policy.Single("1"), "kms:encryptioncontextkeys": policy.Multi([]string{"App", ""})}
		for _, p := range []policy.Principal{alice, root, session, s3, workload, nobody} {
			if a, b := decide(d, p, context), decide(again, p, context); a != b {
				t.Errorf("%+v before printing: %+v, after: %+v", p, a, b)
			}
			r := &policy.Request{Principal: p, Action: "kms:Encrypt", Resource: keyARN, Context: context}
			if a, b := d.EvaluateIdentity(r), again.EvaluateIdentity(r); a != b {
				t.Errorf("as a policy of %+v before printing: %+v, after: %+v", p, a, b)
			}
			checkNearMisses(t, d, r)
		}
	})
}

// validations are those of each kind of document.
var validations = []func(*policy.Document) error{
	(*policy.Document).ValidateKeyPolicy, (*policy.Document).ValidateIdentityPolicy, (*policy.Document).ValidateManagedPolicy,
	(*policy.Document).ValidateTrustPolicy, (*policy.Document).ValidateControlPolicy, (*policy.Document).ValidateEndpointPolicy,
}

func sameElements(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// checkNearMisses: a statement that nearly allows for its conditions has one that does not
// hold, and is none that allows.
func checkNearMisses(t *testing.T, d *policy.Document, r *policy.Request) {
	allows := make(map[int]bool)
	for _, m := range d.Matches(r) {
		allows[m.Statement] = true
	}
	for _, m := range d.NearMisses(r, 5) {
		failed := slices.ContainsFunc(d.CheckConditions(m.Statement, r.Context), func(c policy.ConditionCheck) bool { return !c.Holds })
		if allows[m.Statement] || m.Element == "Condition" && !failed {
			t.Errorf("%+v of %+v is a near miss: %s", m, r.Principal, d)
		}
	}
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
