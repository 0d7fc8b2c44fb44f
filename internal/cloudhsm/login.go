package cloudhsm

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// ConnectError says why kmsuser could not be logged in, in the words of a key store's
// ConnectionErrorCode.
type ConnectError struct {
	Code kmstypes.ConnectionErrorCodeType
	Err  error // the cause, for the log
}

// Error implements error.
func (e *ConnectError) Error() string {
	if e.Err == nil {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// connectError is what a cause is to a key store.
func connectError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*ConnectError](err); ok {
		return e
	}
	return &ConnectError{connectCode(err), err}
}

func connectCode(err error) kmstypes.ConnectionErrorCodeType {
	switch {
	case errors.Is(err, ErrNotFound):
		return kmstypes.ConnectionErrorCodeTypeClusterNotFound
	case errors.Is(err, errNoUser) || code(err) == ckrUserPINNotInitialized:
		return kmstypes.ConnectionErrorCodeTypeUserNotFound
	case errors.Is(err, errLockedOut) || code(err) == ckrPINLocked:
		return kmstypes.ConnectionErrorCodeTypeUserLockedOut
	case errors.Is(err, errHeld) || code(err) == ckrUserAnotherAlreadyLoggedIn || code(err) == ckrUserTooManyTypes:
		return kmstypes.ConnectionErrorCodeTypeUserLoggedIn
	case wrongPIN(err) || errors.Is(err, errRefused):
		return kmstypes.ConnectionErrorCodeTypeInvalidCredentials
	case errors.Is(err, hsm.ErrDriver) || errors.Is(err, hsm.ErrNoToken) || errors.Is(err, hsm.ErrBusy):
		return kmstypes.ConnectionErrorCodeTypeNetworkErrors
	}
	return kmstypes.ConnectionErrorCodeTypeInternalError
}

// errHeld is returned when kmsuser is logged in elsewhere.
var errHeld = errors.New("kmsuser is logged in elsewhere")

// Login logs kmsuser in on every active HSM of the cluster for a key store, and changes its
// password to next on each. It may have been interrupted before: an HSM that knows next
// already is content with it. Without next the password stays. The error is a *ConnectError.
func (s *Service) Login(ctx context.Context, ref ClusterRef, password, next secret.Bytes) error {
	unlock, err := s.lock(ctx, ref)
	if err != nil {
		return connectError(err)
	}
	defer unlock()
	c, err := s.settled(ctx, ref)
	switch {
	case err != nil:
		return connectError(err)
	case len(c.serving()) == 0:
		return &ConnectError{Code: kmstypes.ConnectionErrorCodeTypeInsufficientCloudhsmHsms}
	case c.State != types.ClusterStateActive:
		return &ConnectError{kmstypes.ConnectionErrorCodeTypeInternalError, fmt.Errorf("the cluster is %s", c.State)}
	}
	if err := s.hold(ctx, ref, keyStoreLogin()); err != nil {
		return connectError(err)
	}
	if c.declared != nil {
		err = s.loginDeclared(ctx, c, password, next)
	} else {
		err = s.loginAll(ctx, c, password, next)
	}
	if err != nil {
		return connectError(errors.Join(err, s.let(ctx, ref, keyStoreLogin(), nil)))
	}
	return nil
}

// hold writes down who has kmsuser logged in, unless somebody else has.
func (s *Service) hold(ctx context.Context, ref ClusterRef, l *login) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		old, err := findLogin(tx.Get, ref, s.Clock.Now())
		if err != nil {
			return err
		}
		if old != nil && !old.same(l) {
			return fmt.Errorf("%w: by %s", errHeld, old.holder())
		}
		return l.upsert(tx, ref)
	})
}

// let forgets a login of kmsuser, but no other one that has come after it, unless it is needed; nil
// says that it is not.
func (s *Service) let(ctx context.Context, ref ClusterRef, l *login, needed func(tx *store.Tx) (bool, error)) error {
	return s.DB.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		old, err := findLogin(tx.Get, ref, s.Clock.Now())
		if err != nil || old == nil || !old.same(l) {
			return err
		}
		if needed != nil {
			if yes, err := needed(tx); err != nil || yes {
				return err
			}
		}
		return tx.Delete(loginKind, ref.key())
	})
}

// loginAll logs kmsuser in on the HSMs of SoftHSM. The first that answers gets the new
// password, and the others its file of passwords. The cluster is locked.
func (s *Service) loginAll(ctx context.Context, c *cluster, password, next secret.Bytes) error {
	if err := s.attempt(ctx, c.ClusterRef, KMSUser); err != nil {
		return err
	}
	first, err := s.loginFirst(ctx, c, password, next)
	if err != nil {
		if !wrongPIN(err) {
			err = errors.Join(err, s.untried(ctx, c.ClusterRef, KMSUser))
		}
		return err
	}
	if err := s.succeeded(ctx, c.ClusterRef, KMSUser); err != nil {
		return err
	}
	now := password
	if next.Len() > 0 {
		now = next
	}
	return s.sharePasswords(ctx, c, first, func(ctx context.Context, conn *connection) error {
		return conn.login(ctx, func(context.Context) (secret.Bytes, error) { return now, nil })
	})
}

// loginFirst logs kmsuser in on the first HSM that answers, and sets the password there.
func (s *Service) loginFirst(ctx context.Context, c *cluster, password, next secret.Bytes) (*unit, error) {
	var last error
	for _, u := range c.serving() {
		s.disconnect(ctx, c, u) // its process may have old passwords
		conn := s.connect(c, u)
		err := conn.take(ctx, password, next)
		if err == nil || wrongPIN(err) || code(err) == ckrUserPINNotInitialized {
			return u, err
		}
		s.Log.WarnContext(ctx, "an HSM does not answer", "cluster", c.ID, "hsm", u.ID, "error", err)
		last = err
	}
	return nil, last
}

// take logs kmsuser in with the password, and changes it to next; or logs it in with next, if
// it was changed before. The HSM checks the password, whoever is logged in.
func (c *connection) take(ctx context.Context, password, next secret.Bytes) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return errGone
	}
	if err := c.find(ctx); err != nil {
		return err
	}
	c.tried = true
	c.loggedIn.Store(false)
	err := c.token.Login(ctx, hsm.CryptoUser, password)
	if code(err) == ckrUserAlreadyLoggedIn {
		if err = c.token.Logout(ctx); err == nil {
			err = c.token.Login(ctx, hsm.CryptoUser, password)
		}
	}
	switch {
	case err != nil && wrongPIN(err) && next.Len() > 0:
		if c.token.Login(ctx, hsm.CryptoUser, next) != nil {
			return err
		}
	case err != nil:
		return err
	case next.Len() > 0 && !next.Equal(password):
		if err := c.change(ctx, password, next); err != nil {
			return errors.Join(err, c.token.Logout(ctx))
		}
	}
	c.refused = [32]byte{}
	c.loggedIn.Store(true)
	return nil
}

// change changes the password. That a module says so is no proof: nobody would know the password
// any more that is lost for one that never was.
func (c *connection) change(ctx context.Context, password, next secret.Bytes) error {
	err := c.token.SetPIN(ctx, password, next)
	if code(err) == ckrFunctionNotSupported {
		return fmt.Errorf("the module can't change passwords, so that the cluster needs rotate-password: false: %w", err)
	}
	if err != nil {
		return err
	}
	if err := c.token.Login(ctx, hsm.CryptoUser, next); err != nil {
		// Not as an error about a password: that of before may well be the right one.
		return fmt.Errorf("the HSM does not take the password that it was given: %v", err)
	}
	return nil
}

// sharePasswords brings the passwords of the first HSM to the others. Those that can't take
// them are behind; with that they do not serve. The cluster is locked.
func (s *Service) sharePasswords(ctx context.Context, c *cluster, first *unit, check func(context.Context, *connection) error) error {
	from, err := s.token(c.ClusterRef, first)
	if err != nil {
		return err
	}
	var behind []string
	for _, u := range c.serving() {
		if u.ID == first.ID {
			continue
		}
		token, err := s.token(c.ClusterRef, u)
		if err == nil {
			_, err = copyPasswords(from, token)
		}
		if err == nil {
			s.disconnect(ctx, c, u)
			err = check(ctx, s.connect(c, u))
		}
		if err != nil {
			s.Log.WarnContext(ctx, "an HSM does not take the passwords of its cluster", "cluster", c.ID, "hsm", u.ID, "error", err)
			behind = append(behind, u.ID)
		}
	}
	if len(behind) == 0 {
		return nil
	}
	_, err = s.update(ctx, c.ClusterRef, func(_ *store.Tx, c *cluster) error {
		c.fallBehind(behind)
		return nil
	})
	return err
}

// loginDeclared logs kmsuser in on the HSMs of a vendor, one by one: a vendor's cluster with
// one password for all of them takes the new one at once, and the others know it then.
func (s *Service) loginDeclared(ctx context.Context, c *cluster, password, next secret.Bytes) error {
	if next.Len() > 0 && !c.declared.RotatePassword {
		return errors.New("the password of kmsuser must not be changed in this cluster")
	}
	p, n := c.pin(KMSUser, password), secret.Bytes{}
	if next.Len() > 0 {
		n = c.pin(KMSUser, next)
	}
	var last error
	working := 0
	for _, u := range c.HSMs {
		err := s.connect(c, u).take(ctx, p, n)
		switch connectCode(err) {
		case kmstypes.ConnectionErrorCodeTypeInvalidCredentials, kmstypes.ConnectionErrorCodeTypeUserLockedOut,
			kmstypes.ConnectionErrorCodeTypeUserLoggedIn, kmstypes.ConnectionErrorCodeTypeUserNotFound:
			if err != nil {
				return err
			}
		}
		if err != nil {
			last = err
			continue
		}
		working++
	}
	if working == 0 || n.Len() > 0 {
		// One that is left out of a new password could never be used again: the old one is forgotten
		// as soon as all have the new one. Until then both are tried.
		return last
	}
	return nil
}

// Logout logs kmsuser out of every HSM, as far as this node has it logged in. Others may have it
// then, unless needed, in the transaction that would say so, finds that a key store has it again: a
// node may be late, and log out when another has logged in. A cluster that is gone is no error.
func (s *Service) Logout(ctx context.Context, ref ClusterRef, needed func(tx *store.Tx) (bool, error)) error {
	if err := s.let(ctx, ref, keyStoreLogin(), needed); err != nil {
		return err
	}
	c, err := s.find(s.read(ctx), ref)
	if err != nil || c == nil {
		return err
	}
	s.disconnectAll(ctx, c)
	return nil
}

// disconnectAll ends the connections to all HSMs of a cluster.
func (s *Service) disconnectAll(ctx context.Context, c *cluster) {
	for _, u := range c.HSMs {
		s.disconnect(ctx, c, u)
	}
}
