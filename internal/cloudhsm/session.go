package cloudhsm

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// What the calls at a cluster fail with.
var (
	// ErrNotFound is returned when there is no such cluster.
	ErrNotFound = errors.New("there is no such cluster")

	// ErrUnreachable is returned when no HSM of the cluster answers.
	ErrUnreachable = errors.New("no HSM of the cluster can be reached")

	// ErrThrottled is returned when all sessions of all HSMs are busy.
	ErrThrottled = errors.New("all sessions of the cluster's HSMs are busy")

	// ErrNoKey is returned when the cluster has no such key.
	ErrNoKey = errors.New("the cluster has no such key")

	// ErrDecrypt is returned when a ciphertext does not open.
	ErrDecrypt = errors.New("the ciphertext does not open")

	// ErrTooFewHSMs is returned when the cluster has fewer working HSMs in different zones than
	// a new key must be on.
	ErrTooFewHSMs = errors.New("the cluster has too few active HSMs in different Availability Zones")
)

// ClusterRef names a cluster.
type ClusterRef struct{ Account, Region, ID string }

// Cluster is what key stores look at before they use a cluster.
type Cluster struct {
	ID          string
	State       string // "ACTIVE"; of types.ClusterState
	TrustAnchor string // PEM
	History     string // clusters with the same one share their backups: a digest of the cluster certificate
	ActiveHSMs  int
	Zones       int               // with an active HSM
	Subnets     map[string]string // by zone
	MinimumHSMs int               // that a key store and a new key need, in different zones

	RotatesPassword bool // whether a key store that connects changes the password of kmsuser
}

// Sealed is what an HSM makes of a plaintext by AES-GCM.
type Sealed = hsm.Sealed

// Filter says which keys to list: those with the CKA_ID, those with the label, or all.
type Filter = hsm.Filter

// Key is a key as its HSM describes it.
type Key = hsm.Key

// Session is kmsuser at a cluster. It logs in on this node when it is first used, spreads its
// calls over the cluster's HSMs and passes over those that do not work.
type Session struct {
	service  *Service
	cluster  ClusterRef
	password func(context.Context) (secret.Bytes, error)
	turn     atomic.Uint64
}

// Session returns a session, without a call. The password is asked for whenever kmsuser must
// be logged in.
func (s *Service) Session(c ClusterRef, password func(context.Context) (secret.Bytes, error)) *Session {
	return &Session{service: s, cluster: c, password: password}
}

// pin is the password in the form that the cluster's module takes.
func (x *Session) pin(c *cluster) func(context.Context) (secret.Bytes, error) {
	return func(ctx context.Context) (secret.Bytes, error) {
		password, err := x.password(ctx)
		if err != nil {
			return secret.Bytes{}, err
		}
		return c.pin(KMSUser, password), nil
	}
}

func (c *cluster) pin(name string, password secret.Bytes) secret.Bytes {
	if c.declared == nil {
		return password
	}
	return secret.New(c.declared.PINFormat.pin(name, password.Expose()))
}

// known is the cluster as this node's cache has it.
func (x *Session) known(ctx context.Context) (*cluster, error) {
	if c := x.service.declaredCluster(x.cluster); c != nil {
		return c, nil
	}
	c, err := x.service.cache.Get(ctx, x.cluster.key())
	if errors.Is(err, store.ErrNotFound) || err == nil && (c.State == types.ClusterStateDeleted || c.State == types.ClusterStateDeleteInProgress) {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, ErrNotFound)
	}
	return c, err
}

// tally is how the calls of the HSMs ended, one after the other.
type tally struct {
	busy, noKey int
	last        error
}

// outcome is what all of them say together: somebody who did not have the key counts for more
// than somebody who did not answer.
func (t *tally) outcome() error {
	switch {
	case t.noKey > 0:
		return ErrNoKey
	case t.busy > 0:
		return ErrThrottled
	case t.last != nil:
		return fmt.Errorf("%w: %w", ErrUnreachable, t.last)
	}
	return ErrUnreachable
}

// try does something on one HSM after the other until one has done it. What is done must do no
// harm when it is done twice.
func (x *Session) try(ctx context.Context, do func(*hsm.Token) error) error {
	c, err := x.known(ctx)
	if err != nil {
		return err
	}
	units := c.serving()
	first := int(x.turn.Add(1) % uint64(max(1, len(units))))
	var t tally
	for _, sensible := range []bool{true, false} { // those that failed a moment ago come last
		for i := range units {
			u := units[(first+i)%len(units)]
			conn := x.service.connect(c, u)
			if conn.sensible() != sensible {
				continue
			}
			err := x.on(ctx, c, u, conn, do)
			switch {
			case err == nil || errors.Is(err, ErrDecrypt):
				conn.works()
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, hsm.ErrBusy):
				t.busy++
			case errors.Is(err, hsm.ErrNoKey):
				t.noKey++
			default:
				t.last = err
				conn.passOver()
			}
		}
		if t.busy+t.noKey > 0 {
			break
		}
	}
	return t.outcome()
}

// on does something on one HSM, with kmsuser logged in. If the login was lost, because the
// password has changed since, it is made anew with the password of now.
func (x *Session) on(ctx context.Context, c *cluster, u *unit, conn *connection, do func(*hsm.Token) error) error {
	err := conn.login(ctx, x.pin(c))
	if err == nil {
		err = do(conn.token)
	}
	switch {
	case over(err):
		conn = x.service.connect(c, u)
	case !lost(err) && (c.declared != nil || !broken(err)):
		return told(err)
	case c.declared != nil:
		conn.loggedIn.Store(false)
	default:
		// A process keeps the passwords that a token had when it was started, and does not
		// recover by itself when its folder was away.
		conn = x.service.replace(c, u, conn)
	}
	if err := conn.login(ctx, x.pin(c)); err != nil {
		return err
	}
	return told(do(conn.token))
}

// over says whether an error means that the connection was ended before anything was done with it.
func over(err error) bool {
	return errors.Is(err, errGone) || errors.Is(err, hsm.ErrClosed) && !errors.Is(err, hsm.ErrDriver)
}

// lost says whether an error means that kmsuser is not, or no longer, logged in.
func lost(err error) bool {
	switch code(err) {
	case ckrUserNotLoggedIn, ckrPINIncorrect, ckrPINExpired:
		return true
	}
	return false
}

// broken says whether an error is about the token as a whole.
func broken(err error) bool {
	switch code(err) {
	case ckrGeneralError, ckrFunctionFailed, ckrDeviceError, ckrDeviceRemoved, ckrTokenNotPresent, ckrTokenNotRecognized:
		return true
	}
	return errors.Is(err, hsm.ErrNoToken)
}

// told is an error of an HSM as sessions tell of it.
func told(err error) error {
	if errors.Is(err, hsm.ErrDecrypt) {
		return ErrDecrypt
	}
	return err
}

// Encrypt encrypts with the key in one of the HSMs.
func (x *Session) Encrypt(ctx context.Context, id string, aad, plaintext []byte) (sealed Sealed, err error) {
	err = x.try(ctx, func(t *hsm.Token) error {
		sealed, err = t.Encrypt(ctx, hsm.KeyRef{ID: id}, aad, plaintext)
		return err
	})
	if err == nil {
		err = fits(sealed)
	}
	return sealed, err
}

// Decrypt opens what Encrypt has sealed.
func (x *Session) Decrypt(ctx context.Context, id string, sealed Sealed, aad []byte) (plaintext []byte, err error) {
	err = x.try(ctx, func(t *hsm.Token) error {
		plaintext, err = t.Decrypt(ctx, hsm.KeyRef{ID: id}, sealed, aad)
		return err
	})
	return plaintext, err
}

// Random returns n random bytes of one of the HSMs.
func (x *Session) Random(ctx context.Context, n int) (b []byte, err error) {
	err = x.try(ctx, func(t *hsm.Token) error {
		b, err = t.Random(ctx, n)
		return err
	})
	return b, err
}

// Keys lists keys as one of the HSMs has them.
func (x *Session) Keys(ctx context.Context, f Filter) (found []Key, err error) {
	err = x.try(ctx, func(t *hsm.Token) error {
		found, err = t.Keys(ctx, f)
		return err
	})
	if errors.Is(err, ErrNoKey) {
		return nil, nil
	}
	return found, err
}
