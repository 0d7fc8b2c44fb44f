package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/store"
)

// maxWalk is how many records of the catalogue are read at once.
const maxWalk = 500

// walk tells f of the metrics of a namespace, or of all if it is "", in the order of their
// keys, beginning behind the key after. Those of which samples have come but not moved into
// blocks are among them, except for what came in batches of very many metrics: AWS too takes
// up to 15 minutes to list a new metric.
func (v *view) walk(ctx context.Context, namespace, after string, f func(key string, m *sighting) error) error {
	prefix := place(v.account, v.region)
	if namespace != "" {
		prefix += namespaceKey(namespace)
	}
	fresh, err := v.fresh(outside{ctx, v.s.db}, prefix, after)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(fresh))
	emit := func(until string) error { // those before a key, or all if it is ""
		for len(names) > 0 && (until == "" || names[0] < until) {
			m := fresh[names[0]]
			if err := f(names[0], &m); err != nil {
				return err
			}
			names = names[1:]
		}
		return nil
	}
	for {
		records, err := v.s.db.Scan(ctx, catalogueKind, store.Range{Prefix: prefix, After: after, Limit: maxWalk})
		if err != nil {
			return err
		}
		for i := range records {
			m, err := decodeSighting(records[i])
			if err != nil {
				return err
			}
			if err := emit(records[i].Key); err != nil {
				return err
			}
			if len(names) > 0 && names[0] == records[i].Key {
				m.time = max(m.time, fresh[names[0]].time)
				names = names[1:]
			}
			if err := f(records[i].Key, &m); err != nil {
				return err
			}
		}
		if len(records) < maxWalk {
			return emit("")
		}
		after = records[len(records)-1].Key
	}
}

// fresh is the metrics in batches, by their keys in the catalogue.
func (v *view) fresh(src source, prefix, after string) (map[string]sighting, error) {
	if err := v.refresh(src); err != nil {
		return nil, err
	}
	batches, err := v.shard(src, mixed)
	if err != nil {
		return nil, err
	}
	found := map[string]sighting{}
	for identity, entries := range batches {
		key := catalogueKey(&entries[0].id, identity)
		if !strings.HasPrefix(key, prefix) || key <= after {
			continue
		}
		m := sighting{id: entries[0].id}
		for _, e := range entries {
			m.time = max(m.time, e.time)
		}
		found[key] = m
	}
	return found, nil
}
