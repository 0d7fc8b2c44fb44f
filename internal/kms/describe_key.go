package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DescribeKey shows the metadata of a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
func (s *Service) DescribeKey(ctx context.Context, c *iam.Caller, in *kms.DescribeKeyInput) (*kms.DescribeKeyOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opDescribeKey, name: *in.KeyId, tokens: in.GrantTokens})
	if err != nil {
		return nil, err
	}
	m, err := s.metadata(ctx, k)
	if err != nil {
		return nil, err
	}
	return &kms.DescribeKeyOutput{KeyMetadata: m}, nil
}

// ListKeys lists the keys of the account in the Region, in every state.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
func (s *Service) ListKeys(ctx context.Context, c *iam.Caller, in *kms.ListKeysInput) (*kms.ListKeysOutput, error) {
	if err := s.authorizeAccount(ctx, c, "ListKeys"); err != nil {
		return nil, err
	}
	p, err := newPage(in.Limit, in.Marker, 100, 1000)
	if err != nil {
		return nil, err
	}
	ref := accountRef(c.Region, c.Principal.Account)
	r := store.Range{Prefix: ref, After: p.after, Limit: p.limit + 1}
	if p.after != "" {
		r.AfterRef = ref
	}
	records, err := s.db.ScanRef(ctx, keyKind, r)
	if err != nil {
		return nil, err
	}
	out := &kms.ListKeysOutput{Keys: []types.KeyListEntry{}}
	records, out.Truncated, out.NextMarker = cut(p, records, byKey)
	for _, r := range records {
		_, id, err := splitRecordKey(r.Key)
		if err != nil {
			return nil, err
		}
		out.Keys = append(out.Keys, types.KeyListEntry{KeyId: &id, KeyArn: new(keyARN(c.Region, c.Principal.Account, id))})
	}
	return out, nil
}

// UpdateKeyDescription replaces the description of a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html
func (s *Service) UpdateKeyDescription(ctx context.Context, c *iam.Caller, in *kms.UpdateKeyDescriptionInput) (*kms.UpdateKeyDescriptionOutput, error) {
	_, err := s.change(ctx, c, &ask{op: opUpdateKeyDescription, name: *in.KeyId}, func(_ *store.Tx, k *key) error {
		k.Description = *in.Description
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &kms.UpdateKeyDescriptionOutput{}, nil
}
