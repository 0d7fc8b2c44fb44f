package trail

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
)

// The history has with an event why the call was allowed or denied, if that tells of policies
// of the event's own account alone. LookupEvents hands it out to those who may read the
// policies that it tells of; all other ways out of the history leave it out.

// explanationKey begins the names of all members that say why.
var explanationKey = []byte(`"` + cloudtrail.AuthorizationField)

// since reads what follows in a log of the history, for those who get events delivered.
func (s *Service) since(ctx context.Context, log string, next uint64, size int) ([]eventstore.Event, error) {
	events, err := s.events.Since(ctx, log, next, size)
	for i := range events {
		events[i].Text = publicText(events[i].Text)
	}
	return events, err
}

// ownPolicies are the services whose resources have policies, with who may read them.
var ownPolicies = map[string]struct{ action, resource string }{
	"kms.amazonaws.com":      {"kms:GetKeyPolicy", "key/"},
	"sns.amazonaws.com":      {"sns:GetTopicAttributes", ""},
	"cloudhsm.amazonaws.com": {"cloudhsm:GetResourcePolicy", "backup/"},
}

// explained knows of which events a caller may learn why they were decided as they were.
type explained struct {
	c         *iam.Caller
	keyPolicy func(ctx context.Context, c *iam.Caller, keyARN string) (bool, error)
	asked     map[string]bool // by action and resource
}

func (s *Service) newExplained(c *iam.Caller) *explained {
	return &explained{c, s.mayReadKeyPolicy, map[string]bool{}}
}

// may reports whether the caller may read all policies that an event may tell of: those of IAM
// in the account, that of the endpoint, and those of the resources. It asks as those operations
// do, except that the own policies of topics and backups are not asked.
func (e *explained) may(ctx context.Context, record []byte) bool {
	if !bytes.Contains(record, explanationKey) {
		return true
	}
	var r struct {
		EventSource   string
		VPCEndpointID string
		Resources     []resource
	}
	if json.Unmarshal(record, &r) != nil || !e.allowed(ctx, "iam:GetAccountAuthorizationDetails", "*") {
		return false
	}
	if r.VPCEndpointID != "" && !e.allowed(ctx, "ec2:DescribeVpcEndpoints", "*") {
		return false
	}
	own, ok := ownPolicies[r.EventSource]
	if !ok {
		return true
	}
	named := false
	for _, res := range r.Resources {
		a, ok := iam.ParseARN(res.ARN)
		if !ok || !strings.HasPrefix(a.Resource, own.resource) {
			continue
		}
		named = true
		if !e.allowed(ctx, own.action, res.ARN) {
			return false
		}
	}
	return named || e.allowed(ctx, own.action, "*")
}

// allowed reports whether the caller may do something, without a record. What can't be found
// out is not allowed.
func (e *explained) allowed(ctx context.Context, action, arn string) bool {
	key := action + " " + arn
	is, known := e.asked[key]
	if !known {
		may, err := e.ask(ctx, action, arn)
		is = may && err == nil
		e.asked[key] = is
	}
	return is
}

// ask decides by the caller's own policies, and for a key by its policy too.
func (e *explained) ask(ctx context.Context, action, arn string) (bool, error) {
	if action == "kms:GetKeyPolicy" && arn != "*" {
		return e.keyPolicy(ctx, e.c, arn)
	}
	result, err := e.c.Decide(&iam.Access{Action: action, ARN: arn, Account: e.c.Principal.Account, Context: keys{}})
	return result.Allowed, err
}
