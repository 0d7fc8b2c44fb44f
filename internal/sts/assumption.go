package sts

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// assumption is what somebody asks for who would assume a role.
type assumption struct {
	caller     *iam.Caller
	action     string // "sts:AssumeRole"
	role       string // its ARN, as the caller wrote it
	arn        roleARN
	name       string // of the session
	seconds    *int32
	externalID *string
	tags       tags
	source     string // the source identity, "" if there is none
	policy     *string
	policyARNs []types.PolicyDescriptorType
	tokenSize  *int32

	// web is whom an identity provider vouched for; the session keeps it. Nil for callers
	// with credentials.
	web    *webIdentity
	denied func(action string) string // the text of a refusal; nil means AssumeRole's
}

// assumed is the session that came of an assumption.
type assumed struct {
	role        *iam.AssumableRole
	user        *types.AssumedRoleUser
	credentials *types.Credentials
	packed      *int32 // percentage of the room for policies and tags
}

type roleARN struct{ account, path, name string }

var errRoleARN = errors.New("not the ARN of a role")

func parseRole(text string) (roleARN, error) {
	a, ok := iam.ParseARN(text)
	if !ok || a.Service != "iam" || a.Region != "" {
		return roleARN{}, errRoleARN
	}
	kind, path, name := iam.SplitName(a.Resource)
	if kind != "role" || name == "" {
		return roleARN{}, errRoleARN
	}
	return roleARN{a.Account, path, name}, nil
}

// assume makes the session. Nobody learns anything of a role before its trust policy has
// allowed them to assume it.
func (s *Service) assume(ctx context.Context, a *assumption) (*assumed, error) {
	role, err := s.findRole(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := a.authorize(role); err != nil {
		return nil, err
	}
	c := a.caller
	c.Event.Resources = []cloudtrail.Resource{{AccountID: role.Account, Type: "AWS::IAM::Role", ARN: role.ARN}}
	length, err := a.length(role)
	if err != nil {
		return nil, err
	}
	limits, err := s.sessionPolicies(ctx, a, role.Account)
	if err != nil {
		return nil, err
	}
	session := iam.Session{
		Principal: role.SessionPrincipal(a.name), Tags: a.tags.all(), TransitiveTags: a.tags.transitiveKeys(),
		SourceIdentity: a.source, Policy: limits.inline, PolicyARNs: limits.managed,
	}
	a.web.describe(&session)
	credentials, err := s.credentials(session, length, a.tokenSize)
	if err != nil {
		return nil, err
	}
	p := &session.Principal
	user := &types.AssumedRoleUser{Arn: &p.ARN, AssumedRoleId: &p.ID}
	return &assumed{role, user, credentials, limits.packed}, nil
}

// nobody is the trust policy of a role that does not exist.
var nobody = &decision.Policy{Document: new(policy.Document), Name: "the trust policy of a role that does not exist"}

// findRole returns nil for a role that does not exist.
func (s *Service) findRole(ctx context.Context, a *assumption) (*iam.AssumableRole, error) {
	role, err := s.iam.AssumableRole(ctx, a.arn.account, a.arn.path, a.arn.name)
	if errors.Is(err, iam.ErrNoEntity) || err == nil && role.ARN != a.role {
		return nil, nil
	}
	return role, err
}

// authorize asks for every permission that the assumption takes: for the role, for the tags
// of the session, also those that it inherits, and for its source identity. For a role that
// does not exist it goes the same way, and is refused.
func (a *assumption) authorize(role *iam.AssumableRole) error {
	actions := []string{a.action}
	if len(a.tags.own)+len(a.tags.inherited) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if a.source != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	for _, action := range actions {
		access := iam.Access{Action: action, ARN: a.role, Account: a.arn.account, Policy: nobody, Trust: true, Context: &roleContext{a, role}}
		if role != nil {
			access.Policy = role.TrustPolicy
		}
		if err := a.caller.Authorize(&access); err != nil {
			return refuse(err, a.refusalText(action))
		}
	}
	return nil
}

func (a *assumption) refusalText(action string) string {
	if a.denied != nil {
		return a.denied(action)
	}
	return "User: " + a.caller.Principal.ARN + " is not authorized to perform: " + action + " on resource: " + a.role
}

// length is how long the session lasts.
func (a *assumption) length(role *iam.AssumableRole) (time.Duration, error) {
	if a.seconds == nil {
		return min(defaultRoleSession, role.MaxDuration()), nil
	}
	length := time.Duration(*a.seconds) * time.Second
	switch {
	case length > role.MaxDuration():
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case length > longestChainSession && a.caller.Principal.Type == iam.TypeAssumedRole:
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	return length, nil
}

// checkSourceIdentity checks what the constraints of the API do not say.
func checkSourceIdentity(s string) error {
	if strings.HasPrefix(strings.ToLower(s), "aws:") {
		return invalid("The source identity can not begin with aws:.")
	}
	return nil
}
