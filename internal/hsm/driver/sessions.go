//go:build cgo

package driver

import (
	"sync/atomic"
	"time"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// pool holds the sessions at one token. They stay open: with the last one the module forgets
// the login.
type pool struct {
	p       *pkcs11.Ctx
	slot    uint
	idle    chan pkcs11.SessionHandle
	permits chan struct{} // one for each session that may still be opened
	count   atomic.Int64  // open sessions
}

func newPool(p *pkcs11.Ctx, info wire.TokenInfo, most int) *pool {
	if info.MaxSessions != 0 {
		most = min(most, int(min(info.MaxSessions, uint(most))))
	}
	l := &pool{p: p, slot: info.Slot, idle: make(chan pkcs11.SessionHandle, most), permits: make(chan struct{}, most)}
	for range most {
		l.permits <- struct{}{}
	}
	return l
}

// retryOpen is how long the pool opens no other session after the token had none left:
// other programs use it too.
const retryOpen = 50 * time.Millisecond

// take returns a session that nobody else uses, and how long it waited.
func (l *pool) take(wait time.Duration) (pkcs11.SessionHandle, time.Duration, error) {
	select {
	case s := <-l.idle:
		return s, 0, nil
	default:
	}
	start := time.Now()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case s := <-l.idle:
			return s, time.Since(start), nil
		case <-l.permits:
			s, err := l.open()
			if err == nil {
				return s, time.Since(start), nil
			}
			if !isCode(err, pkcs11.CKR_SESSION_COUNT) {
				l.permits <- struct{}{}
				return 0, time.Since(start), err
			}
			time.AfterFunc(retryOpen, func() { l.permits <- struct{}{} })
		case <-timer.C:
			return 0, time.Since(start), errBusy
		}
	}
}

// open opens a session that may change the token, as InitPIN and GenerateKey need. Modules
// differ in whether they know others at all (AWS CloudHSM's does not).
func (l *pool) open() (pkcs11.SessionHandle, error) {
	s, err := l.p.OpenSession(l.slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if isCode(err, pkcs11.CKR_TOKEN_WRITE_PROTECTED) {
		s, err = l.p.OpenSession(l.slot, pkcs11.CKF_SERIAL_SESSION)
	}
	if err != nil {
		return 0, in("C_OpenSession", err)
	}
	l.count.Add(1)
	return s, nil
}

func (l *pool) give(s pkcs11.SessionHandle) { l.idle <- s }

// drop closes a session that is not fit for use.
func (l *pool) drop(s pkcs11.SessionHandle) {
	_ = l.p.CloseSession(s) // it may be gone already
	l.count.Add(-1)
	l.permits <- struct{}{}
}

// dropIdle closes the sessions that nobody uses.
func (l *pool) dropIdle() {
	for {
		select {
		case s := <-l.idle:
			l.drop(s)
		default:
			return
		}
	}
}

// session calls f with a session. A session that turns out not to be usable is replaced,
// once; so are the idle ones, which are most likely as old.
func (t *token) session(q *wire.Request, r *wire.Response, f func(pkcs11.SessionHandle) error) error {
	for first := true; ; first = false {
		s, waited, err := t.pool.take(q.Wait)
		r.Waited += waited
		if err != nil {
			return err
		}
		err = f(s)
		if !isCode(err, brokenCodes...) {
			t.pool.give(s)
			return err
		}
		t.pool.drop(s)
		if !first || !isCode(err, staleCodes...) {
			return err
		}
		t.pool.dropIdle()
	}
}
