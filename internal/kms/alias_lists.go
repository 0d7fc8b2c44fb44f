package kms

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// aliasLists caches which aliases a key has, for conditions on kms:ResourceAliases. The
// store's caches keep single records; a list of aliases is void when any alias of its
// account and Region has changed, because a change does not say which key the alias stood
// for before.
type aliasLists struct {
	db *store.DB

	mu     sync.Mutex
	scopes map[string]*aliasScope // by accountRef
	bytes  int                    // of all
	loads  int64                  // reads from the database since the start
}

// aliasScope has the lists of an account and Region, by the path of the key.
type aliasScope struct {
	lists map[string]*aliasList
	bytes int
}

// aliasList is the list of one key, or the reading of it.
type aliasList struct {
	ready chan struct{} // closed when the rest is set
	names []string
	err   error
}

const (
	aliasListBytes   = 16 << 20 // bound on the memory of all lists; when they are more, all are read anew
	aliasListSize    = 400      // of a list without names, its places in the maps included
	aliasListTimeout = 10 * time.Second
)

func newAliasLists(db *store.DB) *aliasLists {
	l := &aliasLists{db: db, scopes: map[string]*aliasScope{}}
	db.Subscribe(l.apply)
	return l
}

func (l *aliasLists) apply(changes []store.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range changes {
		switch {
		case c.Reset:
			l.clearLocked()
		case c.Kind == aliasKind:
			ref, _, _ := strings.Cut(c.Key, aliasPrefix)
			if scope := l.scopes[ref]; scope != nil {
				l.bytes -= scope.bytes
				delete(l.scopes, ref)
			}
		}
	}
}

func (l *aliasLists) clearLocked() {
	clear(l.scopes)
	l.bytes = 0
}

// of returns the names of the aliases of k, which must not be changed.
func (l *aliasLists) of(ctx context.Context, k *key) ([]string, error) {
	if err := l.db.Fresh(); err != nil {
		return nil, err
	}
	list := l.find(ctx, k)
	select {
	case <-list.ready:
		return list.names, list.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// find returns the list of k. Whoever comes first starts a goroutine that reads it for all,
// so it does not end with the first one's ctx.
func (l *aliasLists) find(ctx context.Context, k *key) *aliasList {
	l.mu.Lock()
	defer l.mu.Unlock()
	ref, path := accountRef(k.ref.Region, k.Account), k.ref.Path()
	scope := l.scopes[ref]
	if scope != nil {
		if list := scope.lists[path]; list != nil {
			return list
		}
	}
	if l.bytes > aliasListBytes {
		l.clearLocked()
		scope = nil
	}
	if scope == nil {
		scope = &aliasScope{lists: map[string]*aliasList{}}
		l.scopes[ref] = scope
	}
	list := &aliasList{ready: make(chan struct{})}
	scope.lists[path] = list
	l.loads++
	l.addLocked(scope, aliasListSize+len(path))
	go l.read(context.WithoutCancel(ctx), ref, path, scope, list)
	return list
}

func (l *aliasLists) addLocked(scope *aliasScope, bytes int) {
	scope.bytes += bytes
	l.bytes += bytes
}

// stats counts.
func (l *aliasLists) stats() store.CacheStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := store.CacheStats{Bytes: int64(l.bytes), Loads: l.loads}
	for _, scope := range l.scopes {
		s.Entries += int64(len(scope.lists))
	}
	return s
}

// read fills a list. A change meanwhile takes the scope out of the map, so that only those
// who came before the change get the list.
func (l *aliasLists) read(ctx context.Context, ref, path string, scope *aliasScope, list *aliasList) {
	ctx, cancel := context.WithTimeout(ctx, aliasListTimeout)
	defer cancel()
	defer close(list.ready)
	records, err := l.db.ScanRef(ctx, aliasKind, aliasRange(path))
	list.names, list.err = aliasNames(records, ref), err
	size := 0
	for _, name := range list.names {
		size += len(name) + len(ref) + 16
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		delete(scope.lists, path)
	}
	if l.scopes[ref] == scope {
		l.addLocked(scope, size)
	}
}

// readAliases is aliasLists.of inside a transaction.
func readAliases(tx *store.Tx, k *key) ([]string, error) {
	records, err := tx.ScanRef(aliasKind, aliasRange(k.ref.Path()))
	return aliasNames(records, accountRef(k.ref.Region, k.Account)), err
}

// aliasRange has the aliases of a key, or enough of them to see that they are too many.
func aliasRange(path string) store.Range {
	return store.Range{Prefix: path, Limit: aliasesPerKey + 1}
}

func aliasNames(records []store.Record, ref string) []string {
	names := make([]string, len(records))
	for i, r := range records {
		names[i] = strings.TrimPrefix(r.Key, ref)
	}
	return names
}
