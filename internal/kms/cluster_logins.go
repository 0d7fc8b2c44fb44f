package kms

import (
	"context"
	"errors"
	"slices"
	"strings"
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

// again marks a login that there may be, known or not.
func (l *clusterLogins) again(path string, at cloudhsm.ClusterRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at[path], l.changed[path] = at, true
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

// keyStoresChanged has the logins looked at of the stores that have changed, whichever node has
// changed them, and ends this node's connections to their proxies: neither those nor the credential
// that they were made with may outlive what they were for.
func (s *Service) keyStoresChanged(changes []store.Change) {
	for _, c := range changes {
		if s.external != nil && c.Kind == keyStoreKind {
			s.external.Forget(c.Key[strings.LastIndexByte(c.Key, '/')+1:])
		}
	}
	if s.logins.apply(changes) {
		s.settleSoon()
	}
}

// left takes the logins of this node that are to end: those of stores that were disconnected.
func (s *Service) left(ctx context.Context) (left map[string]cloudhsm.ClusterRef, failed error) {
	left = map[string]cloudhsm.ClusterRef{}
	for path, at := range s.logins.take() {
		ks, err := s.keyStores.Get(ctx, path)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			s.logins.again(path, at) // the next run tries again
			failed = err
		case err == nil && ks.link() == at && ks.State != types.ConnectionStateTypeDisconnected && ks.State != types.ConnectionStateTypeFailed:
		case s.logins.forget(path):
			left[path] = at
		}
	}
	return left, failed
}

func (s *Service) logOut(ctx context.Context, path string, at cloudhsm.ClusterRef) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	needed := func(tx *store.Tx) (bool, error) { return needsUser(tx, at) }
	if err := s.clusters.Logout(ctx, at, needed); err != nil {
		s.log.WarnContext(ctx, "kmsuser could not be logged out", "store", path, "cluster", at.ID, "error", err)
	}
}

// needsUser says whether a store is, or is being, connected to a cluster: kmsuser is its own then,
// whichever node logs out late.
func needsUser(tx *store.Tx, at cloudhsm.ClusterRef) (bool, error) {
	all, err := within(tx).keyStoresOf(at.Region, at.Account)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(all, func(ks *keyStore) bool {
		return ks.Cluster != nil && ks.link() == at && (ks.connected() || ks.State == types.ConnectionStateTypeConnecting)
	}), nil
}

// overtaken looks after a call of a cluster whether its store is still connected. A session that
// was told the password before, and has logged in after the others were logged out, must not stay.
func (s *Service) overtaken(ks *keyStore) {
	if now, err := s.keyStores.Get(context.Background(), ks.path()); err == nil && now.connected() && now.link() == ks.link() {
		return
	}
	s.logins.again(ks.path(), ks.link())
	s.settleSoon()
}
