package kms

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// ReplicateKey makes a replica of a multi-Region primary key in another Region: a key with the
// same id and key material. Policy, description, tags, aliases and grants are its own. It takes
// two permissions, one on the primary and one to create keys in the other Region.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
func (s *Service) ReplicateKey(ctx context.Context, c *iam.Caller, in *kms.ReplicateKeyInput) (*kms.ReplicateKeyOutput, error) {
	if in.Description == nil {
		in.Description = new("")
	}
	w := replication{in: in, there: c.In(*in.ReplicaRegion)}
	if in.Policy != nil {
		w.policy, w.invalid = s.newPolicy(ctx, *in.Policy) // before the transaction, as in PutKeyPolicy
	}
	further := append(bypassing(in.BypassPolicyLockoutSafetyCheck), condition{"kms:replicaregion", policy.Single(*in.ReplicaRegion)})
	recorded := false
	_, err := s.change(ctx, c, &ask{op: opReplicateKey, name: *in.KeyId, further: further}, func(tx *store.Tx, k *key) error {
		if err := s.replicate(ctx, tx, k, &w); err != nil || recorded {
			return err
		}
		recorded = true
		return s.journal.Record(createdEvent(c, w.replica))
	})
	if err != nil {
		return nil, err
	}
	s.synchronizeSoon()
	r := w.replica
	out := &kms.ReplicateKeyOutput{ReplicaKeyMetadata: r.metadata(), ReplicaPolicy: new(r.policy()), ReplicaTags: []types.Tag{}}
	out.ReplicaKeyMetadata.CurrentKeyMaterialId = nil // as AWS does, although it is known
	for _, t := range r.Tags {
		out.ReplicaTags = append(out.ReplicaTags, types.Tag{TagKey: &t.Key, TagValue: &t.Value})
	}
	return out, nil
}

// replication is a replica in the making.
type replication struct {
	in      *kms.ReplicateKeyInput
	there   *iam.Caller // in the replica's Region
	policy  *keyPolicy  // nil for the default
	invalid error       // what is wrong with the policy
	replica *key
}

// replicate makes the replica of k and stores it, and what it changes in the other keys.
func (s *Service) replicate(ctx context.Context, tx *store.Tx, k *key, w *replication) error {
	region := *w.in.ReplicaRegion
	switch {
	case !k.primary():
		return errNotPrimary(k.arn)
	case region == k.ref.Region:
		return errValidation("The replica Region must not be the Region of the primary key: %s.", region)
	case iam.Partition(region) != iam.Partition(k.ref.Region), s.serves != nil && !s.serves(region):
		return errValidation("The replica Region is not available: %s.", region)
	}
	r := k.newReplica(region, s.clock.Now())
	r.Description = *w.in.Description
	w.replica = r
	if err := s.authorizeCreation(ctx, w.there, r, &kms.CreateKeyInput{
		KeySpec: r.Spec, KeyUsage: r.Usage, Origin: r.Origin, BypassPolicyLockoutSafetyCheck: w.in.BypassPolicyLockoutSafetyCheck, Tags: w.in.Tags,
	}); err != nil {
		return err
	}
	if w.invalid != nil {
		return w.invalid
	}
	if w.policy != nil {
		if err := s.setPolicy(ctx, w.there, r, w.policy, w.in.BypassPolicyLockoutSafetyCheck); err != nil {
			return err
		}
	}
	return cmp.Or(r.setTags(w.in.Tags), s.join(ctx, tx, k, r))
}

// newReplica returns a key like k in another Region, with what replicas share with their
// primary. Material that was imported must be imported there too.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html#mrk-sync-properties
func (k *key) newReplica(region string, now time.Time) *key {
	r := newKey(k.Account, region, k.ref.Key, now)
	r.State = types.KeyStateCreating
	r.Spec, r.Usage, r.Origin, r.spec, r.PublicKey, r.Rotation = k.Spec, k.Usage, k.Origin, k.spec, k.PublicKey, k.Rotation
	r.Material, r.current, r.Materials = k.Material, k.current, slices.Clone(k.Materials)
	if k.Origin == types.OriginTypeExternal {
		for i := range r.Materials {
			r.Materials[i].Missing, r.Materials[i].ValidTo = true, time.Time{}
		}
	}
	r.MultiRegion = &multiRegion{Primary: k.MultiRegion.Primary, Replicas: slices.Sorted(slices.Values(append(slices.Clone(k.MultiRegion.Replicas), region)))}
	return r
}

// join stores the replica r of k with the material that k has, and lets all related keys know.
func (s *Service) join(ctx context.Context, tx *store.Tx, k, r *key) error {
	if slices.Contains(k.MultiRegion.Replicas, r.ref.Region) {
		return errKeyExists(r.arn)
	}
	// The deletion of a replica that was here before is over when its grants are gone. They must
	// not come to be grants on this one.
	if n, err := grantCount(tx, r.ref.Path()); err != nil {
		return err
	} else if n > 0 {
		return errKeyExists(r.arn)
	}
	keys, err := s.related(tx, k)
	if err != nil {
		return err
	}
	for _, k := range keys {
		k.MultiRegion = r.MultiRegion
	}
	if k.Origin == types.OriginTypeExternal {
		settleWaiting(append(keys, r))
	} else if err := s.software.Copy(ctx, tx, k.ref, r.ref); err != nil {
		return err
	}
	for _, k := range keys[1:] {
		if err := put(tx, k, k.rotationDue()); err != nil {
			return err
		}
	}
	record, err := r.record()
	if err != nil {
		return err
	}
	if err := tx.Insert(record); errors.Is(err, store.ErrExists) { // a key of that id that is none of these
		return errKeyExists(r.arn)
	} else if err != nil {
		return err
	}
	return scheduleSynchronization(tx, r, r.Created)
}
