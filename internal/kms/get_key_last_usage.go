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

// GetKeyLastUsage says which cryptographic operation was the last that succeeded with a key,
// and when. Of what other nodes did it may miss the last minute.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
func (s *Service) GetKeyLastUsage(ctx context.Context, c *iam.Caller, in *kms.GetKeyLastUsageInput) (*kms.GetKeyLastUsageOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opGetKeyLastUsage, name: *in.KeyId})
	if err != nil {
		return nil, err
	}
	last, err := s.lastUse(k, s.getter(ctx))
	if err != nil {
		return nil, err
	}
	out := &kms.GetKeyLastUsageOutput{
		KeyId: &k.id, KeyCreationDate: &k.Created, TrackingStartDate: &k.Created, KeyLastUsage: &types.KeyLastUsageData{},
	}
	if !last.Time.IsZero() {
		out.KeyLastUsage = &types.KeyLastUsageData{
			Operation: last.Operation, Timestamp: new(last.Time.Truncate(time.Second)), CloudTrailEventId: &last.EventID, KmsRequestId: &last.RequestID,
		}
	}
	return out, nil
}

// getter reads records outside a transaction.
func (s *Service) getter(ctx context.Context) func(kind, key string) (store.Record, error) {
	return func(kind, key string) (store.Record, error) { return s.db.Get(ctx, kind, key) }
}

// trailingDaysWithoutKeyUsage is for how many whole days the key in question has not been used,
// or has not been there if it never was.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func (a *ask) trailingDaysWithoutKeyUsage() (policy.Value, bool) {
	if a.key == nil || a.op.name != opDisableKey.name && a.op.name != opScheduleKeyDeletion.name {
		return absent()
	}
	get := a.service.getter(a.ctx)
	if a.tx != nil { // which must not wait for another read
		get = a.tx.Get
	}
	last, err := a.service.lastUse(a.key, get)
	if err != nil {
		return a.fail(err)
	}
	since := last.Time
	if since.IsZero() {
		since = a.key.Created
	}
	days := max(0, a.service.clock.Now().Sub(since)/day)
	return policy.Single(strconv.FormatInt(int64(days), 10)), true
}
