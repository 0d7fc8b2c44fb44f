package kms

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/store"
)

// clusterLogins are the clusters at which this node may have logged kmsuser in. Whichever node
// disconnects a store, each ends its own logins as it learns of that.
type clusterLogins struct {
	mu      sync.Mutex
	at      map[string]cloudhsm.ClusterRef // by the path of the store
	changed map[string]bool                // those whose store is not what it was
}

func newClusterLogins() *clusterLogins {
	return &clusterLogins{at: map[string]cloudhsm.ClusterRef{}, changed: map[string]bool{}}
}

// note remembers a login before there is one.
func (l *clusterLogins) note(ks *keyStore) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at[ks.path()] = ks.link()
}

// forget says whether there was a login.
func (l *clusterLogins) forget(path string) (was bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, was = l.at[path]
	delete(l.at, path)
	return was
}

// apply marks the logins of the stores that have changed, and says whether there are any.
func (l *clusterLogins) apply(changes []store.Change) (any bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range changes {
		switch {
		case c.Reset:
			for path := range l.at {
				l.changed[path], any = true, true
			}
		case c.Kind == keyStoreKind:
			if _, in := l.at[c.Key]; in {
				l.changed[c.Key], any = true, true
			}
		}
	}
	return any
}

// take returns the logins that are marked.
func (l *clusterLogins) take() map[string]cloudhsm.ClusterRef {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.changed) == 0 {
		return nil
	}
	taken := map[string]cloudhsm.ClusterRef{}
	for path := range l.changed {
		if at, in := l.at[path]; in {
			taken[path] = at
		}
	}
	clear(l.changed)
	return taken
}

// keyStoresChanged has the logins looked at of the stores that have changed.
func (s *Service) keyStoresChanged(changes []store.Change) {
	if s.logins.apply(changes) {
		s.settleSoon()
	}
}

// leaveClusters logs kmsuser out on this node wherever a store was disconnected.
func (s *Service) leaveClusters(ctx context.Context) error {
	for path, at := range s.logins.take() {
		ks, err := s.keyStores.Get(ctx, path)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			s.logins.apply([]store.Change{{Kind: keyStoreKind, Key: path}}) // the next run tries again
			return err
		case err == nil && ks.link() == at && ks.State != types.ConnectionStateTypeDisconnected && ks.State != types.ConnectionStateTypeFailed:
		case s.logins.forget(path):
			s.logOut(ctx, path, at)
		}
	}
	return nil
}

func (s *Service) logOut(ctx context.Context, path string, at cloudhsm.ClusterRef) {
	if err := s.clusters.Logout(ctx, at); err != nil {
		s.log.WarnContext(ctx, "kmsuser could not be logged out", "store", path, "cluster", at.ID, "error", err)
	}
}
