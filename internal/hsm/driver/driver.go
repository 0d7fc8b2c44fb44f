//go:build cgo

package driver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// Options tell what to serve.
type Options struct {
	Module   string // path of the PKCS#11 library
	Sessions int    // most sessions at one token
	In       io.Reader
	Out      io.Writer
}

// finalizeTime is how long the module gets to end in order.
const finalizeTime = time.Second

// driver is one loaded module.
type driver struct {
	p        *pkcs11.Ctx
	sessions int
	send     *wire.Sender

	mu       sync.Mutex
	tokens   map[uint]*token        // by slot
	selected map[selectorKey]*token // what selectors have meant
}

// Serve loads the module and answers requests until In ends. An error of the module or of
// one request is told to the other side and ends nothing; Serve returns why it could not
// go on.
func Serve(o Options) error {
	d := &driver{
		sessions: max(1, o.Sessions),
		send:     wire.NewSender(o.Out),
		tokens:   map[uint]*token{},
		selected: map[selectorKey]*token{},
	}
	concurrent, library, err := d.load(o.Module)
	if err != nil {
		// Nobody reads the error if the other side is gone.
		_ = writeNow(o.Out, &wire.Response{Status: wire.Refused, Code: wire.Version, Text: err.Error()})
		return err
	}
	if err := writeNow(o.Out, &wire.Response{Status: wire.OK, Code: wire.Version, Text: library}); err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- d.send.Run(nil) }()
	go func() { failed <- d.read(wire.NewReader(o.In), concurrent) }()
	err = <-failed
	d.finalize()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// writeNow writes one response before the sender runs.
func writeNow(w io.Writer, r *wire.Response) error {
	frame, err := wire.AppendFrame(nil, r.Append)
	if err != nil {
		return err
	}
	_, err = w.Write(frame)
	return err
}

// load loads the module and reports whether it may be called by several threads, and what
// it calls itself.
func (d *driver) load(module string) (concurrent bool, library string, err error) {
	if _, err := os.Stat(module); err != nil {
		return false, "", fmt.Errorf("the PKCS#11 module: %w", err)
	}
	var reason string
	onOneThread(func() {
		if d.p = pkcs11.New(module); d.p == nil {
			reason = loadError()
		}
	})
	if d.p == nil {
		return false, "", fmt.Errorf("%s can't be loaded as a PKCS#11 module: %s", module, reason)
	}
	concurrent = true
	err = d.p.Initialize()
	if isCode(err, pkcs11.CKR_CANT_LOCK, pkcs11.CKR_NEED_TO_CREATE_THREADS) {
		concurrent = false
		err = d.p.Initialize(pkcs11.InitializeWithFlags(0))
	}
	if err != nil && !isCode(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		return false, "", fmt.Errorf("C_Initialize of %s: %s", module, codeName(err))
	}
	info, err := d.p.GetInfo()
	if err != nil {
		return concurrent, "", nil
	}
	return concurrent, fmt.Sprintf("%s, %s, %d.%d", trim(info.ManufacturerID), trim(info.LibraryDescription),
		info.LibraryVersion.Major, info.LibraryVersion.Minor), nil
}

// finalize lets the module end in order, if it can in time. The process ends afterwards.
func (d *driver) finalize() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.p.Finalize()
	}()
	select {
	case <-done:
	case <-time.After(finalizeTime):
	}
}

// read answers requests, each in a goroutine of its own unless the module takes one call at
// a time. How many there are at a time is bounded by the other side, which waits for a
// session's turn before it asks.
func (d *driver) read(r *wire.Reader, concurrent bool) error {
	for {
		message, err := r.Next()
		if err != nil {
			return err
		}
		q := new(wire.Request)
		if err := q.Parse(message); err != nil {
			return err
		}
		if !concurrent {
			d.answer(q, message)
			continue
		}
		go d.answer(q, message)
	}
}

// answer does what q asks and sends the response.
func (d *driver) answer(q *wire.Request, message []byte) {
	r := &wire.Response{ID: q.ID, Status: wire.OK}
	if err := d.do(q, r); err != nil {
		*r = wire.Response{ID: q.ID, Waited: r.Waited}
		describe(err, r)
	}
	d.respond(r)
	clear(message) // PINs and plaintexts
	clear(r.Data)
}

func (d *driver) respond(r *wire.Response) {
	if err := d.send.Send(r.Append); errors.Is(err, wire.ErrFrame) {
		_ = d.send.Send((&wire.Response{ID: r.ID, Status: wire.Refused, Text: "the answer does not fit a frame"}).Append)
	}
}

func (d *driver) do(q *wire.Request, r *wire.Response) error {
	switch q.Op {
	case wire.OpTokens:
		return d.listTokens(r)
	case wire.OpInitialize:
		return d.initialize(q)
	}
	err := d.at(q, r)
	if !isCode(err, goneCodes...) {
		return err
	}
	// The slot has another token than the one that was remembered, or none.
	d.forget()
	if !repeatable[q.Op] {
		return err
	}
	return d.at(q, r)
}

// repeatable are the operations that may be done twice.
var repeatable = map[wire.Op]bool{
	wire.OpInfo: true, wire.OpKeys: true, wire.OpEncrypt: true, wire.OpDecrypt: true, wire.OpRandom: true,
}

// at does what q asks at the token that it names.
func (d *driver) at(q *wire.Request, r *wire.Response) error {
	t, err := d.token(q.Token)
	if err != nil {
		return err
	}
	switch q.Op {
	case wire.OpInfo:
		info, err := d.tokenInfo(t.slot)
		r.Tokens = []wire.TokenInfo{info}
		return err
	case wire.OpLogin:
		return t.login(q, r)
	case wire.OpLogout:
		return t.logout(q, r)
	}
	return t.use(q, r)
}

// use does what q asks in a session of t.
func (t *token) use(q *wire.Request, r *wire.Response) error {
	t.gate.RLock()
	defer t.gate.RUnlock()
	return t.session(q, r, func(s pkcs11.SessionHandle) error {
		switch q.Op {
		case wire.OpInitPIN:
			return in("C_InitPIN", t.p.InitPIN(s, text(q.PIN)))
		case wire.OpSetPIN:
			return in("C_SetPIN", t.p.SetPIN(s, text(q.PIN), text(q.NewPIN)))
		case wire.OpGenerate:
			return t.generate(s, q)
		case wire.OpKeys:
			return t.keys(s, q, r)
		case wire.OpDestroy:
			return t.destroy(s, q)
		case wire.OpEncrypt:
			return t.encrypt(s, q, r)
		case wire.OpDecrypt:
			return t.decrypt(s, q, r)
		case wire.OpRandom:
			return t.random(s, q, r)
		}
		return refused(fmt.Sprintf("operation %d is not known", q.Op))
	})
}
