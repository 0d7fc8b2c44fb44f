// Package vpc keeps private endpoints: listeners of their own through which requests reach
// the service from one network, each with a policy. It is the part of the EC2 API about VPC
// endpoints; a VPC is a name that the caller gives, and nothing more is known of it.
//
// The one rule to know: that a request came through an endpoint is known from the listener
// that accepted it, and from nothing in the request. So conditions on aws:SourceVpce and
// aws:SourceVpc can be relied on. A name of a VPC belongs to one account for the same
// reason.
//
// Begin with endpoint.go and create.go. The listeners are package server's; what this
// package wants of them is the interface Listeners.
package vpc

import (
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Options says what a Service is made of. All but Owners and FIPS must be set.
type Options struct {
	DB        *store.DB
	Clock     *clock.Clock
	IAM       *iam.Service
	Listeners Listeners

	// Owners has the VPCs that the operator has configured, each with the account that may
	// make endpoints in it; "" leaves it to whoever is first.
	Owners map[string]string

	// FIPS says that the process uses validated cryptography only, so that there is a
	// service kms-fips.
	FIPS bool
}

// Listeners are the listeners of this node. Calls may come at once.
type Listeners interface {
	// Reserve opens the listener of an endpoint that is about to be made. Requests through
	// it are refused until there is such an endpoint. The caller says by done whether it
	// was made. The error is ErrNoAddress or says what went wrong.
	Reserve(d Door) (done func(made bool), err error)

	// Follow brings the listeners in line with the endpoints that there are. When it
	// returns, deleted endpoints have no connections any more.
	Follow(ctx context.Context) error

	// At says where an endpoint is reachable on this node, as "HOST:PORT"; if it is not, at
	// is "", and err says why, or is nil if the listener is about to be opened.
	At(key string) (at string, err error)
}

// ErrNoAddress says that all addresses that are configured for a VPC are in use.
var ErrNoAddress = errors.New("all addresses configured for the VPC are in use")

// Service keeps the endpoints. Its methods may be called at once.
type Service struct {
	Options
	cache *store.Cache[*endpoint]
}

// cacheBytes bounds the memory of cached endpoints.
const cacheBytes = 32 << 20

// New returns a Service.
func New(o Options) *Service {
	return &Service{Options: o, cache: store.NewCache(o.DB, endpointKind, cacheBytes, compiledEndpoint)}
}

// Door is what a node has to know of an endpoint to open its listener.
type Door struct {
	Key        string // names the endpoint on all nodes
	ID         string
	VPC        string
	Region     string
	PrivateDNS string // the name of the service that clients use; "" without private DNS
}

// Doors lists all endpoints.
func (s *Service) Doors(ctx context.Context) ([]Door, error) {
	const page = 1000
	var doors []Door
	for after := ""; ; {
		records, err := s.DB.Scan(ctx, endpointKind, store.Range{After: after, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			e, err := decodeEndpoint(r)
			if err != nil {
				return nil, err
			}
			doors = append(doors, e.door())
			after = r.Key
		}
		if len(records) < page {
			return doors, nil
		}
	}
}

// Watch has f called whenever endpoints may have changed. f must be quick.
func (s *Service) Watch(f func()) {
	s.DB.Subscribe(func(changes []store.Change) {
		for _, c := range changes {
			if c.Reset || c.Kind == endpointKind {
				f()
				return
			}
		}
	})
}

// ErrNoEndpoint says that there is no such endpoint, or no more.
var ErrNoEndpoint = errors.New("there is no such endpoint")

// Endpoint is the endpoint with the key of a Door as it is now, with its policy compiled.
// It never is older than a change that this node has answered.
func (s *Service) Endpoint(ctx context.Context, key string) (*iam.Endpoint, error) {
	e, err := s.cache.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoEndpoint
	}
	if err != nil {
		return nil, fmt.Errorf("find endpoint: %w", err)
	}
	return &e.compiled, nil
}

// CacheStats tells of the cache, for metrics.
func (s *Service) CacheStats() store.CacheStats { return s.cache.Stats() }
