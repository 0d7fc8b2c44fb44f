package kms

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

const (
	onDemandRotations = 25               // a resource quota of AWS KMS, for the life of a key
	rotationNear      = 20 * time.Minute // before an automatic rotation there is none on demand
)

// RotateKeyOnDemand gives a key new material now. The schedule of its automatic rotation
// stays. A key with imported material goes over to the material that waits for it.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
func (s *Service) RotateKeyOnDemand(ctx context.Context, c *iam.Caller, in *kms.RotateKeyOnDemandInput) (*kms.RotateKeyOnDemandOutput, error) {
	k, err := s.change(ctx, c, &ask{op: opRotateKeyOnDemand, name: *in.KeyId}, func(tx *store.Tx, k *key) error {
		if err := k.rotatable(types.OriginTypeAwsKms, types.OriginTypeExternal); err != nil {
			return err
		}
		now := s.clock.Now().Truncate(time.Millisecond)
		if err := k.mayRotate(now); err != nil {
			return err
		}
		if k.Origin == types.OriginTypeExternal {
			return s.promote(tx, k, now)
		}
		return s.renew(ctx, tx, k, now, types.RotationTypeOnDemand)
	})
	if err != nil {
		return nil, err
	}
	return &kms.RotateKeyOnDemandOutput{KeyId: &k.arn}, nil
}

// mayRotate refuses an on-demand rotation too many, or too near to an automatic one.
func (k *key) mayRotate(now time.Time) error {
	done := 0
	for i := range k.Materials {
		if k.Materials[i].By == types.RotationTypeOnDemand {
			done++
		}
	}
	if done >= onDemandRotations {
		return errLimit("The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: %s", k.arn)
	}
	if due := k.rotationDue(); !due.IsZero() && due.Sub(now) <= rotationNear {
		return &types.ConflictException{Message: new("An automatic rotation of " + k.arn + " is in progress or begins within the next 20 minutes.")}
	}
	return nil
}

// promote makes the imported material that waits for it the current one, in all Regions.
func (s *Service) promote(tx *store.Tx, k *key, now time.Time) error {
	i := slices.IndexFunc(k.Materials, func(m keyMaterial) bool { return m.State == types.KeyMaterialStatePendingRotation && !m.Missing })
	if i < 0 {
		return &types.KMSInvalidStateException{Message: new("No available key material pending rotation for the key: " + k.arn + ".")}
	}
	id, err := material.ParseID(k.Materials[i].ID)
	if err != nil {
		return err
	}
	return s.share(tx, k, func(k *key) error {
		m := keyMaterial{Missing: true} // unless the key's own entry says that it has it
		if waiting := k.findMaterial(id.String()); waiting != nil {
			m = *waiting
		}
		m.Rotated, m.By = now, types.RotationTypeOnDemand
		return s.succeed(k, id, m)
	})
}
