package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
)

// There are no instances, and so no instance profiles. Clients that take a role apart before
// they delete it ask for them nevertheless.

// ListInstanceProfiles lists nothing.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
func (s *Service) ListInstanceProfiles(_ context.Context, c *iam.Caller, in *sdkiam.ListInstanceProfilesInput) (*sdkiam.ListInstanceProfilesOutput, error) {
	if _, err := newPage(in.Marker, in.MaxItems); err != nil {
		return nil, err
	}
	arn := "arn:aws:iam::" + c.Principal.Account + ":instance-profile" + pathPrefix(in.PathPrefix)
	if err := authorize(c, request{action: "ListInstanceProfiles"}, resource{arn: arn}); err != nil {
		return nil, err
	}
	return &sdkiam.ListInstanceProfilesOutput{InstanceProfiles: []types.InstanceProfile{}}, nil
}

// ListInstanceProfilesForRole lists nothing, of a role that exists.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
func (s *Service) ListInstanceProfilesForRole(ctx context.Context, c *iam.Caller, in *sdkiam.ListInstanceProfilesForRoleInput) (*sdkiam.ListInstanceProfilesForRoleOutput, error) {
	if _, err := newPage(in.Marker, in.MaxItems); err != nil {
		return nil, err
	}
	if _, err := roles.find(ctx, s, c, request{action: "ListInstanceProfilesForRole"}, *in.RoleName); err != nil {
		return nil, err
	}
	return &sdkiam.ListInstanceProfilesForRoleOutput{InstanceProfiles: []types.InstanceProfile{}}, nil
}
