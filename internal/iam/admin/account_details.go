package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
)

// GetAccountAuthorizationDetails describes all users, groups, roles and managed policies of
// the account with everything that decides what they may do. Of AWS's managed policies it has
// those that somebody has.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func (s *Service) GetAccountAuthorizationDetails(ctx context.Context, c *iam.Caller, in *sdkiam.GetAccountAuthorizationDetailsInput) (*sdkiam.GetAccountAuthorizationDetailsOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	section, after, err := p.section()
	if err != nil {
		return nil, err
	}
	if err := authorize(c, request{action: "GetAccountAuthorizationDetails"}, resource{arn: "*"}); err != nil {
		return nil, err
	}
	d := &accountDetails{s: s, account: c.Principal.Account, filter: in.Filter, out: emptyDetails()}
	if d.usage, err = s.usageOf(ctx, d.account); err != nil {
		return nil, err
	}
	return d.out, d.fill(ctx, section, after, min(p.limit, mostDetails))
}

// mostDetails bounds a page, whose items may be large. Clients have to expect fewer items than
// they asked for.
const mostDetails = 100

// section reads where in a list of several sections the page begins: the number of the
// section, and the name of the last item of it that was shown.
func (p page) section() (number int, after string, err error) {
	if p.after == "" {
		return 0, "", nil
	}
	digits, after, _ := strings.Cut(p.after, "/")
	number, err = strconv.Atoi(digits)
	if err != nil || number < 0 {
		return 0, "", errValidation("Invalid Marker.")
	}
	return number, after, nil
}

func emptyDetails() *sdkiam.GetAccountAuthorizationDetailsOutput {
	return &sdkiam.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []types.UserDetail{}, GroupDetailList: []types.GroupDetail{}, RoleDetailList: []types.RoleDetail{}, Policies: []types.ManagedPolicyDetail{},
	}
}

// accountDetails makes one page of GetAccountAuthorizationDetails.
type accountDetails struct {
	s       *Service
	account string
	filter  []types.EntityType
	usage   *usage
	out     *sdkiam.GetAccountAuthorizationDetailsOutput
}

// detail is an item of the list that is not in the answer yet.
type detail struct {
	name string
	add  func(ctx context.Context) error
}

// fill adds items from where the page begins until there are limit of them.
func (d *accountDetails) fill(ctx context.Context, section int, after string, limit int) error {
	sections := []struct {
		kind types.EntityType
		read func(ctx context.Context, after string, limit int) ([]detail, error)
	}{
		{types.EntityTypeUser, d.users},
		{types.EntityTypeGroup, d.groups},
		{types.EntityTypeRole, d.roles},
		{types.EntityTypeLocalManagedPolicy, d.localPolicies},
		{types.EntityTypeAWSManagedPolicy, d.awsPolicies},
	}
	last := ""
	for ; section < len(sections); section, after = section+1, "" {
		if len(d.filter) > 0 && !slices.Contains(d.filter, sections[section].kind) {
			continue
		}
		list, err := sections[section].read(ctx, after, limit+1) // one more, to know whether there is one
		if err != nil {
			return err
		}
		for _, item := range list {
			if limit == 0 {
				d.out.IsTruncated, d.out.Marker = true, nextMarker(last)
				return nil
			}
			if err := item.add(ctx); err != nil {
				return err
			}
			last, limit = fmt.Sprintf("%d/%s", section, item.name), limit-1
		}
	}
	return nil
}

// detailsOf reads entities of a kind.
func detailsOf[T any](ctx context.Context, d *accountDetails, k kind[T], after string, limit int, add func(ctx context.Context, v *T) error) ([]detail, error) {
	list, err := k.Page(ctx, d.s.db, d.account, after, limit)
	if err != nil {
		return nil, err
	}
	details := make([]detail, len(list))
	for i, v := range list {
		details[i] = detail{k.holder(v).Name, func(ctx context.Context) error { return add(ctx, v) }}
	}
	return details, nil
}

func (d *accountDetails) users(ctx context.Context, after string, limit int) ([]detail, error) {
	return detailsOf(ctx, d, users, after, limit, func(_ context.Context, u *iam.User) error {
		d.out.UserDetailList = append(d.out.UserDetailList, types.UserDetail{
			Arn: new(iam.UserARN(d.account, u.Path, u.Name)), UserName: &u.Name, UserId: &u.ID, Path: &u.Path, CreateDate: &u.Created,
			GroupList: slices.Concat([]string{}, u.Groups), UserPolicyList: inlineOut(&u.Holder), AttachedManagedPolicies: attachedOut(&u.Holder),
			PermissionsBoundary: boundaryOrNone(&u.Holder), Tags: tagsOut(u.Tags),
		})
		return nil
	})
}

func (d *accountDetails) groups(ctx context.Context, after string, limit int) ([]detail, error) {
	return detailsOf(ctx, d, groups, after, limit, func(_ context.Context, g *iam.Group) error {
		d.out.GroupDetailList = append(d.out.GroupDetailList, types.GroupDetail{
			Arn: new(iam.GroupARN(d.account, g.Path, g.Name)), GroupName: &g.Name, GroupId: &g.ID, Path: &g.Path, CreateDate: &g.Created,
			GroupPolicyList: inlineOut(&g.Holder), AttachedManagedPolicies: attachedOut(&g.Holder),
		})
		return nil
	})
}

func (d *accountDetails) roles(ctx context.Context, after string, limit int) ([]detail, error) {
	return detailsOf(ctx, d, roles, after, limit, func(ctx context.Context, r *iam.Role) error {
		full, err := d.s.roleInFull(ctx, d.account, r)
		if err != nil {
			return err
		}
		d.out.RoleDetailList = append(d.out.RoleDetailList, types.RoleDetail{
			Arn: full.Arn, RoleName: full.RoleName, RoleId: full.RoleId, Path: full.Path, CreateDate: full.CreateDate,
			AssumeRolePolicyDocument: full.AssumeRolePolicyDocument, InstanceProfileList: []types.InstanceProfile{},
			RolePolicyList: inlineOut(&r.Holder), AttachedManagedPolicies: attachedOut(&r.Holder),
			PermissionsBoundary: full.PermissionsBoundary, Tags: tagsOut(r.Tags), RoleLastUsed: full.RoleLastUsed,
		})
		return nil
	})
}

func (d *accountDetails) localPolicies(ctx context.Context, after string, limit int) ([]detail, error) {
	list, err := iam.Policies.Page(ctx, d.s.db, d.account, after, limit)
	return d.policies(d.account, list), err
}

func (d *accountDetails) awsPolicies(_ context.Context, after string, limit int) ([]detail, error) {
	var list []*iam.ManagedPolicy
	for _, p := range iam.AWSManagedPolicies() {
		arn := iam.PolicyARN(iam.AWSAccount, p.Path, p.Name)
		if p.Name > after && len(list) < limit && d.usage.attached[arn]+d.usage.boundary[arn] > 0 {
			list = append(list, p)
		}
	}
	return d.policies(iam.AWSAccount, list), nil
}

func (d *accountDetails) policies(account string, list []*iam.ManagedPolicy) []detail {
	details := make([]detail, len(list))
	for i, p := range list {
		details[i] = detail{p.Name, func(context.Context) error {
			d.out.Policies = append(d.out.Policies, d.policyDetail(account, p))
			return nil
		}}
	}
	return details
}

func (d *accountDetails) policyDetail(account string, p *iam.ManagedPolicy) types.ManagedPolicyDetail {
	o := policyOut(iam.PolicyARN(account, p.Path, p.Name), p, d.usage)
	out := types.ManagedPolicyDetail{
		Arn: o.Arn, PolicyName: o.PolicyName, PolicyId: o.PolicyId, Path: o.Path, DefaultVersionId: o.DefaultVersionId,
		AttachmentCount: o.AttachmentCount, PermissionsBoundaryUsageCount: o.PermissionsBoundaryUsageCount, IsAttachable: o.IsAttachable,
		CreateDate: o.CreateDate, UpdateDate: o.UpdateDate,
	}
	if p.Description != "" {
		out.Description = &p.Description
	}
	for i := range p.Versions {
		v := versionOut(p, &p.Versions[i])
		v.Document = encoded(p.Versions[i].Document)
		out.PolicyVersionList = append(out.PolicyVersionList, v)
	}
	return out
}

// inlineOut are the inline policies of an entity.
func inlineOut(h *iam.Holder) []types.PolicyDetail {
	out := make([]types.PolicyDetail, len(h.Inline))
	for i, p := range h.Inline {
		out[i] = types.PolicyDetail{PolicyName: &p.Name, PolicyDocument: encoded(p.Document)}
	}
	return out
}

// attachedOut are the managed policies of an entity.
func attachedOut(h *iam.Holder) []types.AttachedPolicy {
	out := make([]types.AttachedPolicy, len(h.Attached))
	for i, arn := range h.Attached {
		out[i] = types.AttachedPolicy{PolicyArn: &arn, PolicyName: new(nameOfPolicy(arn))}
	}
	return out
}

// nameOfPolicy is the name at the end of the ARN of a managed policy.
func nameOfPolicy(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func boundaryOrNone(h *iam.Holder) *types.AttachedPermissionsBoundary {
	if h.Boundary == "" {
		return nil
	}
	return boundaryOut(h.Boundary)
}
