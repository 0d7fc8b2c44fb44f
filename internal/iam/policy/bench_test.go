package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// defaultKeyPolicy is what a key gets that is created without a policy.
const defaultKeyPolicy = `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`

// twentyStatements is a policy whose statements all have conditions, the last of which
// hold for benchContext.
func twentyStatements() string {
	list := make([]string, 20)
	for i := range list {
		list[i] = fmt.Sprintf(`{"Sid": "app %[1]d", "Effect": "Allow", "Principal": {"AWS": "111122223333"},
			"Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
			"Condition": {"StringEquals": {"kms:EncryptionContext:App": "app-%[1]d"},
				"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"},
				"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]},
				"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
				"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/${aws:username}"},
				"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["App", "Purpose"]}}}`, i)
	}
	return statements(list...)
}

var benchContext = keys{
	"kms:encryptioncontext:app": policy.Single("app-19"),
	"kms:encryptioncontextkeys": policy.Multi([]string{"Purpose", "App"}),
	"kms:viaservice":            policy.Single("s3.us-east-1.amazonaws.com"),
	"aws:sourceip":              policy.Single("192.0.2.17"),
	"aws:currenttime":           policy.Single("2026-11-23T02:18:36Z"),
	"aws:principalarn":          policy.Single(alice.ARN),
	"aws:username":              policy.Single("alice"),
}

func benchmarkEvaluate(b *testing.B, doc string, r policy.Request, want policy.Decision) {
	d := parse(b, doc)
	if got := d.Evaluate(&r); got != want {
		b.Fatalf("decision is %+v, want %+v", got, want)
	}
	b.ReportAllocs()
	for b.Loop() {
		d.Evaluate(&r)
	}
}

func BenchmarkEvaluateDefault(b *testing.B) {
	benchmarkEvaluate(b, defaultKeyPolicy,
		policy.Request{Principal: alice, Action: "kms:Encrypt", Resource: keyARN, Context: benchContext},
		policy.Decision{Outcome: policy.Delegated, Sid: "Enable IAM User Permissions"})
}

func BenchmarkEvaluateTwentyStatements(b *testing.B) {
	benchmarkEvaluate(b, twentyStatements(),
		policy.Request{Principal: alice, Action: "kms:Encrypt", Resource: keyARN, Context: benchContext},
		policy.Decision{Outcome: policy.Delegated, Statement: 19, Sid: "app 19"})
}

// The statements' conditions all hold but for their last key.
func BenchmarkEvaluateTwentyNearMisses(b *testing.B) {
	benchmarkEvaluate(b, strings.ReplaceAll(twentyStatements(), `"App", "Purpose"`, `"App", "purpose"`),
		policy.Request{Principal: alice, Action: "kms:GenerateDataKey", Resource: keyARN, Context: benchContext},
		policy.Decision{Statement: -1})
}

// A policy of 32 KB, each value of which is made to be searched in a text made for it.
func BenchmarkEvaluateHostile(b *testing.B) {
	for _, tt := range []struct {
		name string
		unit string
		size int
	}{{"stars", "*a", 4000}, {"question marks", "a?", 4000}, {"short parts", "a?b*", 64}} {
		b.Run(tt.name, func(b *testing.B) {
			pattern := quote("*" + strings.Repeat(tt.unit, tt.size/len(tt.unit)) + "b*")
			values := strings.TrimSuffix(strings.Repeat(pattern+",", 32000/(len(pattern)+1)), ",")
			doc := statements(`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:x": [` + values + `]}}}`)
			benchmarkEvaluate(b, doc,
				policy.Request{Principal: alice, Action: "kms:Encrypt", Resource: keyARN, Context: keys{"aws:x": policy.Single(strings.Repeat("a", 8000))}},
				policy.Decision{Statement: -1})
		})
	}
}

func benchmarkParse(b *testing.B, doc string) {
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		parse(b, doc)
	}
}

func BenchmarkParseDefault(b *testing.B)          { benchmarkParse(b, defaultKeyPolicy) }
func BenchmarkParseTwentyStatements(b *testing.B) { benchmarkParse(b, twentyStatements()) }
func BenchmarkParseTenThousandStatements(b *testing.B) {
	benchmarkParse(b, statements(strings.Repeat(`{"Effect":"Deny"},`, 9999)+`{"Effect":"Deny"}`))
}
