package sns

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// maxPolicy is the size of a topic's policy in bytes.
const maxPolicy = 30 * 1024

// topicActions are the actions that a topic's policy may speak of.
var topicActions = []string{
	"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission", "SNS:DeleteTopic",
	"SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
}

// policyDocument is a policy as AddPermission and RemovePermission change it.
type policyDocument struct {
	Version   string            `json:"Version,omitempty"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

type policyStatement struct {
	Sid       string         `json:"Sid"`
	Effect    string         `json:"Effect"`
	Principal any            `json:"Principal"`
	Action    any            `json:"Action"`
	Resource  string         `json:"Resource"`
	Condition map[string]any `json:"Condition,omitempty"`
}

// defaultPolicy lets services of the owner's account publish, and leaves the rest to the owner's
// own policies.
func (n topicName) defaultPolicy() string {
	statement, err := json.Marshal(policyStatement{
		Sid: "__default_statement_ID", Effect: "Allow", Principal: map[string]string{"AWS": "*"}, Action: topicActions, Resource: n.arn(),
		Condition: map[string]any{"StringEquals": map[string]string{"AWS:SourceOwner": n.account}},
	})
	if err != nil {
		panic("sns: the default policy does not encode: " + err.Error())
	}
	return policyDocument{"2008-10-17", "__default_policy_ID", []json.RawMessage{statement}}.String()
}

func (d policyDocument) String() string {
	b, err := json.Marshal(d)
	if err != nil {
		panic("sns: a policy does not encode: " + err.Error())
	}
	return string(b)
}

func (t *topic) policy() string {
	if t.Policy == "" {
		return t.name.defaultPolicy()
	}
	return t.Policy
}

// compiled are the policies of topics as they were compiled last, by ARN: decisions are made
// within transactions, which have no time for it.
type compiled struct {
	mu    sync.Mutex
	topic map[string]compiledPolicy
	bytes int // of their texts
}

type compiledPolicy struct {
	text   string
	ids    map[string]string
	policy *decision.Policy
}

// maxCompiled bounds the texts of the policies that are kept, together with what else each of
// them takes.
const (
	maxCompiled    = 4 << 20
	compiledBeside = 1 << 10
)

// get is the topic's policy for a decision; nil if RemovePermission has left nothing of it.
func (c *compiled) get(t *topic) (*decision.Policy, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	arn := t.name.arn()
	old, ok := c.topic[arn]
	if ok && old.text == t.Policy && maps.Equal(old.ids, t.PolicyIDs) {
		return old.policy, nil
	}
	p, err := t.compile()
	if err != nil {
		return nil, err
	}
	if c.bytes += len(t.Policy) + compiledBeside; c.topic == nil || c.bytes > maxCompiled {
		c.topic, c.bytes = map[string]compiledPolicy{}, len(t.Policy)+compiledBeside
	}
	c.topic[arn] = compiledPolicy{t.Policy, maps.Clone(t.PolicyIDs), p}
	return p, nil
}

func (t *topic) compile() (*decision.Policy, error) {
	if d, err := t.document(); err == nil && len(d.Statement) == 0 {
		return nil, nil
	}
	doc, err := policy.Parse([]byte(t.policy()))
	if err != nil {
		return nil, err
	}
	doc.Bind(t.PolicyIDs)
	return &decision.Policy{Document: doc, Name: "the topic policy"}, nil
}

// checkPolicy reads a policy that a caller wants a topic to have, and ties its principals to
// those that there are now.
func (s *Service) checkPolicy(ctx context.Context, text string) (ids map[string]string, err error) {
	if len(text) > maxPolicy {
		return nil, invalid("Policy Error: the policy has more than %d bytes", maxPolicy)
	}
	doc, err := policy.Parse([]byte(text))
	if err == nil {
		err = doc.ValidateEndpointPolicy() // each statement has principals, actions and resources
	}
	if e, ok := errors.AsType[*policy.Error](err); ok {
		return nil, invalid("Policy Error: %s", e.Message)
	}
	if err != nil {
		return nil, err
	}
	if !inScope(text) {
		return nil, invalid("Policy statement action out of service scope!")
	}
	if s.Principals == nil {
		return nil, nil
	}
	ids, missing, err := s.Principals.PrincipalIDs(ctx, doc.Principals())
	if err != nil {
		return nil, err
	}
	if missing != "" {
		return nil, invalid("Policy Error: PrincipalNotFound")
	}
	return ids, nil
}

// inScope says whether all actions of a policy are SNS's.
func inScope(text string) bool {
	var doc struct {
		Statement json.RawMessage
	}
	if json.Unmarshal([]byte(text), &doc) != nil {
		return false
	}
	type statement struct{ Action, NotAction json.RawMessage }
	var list []statement
	if json.Unmarshal(doc.Statement, &list) != nil {
		list = make([]statement, 1)
		if json.Unmarshal(doc.Statement, &list[0]) != nil {
			return false
		}
	}
	for _, st := range list {
		for _, a := range append(texts(st.Action), texts(st.NotAction)...) {
			if a != "*" && !strings.HasPrefix(strings.ToLower(a), "sns:") {
				return false
			}
		}
	}
	return true
}

// texts are the strings of a JSON string or list.
func texts(b json.RawMessage) []string {
	var one string
	if json.Unmarshal(b, &one) == nil && one != "" {
		return []string{one}
	}
	var list []string
	_ = json.Unmarshal(b, &list)
	return list
}

// AddPermission adds a statement to the topic's policy.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
func (s *Service) AddPermission(ctx context.Context, c *iam.Caller, in *sns.AddPermissionInput) (*sns.AddPermissionOutput, error) {
	statement := policyStatement{Sid: *in.Label, Effect: "Allow"}
	var accounts, actions []string
	for _, a := range in.AWSAccountId {
		if !accountPattern.MatchString(a) {
			return nil, invalid("AWSAccountId")
		}
		accounts = append(accounts, iam.AccountRoot(iam.Partition(c.Region), a))
	}
	for _, a := range in.ActionName {
		full := "SNS:" + a
		if !slices.Contains(topicActions, full) {
			return nil, invalid("Policy statement action out of service scope!")
		}
		actions = append(actions, full)
	}
	if len(accounts) == 0 || len(actions) == 0 {
		return nil, invalid("AWSAccountId and ActionName must not be empty")
	}
	statement.Principal, statement.Action = map[string]any{"AWS": oneOrAll(accounts)}, oneOrAll(actions)
	ids, err := s.principalsOf(ctx, accounts)
	if err != nil {
		return nil, err
	}
	return nil, s.withTopic(ctx, c, "AddPermission", "TopicArn", *in.TopicArn, func(tx *store.Tx, t *topic) error {
		statement.Resource = t.name.arn()
		doc, err := t.document()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(doc.Statement, hasSid(*in.Label)) {
			return invalid("Statement already exists")
		}
		b, err := json.Marshal(statement)
		if err != nil {
			return err
		}
		doc.Statement = append(doc.Statement, b)
		if t.Policy = doc.String(); len(t.Policy) > maxPolicy {
			return invalid("Policy Error: the policy has more than %d bytes", maxPolicy)
		}
		if t.PolicyIDs == nil {
			t.PolicyIDs = map[string]string{}
		}
		maps.Copy(t.PolicyIDs, ids)
		return t.put(tx)
	})
}

func (s *Service) principalsOf(ctx context.Context, arns []string) (map[string]string, error) {
	if s.Principals == nil {
		return nil, nil
	}
	ids, missing, err := s.Principals.PrincipalIDs(ctx, arns)
	if err == nil && missing != "" {
		err = invalid("AWSAccountId")
	}
	return ids, err
}

func oneOrAll(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// RemovePermission removes a statement from the topic's policy.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html
func (s *Service) RemovePermission(ctx context.Context, c *iam.Caller, in *sns.RemovePermissionInput) (*sns.RemovePermissionOutput, error) {
	return nil, s.withTopic(ctx, c, "RemovePermission", "TopicArn", *in.TopicArn, func(tx *store.Tx, t *topic) error {
		doc, err := t.document()
		if err != nil {
			return err
		}
		before := len(doc.Statement)
		doc.Statement = slices.DeleteFunc(doc.Statement, hasSid(*in.Label))
		if len(doc.Statement) == before {
			return nil
		}
		t.Policy = doc.String()
		return t.put(tx)
	})
}

// document is the topic's policy, to be changed.
func (t *topic) document() (policyDocument, error) {
	var whole struct {
		Version   string
		Id        string
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(t.policy()), &whole); err != nil {
		return policyDocument{}, err
	}
	d := policyDocument{Version: whole.Version, ID: whole.Id}
	if json.Unmarshal(whole.Statement, &d.Statement) != nil {
		d.Statement = []json.RawMessage{whole.Statement}
	}
	return d, nil
}

func hasSid(label string) func(json.RawMessage) bool {
	return func(b json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(b, &st) == nil && st.Sid == label
	}
}
