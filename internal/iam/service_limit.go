package iam

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/keystead/keystead/internal/iam/decision"
)

// forOthers are the actions that a service may do for a principal: the use of keys and the
// grants that it needs to go on by itself. Keys are managed by their owners, who have no
// reason to go through a service: what a service could do for an account's root user would
// otherwise be everything.
var forOthers = []string{
	"kms:CreateGrant", "kms:Decapsulate", "kms:Decrypt", "kms:DeriveSharedSecret", "kms:DescribeKey", "kms:Encapsulate", "kms:Encrypt",
	"kms:GenerateDataKey*", "kms:GenerateMac", "kms:GenerateRandom", "kms:GetPublicKey", "kms:ListGrants", "kms:ReEncrypt*",
	"kms:RetireGrant", "kms:RevokeGrant", "kms:Sign", "kms:Verify", "kms:VerifyMac",
}

// document is a policy as it is written out.
type document struct {
	Version   string
	Statement []denial
}

// denial is a statement that denies.
type denial struct {
	Sid, Effect, Resource string
	Action                string                         `json:",omitempty"`
	NotAction             []string                       `json:",omitempty"`
	Condition             map[string]map[string][]string `json:",omitempty"`
}

// limitText is what the operator lets the service do, as a policy of denials that is
// evaluated together with the service control policies of the account.
func (p *ServicePrincipal) limitText() (string, error) {
	d := document{"2012-10-17", []denial{{
		Sid: "UseOfKeysOnly", Effect: "Deny", Resource: "*", NotAction: forOthers,
		Condition: map[string]map[string][]string{"Bool": {"aws:ViaAWSService": {"true"}}},
	}}}
	// outside denies what has another value than those; what has none, if it needs one.
	outside := func(sid, key string, values []string, needed bool) {
		if len(values) == 0 {
			return
		}
		when := map[string]map[string][]string{"StringNotEquals": {key: slices.Sorted(slices.Values(values))}}
		if !needed {
			when["Null"] = map[string][]string{key: {"false"}}
		}
		d.Statement = append(d.Statement, denial{Sid: sid, Effect: "Deny", Action: "*", Resource: "*", Condition: when})
	}
	outside("KeysOfOtherAccounts", "aws:ResourceAccount", p.Accounts, true)
	outside("PrincipalsOfOtherAccounts", "aws:PrincipalAccount", p.Accounts, false)
	outside("SourcesInOtherAccounts", "aws:SourceAccount", p.Accounts, false)
	outside("OtherRegions", "aws:RequestedRegion", p.Regions, true)
	text, err := json.Marshal(d)
	return string(text), err
}

// unlimited is the policy that stands beside limits where there are no service control
// policies: like AWS's FullAWSAccess, it allows everything that nothing else denies.
var unlimited = sync.OnceValue(func() decision.Policy {
	p, err := compiled(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`, "FullAWSAccess")
	if err != nil {
		panic("iam: " + err.Error())
	}
	return p
})

// within returns a standing that has the limits of a service too.
func (st *standing) within(limit decision.Policy) *standing {
	limited := *st
	if limited.controls == nil {
		limited.controls = []decision.Policy{unlimited()}
	}
	limited.controls = append(slices.Clip(limited.controls), limit)
	return &limited
}
