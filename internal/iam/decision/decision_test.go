package decision_test

import (
	"strings"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

const (
	home      = "111122223333"
	elsewhere = "444455556666"
	keyARN    = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// The callers of the tests.
var (
	alice   = policy.Principal{ARN: "arn:aws:iam::111122223333:user/alice", ID: "AIDAALICE", Account: home}
	session = policy.Principal{
		ARN: "arn:aws:sts::111122223333:assumed-role/App/run-1", Role: "arn:aws:iam::111122223333:role/service/App",
		ID: "AROAAPP", Account: home,
	}
)

// defaultKeyPolicy is what a key gets that is created without a policy.
const defaultKeyPolicy = `{"Version": "2012-10-17", "Id": "key-default-1", "Statement": [{"Sid": "Enable IAM User Permissions", "Effect": "Allow",
	"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}`

// keys is a policy.Context.
type keys map[string]policy.Value

func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// grants is a decision.Grants that finds the one grant.
type grants struct {
	id string
	by policy.Outcome
}

func (g grants) FindGrant() (string, policy.Outcome, error) { return g.id, g.by, nil }

func document(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`
}

func named(name, doc string) *decision.Policy {
	d, err := policy.Parse([]byte(doc))
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return &decision.Policy{Document: d, Name: name}
}
