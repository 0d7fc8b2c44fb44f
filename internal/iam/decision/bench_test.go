package decision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// benchContext has the condition keys of a call as it comes in.
var benchContext = keys{
	"kms:encryptioncontext:app": policy.Single("app-19"),
	"kms:viaservice":            policy.Single("s3.us-east-1.amazonaws.com"),
	"kms:calleraccount":         policy.Single(home),
	"aws:sourceip":              policy.Single("192.0.2.17"),
	"aws:principalarn":          policy.Single(alice.ARN),
	"aws:securetransport":       policy.Single("true"),
	"aws:username":              policy.Single("alice"),
}

// twentyStatements is a key policy in which every statement has several conditions, and only
// the last statement's all hold.
func twentyStatements() string {
	list := make([]string, 20)
	for i := range list {
		list[i] = fmt.Sprintf(`{"Sid": "app %[1]d", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
			"Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:Encrypt"], "Resource": "*",
			"Condition": {"Bool": {"aws:SecureTransport": "true"},
				"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]},
				"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"},
				"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:App": "app-%[1]d"}}}`, i)
	}
	return document(list...)
}

func benchmarkDecide(b *testing.B, r *decision.Request, want string) {
	got, err := decision.Decide(r)
	if err != nil || got.String() != want {
		b.Fatalf("%s, %v; want %s", got.String(), err, want)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decision.Decide(r); err != nil {
			b.Fatal(err)
		}
	}
}

func benchRequest(keyPolicy, identity string) *decision.Request {
	return &decision.Request{
		Request:  policy.Request{Principal: alice, Action: "kms:Encrypt", Resource: keyARN, Context: benchContext},
		Owner:    home,
		Resource: named("the key policy", keyPolicy),
		Identity: []decision.Policy{*named("the identity policy", identity)},
	}
}

const (
	useOfKey = `{"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "arn:aws:kms:*:111122223333:key/*"}`
	allowAll = `{"Effect": "Allow", "Action": "*", "Resource": "*"}`

	anyEndpoint = `{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}`
)

func BenchmarkDecideDefaultPolicy(b *testing.B) {
	benchmarkDecide(b, benchRequest(defaultKeyPolicy, document(useOfKey)),
		`allowed by statement 1 of the identity policy, which may decide by statement 1 ("Enable IAM User Permissions") of the key policy`)
}

func BenchmarkDecideTwentyStatements(b *testing.B) {
	benchmarkDecide(b, benchRequest(twentyStatements(), document(allowAll)),
		`allowed by statement 1 of the identity policy, which may decide by statement 20 ("app 19") of the key policy`)
}

// Every layer that there can be, and a grant in the end.
func BenchmarkDecideEveryLayer(b *testing.B) {
	r := benchRequest(strings.ReplaceAll(twentyStatements(), "app-19", "app-20"), document(allowAll))
	r.Principal = session
	r.Controls = []decision.Policy{*named("the control policy", document(allowAll))}
	r.Endpoint = named("the endpoint policy", document(anyEndpoint))
	r.Boundary = named("the boundary", document(allowAll))
	r.Session = []decision.Policy{*named("the session policy", document(useOfKey))}
	r.Grants = grants{id: "abcd", by: policy.Allowed}
	benchmarkDecide(b, r, "allowed by grant abcd")
}
