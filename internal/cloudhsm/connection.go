package cloudhsm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/secret"
)

// connection is an HSM as this process reaches it. HSMs of SoftHSM have a process each, since
// their tokens are copies of each other; those of a declared cluster share one.
type connection struct {
	module *hsm.Module
	token  *hsm.Token
	used   atomic.Int64 // the last time, in Unix seconds of the wall clock

	mu       sync.Mutex // held during a login
	gone     bool       // nobody may log in any more
	tried    bool       // somebody has tried to log in
	loggedIn atomic.Bool
	refused  [32]byte     // a digest of the PIN that was refused; it is not tried again
	bySerial *hsm.Token   // what the configuration calls it may be its serial number; nil when that is known
	passed   atomic.Int64 // until when the HSM is passed over, in Unix nanoseconds of the wall clock
	failed   atomic.Int64 // how often in a row
}

// An HSM that failed is passed over for so long, and for longer each time that it fails again.
const (
	passedOver     = time.Second
	passedOverMost = time.Minute
)

// connect returns the connection to an HSM, without a call.
func (s *Service) connect(c *cluster, u *unit) *connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := c.key() + "/" + u.ID
	conn, ok := s.connections[key]
	if !ok {
		conn = s.open(c, u)
		if s.closed {
			conn.gone = true
			_ = conn.module.Close() // nothing runs in it
			return conn
		}
		s.connections[key] = conn
	}
	conn.used.Store(time.Now().Unix())
	return conn
}

// open makes a connection. s.mu is held.
func (s *Service) open(c *cluster, u *unit) *connection {
	if d := c.declared; d != nil {
		m, ok := s.modules[c.ClusterRef]
		if !ok {
			m = hsm.New(hsm.Config{Driver: s.Driver, Module: d.Module, Env: d.Env, Log: s.Log})
			s.modules[c.ClusterRef] = m
		}
		return &connection{module: m, token: m.Token(hsm.Selector{Label: u.token}), bySerial: m.Token(hsm.Selector{Serial: u.token})}
	}
	return s.openFolder(s.unitDir(c.ClusterRef, u))
}

// openFolder makes a connection to the token in an HSM's folder.
func (s *Service) openFolder(dir string) *connection {
	m := hsm.New(hsm.Config{Driver: s.Driver, Module: s.softHSM(), Dir: dir, Env: []string{"SOFTHSM2_CONF=" + confFile}, Log: s.Log})
	return &connection{module: m, token: m.Token(hsm.Selector{})}
}

// disconnect ends the connection to an HSM, and logs kmsuser out of it. Of SoftHSM the process
// ends: it has old passwords in memory, or its folder goes away. The next call makes another.
func (s *Service) disconnect(ctx context.Context, c *cluster, u *unit) {
	s.mu.Lock()
	conn := s.connections[c.key()+"/"+u.ID]
	delete(s.connections, c.key()+"/"+u.ID)
	s.mu.Unlock()
	if conn == nil {
		return
	}
	conn.leave(ctx, c.declared != nil)
	if c.declared == nil {
		_ = s.end(conn.module)
	}
}

// leave makes sure that nobody is logged in by this connection any more, not even who has the
// password already and is about to.
func (c *connection) leave(ctx context.Context, logOut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	c.loggedIn.Store(false)
	if c.tried && logOut {
		// The vendor's session ends with the process at the latest; what it answers changes nothing.
		_ = c.token.Logout(ctx)
	}
}

// replace ends a connection to an HSM of SoftHSM that has failed, and makes another, unless
// somebody else has done so.
func (s *Service) replace(c *cluster, u *unit, failed *connection) *connection {
	key := c.key() + "/" + u.ID
	s.mu.Lock()
	mine := s.connections[key] == failed
	if mine {
		delete(s.connections, key)
	}
	s.mu.Unlock()
	if mine {
		_ = s.end(failed.module)
	}
	return s.connect(c, u)
}

// sensible says whether the HSM is worth a call.
func (c *connection) sensible() bool { return time.Now().UnixNano() >= c.passed.Load() }

func (c *connection) passOver() {
	d := min(passedOver<<min(c.failed.Add(1)-1, 10), passedOverMost)
	c.passed.Store(time.Now().Add(d).UnixNano())
}

// works notes that the HSM has answered.
func (c *connection) works() {
	if c.failed.Load() != 0 {
		c.failed.Store(0)
	}
}

// find finds out whether the configuration names the token by its label or its serial number.
// c.mu is held.
func (c *connection) find(ctx context.Context) error {
	if c.bySerial == nil {
		return nil
	}
	_, err := c.token.Info(ctx)
	if errors.Is(err, hsm.ErrNoToken) {
		if _, err = c.bySerial.Info(ctx); err == nil {
			c.token = c.bySerial
		}
	}
	if err == nil {
		c.bySerial = nil
	}
	return err
}

var (
	// errRefused is returned when a password was refused.
	errRefused = errors.New("the HSM refuses the password of kmsuser")
	// errGone is returned by a connection that has ended.
	errGone = errors.New("the connection to the HSM has ended")
)

// login logs kmsuser in if it is not. A PIN that the HSM has refused is not given to it again,
// because that would lock the user out.
func (c *connection) login(ctx context.Context, pin func(context.Context) (secret.Bytes, error)) error {
	if c.loggedIn.Load() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.gone:
		return errGone
	case c.loggedIn.Load():
		return nil
	}
	if err := c.find(ctx); err != nil {
		return err
	}
	p, err := pin(ctx)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(p.Expose())
	if digest == c.refused {
		return errRefused
	}
	c.tried = true
	err = c.token.Login(ctx, hsm.CryptoUser, p)
	switch code(err) {
	case ckrUserAlreadyLoggedIn:
		err = nil
	case ckrPINIncorrect, ckrPINInvalid, ckrPINLenRange, ckrPINLocked:
		c.refused = digest
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if err == nil {
		c.loggedIn.Store(true)
	}
	return err
}

// Return codes of PKCS#11 that mean something here.
//
// Source: PKCS #11 Specification Version 3.1, annex B.
const (
	ckrGeneralError               = 0x05
	ckrFunctionFailed             = 0x06
	ckrDeviceError                = 0x30
	ckrDeviceRemoved              = 0x32
	ckrFunctionNotSupported       = 0x54
	ckrPINIncorrect               = 0xA0
	ckrPINInvalid                 = 0xA1
	ckrPINLenRange                = 0xA2
	ckrPINExpired                 = 0xA3
	ckrPINLocked                  = 0xA4
	ckrTokenNotPresent            = 0xE0
	ckrTokenNotRecognized         = 0xE1
	ckrUserAlreadyLoggedIn        = 0x100
	ckrUserNotLoggedIn            = 0x101
	ckrUserPINNotInitialized      = 0x102
	ckrUserAnotherAlreadyLoggedIn = 0x104
	ckrUserTooManyTypes           = 0x105
)

// code is PKCS#11's code in an error, 0 if there is none.
func code(err error) uint {
	if e, ok := errors.AsType[*hsm.Error](err); ok {
		return uint(e.Code)
	}
	return 0
}

// wrongPIN says whether an error is about the PIN.
func wrongPIN(err error) bool {
	switch code(err) {
	case ckrPINIncorrect, ckrPINInvalid, ckrPINLenRange:
		return true
	}
	return false
}

// idle is how long a connection stays that nobody uses.
const idle = 10 * time.Minute

// closeIdle ends connections that nobody has used for long, and those to HSMs that are gone.
func (s *Service) closeIdle(ctx context.Context) error {
	var close []*connection
	s.mu.Lock()
	for key, conn := range s.connections {
		if time.Since(time.Unix(conn.used.Load(), 0)) > idle {
			delete(s.connections, key)
			close = append(close, conn)
		}
	}
	s.mu.Unlock()
	for _, conn := range close {
		if s.shared(conn) {
			conn.leave(ctx, true) // who disconnects the key store finds no connection to log out
			continue
		}
		if err := s.end(conn.module); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// shared says whether a connection's process has tokens of other connections.
func (s *Service) shared(conn *connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.modules {
		if m == conn.module {
			return true
		}
	}
	return false
}

// Close ends the driver's processes. Calls of sessions fail then.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var errs []error
	for _, conn := range s.connections {
		errs = append(errs, conn.module.Close())
	}
	for _, m := range s.modules {
		errs = append(errs, m.Close())
	}
	clear(s.connections)
	clear(s.modules)
	return errors.Join(errs...)
}
