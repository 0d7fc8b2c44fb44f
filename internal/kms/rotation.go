package kms

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/store"
)

// rotation is the automatic rotation of a key. It is the same for all keys of a multi-Region
// key.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
type rotation struct {
	PeriodDays int32     `json:"periodDays"`
	Next       time.Time `json:"next"`
}

// usualPeriod is how many days a key uses the same material, unless somebody says otherwise.
const usualPeriod = 365

// rotationKind is the kind of the records of when keys are rotated. The key of one is that
// of the key's record, and it is due at the next rotation. Only keys that are to be rotated
// have one.
const rotationKind = "kms-rotation"

func rotationRecord(ref keystore.Ref, due time.Time) store.Record {
	return store.Record{Kind: rotationKind, Key: ref.Path(), Due: due, Body: []byte("{}")}
}

func newRotation(days int32, now time.Time) *rotation {
	return &rotation{PeriodDays: days, Next: now.Add(time.Duration(days) * day)}
}

// automatic is the key's automatic rotation, nil if it is off. That of an AWS managed key is
// never off, and its record does not have it.
func (k *key) automatic() *rotation {
	if k.Manager != types.KeyManagerTypeAws {
		return k.Rotation
	}
	last := k.lastRotated()
	if last.IsZero() {
		last = k.Created
	}
	return newRotation(usualPeriod, last)
}

// lastRotated is when the key was rotated last; zero if it never was.
func (k *key) lastRotated() (last time.Time) {
	for i := range k.Materials {
		if at := k.Materials[i].Rotated; at.After(last) {
			last = at
		}
	}
	return last
}

// rotationDue is when the key is to be rotated; zero if it is not. A key is rotated while it
// works, and a replica with its primary.
func (k *key) rotationDue() time.Time {
	r := k.automatic()
	switch {
	case r == nil, k.MultiRegion != nil && !k.primary(), k.State != types.KeyStateEnabled && k.State != types.KeyStateUpdating:
		return time.Time{}
	}
	return r.Next
}

// schedule brings the record of when k is rotated up to date; before is what rotationDue was
// before k changed.
func schedule(tx *store.Tx, k *key, before time.Time) error {
	due := k.rotationDue()
	switch {
	case due.Equal(before):
		return nil
	case !due.IsZero():
		return tx.Upsert(rotationRecord(k.ref, due))
	}
	return forget(tx, rotationKind, k.ref.Path())
}

// errNoRotation is what keys get that have one material for life.
func errNoRotation() error { return &types.UnsupportedOperationException{} }

func errNotPrimary(arn string) error {
	return errUnsupported("%s is not a multi-region primary key.", arn)
}

func errOrigin(arn string, origin types.OriginType) error {
	return errUnsupported("%s origin is %s which is not valid for this operation.", arn, origin)
}

// rotatable refuses the keys whose rotation can't be set, or be done by this key.
func (k *key) rotatable(origins ...types.OriginType) error {
	if k.Spec != types.KeySpecSymmetricDefault {
		return errNoRotation()
	}
	for _, o := range origins {
		if k.Origin != o {
			continue
		}
		if k.MultiRegion != nil && !k.primary() {
			return errNotPrimary(k.arn)
		}
		return nil
	}
	return errOrigin(k.arn, k.Origin)
}
