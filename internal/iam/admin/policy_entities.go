package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
)

// ListEntitiesForPolicy lists the users, groups and roles that have a managed policy, or whose
// permissions boundary it is.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
func (s *Service) ListEntitiesForPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.ListEntitiesForPolicyInput) (*sdkiam.ListEntitiesForPolicyOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	if _, err := s.findManaged(ctx, c, request{action: "ListEntitiesForPolicy"}, *in.PolicyArn); err != nil {
		return nil, err
	}
	all, err := s.entitiesWith(ctx, c.Principal.Account, in)
	if err != nil {
		return nil, err
	}
	shown, next := cut(p, all, func(e policyEntity) string { return string(e.kind) + "/" + e.name })
	out := &sdkiam.ListEntitiesForPolicyOutput{
		PolicyGroups: []types.PolicyGroup{}, PolicyUsers: []types.PolicyUser{}, PolicyRoles: []types.PolicyRole{},
		IsTruncated: next != nil, Marker: next,
	}
	for _, e := range shown {
		switch e.kind {
		case types.EntityTypeGroup:
			out.PolicyGroups = append(out.PolicyGroups, types.PolicyGroup{GroupName: &e.name, GroupId: &e.id})
		case types.EntityTypeUser:
			out.PolicyUsers = append(out.PolicyUsers, types.PolicyUser{UserName: &e.name, UserId: &e.id})
		case types.EntityTypeRole:
			out.PolicyRoles = append(out.PolicyRoles, types.PolicyRole{RoleName: &e.name, RoleId: &e.id})
		}
	}
	return out, nil
}

// policyEntity is a user, group or role that has a policy.
type policyEntity struct {
	kind     types.EntityType
	name, id string
}

func (s *Service) entitiesWith(ctx context.Context, account string, in *sdkiam.ListEntitiesForPolicyInput) ([]policyEntity, error) {
	var all []policyEntity
	add := func(kind types.EntityType, h *iam.Holder) {
		if has(h, *in.PolicyArn, in.PolicyUsageFilter) && strings.HasPrefix(h.Path, pathPrefix(in.PathPrefix)) {
			all = append(all, policyEntity{kind, h.Name, h.ID})
		}
	}
	wanted := func(kind types.EntityType) bool { return in.EntityFilter == "" || in.EntityFilter == kind }
	var errs []error
	if wanted(types.EntityTypeUser) {
		errs = append(errs, each(ctx, s, users, account, func(v *iam.User) { add(types.EntityTypeUser, &v.Holder) }))
	}
	if wanted(types.EntityTypeGroup) {
		errs = append(errs, each(ctx, s, groups, account, func(v *iam.Group) { add(types.EntityTypeGroup, &v.Holder) }))
	}
	if wanted(types.EntityTypeRole) {
		errs = append(errs, each(ctx, s, roles, account, func(v *iam.Role) { add(types.EntityTypeRole, &v.Holder) }))
	}
	return all, errors.Join(errs...)
}

// has says whether an entity uses a managed policy in the way that is asked for.
func has(h *iam.Holder, arn string, way types.PolicyUsageType) bool {
	switch way {
	case types.PolicyUsageTypePermissionsPolicy:
		return slices.Contains(h.Attached, arn)
	case types.PolicyUsageTypePermissionsBoundary:
		return h.Boundary == arn
	}
	return h.Boundary == arn || slices.Contains(h.Attached, arn)
}
