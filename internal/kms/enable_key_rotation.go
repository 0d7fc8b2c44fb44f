package kms

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// EnableKeyRotation lets a key be rotated again and again. Called again with another period
// it begins anew, with the same it changes nothing. A call without a period means a year,
// also for a key that had another: so the API reference says.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
func (s *Service) EnableKeyRotation(ctx context.Context, c *iam.Caller, in *kms.EnableKeyRotationInput) (*kms.EnableKeyRotationOutput, error) {
	if in.RotationPeriodInDays == nil {
		in.RotationPeriodInDays = new(int32(usualPeriod))
	}
	days := *in.RotationPeriodInDays
	a := &ask{op: opEnableKeyRotation, name: *in.KeyId, further: []condition{
		{"kms:rotationperiodindays", policy.Single(strconv.Itoa(int(days)))},
	}}
	if err := s.setRotation(ctx, c, a, func(old *rotation) *rotation {
		if old != nil && old.PeriodDays == days {
			return old
		}
		return newRotation(days, s.clock.Now().Truncate(time.Millisecond))
	}); err != nil {
		return nil, err
	}
	return &kms.EnableKeyRotationOutput{}, nil
}

// DisableKeyRotation ends the automatic rotation of a key. It is no error if it has none.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html
func (s *Service) DisableKeyRotation(ctx context.Context, c *iam.Caller, in *kms.DisableKeyRotationInput) (*kms.DisableKeyRotationOutput, error) {
	a := &ask{op: opDisableKeyRotation, name: *in.KeyId}
	if err := s.setRotation(ctx, c, a, func(*rotation) *rotation { return nil }); err != nil {
		return nil, err
	}
	return &kms.DisableKeyRotationOutput{}, nil
}

// setRotation gives the key that a names the rotation that to makes of its old one.
func (s *Service) setRotation(ctx context.Context, c *iam.Caller, a *ask, to func(*rotation) *rotation) error {
	_, err := s.change(ctx, c, a, func(tx *store.Tx, k *key) error {
		if err := k.rotatable(types.OriginTypeAwsKms); err != nil {
			return err
		}
		r := to(k.Rotation)
		return s.share(tx, k, func(k *key) error {
			k.Rotation = r
			return nil
		})
	})
	return err
}

// GetKeyRotationStatus tells whether and when a key is rotated automatically. For keys that
// never are the answer is no. On-demand rotations are over when they are answered, so that
// none is ever in progress.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
func (s *Service) GetKeyRotationStatus(ctx context.Context, c *iam.Caller, in *kms.GetKeyRotationStatusInput) (*kms.GetKeyRotationStatusOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opGetKeyRotationStatus, name: *in.KeyId})
	if err != nil {
		return nil, err
	}
	if k.custom() {
		return nil, errOrigin(k.arn, k.Origin)
	}
	out := &kms.GetKeyRotationStatusOutput{KeyId: &k.arn}
	if r := k.automatic(); r != nil && column(k.State) != column(types.KeyStatePendingDeletion) {
		out.KeyRotationEnabled, out.NextRotationDate, out.RotationPeriodInDays = true, &r.Next, &r.PeriodDays
	}
	return out, nil
}
