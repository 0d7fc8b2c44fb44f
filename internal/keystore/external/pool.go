package external

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Bounds of what a key store's proxy can take up.
const (
	// maxInFlight is how many calls of a proxy there may be at once. A proxy with the 1,800
	// requests a second of the default quota has 450 if each takes all its time. It is also the
	// largest number of its connections. A call more than that fails at once.
	maxInFlight = 512
	// idleTime is how long a connection waits for the next request.
	idleTime = 90 * time.Second
	// writeTime is how long a connection of HTTP/2 may take no byte of what is written to it.
	writeTime = time.Second
	// maxHeader bounds the header of an answer.
	maxHeader = 16 << 10
	// maxPools bounds the proxies that the client remembers; sweepAfter is when one that was not
	// used is forgotten.
	maxPools   = 1024
	sweepAfter = 5 * time.Minute
	// streak is how many answers in a row must be late until the idle connections are given up: a
	// network that swallows packets leaves them dead.
	streak = 8
)

// poolKey says whose connections a pool has. Those of a key store whose endpoint has changed are
// others.
type poolKey struct{ account, region, store, endpoint, service string }

// service is the VPC endpoint service that the proxy is reached through, if it is.
func (p *Proxy) service() string {
	if p.Connectivity == types.XksProxyConnectivityTypeVpcEndpointService {
		return p.ServiceName
	}
	return ""
}

// pool has the connections to a key store's proxy.
type pool struct {
	host      string
	transport *http.Transport

	inFlight atomic.Int32
	late     atomic.Int32 // late answers in a row
	expires  atomic.Int64 // when the certificate ends that was seen last, Unix seconds; 0: none
	used     atomic.Int64 // when it was used last, wall time in Unix seconds
	failing  atomic.Bool
	said     atomic.Int64 // when the log last had what the proxy says, wall time in Unix nanoseconds
	unsaid   atomic.Int64 // how often it was left out since
	signer   atomic.Pointer[signer]
}

// pool returns the pool of a proxy.
func (c *Client) pool(p *Proxy) *pool {
	k := poolKey{p.Account, p.Region, p.Store, p.Endpoint, p.service()}
	now, today, roots := time.Now().Unix(), c.o.Clock.Now().Unix(), c.o.RootsNow()
	c.mu.Lock()
	defer c.mu.Unlock()
	if roots != c.roots { // who trusted a proxy by others does not any more
		c.dropAll()
		c.roots = roots
	}
	pl := c.pools[k]
	if pl != nil && pl.expired(today) { // a new connection must show a new certificate
		c.drop(k)
		pl = nil
	}
	if pl == nil {
		c.sweep(now)
		pl = c.newPool(p)
		c.pools[k] = pl
	}
	pl.used.Store(now)
	return pl
}

// sweep forgets the pools that were not used for a while, and the one that was not for longest if
// there are too many.
func (c *Client) sweep(now int64) {
	var oldest poolKey
	for k, pl := range c.pools {
		used := pl.used.Load()
		if used < now-int64(sweepAfter/time.Second) {
			c.drop(k)
		} else if o := c.pools[oldest]; o == nil || used < o.used.Load() {
			oldest = k
		}
	}
	if len(c.pools) >= maxPools {
		c.drop(oldest)
	}
}

// drop forgets a pool. Calls that still use it end as they would have.
func (c *Client) drop(k poolKey) {
	if pl := c.pools[k]; pl != nil {
		pl.transport.CloseIdleConnections()
		delete(c.pools, k)
	}
}

// Forget closes the connections of a key store that is disconnected, changed or deleted. Those in
// use close as their calls end.
func (c *Client) Forget(store string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.pools {
		if k.store == store {
			c.drop(k)
		}
	}
}

// Close closes the connections that are idle.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropAll()
}

func (c *Client) dropAll() {
	for k := range c.pools {
		c.drop(k)
	}
}

func (c *Client) newPool(p *Proxy) *pool {
	host := strings.ToLower(strings.TrimPrefix(p.Endpoint, "https://"))
	d := c.dialer(host, p.service())
	pl := &pool{host: host}
	pl.transport = &http.Transport{
		DialTLSContext:         d.dial,
		ForceAttemptHTTP2:      true,
		MaxConnsPerHost:        maxInFlight,
		MaxIdleConns:           maxInFlight,
		MaxIdleConnsPerHost:    maxInFlight,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // a small answer must not unpack to a large one
		// Else a proxy could fill megabytes for each answer before anybody reads them, and one that
		// reads nothing could hold the requests for ever, long after their calls have ended.
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream: maxAnswer, MaxReceiveBufferPerConnection: 16 * maxAnswer, WriteByteTimeout: writeTime,
		},
	}
	return pl
}

var errInFlight = errors.New("too many calls of the proxy are waiting for its answer")

// enter begins a call, if not too many wait already.
func (pl *pool) enter() error {
	if pl.inFlight.Add(1) > maxInFlight {
		pl.leave()
		return &Error{Cause: Timeout, Err: errInFlight}
	}
	return nil
}

func (pl *pool) leave() { pl.inFlight.Add(-1) }

// wasLate counts a late answer.
func (pl *pool) wasLate() {
	if pl.late.Add(1)%streak == 0 {
		pl.transport.CloseIdleConnections()
	}
}

// expired reports whether the certificate that was seen last has ended.
func (pl *pool) expired(now int64) bool {
	end := pl.expires.Load()
	return end != 0 && now > end
}
