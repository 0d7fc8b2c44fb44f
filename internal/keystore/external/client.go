package external

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/xks"
)

// Client calls proxies. Its methods may be called by several goroutines at once. If the context of
// a call ends, the call returns the context's error; all its other errors are *Error.
type Client struct {
	o        Options
	services map[string]*EndpointService
	tcp      dialTCP

	mu    sync.Mutex
	roots *x509.CertPool // that the pools trust
	pools map[poolKey]*pool
}

// New makes a client.
func New(o Options) *Client {
	if o.Clock == nil {
		o.Clock = new(clock.Clock)
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Observe == nil {
		o.Observe = func(Observation) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Hosts = lowered(o.Hosts)
	if o.RootsNow == nil {
		o.RootsNow = func() *x509.CertPool { return o.Roots }
	}
	c := &Client{o: o, services: make(map[string]*EndpointService), pools: make(map[poolKey]*pool)}
	c.tcp = (&net.Dialer{KeepAliveConfig: keepAlive}).DialContext
	for i := range o.Services {
		c.services[o.Services[i].Name] = &o.Services[i]
	}
	return c
}

// lowered spells host names as newPool does.
func lowered(hosts map[string][]string) map[string][]string {
	m := make(map[string][]string, len(hosts))
	for host, addresses := range hosts {
		m[strings.ToLower(host)] = addresses
	}
	return m
}

// Health asks a proxy for its health. If no external key manager is available it returns the
// answer together with an *Error of Cause Unhealthy.
func (c *Client) Health(ctx context.Context, p *Proxy, call Call) (xks.Health, error) {
	var h xks.Health
	m := call.metadata()
	r := request{op: xks.GetHealthStatus, body: xks.AppendHealthRequest(nil, &m)}
	err := c.call(ctx, p, &call, &r, func(answer []byte) (err error) {
		if h, err = xks.ParseHealth(answer); err == nil {
			r.health = &h
		}
		return err
	})
	if err == nil && h.Unavailable() {
		err = &Error{Cause: Unhealthy}
	}
	return h, err
}

// Metadata asks a proxy about an external key. Whether KMS can use the key says CheckKey.
func (c *Client) Metadata(ctx context.Context, p *Proxy, call Call, key string) (xks.KeyMetadata, error) {
	var k xks.KeyMetadata
	m := call.metadata()
	r := request{op: xks.GetKeyMetadata, key: key, body: xks.AppendMetadataRequest(nil, &m)}
	err := c.call(ctx, p, &call, &r, func(answer []byte) (err error) {
		k, err = xks.ParseKeyMetadata(answer)
		return err
	})
	return k, err
}

// Encrypt encrypts under an external key. The answer has proved its integrity value.
func (c *Client) Encrypt(ctx context.Context, p *Proxy, call Call, key string, plaintext, aad []byte) (xks.Sealed, error) {
	body := xks.EncryptRequest{RequestMetadata: call.metadata(), Plaintext: plaintext, AAD: aad, CDIV: true}
	r := request{op: xks.Encrypt, key: key, body: body.Append(make([]byte, 0, 1024+(len(plaintext)+len(aad))*4/3))}
	var sealed xks.Sealed
	err := c.call(ctx, p, &call, &r, func(answer []byte) error {
		a, err := xks.ParseEncryptResponse(answer)
		switch {
		case err != nil:
			return err
		case len(a.Ciphertext) != len(plaintext):
			return fmt.Errorf("the ciphertext has %d bytes, the plaintext %d", len(a.Ciphertext), len(plaintext))
		case !xks.CheckCDIV(a.CDIV, aad, &a.Sealed):
			return errCDIV
		}
		sealed = a.Sealed
		return nil
	})
	return sealed, err
}

var errCDIV = fmt.Errorf("the ciphertextDataIntegrityValue is not that of the answer")

// Decrypt opens what Encrypt returned.
func (c *Client) Decrypt(ctx context.Context, p *Proxy, call Call, key string, s xks.Sealed, aad []byte) ([]byte, error) {
	body := xks.DecryptRequest{RequestMetadata: call.metadata(), Sealed: s, AAD: aad}
	r := request{op: xks.Decrypt, key: key, body: body.Append(make([]byte, 0, 1024+(len(s.Ciphertext)+len(aad))*4/3))}
	var plaintext []byte
	err := c.call(ctx, p, &call, &r, func(answer []byte) (err error) {
		if plaintext, err = xks.ParseDecryptResponse(answer); err == nil && len(plaintext) != len(s.Ciphertext) {
			err = fmt.Errorf("the plaintext has %d bytes, the ciphertext %d", len(plaintext), len(s.Ciphertext))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return plaintext, nil
}

// request is a request to a proxy, and what its answer was besides what it was asked for.
type request struct {
	op   xks.Operation
	key  string // the external key's id
	body []byte

	health *xks.Health
}

// call sends a request, again after a network timeout, and hands the body of the answer to parse,
// whose errors say that it is not what the specification promises.
func (c *Client) call(ctx context.Context, p *Proxy, call *Call, r *request, parse func([]byte) error) error {
	if r.op != xks.GetHealthStatus && !xks.ValidKeyID(r.key) {
		return &Error{Cause: KeyNotFound}
	}
	if err := c.CheckService(p); err != nil { // else the name would be looked up
		return err
	}
	o := Observation{Proxy: p, KMSOperation: call.Operation, XKSOperation: string(r.op)}
	pool := c.pool(p)
	if err := pool.enter(); err != nil {
		return err
	}
	defer pool.leave()
	err := c.attempts(ctx, pool, p, r, parse, &o)
	if ctx.Err() != nil && err != nil {
		return ctx.Err() // the caller is gone, and nothing is known of the proxy
	}
	c.report(pool, call, r, &o, err)
	o.Health = r.health
	c.o.Observe(o)
	if err != nil {
		return err
	}
	return nil
}

// attempts makes one attempt, or two.
func (c *Client) attempts(ctx context.Context, pool *pool, p *Proxy, r *request, parse func([]byte) error, o *Observation) *Error {
	signed := pool.sign(p, xks.Path(p.Path, r.op, r.key), r.body, c.o.Clock.Now())
	for first := true; ; first = false {
		a := attempt{pool: pool, request: signed, limit: c.o.Timeout, began: time.Now()}
		err := a.run(ctx, parse)
		if err != nil && a.timedOut {
			o.Latency += c.o.Timeout
		} else {
			o.Latency += min(time.Since(a.began), c.o.Timeout)
		}
		if o.Certificate = a.certificate; err == nil || !a.networkTimeout || !first || ctx.Err() != nil {
			return err
		}
	}
}

// report completes an observation, and tells the log when a proxy begins to fail and when it is
// well again.
func (c *Client) report(pool *pool, call *Call, r *request, o *Observation, err *Error) {
	if err == nil {
		if pool.failing.CompareAndSwap(true, false) {
			c.o.Log.Info("the external key store proxy answers again", "store", o.Proxy.Store, "endpoint", o.Proxy.Endpoint)
		}
		return
	}
	o.ErrorName, o.Message = err.Name, err.Proxy
	o.Retryable = err.Name == Unreachable || xks.ErrorName(err.Name).Retryable()
	// The other errors are of one call or one key, but for those that no call escapes.
	fails := o.Retryable || err.Cause == AuthenticationFailed || err.Cause == InvalidURIPath
	if fails && pool.failing.CompareAndSwap(false, true) {
		c.o.Log.Warn("the external key store proxy fails", "store", o.Proxy.Store, "endpoint", o.Proxy.Endpoint,
			"operation", o.XKSOperation, "kms-request", call.RequestID, "error", err)
	}
	c.tell(pool, call, r, o)
}

// saidEvery is how often the log has what a proxy says of an error.
const saidEvery = time.Second

// tell writes the proxy's errorMessage to the log, which is all that is done with it: on AWS it goes
// to the owner's logs and never to callers. Callers can have a proxy refuse as often as they like,
// so that only some of what it says is written.
//
// Source: section "Error codes" of the specification.
func (c *Client) tell(pool *pool, call *Call, r *request, o *Observation) {
	if o.Message == "" {
		return
	}
	now, last := time.Now().UnixNano(), pool.said.Load()
	if now-last < int64(saidEvery) || !pool.said.CompareAndSwap(last, now) {
		pool.unsaid.Add(1)
		return
	}
	c.o.Log.Warn("the external key store proxy says why it refuses", "store", o.Proxy.Store, "account", o.Proxy.Account, "region", o.Proxy.Region,
		"operation", o.XKSOperation, "external-key", r.key, "kms-operation", o.KMSOperation, "kms-key", call.KeyARN, "kms-request", call.RequestID,
		"error", o.ErrorName, "message", o.Message, "left-out-before", pool.unsaid.Swap(0))
}
