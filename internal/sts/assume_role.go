package sts

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/keystead/keystead/internal/iam"
)

// AssumeRole makes the credentials of a session of a role, for whom the role's trust policy
// and the caller's own policies allow it to.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func (s *Service) AssumeRole(ctx context.Context, c *iam.Caller, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	switch {
	case c.Via != nil:
		return nil, ownCredentials(c, "AssumeRole")
	case c.Principal.Type == iam.TypeRoot:
		return nil, accessDenied("Roles may not be assumed by root accounts.")
	case in.SerialNumber != nil || in.TokenCode != nil:
		return nil, badMFA()
	case len(in.ProvidedContexts) > 0:
		return nil, invalid("The context provider is invalid.") // there are none
	}
	tags, err := newTags(pairs(in.Tags), in.TransitiveTagKeys, c.Session)
	if err != nil {
		return nil, err
	}
	noteInherited(c.Event, tags.inherited)
	source, err := sourceIdentity(c.Session, in.SourceIdentity)
	if err != nil {
		return nil, err
	}
	a := &assumption{
		caller: c, action: "sts:AssumeRole", role: *in.RoleArn, name: *in.RoleSessionName, seconds: in.DurationSeconds,
		externalID: in.ExternalId, tags: tags, source: source,
		policy: in.Policy, policyARNs: in.PolicyArns, tokenSize: in.MinimumSessionTokenSize,
	}
	if a.arn, err = parseRole(a.role); err != nil {
		return nil, invalid(a.role + " is invalid")
	}
	got, err := s.assume(ctx, a)
	if err != nil {
		return nil, err
	}
	c.Event.SharedWith = got.role.Account
	return &sts.AssumeRoleOutput{
		AssumedRoleUser: got.user, Credentials: got.credentials, PackedPolicySize: got.packed, SourceIdentity: text(source),
	}, nil
}

// sourceIdentity is that of the new session: the caller's stays for good.
func sourceIdentity(caller *iam.Session, wished *string) (string, error) {
	switch {
	case wished == nil:
		return caller.SourceIdentity, nil
	case caller.SourceIdentity != "" && caller.SourceIdentity != *wished:
		return "", invalid("The source identity is already set for this assume role session")
	}
	return *wished, checkSourceIdentity(*wished)
}

func pairs(tags []types.Tag) []iam.Tag {
	list := make([]iam.Tag, len(tags))
	for i, t := range tags {
		list[i] = iam.Tag{Key: *t.Key, Value: *t.Value}
	}
	return list
}

// text is a member of an answer that is left out if it is empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
