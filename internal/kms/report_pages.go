package kms

import (
	"context"
	"iter"

	"github.com/keystead/keystead/internal/store"
)

// reportPage is how many records a report reads at once.
const reportPage = 1000

// records are all records of a kind whose keys have a prefix, in the order of their keys.
func (s *Service) records(ctx context.Context, kind, prefix string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		after := ""
		for {
			page, err := s.db.Scan(ctx, kind, store.Range{Prefix: prefix, After: after, Limit: reportPage})
			if err != nil {
				yield(store.Record{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			if len(page) < reportPage {
				return
			}
			after = page[len(page)-1].Key
		}
	}
}

// beside reads records that belong to keys, in the order of these keys, beside the records of the
// keys themselves: so there is one read for many keys.
type beside struct {
	owner func(*store.Record) string                        // the key of the record of the key that it belongs to
	next  func(after *store.Record) ([]store.Record, error) // the page after a record

	page []store.Record
	last store.Record // of the page
	done bool         // there is no further page
}

// take returns the records that belong to a key, and forgets those of keys before it.
func (b *beside) take(path string) (own []store.Record, err error) {
	for {
		for len(b.page) > 0 {
			r := &b.page[0]
			switch owner := b.owner(r); {
			case owner > path:
				return own, nil
			case owner == path:
				own = append(own, *r)
			}
			b.page = b.page[1:]
		}
		if b.done {
			return own, nil
		}
		if b.page, err = b.next(&b.last); err != nil {
			return nil, err
		}
		b.done = len(b.page) < reportPage
		if len(b.page) > 0 {
			b.last = b.page[len(b.page)-1]
		}
	}
}

// usesBeside are the saved uses of keys.
func (s *Service) usesBeside(ctx context.Context, prefix string) *beside {
	return &beside{
		owner: func(r *store.Record) string { return r.Key },
		next: func(after *store.Record) ([]store.Record, error) {
			return s.db.Scan(ctx, usageKind, store.Range{Prefix: prefix, After: after.Key, Limit: reportPage})
		},
	}
}

// aliasesBeside are the aliases of keys.
func (s *Service) aliasesBeside(ctx context.Context, prefix string) *beside {
	return &beside{
		owner: func(r *store.Record) string { return r.Ref },
		next: func(after *store.Record) ([]store.Record, error) {
			return s.db.ScanRef(ctx, aliasKind, store.Range{Prefix: prefix, AfterRef: after.Ref, After: after.Key, Limit: reportPage})
		},
	}
}
