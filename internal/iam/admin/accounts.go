package admin

import (
	"context"
	"errors"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// anything is the resource of actions that have none of their own.
var anything = resource{arn: "*"}

// CreateAccountAlias gives the account an alias in place of the one that it may have.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html
func (s *Service) CreateAccountAlias(ctx context.Context, c *iam.Caller, in *sdkiam.CreateAccountAliasInput) (*sdkiam.CreateAccountAliasOutput, error) {
	if err := authorize(c, request{action: "CreateAccountAlias"}, anything); err != nil {
		return nil, err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error { return iam.SetAccountAlias(tx, c.Principal.Account, *in.AccountAlias) })
	if errors.Is(err, iam.ErrAliasTaken) {
		err = errExists("The account alias %s already exists.", *in.AccountAlias)
	}
	return nil, err
}

// DeleteAccountAlias takes the account's alias away.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html
func (s *Service) DeleteAccountAlias(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteAccountAliasInput) (*sdkiam.DeleteAccountAliasOutput, error) {
	if err := authorize(c, request{action: "DeleteAccountAlias"}, anything); err != nil {
		return nil, err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error { return iam.DeleteAccountAlias(tx, c.Principal.Account, *in.AccountAlias) })
	if errors.Is(err, iam.ErrNoAlias) {
		err = errNotFound("account alias", *in.AccountAlias)
	}
	return nil, err
}

// ListAccountAliases lists the account's alias, if it has one.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
func (s *Service) ListAccountAliases(ctx context.Context, c *iam.Caller, in *sdkiam.ListAccountAliasesInput) (*sdkiam.ListAccountAliasesOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	if err := authorize(c, request{action: "ListAccountAliases"}, anything); err != nil {
		return nil, err
	}
	list, err := s.iam.AccountAliases(ctx, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	shown, next := cut(p, list, func(alias string) string { return alias })
	return &sdkiam.ListAccountAliasesOutput{AccountAliases: shown, IsTruncated: next != nil, Marker: next}, nil
}

// accountQuotas is what GetAccountSummary says of IAM's quotas. Those on what one entity has
// are enforced; those on an account's numbers are AWS's and are not.
var accountQuotas = map[types.SummaryKeyType]int32{
	types.SummaryKeyTypeUsersQuota: 5000, types.SummaryKeyTypeGroupsQuota: 300, types.SummaryKeyTypeRolesQuota: 1000,
	types.SummaryKeyTypePoliciesQuota: 1500, types.SummaryKeyTypeInstanceProfilesQuota: 1000, types.SummaryKeyTypeServerCertificatesQuota: 20,
	types.SummaryKeyTypeUserPolicySizeQuota: 2048, types.SummaryKeyTypeGroupPolicySizeQuota: 5120, types.SummaryKeyTypeRolePolicySizeQuota: 10240,
	types.SummaryKeyTypeAssumeRolePolicySizeQuota: 2048, types.SummaryKeyTypePolicySizeQuota: 6144,
	types.SummaryKeyTypeVersionsPerPolicyQuota: 5, types.SummaryKeyTypePolicyVersionsInUseQuota: 10000,
	types.SummaryKeyTypeGroupsPerUserQuota: groupsPerUser, types.SummaryKeyTypeAccessKeysPerUserQuota: keysPerUser,
	types.SummaryKeyTypeSigningCertificatesPerUserQuota: 2,
	types.SummaryKeyTypeAttachedPoliciesPerUserQuota:    policiesPerHolder,
	types.SummaryKeyTypeAttachedPoliciesPerGroupQuota:   policiesPerHolder,
	types.SummaryKeyTypeAttachedPoliciesPerRoleQuota:    policiesPerHolder,
}

// accountHasNone is what an account here has none of.
var accountHasNone = []types.SummaryKeyType{
	types.SummaryKeyTypeServerCertificates, types.SummaryKeyTypeInstanceProfiles, types.SummaryKeyTypeMFADevices, types.SummaryKeyTypeMFADevicesInUse,
	types.SummaryKeyTypeAccountMFAEnabled, types.SummaryKeyTypeAccountPasswordPresent, types.SummaryKeyTypeAccountSigningCertificatesPresent,
}

// GetAccountSummary counts the account's entities.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
func (s *Service) GetAccountSummary(ctx context.Context, c *iam.Caller, _ *sdkiam.GetAccountSummaryInput) (*sdkiam.GetAccountSummaryOutput, error) {
	if err := authorize(c, request{action: "GetAccountSummary"}, anything); err != nil {
		return nil, err
	}
	sum := map[string]int32{string(types.SummaryKeyTypeGlobalEndpointTokenVersion): 1}
	for key, n := range accountQuotas {
		sum[string(key)] = n
	}
	for _, key := range accountHasNone {
		sum[string(key)] = 0
	}
	account := c.Principal.Account
	keys, err := s.iam.KeysOf(ctx, iam.KeyOwner{Account: account})
	if err != nil {
		return nil, err
	}
	sum[string(types.SummaryKeyTypeAccountAccessKeysPresent)] = int32(min(len(keys), 1))
	if err := s.countEntities(ctx, account, func(key types.SummaryKeyType, n int) { sum[string(key)] += int32(n) }); err != nil {
		return nil, err
	}
	return &sdkiam.GetAccountSummaryOutput{SummaryMap: sum}, nil
}

// countEntities calls add for each entity of an account.
func (s *Service) countEntities(ctx context.Context, account string, add func(types.SummaryKeyType, int)) error {
	for _, key := range []types.SummaryKeyType{
		types.SummaryKeyTypeUsers, types.SummaryKeyTypeGroups, types.SummaryKeyTypeRoles, types.SummaryKeyTypePolicies,
		types.SummaryKeyTypePolicyVersionsInUse, types.SummaryKeyTypeProviders,
	} {
		add(key, 0)
	}
	return errors.Join(
		iam.Users.Each(ctx, s.db, account, func(*iam.User) { add(types.SummaryKeyTypeUsers, 1) }),
		iam.Groups.Each(ctx, s.db, account, func(*iam.Group) { add(types.SummaryKeyTypeGroups, 1) }),
		iam.Roles.Each(ctx, s.db, account, func(*iam.Role) { add(types.SummaryKeyTypeRoles, 1) }),
		iam.Policies.Each(ctx, s.db, account, func(p *iam.ManagedPolicy) {
			add(types.SummaryKeyTypePolicies, 1)
			add(types.SummaryKeyTypePolicyVersionsInUse, len(p.Versions))
		}),
		iam.Providers.Each(ctx, s.db, account, func(*iam.Provider) { add(types.SummaryKeyTypeProviders, 1) }),
	)
}
