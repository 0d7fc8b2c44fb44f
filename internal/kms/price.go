package kms

import "github.com/aws/aws-sdk-go-v2/service/kms/types"

// What AWS charges for a key in US dollars a month, without the calls that use it.
//
// Source: https://aws.amazon.com/kms/pricing/
const (
	priceOfKey      = 1
	priceOfRotation = 1 // for each of the first rotations
	pricedRotations = 2 // later ones cost nothing more
)

// monthlyPrice is what AWS would charge for k in a month in which it stays as it is. Customers'
// keys of every spec and origin cost the same, each primary and each replica of a multi-Region
// key for itself. AWS managed keys cost nothing, nor does a key that waits for its deletion.
func (k *key) monthlyPrice() int {
	if k.Manager == types.KeyManagerTypeAws || k.deleting() {
		return 0
	}
	return priceOfKey + priceOfRotation*min(k.rotations(), pricedRotations)
}

// deleting reports whether the key waits for its deletion.
func (k *key) deleting() bool {
	return k.State == types.KeyStatePendingDeletion || k.State == types.KeyStatePendingReplicaDeletion
}

// rotations is how often the key was rotated.
func (k *key) rotations() (n int) {
	for i := range k.Materials {
		if !k.Materials[i].Rotated.IsZero() {
			n++
		}
	}
	return n
}
