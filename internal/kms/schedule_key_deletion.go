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

// The waiting period of a deletion in days.
const (
	shortestWindow = 7
	longestWindow  = 30
	usualWindow    = 30
)

const day = 24 * time.Hour

// ScheduleKeyDeletion stops all use of a key and lets it be deleted when the waiting
// period is over. Until then CancelKeyDeletion brings it back. The waiting period of a primary
// key begins when its last replica is gone.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
func (s *Service) ScheduleKeyDeletion(ctx context.Context, c *iam.Caller, in *kms.ScheduleKeyDeletionInput) (*kms.ScheduleKeyDeletionOutput, error) {
	if in.PendingWindowInDays == nil {
		in.PendingWindowInDays = new(int32(usualWindow))
	}
	a := &ask{op: opScheduleKeyDeletion, name: *in.KeyId, further: []condition{
		{"kms:schedulekeydeletionpendingwindowindays", policy.Single(strconv.Itoa(int(*in.PendingWindowInDays)))},
	}}
	k, err := s.change(ctx, c, a, func(tx *store.Tx, k *key) error {
		if err := noteBackingKeys(tx, c, k); err != nil {
			return err
		}
		switch days := int(*in.PendingWindowInDays); {
		case days < shortestWindow:
			return errConstraint(tooSmall("pendingWindowInDays", days, shortestWindow))
		case days > longestWindow:
			return errConstraint(tooLarge("pendingWindowInDays", days, longestWindow))
		}
		if k.primary() && len(k.MultiRegion.Replicas) > 0 {
			k.State, k.WindowDays = types.KeyStatePendingReplicaDeletion, *in.PendingWindowInDays
			return nil
		}
		k.expire(*in.PendingWindowInDays, s.clock.Now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &kms.ScheduleKeyDeletionOutput{KeyId: &k.arn, KeyState: k.State, PendingWindowInDays: in.PendingWindowInDays}
	if k.State == types.KeyStatePendingDeletion {
		out.DeletionDate = &k.DeletionDate
	}
	return out, nil
}

// noteBackingKeys puts the material that is to go from a CloudHSM cluster into the record of the
// call.
func noteBackingKeys(tx *store.Tx, c *iam.Caller, k *key) error {
	if !k.inHSM() {
		return nil
	}
	ks, err := openKeyStore(tx, k.ref.Region, k.Account, k.KeyStore)
	if err == nil {
		c.Event.AdditionalEventData = append(c.Event.AdditionalEventData, backingKeys(ks.id, ks.Cluster.ID, k.Material)...)
	}
	return err
}

// CancelKeyDeletion brings a key back that waits for its deletion. It comes back disabled, or
// without imported material that it needs.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
func (s *Service) CancelKeyDeletion(ctx context.Context, c *iam.Caller, in *kms.CancelKeyDeletionInput) (*kms.CancelKeyDeletionOutput, error) {
	k, err := s.change(ctx, c, &ask{op: opCancelKeyDeletion, name: *in.KeyId}, func(_ *store.Tx, k *key) error {
		k.State = types.KeyStateDisabled
		if !k.imported() {
			k.State = types.KeyStatePendingImport
		}
		k.DeletionDate, k.WindowDays = time.Time{}, 0
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &kms.CancelKeyDeletionOutput{KeyId: &k.arn}, nil
}

// tooSmall and tooLarge word a constraint as the API model's own checks do.
func tooSmall(member string, value, least int) string {
	return constraint(member, value, "greater", least)
}

func tooLarge(member string, value, most int) string {
	return constraint(member, value, "less", most)
}

func constraint(member string, value int, than string, bound int) string {
	return "Value '" + strconv.Itoa(value) + "' at '" + member + "' failed to satisfy constraint: Member must have value " +
		than + " than or equal to " + strconv.Itoa(bound)
}
