package kms

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// A call connects or disconnects a custom key store by setting its state; what it takes is done
// here, by any node. The node that begins claims the store for as long as it may take. After a
// kill the claim runs out, and another node begins again: all that is done can be done twice.

const (
	claimed      = time.Minute      // how long a store waits for a node that began to see to it
	settleTime   = 45 * time.Second // how long that may take, in wall time
	settledAtAll = 16               // how many stores a node sees to at a time
)

// settleSoon asks for a run of the job.
func (s *Service) settleSoon() {
	select {
	case s.unsettled <- struct{}{}:
	default: // it has been asked for already
	}
}

// UnsettledKeyStores has a token when a custom key store waits for SettleKeyStores.
func (s *Service) UnsettledKeyStores() <-chan struct{} { return s.unsettled }

// SettleKeyStores connects and disconnects the custom key stores that wait for it. One that
// takes long holds up no other, not even one that comes meanwhile.
func (s *Service) SettleKeyStores(ctx context.Context) error {
	r := settling{Service: s, settled: make(chan error), gone: make(chan error), failed: map[string]bool{}}
	for {
		r.leave(ctx)
		r.note(r.begin(ctx))
		if r.running+r.leaving == 0 {
			return r.err
		}
		select {
		case err := <-r.settled:
			r.running--
			r.note(err)
		case err := <-r.gone:
			r.leaving--
			r.note(err)
		case <-s.unsettled:
		}
	}
}

// settling is a run of SettleKeyStores.
type settling struct {
	*Service
	running int
	settled chan error      // has the outcome of each that was running
	leaving int             // the clusters where kmsuser is being logged out
	gone    chan error      // has a token for each that was left
	failed  map[string]bool // the records that could not be claimed: they hold up no others
	err     error           // the first
}

func (r *settling) note(err error) { r.err = cmp.Or(r.err, err) }

// leave logs kmsuser out on this node wherever a store was disconnected. A cluster that does not
// answer holds up no other, and no store.
func (r *settling) leave(ctx context.Context) {
	left, err := r.Service.left(ctx)
	r.note(err)
	for path, at := range left {
		r.leaving++
		go func() {
			r.gone <- guarded(func() error { r.logOut(ctx, path, at); return nil })
		}()
	}
}

// begin begins with the stores that are due, as far as there is room.
func (r *settling) begin(ctx context.Context) error {
	if r.running >= settledAtAll {
		return nil
	}
	due, err := r.db.DueBefore(ctx, keyStoreKind, r.clock.Now(), settledAtAll-r.running+len(r.failed))
	if err != nil {
		return err
	}
	for _, record := range due {
		if r.failed[record.Key] {
			continue
		}
		ks, err := r.claimKeyStore(ctx, record)
		if err != nil {
			r.failed[record.Key] = true
			r.note(err)
		}
		if ks != nil {
			r.running++
			go func() { r.settled <- guarded(func() error { return r.settle(ctx, ks) }) }()
		}
	}
	return nil
}

// guarded is f in a goroutine of its own. One that panics has failed: what a single store does to it
// must not end the service.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// claimKeyStore takes a store that is due, unless another node was quicker; nil if there is
// nothing to do.
func (s *Service) claimKeyStore(ctx context.Context, r store.Record) (claim *keyStore, err error) {
	seen, _, err := decodeKeyStore(r)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		claim = nil
		now := s.clock.Now()
		ks, err := openKeyStore(tx, seen.region, seen.account, seen.id)
		if isStoreNotFound(err) {
			return nil
		}
		if err != nil || ks.due.IsZero() || ks.due.After(now) {
			return err
		}
		ks.due = now.Add(claimed)
		claim = ks
		return ks.put(tx)
	})
	return claim, err
}

// settle connects or disconnects a store.
func (s *Service) settle(ctx context.Context, ks *keyStore) error {
	within, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if ks.State == types.ConnectionStateTypeDisconnecting {
		s.disconnect(within, ks)
		return s.settledAs(ctx, ks, func(now *keyStore) { now.State = types.ConnectionStateTypeDisconnected })
	}
	next, err := s.connect(within, ks)
	if ctx.Err() != nil { // the node ends: another goes on
		return ctx.Err()
	}
	code := connectionCode(err)
	if err != nil {
		s.log.WarnContext(ctx, "a custom key store could not be connected", "store", ks.id, "account", ks.account, "region", ks.region, "code", code, "error", err)
	}
	return s.settledAs(ctx, ks, func(now *keyStore) {
		if code == "" && now.Cluster != nil && next.Len() > 0 && next.Equal(now.Cluster.Next) {
			now.Cluster.Password, now.Cluster.Next = next, secret.Bytes{}
		}
		switch {
		case now.State != types.ConnectionStateTypeConnecting: // to be disconnected by now
			now.due = s.clock.Now()
		case code == "":
			now.State = types.ConnectionStateTypeConnected
		default:
			now.State, now.Error = types.ConnectionStateTypeFailed, code
		}
	})
}

// settledAs stores what has come of the attempt that began with the claim.
func (s *Service) settledAs(ctx context.Context, claim *keyStore, change func(now *keyStore)) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := openKeyStore(tx, claim.region, claim.account, claim.id)
		if isStoreNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if now.Request != claim.Request || now.due.IsZero() { // another was quicker
			return nil
		}
		change(now)
		return now.put(tx)
	})
	s.settleSoon()
	return err
}

// connect tries to connect a store. For a CloudHSM key store it returns the password that kmsuser
// has now, if it is a new one.
func (s *Service) connect(ctx context.Context, ks *keyStore) (next secret.Bytes, err error) {
	if ks.external() {
		return secret.Bytes{}, s.reach(ctx, ks, "ConnectCustomKeyStore", ks.Request)
	}
	cluster, err := s.cluster(ctx, ks, ks.Cluster.ID)
	switch {
	case err != nil:
		return secret.Bytes{}, err
	case cluster.ActiveHSMs == 0:
		return secret.Bytes{}, &cloudhsm.ConnectError{Code: types.ConnectionErrorCodeTypeInsufficientCloudhsmHsms}
	}
	password := ks.Cluster.Password
	if cluster.RotatesPassword {
		if password, next, err = s.nextPassword(ctx, ks); err != nil {
			return secret.Bytes{}, err
		}
	}
	s.logins.note(ks)
	err = s.clusters.Login(ctx, ks.link(), password, next)
	if began := ks.Cluster.Next; next.Len() == 0 && began.Len() > 0 && connectionCode(err) == types.ConnectionErrorCodeTypeInvalidCredentials {
		// The password was being changed before the cluster's configuration said that it must not be.
		next = began
		err = s.clusters.Login(ctx, ks.link(), next, secret.Bytes{})
	}
	// Who has disconnected the store meanwhile may have been too early: look again.
	s.logins.again(ks.path(), ks.link())
	s.settleSoon()
	return next, err
}

// nextPassword is what kmsuser has as its password, and what it is to get. That is in the record
// before any HSM has it, so that it is never lost; an attempt that begins again has the same one.
func (s *Service) nextPassword(ctx context.Context, claim *keyStore) (password, next secret.Bytes, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := openKeyStore(tx, claim.region, claim.account, claim.id)
		if err != nil {
			return err
		}
		if now.Request != claim.Request || now.State != types.ConnectionStateTypeConnecting {
			return errSuperseded
		}
		password, next = now.Cluster.Password, now.Cluster.Next
		if next.Len() > 0 {
			return nil
		}
		next = secret.FromString(rand.Text())
		now.Cluster.Next = next
		return now.put(tx)
	})
	return password, next, err
}

// errSuperseded ends an attempt of which nobody waits for the outcome any more.
var errSuperseded = errors.New("the custom key store is not being connected any more")

// disconnect ends what this node has of a store, and lets others have kmsuser. Other nodes do so
// as they learn of the state.
func (s *Service) disconnect(ctx context.Context, ks *keyStore) {
	if ks.external() {
		return // each node has dropped its connections with the change of the state
	}
	s.logins.forget(ks.path())
	if s.clusters != nil {
		s.logOut(ctx, ks.path(), ks.link())
	}
}

// connectionCode is what DescribeCustomKeyStores tells of why a store could not be connected;
// "" if it could.
func connectionCode(err error) types.ConnectionErrorCodeType {
	var proxy *external.Error
	var cluster *cloudhsm.ConnectError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &proxy):
		return proxy.ConnectionCode()
	case errors.As(err, &cluster):
		return cluster.Code
	case isClusterNotFound(err):
		return types.ConnectionErrorCodeTypeClusterNotFound
	default:
		return types.ConnectionErrorCodeTypeInternalError
	}
}
