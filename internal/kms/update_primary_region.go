package kms

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// UpdatePrimaryRegion makes the replica in a Region the primary key, and the primary key a
// replica. It takes the permission on both keys, each in its Region.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html
func (s *Service) UpdatePrimaryRegion(ctx context.Context, c *iam.Caller, in *kms.UpdatePrimaryRegionInput) (*kms.UpdatePrimaryRegionOutput, error) {
	region := *in.PrimaryRegion
	further := []condition{{"kms:primaryregion", policy.Single(region)}}
	there := c.In(region)
	recorded := false
	_, err := s.change(ctx, c, &ask{op: opUpdatePrimaryRegion, name: *in.KeyId, further: further}, func(tx *store.Tx, k *key) error {
		switch {
		case !k.primary():
			return errNotPrimary(k.arn)
		case region == k.ref.Region:
			return errValidation("The primary key is in this Region already: %s.", region)
		}
		a := &ask{op: opUpdatePrimaryRegion, name: k.id, further: further}
		a.begin(ctx, s, there)
		r, err := s.open(tx, a, target{region: region, account: k.Account, id: k.id})
		if err != nil {
			return err
		}
		if !slices.Contains(k.MultiRegion.Replicas, region) { // a key of that id that is none of these
			return errKeyNotFound(r.arn)
		}
		now := s.clock.Now().Truncate(time.Millisecond)
		if err := s.setPrimary(tx, k, region, now); err != nil || recorded {
			return err
		}
		recorded = true
		return s.journal.Record(primaryEvent(c, r, now))
	})
	if err != nil {
		return nil, err
	}
	s.synchronizeSoon()
	return &kms.UpdatePrimaryRegionOutput{}, nil
}

// setPrimary makes the related key of k in a Region the primary in its place. Both are in the
// state Updating until the job has been there.
func (s *Service) setPrimary(tx *store.Tx, k *key, region string, now time.Time) error {
	old := k.ref.Region
	replicas := slices.DeleteFunc(slices.Clone(k.MultiRegion.Replicas), func(r string) bool { return r == region })
	next := &multiRegion{Primary: region, Replicas: slices.Sorted(slices.Values(append(replicas, old)))}
	return s.share(tx, k, func(k *key) error {
		k.MultiRegion = next
		if k.ref.Region != old && k.ref.Region != region {
			return nil
		}
		k.State = types.KeyStateUpdating
		return scheduleSynchronization(tx, k, now)
	})
}

// primaryEvent is the record of an UpdatePrimaryRegion in the Region of the new primary k.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-update-primary-region.html
func primaryEvent(c *iam.Caller, k *key, now time.Time) *cloudtrail.Event {
	const kms = "kms.amazonaws.com"
	e := internalEvent(opUpdatePrimaryRegion.name, k, now)
	e.Type, e.RequestID = apiCall, c.Event.RequestID
	e.Identity.InvokedBy, e.SourceIPAddress, e.UserAgent = kms, kms, kms
	e.ResponseElements = keyElement(k.arn)
	return e
}
