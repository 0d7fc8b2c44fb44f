package external

import (
	"context"
	"net"
	"time"

	"github.com/keystead/keystead/internal/xks"
)

// MaxInFlight is how many calls of a proxy there may be at once.
const MaxInFlight = maxInFlight

// ErrInFlight is why a call fails at once.
var ErrInFlight = errInFlight

// DialWith has the TCP connections of a client made by dial.
func (c *Client) DialWith(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.tcp = dial
}

// SetTimeout changes the time of an attempt between calls.
func (c *Client) SetTimeout(d time.Duration) { c.o.Timeout = d }

// Pools is how many proxies the client remembers.
func (c *Client) Pools() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pools)
}

// Causes are all causes.
func Causes() []Cause {
	var all []Cause
	for c := Validation; c <= ServiceInvalid; c++ {
		all = append(all, c)
	}
	return all
}

// Understand reads an answer to Decrypt.
func Understand(status int, body []byte) (plaintext []byte, err error) {
	e := understand(status, body, func(b []byte) (err error) {
		plaintext, err = xks.ParseDecryptResponse(b)
		return err
	})
	if e != nil {
		return nil, e
	}
	return plaintext, nil
}
