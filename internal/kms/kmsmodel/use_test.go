package kmsmodel

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// cryptography is all use of keys.
var cryptography = []operation{
	{40, (*world).encrypt}, {60, (*world).decrypt}, {25, (*world).reEncrypt},
	{12, (*world).generateDataKey}, {6, (*world).generateDataKeyWithoutPlaintext}, {4, (*world).generateDataKeyPair},
	{3, (*world).generateDataKeyPairWithoutPlaintext},
	{25, (*world).sign}, {35, (*world).verify}, {15, (*world).generateMac}, {20, (*world).verifyMac},
	{20, (*world).deriveSharedSecret}, {12, (*world).encapsulate}, {15, (*world).decapsulate}, {20, (*world).getPublicKey},
}

// loot is what keys have made, also those that are gone.
type loot struct {
	ciphertexts    []*ciphertext
	signatures     []*signature
	macs           []*mac
	encapsulations []*encapsulation
}

// keep adds to a list, or replaces an entry if it is long.
func keep[T any](w *world, list *[]T, one T) {
	if len(*list) < 150 {
		*list = append(*list, one)
		return
	}
	(*list)[w.IntN(len(*list))] = one
}

// can says whether the key is of that usage and has the algorithm.
func (k *key) can(op string, usage types.KeyUsageType, algorithm string) *failure {
	if k.usage != usage {
		return fail("InvalidKeyUsageException", "%s key usage is %s which is not valid for %s.", k.arn(), k.usage, op)
	}
	for _, a := range algorithms[k.spec][k.usage] {
		if a == algorithm {
			return nil
		}
	}
	return fail("InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.", algorithm, k.spec)
}

var errDryRun = fail("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")

// dryRun lets a call be a dry run now and then, in which nothing happens that costs anything.
func (w *world) dryRun(want *failure) (*bool, *failure) {
	switch {
	case !w.one(30):
		return nil, want
	case want == nil:
		want = errDryRun
	}
	return new(true), want
}

// uses notes the last use of keys.
func (w *world) uses(keys ...*key) {
	for _, k := range keys {
		k.used = use{w.event.Name, w.m.now, w.event.ID, w.event.RequestID}
	}
}

// algorithm is one that the key that a target names has, or now and then another.
func (w *world) algorithm(at target, of types.KeyUsageType, others ...string) string {
	if k, _ := w.m.find(at.region, at.name, true); k != nil && k.usage == of && !w.one(20) {
		return pick(w, algorithms[k.spec][of]...)
	}
	return pick(w, others...)
}

func has(prefix string) func(*key) bool {
	return func(k *key) bool { return strings.HasPrefix(string(k.spec), prefix) }
}
