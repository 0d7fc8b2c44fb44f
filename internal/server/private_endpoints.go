package server

import (
	"context"
	"crypto/fips140"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/vpc"
)

// doorKey is where the context of a connection has the key of the endpoint that accepted it.
type doorKey struct{}

// openEndpoints makes the service of private endpoints and what listens for it. handler is
// what they lead to.
func (s *Server) openEndpoints() error {
	book, err := openAddressBook(filepath.Join(s.cfg.DataDir, "endpoints.json"), s.cfg.PrivateEndpoints)
	if err != nil {
		return err
	}
	s.endpoints = &endpoints{
		log: s.log, book: book, listen: s.listenAt, renamed: s.refreshCertificate, serves: s.cfg.serves,
		changed: make(chan struct{}, 1), turn: make(chan struct{}, 1), gates: map[string]*gate{}, failed: map[string]error{},
	}
	owners := map[string]string{}
	for _, n := range s.cfg.PrivateEndpoints {
		owners[n.VPC] = n.Account
	}
	s.vpc = vpc.New(vpc.Options{
		DB: s.vault.DB, Clock: s.clock, IAM: s.vault.IAM, Listeners: s.endpoints, Owners: owners, FIPS: fips140.Enabled(),
	})
	s.endpoints.doors = s.vpc.Doors
	return nil
}

// followEndpoints opens the listeners of the endpoints that there are. handler answers what
// comes through them.
func (s *Server) followEndpoints(ctx context.Context, handler http.Handler) error {
	s.endpoints.serve = func(d vpc.Door) *http.Server {
		server := s.httpServer(handler)
		server.BaseContext = func(net.Listener) context.Context {
			return context.WithValue(context.Background(), doorKey{}, d.Key)
		}
		return server
	}
	s.vpc.Watch(s.endpoints.notice)
	s.endpoints.notice()
	return s.endpoints.Follow(ctx)
}

// endpointOf is the endpoint through which a request came: nil for the public listener. It
// is known from the connection alone. A request through an endpoint that is gone, or that
// is not there yet, is broken off as if nobody listened.
func (a *authenticator) endpointOf(r *http.Request) (*iam.Endpoint, error) {
	key, ok := r.Context().Value(doorKey{}).(string)
	if !ok {
		return nil, nil
	}
	e, err := a.endpoints.Endpoint(r.Context(), key)
	if errors.Is(err, vpc.ErrNoEndpoint) {
		panic(http.ErrAbortHandler)
	}
	return e, err
}

// through limits a verifier to what an endpoint leads to: its services in its Region.
func through(e *iam.Endpoint, v *sigv4.Verifier, service string) (*sigv4.Verifier, error) {
	if !slices.Contains(e.Services, service) {
		return nil, &sigv4.Error{
			Reason:  sigv4.WrongScope,
			Message: fmt.Sprintf("Credential should be scoped to correct service: '%s'.", strings.Join(e.Services, "', '")),
		}
	}
	limited := *v
	limited.ValidRegion = func(region string) bool { return region == e.Region }
	return &limited, nil
}

// endpointServices are the services that private endpoints lead to: those of a Region.
func endpointServices(all []awsapi.Service) []awsapi.Service {
	return slices.DeleteFunc(slices.Clone(all), func(s awsapi.Service) bool {
		return !slices.Contains([]string{"cloudtrail", "events", "kms", "logs", "monitoring", "sns"}, s.Name)
	})
}

// endpointReasons tells of the endpoints that this node can't serve. It serves everything
// else, so that this does not make it unready.
func (s *Server) endpointReasons() map[string]string {
	reasons := map[string]string{}
	for _, key := range s.endpoints.failures() {
		_, id := filepath.Split(key)
		reasons["private endpoint "+id] = "its listener can't be opened; the log says why"
	}
	return reasons
}
