package iam

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/iam/decision"
)

// authorizationMessage is what DecodeAuthorizationMessage tells of a denial, in AWS's layout.
// Explanation is ours.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
type authorizationMessage struct {
	Allowed           bool                    `json:"allowed"`
	ExplicitDeny      bool                    `json:"explicitDeny"`
	MatchedStatements items[matchedStatement] `json:"matchedStatements"`
	Failures          items[struct{}]         `json:"failures"`
	Context           messageContext          `json:"context"`
	Explanation       string                  `json:"explanation"`
}

type items[T any] struct {
	Items []T `json:"items"`
}

type matchedStatement struct {
	StatementID string `json:"statementId"`
	Effect      string `json:"effect"`
	Policy      string `json:"policy"`
	Statement   int    `json:"statement"` // its number, from 1
}

type messageContext struct {
	Principal  messagePrincipal    `json:"principal"`
	Action     string              `json:"action"`
	Resource   string              `json:"resource"`
	Conditions items[conditionKey] `json:"conditions"`
}

type messagePrincipal struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	ARN  string `json:"arn"`
}

type conditionKey struct {
	Key    string                `json:"key"`
	Values items[conditionValue] `json:"values"`
}

type conditionValue struct {
	Value string `json:"value"`
}

// Sealer seals data of Keystead's own. What it sealed opens in the same context only.
type Sealer interface {
	Seal(ctx context.Context, plaintext []byte, context map[string]string) ([]byte, error)
	Open(ctx context.Context, sealed []byte, context map[string]string) ([]byte, error)
}

// SealMessagesBy says who seals authorization messages. It must be called before the first
// is encoded or decoded.
func (s *Service) SealMessagesBy(by Sealer) { s.messages = by }

// contextOfMessage is what a message is sealed with: for whose account it is.
func contextOfMessage(account string) map[string]string { return map[string]string{"account": account} }

const (
	// maxMessage is the longest text of a message, in bytes. Encoded, it is less than the
	// 10,240 characters that DecodeAuthorizationMessage reads, and fits into a header of
	// clients that read no more than 8 KiB.
	maxMessage = 4 << 10

	maxEncoded = 10240
)

// EncodeAuthorizationMessage seals what there is to know of a denial, so that the caller can
// pass it to somebody who may see it: see DecodeAuthorizationMessage.
func (s *Service) EncodeAuthorizationMessage(ctx context.Context, d *Denied) (string, error) {
	m := d.message()
	text, err := json.Marshal(m)
	for err == nil && len(text) > maxMessage && len(m.Context.Conditions.Items) > 0 {
		// The last are those that a policy asks for, which the caller may have made long.
		m.Context.Conditions.Items = m.Context.Conditions.Items[:len(m.Context.Conditions.Items)-1]
		text, err = json.Marshal(m)
	}
	if err != nil {
		return "", err
	}
	sealed, err := s.messages.Seal(ctx, text, contextOfMessage(d.principal.Account))
	if err != nil {
		return "", fmt.Errorf("seal authorization message: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// DecodeAuthorizationMessage opens an encoded message for an account, whose principals it
// must be about. ok is false for everything else: a message tells of the policies of the
// account that it was made for.
func (s *Service) DecodeAuthorizationMessage(ctx context.Context, account, encoded string) (text string, ok bool) {
	if len(encoded) > maxEncoded {
		return "", false
	}
	sealed, err := sealedText(encoded)
	if err != nil {
		return "", false
	}
	plaintext, err := s.messages.Open(ctx, sealed, contextOfMessage(account))
	return string(plaintext), err == nil
}

func (d *Denied) message() authorizationMessage {
	r := &d.Result
	m := authorizationMessage{
		ExplicitDeny:      r.Explicit,
		MatchedStatements: items[matchedStatement]{[]matchedStatement{}},
		Failures:          items[struct{}]{[]struct{}{}},
		Context: messageContext{
			Principal: messagePrincipal{d.principal.ID, d.principal.Name, d.principal.ARN},
			Action:    d.Asked.Action, Resource: d.Asked.Resource,
			Conditions: items[conditionKey]{d.conditions},
		},
		Explanation: r.Plain(),
	}
	if m.Context.Conditions.Items == nil {
		m.Context.Conditions.Items = []conditionKey{}
	}
	if d.hidesResource() {
		// What another account's policy says, and whether the resource is there, is not for
		// the caller's account.
		m.ExplicitDeny = false
		m.Explanation = "The resource's policy does not allow it, or there is no such resource."
		return m
	}
	if r.Explicit && r.By.Policy != nil {
		m.MatchedStatements.Items = append(m.MatchedStatements.Items, matchedStatement{r.By.Sid, "DENY", r.By.Policy.Name, r.By.Statement + 1})
	}
	return m
}

// hidesResource says whether another account's policy decided.
func (d *Denied) hidesResource() bool {
	return d.Result.Layer == decision.Resource && d.Result.Foreign
}

// messageKeys are the condition keys that every message tells of.
var messageKeys = []string{
	"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid", "aws:username", "aws:SourceIp", "aws:VpcSourceIp",
	"aws:SourceVpce", "aws:SourceVpc", "aws:SecureTransport", "aws:CurrentTime", "aws:RequestedRegion", "aws:TokenIssueTime",
	"aws:MultiFactorAuthPresent", "aws:SourceIdentity", "aws:FederatedProvider", "kms:ViaService",
}

// denied makes the error for a decision, with what a message about it needs. It costs time
// that only a denial may take.
func (c *Caller) denied(a *Access, r *decision.Result) *Denied {
	d := &Denied{
		Result:    *r,
		Asked:     decision.Asked{User: c.Principal.ARN, Action: a.Action, Resource: cmp.Or(a.Named, a.ARN), InCiphertext: a.InCiphertext},
		principal: c.Principal,
	}
	known := c.context
	if r.Foreign { // the service also knows what another account's resource is like
		known.service = nil
	}
	keys := messageKeys
	for _, asked := range c.askedKeys(a, d.hidesResource() || r.Foreign) {
		if !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, asked) }) {
			keys = append(slices.Clip(keys), asked)
		}
	}
	for _, key := range keys {
		v, ok := known.Lookup(strings.ToLower(key))
		if !ok {
			continue
		}
		told := conditionKey{Key: key}
		for _, value := range v.Strings() {
			told.Values.Items = append(told.Values.Items, conditionValue{value})
		}
		d.conditions = append(d.conditions, told)
	}
	return d
}

// askedKeys are the condition keys that the policies of the decision ask for. Those of a
// foreign resource's policy are not the caller's business.
func (c *Caller) askedKeys(a *Access, foreign bool) []string {
	r := &c.request
	all := slices.Concat(r.Controls, r.Identity, r.Session)
	if r.Boundary != nil {
		all = append(all, *r.Boundary)
	}
	if a.Policy != nil && !foreign {
		all = append(all, *a.Policy)
	}
	var keys []string
	for _, p := range all {
		keys = append(keys, p.ContextKeys()...)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
