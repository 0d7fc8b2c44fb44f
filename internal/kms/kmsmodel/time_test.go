package kmsmodel

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// What time does to keys. Imported material is of no use from the moment at which it expires;
// all else happens when a job of the service runs.

// expire deletes the imported material whose time is over. What waits for its rotation goes from
// the replicas with the primary's, whether their own time was noticed or not.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-import-key-material.html
func (m *model) expire() {
	if !m.rules.expires {
		return
	}
	for _, k := range m.replicasFirst() {
		for _, mat := range slices.Clone(k.materials) {
			t := mat.here[k.region]
			if t.IsZero() || m.now.Before(t) {
				continue
			}
			const event = "DeleteExpiredKeyMaterial"
			if mat == k.pending && !k.isPrimary() {
				m.optional = append(m.optional, event+" "+k.arn())
			} else {
				m.record(event, k)
			}
			k.lose(mat)
		}
	}
}

// replicasFirst are all keys, each primary after its replicas.
func (m *model) replicasFirst() (replicas []*key) {
	var primaries []*key
	for _, s := range m.sets {
		for _, r := range s.regions() {
			if k := s.keys[r]; k.isPrimary() {
				primaries = append(primaries, k)
			} else {
				replicas = append(replicas, k)
			}
		}
	}
	return append(replicas, primaries...)
}

// lose takes imported material away from a key. Without material that it needs the key waits
// for an import. What waits for its rotation is forgotten when the primary loses it.
func (k *key) lose(mat *material) {
	delete(mat.here, k.region)
	if mat != k.pending {
		if !k.pendingDeletion() && k.state != types.KeyStateCreating {
			k.state = types.KeyStatePendingImport
		}
		return
	}
	if k.isPrimary() {
		k.pending = nil
		k.materials = slices.DeleteFunc(k.materials, func(m *material) bool { return m == mat })
	}
}

// deleteKeys is the end of the keys whose waiting period is over. The waiting period of a
// primary key begins when its last replica is gone.
func (m *model) deleteKeys() {
	for _, s := range slices.Clone(m.sets) {
		for _, region := range s.regions() {
			k := s.keys[region]
			if k.state != types.KeyStatePendingDeletion || k.deletion.After(m.now) {
				continue
			}
			m.record("DeleteKey", k)
			m.forget(k)
			if p := s.keys[s.primary]; p != nil && p.state == types.KeyStatePendingReplicaDeletion && len(s.keys) == 1 {
				m.schedule(p, p.window)
			}
		}
	}
}

// schedule begins a waiting period.
func (m *model) schedule(k *key, days int32) {
	k.state, k.deletion = types.KeyStatePendingDeletion, m.now.Add(m.rules.window*time.Duration(days))
}

func (m *model) forget(k *key) {
	for name := range k.aliases {
		delete(m.aliases[k.region], name)
	}
	for _, mat := range k.materials {
		delete(mat.here, k.region)
	}
	delete(k.keys, k.region)
	if len(k.keys) == 0 {
		m.sets = slices.DeleteFunc(m.sets, func(s *set) bool { return s == k.set })
	}
}

// rotate gives the keys new material whose automatic rotation is due. A key that does not work
// is not rotated before it does.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable.html
func (m *model) rotate() {
	for _, s := range m.sets {
		k := s.keys[s.primary]
		if s.period == 0 || s.next.After(m.now) || k.state != types.KeyStateEnabled && k.state != types.KeyStateUpdating {
			continue
		}
		m.renew(s, &material{by: types.RotationTypeAutomatic})
		s.next = m.now.Add(time.Duration(s.period) * day)
	}
}

// renew makes a material the current one, in all Regions. Its id is learnt when the service
// first tells it.
func (m *model) renew(s *set, mat *material) {
	mat.rotated = m.now
	if !slices.Contains(s.materials, mat) {
		s.materials = append(s.materials, mat)
	}
	s.current, s.pending = mat, nil
	for _, region := range s.regions() {
		m.record("RotateKey", s.keys[region])
	}
}

// synchronize lets new replicas, and the keys of a set whose primary has changed, be ready.
func (m *model) synchronize() {
	for _, s := range m.sets {
		for _, region := range s.regions() {
			k := s.keys[region]
			if !k.unready {
				continue
			}
			k.unready = false
			if k.state == types.KeyStateCreating || k.state == types.KeyStateUpdating {
				k.state = types.KeyStateEnabled
				if !k.complete() {
					k.state = types.KeyStatePendingImport
				}
			}
			if !k.isPrimary() {
				m.events = append(m.events, "SynchronizeMultiRegionKey "+keyARN(s.primary, s.id))
			}
		}
	}
}

// record expects an event that the service makes by itself.
func (m *model) record(name string, k *key) { m.events = append(m.events, name+" "+k.arn()) }
