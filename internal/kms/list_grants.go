package kms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// ListGrants lists the grants on a key, all of them or those to one principal.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
func (s *Service) ListGrants(ctx context.Context, c *iam.Caller, in *kms.ListGrantsInput) (*kms.ListGrantsOutput, error) {
	switch {
	case in.GranteePrincipal != nil && in.GranteeServicePrincipal != nil:
		return nil, errValidation("You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
	case in.GranteeServicePrincipal != nil && c.Principal.Type != iam.TypeService:
		return nil, errValidation("GranteeServicePrincipal can be used by service principals only.")
	}
	k, err := s.use(ctx, c, &ask{op: opListGrants, name: *in.KeyId, further: []condition{forAWSResource(c)}})
	if err != nil {
		return nil, err
	}
	p, err := newPage(in.Limit, in.Marker, 50, 100)
	if err != nil {
		return nil, err
	}
	records, err := s.grantRecords(ctx, k, in, p)
	if err != nil {
		return nil, err
	}
	out := &kms.ListGrantsOutput{Grants: []types.GrantListEntry{}}
	records, out.Truncated, out.NextMarker = cut(p, records, byKey)
	shown, ids, err := s.openGrants(ctx, records)
	if err != nil {
		return nil, err
	}
	for _, g := range shown {
		if g.matches(in, ids) {
			out.Grants = append(out.Grants, g.entry(k, ids))
		}
	}
	return out, nil
}

// grantRecords reads one more than the page has of the records that the filters may let
// through.
func (s *Service) grantRecords(ctx context.Context, k *key, in *kms.ListGrantsInput, p page) ([]store.Record, error) {
	prefix := k.ref.Path() + "/"
	switch {
	case in.GrantId != nil:
		if _, _, ok := parseGrantID(*in.GrantId); !ok {
			return nil, errGrantID(*in.GrantId)
		}
		prefix += *in.GrantId
	case in.GranteePrincipal != nil:
		prefix += nameOf(*in.GranteePrincipal, "").hash().String()
	case in.GranteeServicePrincipal != nil:
		prefix += granteeName{name: *in.GranteeServicePrincipal}.hash().String()
	}
	return s.db.Scan(ctx, grantKind, store.Range{Prefix: prefix, After: p.after, Limit: p.limit + 1})
}

// matches reports whether the filters of ListGrants let the grant through. A grant to a
// principal that is gone is not one to another of the same name.
func (g *grant) matches(in *kms.ListGrantsInput, ids map[string]string) bool {
	switch {
	case in.GranteePrincipal != nil:
		return g.Grantee == *in.GranteePrincipal && (g.GranteeID == "" || g.GranteeID == ids[g.Grantee])
	case in.GranteeServicePrincipal != nil:
		return g.GranteeService == *in.GranteeServicePrincipal
	}
	return true
}

// openGrants decodes records of grants, and looks up what their principals are today.
func (s *Service) openGrants(ctx context.Context, records []store.Record) (list []*grant, ids map[string]string, err error) {
	seen := map[string]bool{}
	var names []string
	for _, r := range records {
		g, err := decodeGrant(r)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, g)
		for _, arn := range []string{g.Grantee, g.Retiring} {
			if arn != "" && !seen[arn] {
				seen[arn] = true
				names = append(names, arn)
			}
		}
	}
	ids, err = s.principals.UniqueIDs(ctx, names)
	return list, ids, err
}

// ListRetirableGrants lists the grants that a principal may retire, on keys of all accounts
// in the Region. The principal must be of the caller's own account.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
func (s *Service) ListRetirableGrants(ctx context.Context, c *iam.Caller, in *kms.ListRetirableGrantsInput) (*kms.ListRetirableGrantsOutput, error) {
	if (in.RetiringPrincipal == nil) == (in.RetiringServicePrincipal == nil) {
		return nil, errValidation("You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
	}
	who, err := s.retiringPrincipal(ctx, c, in)
	if err != nil {
		return nil, err
	}
	p, err := newPage(in.Limit, in.Marker, 50, 100)
	if err != nil {
		return nil, err
	}
	ref := retiringRef(c.Region, who)
	r := store.Range{Prefix: ref, After: p.after, Limit: p.limit + 1}
	if p.after != "" {
		r.AfterRef = ref
	}
	records, err := s.db.ScanRef(ctx, grantKind, r)
	if err != nil {
		return nil, err
	}
	out := &kms.ListRetirableGrantsOutput{Grants: []types.GrantListEntry{}}
	records, out.Truncated, out.NextMarker = cut(p, records, byKey)
	out.Grants, err = s.retirableEntries(ctx, records)
	return out, err
}

func (s *Service) retirableEntries(ctx context.Context, records []store.Record) ([]types.GrantListEntry, error) {
	shown, ids, err := s.openGrants(ctx, records)
	if err != nil {
		return nil, err
	}
	list := []types.GrantListEntry{}
	for _, g := range shown {
		k, err := s.keys.Get(ctx, g.path)
		if errors.Is(err, store.ErrNotFound) { // deleted; its grants follow
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, g.entry(k, ids))
	}
	return list, nil
}

// retiringPrincipal makes the decision, and then looks up the principal.
func (s *Service) retiringPrincipal(ctx context.Context, c *iam.Caller, in *kms.ListRetirableGrantsInput) (granteeName, error) {
	access := iam.Access{Action: "kms:ListRetirableGrants", ARN: "*", Account: c.Principal.Account}
	if in.RetiringServicePrincipal != nil {
		who := granteeName{name: *in.RetiringServicePrincipal}
		access.Policy, access.Grants = &noPolicy, itself{c, who}
		return who, c.Authorize(&access)
	}
	arn := *in.RetiringPrincipal
	if parsed, ok := iam.ParseARN(arn); ok {
		access.Account = parsed.Account
	}
	if err := c.Authorize(&access); err != nil {
		return granteeName{}, err
	}
	if !principalForm(arn) {
		return granteeName{}, errPrincipal(arn)
	}
	ids, err := s.principals.UniqueIDs(ctx, []string{arn})
	if err != nil {
		return granteeName{}, err
	}
	id, found := ids[arn]
	if !found {
		return granteeName{}, errPrincipal(arn)
	}
	return nameOf(arn, id), nil
}

// noPolicy stands for the key policy where it has no say.
var noPolicy = decision.Policy{Document: new(policy.Document), Name: keyPolicyName}

// itself permits a service what is its own.
type itself struct {
	caller *iam.Caller
	who    granteeName
}

// FindGrant implements decision.Grants.
func (i itself) FindGrant() (string, policy.Outcome, error) {
	return "of its own", called(namesOf(i.caller), i.who), nil
}
