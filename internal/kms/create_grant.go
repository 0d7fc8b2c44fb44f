package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// CreateGrant lets a principal use a key. With a name it can be called again: the same
// request finds the same grant, and gets another token for it.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
func (s *Service) CreateGrant(ctx context.Context, c *iam.Caller, in *kms.CreateGrantInput) (*kms.CreateGrantOutput, error) {
	if err := checkGrantPrincipals(in); err != nil {
		return nil, err
	}
	k, err := s.use(ctx, c, askForGrant(c, in))
	if err != nil {
		return nil, err
	}
	g, err := s.newGrant(ctx, c, k, in)
	if err != nil {
		return nil, err
	}
	t, err := s.insertGrant(ctx, c, k, g, dry(in.DryRun))
	if err != nil {
		return nil, err
	}
	token, err := t.seal(s.sealer)
	if err != nil {
		return nil, err
	}
	if c.Event.ResponseElements, err = json.Marshal(createdGrant{t.id, k.arn}); err != nil {
		return nil, err
	}
	return &kms.CreateGrantOutput{GrantId: &t.id, GrantToken: &token}, nil
}

// createdGrant is what CloudTrail records of the answer.
type createdGrant struct {
	GrantID string `json:"grantId"`
	KeyID   string `json:"keyId"`
}

// checkGrantPrincipals refuses too many and too few principals.
func checkGrantPrincipals(in *kms.CreateGrantInput) error {
	service := in.GranteeServicePrincipal != nil
	switch {
	case service == (in.GranteePrincipal != nil):
		return errValidation("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
	case in.RetiringPrincipal != nil && in.RetiringServicePrincipal != nil:
		return errValidation("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
	case service && (in.Constraints == nil || in.Constraints.SourceArn == nil):
		return errValidation("You must specify a SourceArn grant constraint when you specify a GranteeServicePrincipal.")
	case service && in.RetiringPrincipal == nil && in.RetiringServicePrincipal == nil:
		return errValidation("You must specify either RetiringPrincipal or RetiringServicePrincipal when you specify a GranteeServicePrincipal.")
	}
	return nil
}

// askForGrant is the question whether the caller may create the grant.
func askForGrant(c *iam.Caller, in *kms.CreateGrantInput) *ask {
	child := &grant{set: operationSet(in.Operations), Constraints: constraintsAsked(in.Constraints)}
	a := &ask{
		op: opCreateGrant, name: *in.KeyId, tokens: in.GrantTokens, child: child,
		encrypts: child.Constraints.onContext(), context: child.Constraints.pairs(),
	}
	operations := make([]string, len(in.Operations))
	for i, op := range in.Operations {
		operations[i] = string(op)
	}
	a.further = append(a.further, forAWSResource(c), condition{"kms:grantoperations", policy.Multi(operations)})
	for _, single := range []struct {
		name  string
		value *string
	}{
		{"kms:granteeprincipal", in.GranteePrincipal},
		{"kms:granteeserviceprincipal", in.GranteeServicePrincipal},
		{"kms:retiringprincipal", in.RetiringPrincipal},
		{"kms:retiringserviceprincipal", in.RetiringServicePrincipal},
		{"kms:grantconstrainttype", optional(child.Constraints.kind())},
		{"kms:grantconstraintsourcearn", optional(child.Constraints.SourceARN)},
	} {
		if single.value != nil {
			a.further = append(a.further, condition{single.name, policy.Single(*single.value)})
		}
	}
	return a
}

// forAWSResource is kms:GrantIsForAWSResource: whether a service asks on behalf of the
// principal.
func forAWSResource(c *iam.Caller) condition {
	return condition{"kms:grantisforawsresource", policy.Single(strconv.FormatBool(c.Via != nil))}
}

// newGrant makes the grant that an input asks for, and refuses what the key can't have and
// principals who do not exist.
func (s *Service) newGrant(ctx context.Context, c *iam.Caller, k *key, in *kms.CreateGrantInput) (*grant, error) {
	if err := checkGrantOperations(k, in.Operations); err != nil {
		return nil, err
	}
	g := &grant{
		Created: s.clock.Now().Truncate(time.Second), Issuer: c.Principal.Account, Constraints: constraintsAsked(in.Constraints),
		Name: text(in.Name), Grantee: text(in.GranteePrincipal), GranteeService: text(in.GranteeServicePrincipal),
		Retiring: text(in.RetiringPrincipal), RetiringService: text(in.RetiringServicePrincipal),
	}
	if err := g.Constraints.check(k); err != nil {
		return nil, err
	}
	if g.Issuer == "" { // a service has no account
		g.Issuer = k.Account
	}
	for _, op := range in.Operations {
		if bit := grantable[string(op)]; g.set&bit == 0 {
			g.set |= bit
			g.Operations = append(g.Operations, op)
		}
	}
	if err := s.bind(ctx, g); err != nil {
		return nil, err
	}
	g.identify(k)
	return g, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// bind finds the principals of a grant and ties the grant to their unique ids, so that
// whoever gets the same name later has nothing of it.
func (s *Service) bind(ctx context.Context, g *grant) error {
	var arns []string
	for _, arn := range []string{g.Grantee, g.Retiring} {
		if arn == "" {
			continue
		}
		if !principalForm(arn) {
			return errPrincipal(arn)
		}
		arns = append(arns, arn)
	}
	ids, err := s.principals.UniqueIDs(ctx, arns)
	if err != nil {
		return err
	}
	for _, arn := range arns {
		if _, found := ids[arn]; !found {
			return errPrincipal(arn)
		}
	}
	g.GranteeID, g.RetiringID = ids[g.Grantee], ids[g.Retiring]
	return nil
}

// principalForm reports whether an ARN is in the form that principals have: a grant in any
// other would never be found.
func principalForm(arn string) bool {
	if rootARN.MatchString(arn) {
		return true
	}
	a, ok := iam.ParseARN(arn)
	return ok && a.Partition == "aws" && a.Region == "" && (a.Service == "iam" || a.Service == "sts")
}

// insertGrant stores a grant, or finds the one that the same request has made before, and
// returns what a token for it says.
func (s *Service) insertGrant(ctx context.Context, c *iam.Caller, k *key, g *grant, dryRun bool) (t grantToken, err error) {
	record, err := g.record()
	if err != nil {
		return t, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := s.read(tx, k.target())
		if err != nil {
			return err
		}
		if now == nil {
			return errKeyNotFound(k.arn)
		}
		if err := checkWithin(tx, now, opCreateGrant); err != nil {
			return err
		}
		if t, err = sameGrant(tx, g); err != nil || t.id != "" {
			return dryOr(dryRun, err)
		}
		n, err := grantCount(tx, g.path)
		switch {
		case err != nil:
			return err
		case n >= grantsPerKey:
			return errLimit("The key %s has %d grants, which is the limit.", k.arn, grantsPerKey)
		case dryRun:
			return errDryRun()
		}
		if err := setGrantCount(tx, g.path, n+1); err != nil {
			return err
		}
		if err := nameGrant(tx, g); err != nil {
			return err
		}
		t = grantToken{g.path, g.id, tx.Revision()}
		return tx.Insert(record)
	})
	return t, err
}

// dryOr returns an error, or what DryRun makes of success.
func dryOr(dryRun bool, err error) error {
	if err == nil && dryRun {
		return errDryRun()
	}
	return err
}

// sameGrant finds the grant that was made by the same request with the same name; the
// result has no id if there is none.
func sameGrant(tx *store.Tx, g *grant) (t grantToken, err error) {
	if g.Name == "" {
		return t, nil
	}
	found, err := tx.Get(grantNameKind, g.nameKey())
	if errors.Is(err, store.ErrNotFound) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	id := string(found.Body)
	r, err := tx.Get(grantKind, g.path+"/"+id)
	if err != nil {
		return t, fmt.Errorf("find the grant of a name: %w", err)
	}
	return grantToken{g.path, id, r.Version}, nil
}

func nameGrant(tx *store.Tx, g *grant) error {
	if g.Name == "" {
		return nil
	}
	return tx.Insert(store.Record{Kind: grantNameKind, Key: g.nameKey(), Body: []byte(g.id)})
}
