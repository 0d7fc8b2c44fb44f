// Package external is the client of external key store proxies: KMS's side of the XKS proxy API.
// The one rule: whatever a proxy does, a call ends within its time, costs a bounded amount of
// memory, and returns either what the specification promises or an *Error. A proxy that is slow,
// lies or is dead holds up the calls of its own key store and no others.
//
// # Time
//
// An attempt has 250 ms of wall time for everything: finding the address, connecting, the request
// and the whole answer. A network timeout is an attempt whose time ended before there was a
// connection to send the request on: the name was not resolved, the TCP connection not made or the
// TLS handshake not finished. The request has not left then, and there is a second attempt, the
// last. An attempt whose request had a connection and whose answer is not complete in time is the
// proxy's lateness, and there is no second. The latency of a call is the sum of its attempts, each
// 250 ms at most: about 500 ms after two network timeouts, 250 ms for a late answer.
//
// A request that goes out on a connection which the proxy had closed in the meantime moves to
// another within the same attempt. A connection on which an answer is late, and nothing else came
// meanwhile either, is taken for dead.
//
// Sources: the specification (see package xks), section "Latency" of "Monitor external key stores"
// in the KMS developer guide.
package external

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

// DefaultTimeout is the time of one attempt.
const DefaultTimeout = 250 * time.Millisecond

// Proxy is how a key store's proxy is reached and who KMS is to it: what the key store's record
// says.
type Proxy struct {
	Store, Account, Region string

	Connectivity types.XksProxyConnectivityType
	Endpoint     string // XksProxyUriEndpoint, "https://HOST"
	Path         string // XksProxyUriPath
	ServiceName  string // XksProxyVpcEndpointServiceName
	ServiceOwner string // XksProxyVpcEndpointServiceOwner; "" is Account

	AccessKeyID string
	Secret      secret.Bytes
}

// Call is the call of the KMS API that a request to a proxy is for.
type Call struct {
	RequestID    string
	Operation    string // of the KMS API, or xks.HealthCheck
	PrincipalARN string
	KeyARN       string
	SourceVPC    string
	SourceVPCE   string
	ViaService   string
}

func (c *Call) metadata() xks.RequestMetadata {
	return xks.RequestMetadata{
		PrincipalARN: c.PrincipalARN, SourceVPC: c.SourceVPC, SourceVPCE: c.SourceVPCE, KeyARN: c.KeyARN,
		Operation: c.Operation, RequestID: c.RequestID, ViaService: c.ViaService,
	}
}

// Observation is one finished call of a proxy, for metrics.
type Observation struct {
	Proxy        *Proxy
	KMSOperation string // Call.Operation
	XKSOperation string // "Encrypt", "Decrypt", "GetKeyMetadata" or "GetHealthStatus"

	// ErrorName is "" for success, the proxy's errorName if it is one of the specification's, and
	// else Unreachable: there was no answer, or none that could be understood.
	ErrorName string
	Retryable bool // whether metrics count the error as retryable
	// Message is the proxy's errorMessage, which KMS logs and never shows to callers. It is
	// printable ASCII, at most 511 characters.
	Message string

	Latency     time.Duration
	Certificate *x509.Certificate // the proxy's, verified; nil if there was no answer
	Health      *xks.Health       // of a successful GetHealthStatus
}

// Unreachable is the ErrorName of a call that the proxy did not answer, as AWS's metrics have it.
const Unreachable = "XksProxyUnreachableException"

// Options are what a Client is made of. All of it is optional.
type Options struct {
	Clock *clock.Clock   // of signatures and certificates; nil is the wall clock
	Roots *x509.CertPool // nil: the system's
	// RootsNow takes the place of Roots if it is not nil. It is asked with each call. As long as the
	// roots are the same, so is the pool: another ends the connections that there are.
	RootsNow func() *x509.CertPool
	// Hosts are addresses, "HOST:PORT", to connect to for certain host names, in place of what
	// the name resolves to and port 443. The certificate must be for the name all the same.
	Hosts    map[string][]string
	Services []EndpointService
	// Allowed says which addresses a name may lead to; nil allows all. Hosts and the addresses of
	// Services are not asked about.
	Allowed func(netip.Addr) bool
	// ClientCertificate is asked at each handshake in which a proxy wants a certificate.
	ClientCertificate func() (*tls.Certificate, error)
	Timeout           time.Duration // of an attempt; 0 is DefaultTimeout
	Observe           func(Observation)
	Log               *slog.Logger
}
