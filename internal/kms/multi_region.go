package kms

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store"
)

// multiRegion says which Regions have a key of a multi-Region key. It is the same in the
// records of all of them, which change in one transaction.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
type multiRegion struct {
	Primary  string   `json:"primary"`            // the primary key's Region
	Replicas []string `json:"replicas,omitempty"` // those of the replicas, sorted
}

// primary reports whether k is the primary key of a multi-Region key.
func (k *key) primary() bool { return k.MultiRegion != nil && k.MultiRegion.Primary == k.ref.Region }

// multiRegionType is which part the key has in its multi-Region key.
func (k *key) multiRegionType() types.MultiRegionKeyType {
	if k.primary() {
		return types.MultiRegionKeyTypePrimary
	}
	return types.MultiRegionKeyTypeReplica
}

func (k *key) multiRegionConfiguration() *types.MultiRegionConfiguration {
	of := func(region string) types.MultiRegionKey {
		return types.MultiRegionKey{Arn: new(keyARN(region, k.Account, k.id)), Region: &region}
	}
	c := &types.MultiRegionConfiguration{MultiRegionKeyType: k.multiRegionType(), ReplicaKeys: []types.MultiRegionKey{}}
	c.PrimaryKey = new(of(k.MultiRegion.Primary))
	for _, region := range k.MultiRegion.Replicas {
		c.ReplicaKeys = append(c.ReplicaKeys, of(region))
	}
	return c
}

// related returns k and, after it, the other keys of its multi-Region key, read inside the
// transaction that changes k.
func (s *Service) related(tx *store.Tx, k *key) ([]*key, error) {
	keys := []*key{k}
	if k.MultiRegion == nil {
		return keys, nil
	}
	for _, region := range append([]string{k.MultiRegion.Primary}, k.MultiRegion.Replicas...) {
		if region == k.ref.Region {
			continue
		}
		other, err := s.read(tx, target{region: region, account: k.Account, id: k.id})
		switch {
		case err != nil:
			return nil, err
		case other == nil:
			return nil, fmt.Errorf("the multi-Region key %s has no key in %s", k.arn, region)
		}
		keys = append(keys, other)
	}
	return keys, nil
}

// share does f to k and to the other keys of its multi-Region key, and stores the others. To
// store k is the caller's part.
func (s *Service) share(tx *store.Tx, k *key, f func(*key) error) error {
	keys, err := s.related(tx, k)
	if err != nil {
		return err
	}
	for i, k := range keys {
		due := k.rotationDue()
		if err := f(k); err != nil {
			return err
		}
		if i > 0 {
			if err := put(tx, k, due); err != nil {
				return err
			}
		}
	}
	return nil
}

// leave takes k, which is about to be deleted, out of its multi-Region key. A primary key that
// waited for its last replica begins its own waiting period.
func (s *Service) leave(tx *store.Tx, k *key, now time.Time) error {
	keys, err := s.related(tx, k)
	if err != nil {
		return err
	}
	others := keys[1:]
	for _, o := range others {
		m := o.MultiRegion
		m.Replicas = slices.DeleteFunc(m.Replicas, func(region string) bool { return region == k.ref.Region })
		if o.State == types.KeyStatePendingReplicaDeletion && len(m.Replicas) == 0 {
			o.expire(o.WindowDays, now)
		}
	}
	settleWaiting(others)
	for _, o := range others {
		if err := put(tx, o, o.rotationDue()); err != nil { // it is not rotated at another time than before
			return err
		}
	}
	return nil
}

// expire lets k be deleted when its waiting period is over.
func (k *key) expire(days int32, now time.Time) {
	k.State, k.WindowDays = types.KeyStatePendingDeletion, 0
	k.DeletionDate = now.Truncate(time.Millisecond).Add(time.Duration(days) * day)
}
