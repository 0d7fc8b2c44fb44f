package admin

import (
	"context"
	"maps"
	"slices"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// mostTrust is the quota of the size of a trust policy, white space aside.
const mostTrust = 2048

// UpdateAssumeRolePolicy gives a role another trust policy.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateAssumeRolePolicyInput) (*sdkiam.UpdateAssumeRolePolicyOutput, error) {
	// The principals are looked up before the transaction, which must not wait for that. If
	// one goes away meanwhile, its unique id stays behind, and is nobody's.
	ids, invalid := s.checkTrust(ctx, *in.PolicyDocument)
	return nil, roles.change(ctx, s, c, request{action: "UpdateAssumeRolePolicy"}, *in.RoleName, func(_ *store.Tx, r *iam.Role) error {
		r.Trust, r.TrustIDs = *in.PolicyDocument, ids
		return invalid
	})
}

// checkTrust checks a trust policy and returns the unique ids of the users and roles that it
// names, by ARN.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (s *Service) checkTrust(ctx context.Context, document string) (map[string]string, error) {
	var names []string
	err := checkDocument(document, func(d *policy.Document) error {
		names = d.Principals()
		return d.ValidateTrustPolicy()
	})
	if err != nil {
		return nil, err
	}
	if policySize(document) > mostTrust {
		return nil, errQuota("ACLSizePerRole", mostTrust)
	}
	ids, missing, err := s.iam.PrincipalIDs(ctx, names)
	if err == nil && missing != "" {
		err = errMalformedPolicy(policy.InvalidPrincipal("AWS", missing).Message)
	}
	return ids, err
}

// showTrust puts the unique ids of users and roles that are gone into the trust policy of a
// role that is to be shown.
func (s *Service) showTrust(ctx context.Context, r *iam.Role) error {
	now, err := s.iam.UniqueIDs(ctx, slices.Collect(maps.Keys(r.TrustIDs)))
	if err != nil {
		return err
	}
	gone := maps.Clone(r.TrustIDs)
	maps.DeleteFunc(gone, func(arn, id string) bool { return now[arn] == id })
	if len(gone) > 0 {
		r.Trust = policy.Rename(r.Trust, gone)
	}
	return nil
}
