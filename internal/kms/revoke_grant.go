package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
)

// RevokeGrant deletes a grant at the word of whoever the key policy lets do so.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html
func (s *Service) RevokeGrant(ctx context.Context, c *iam.Caller, in *kms.RevokeGrantInput) (*kms.RevokeGrantOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opRevokeGrant, name: *in.KeyId, further: []condition{forAWSResource(c)}})
	if err != nil {
		return nil, err
	}
	if _, _, ok := parseGrantID(*in.GrantId); !ok {
		return nil, errGrantID(*in.GrantId)
	}
	if err := s.removeGrant(ctx, k, *in.GrantId, dry(in.DryRun)); err != nil {
		return nil, err
	}
	return &kms.RevokeGrantOutput{}, nil
}
