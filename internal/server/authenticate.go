package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/vpc"
)

// authenticator names the caller of a request by its signature.
type authenticator struct {
	verifier  sigv4.Verifier
	global    sigv4.Verifier // of the services without Regions
	iam       *iam.Service
	endpoints *vpc.Service
	clock     *clock.Clock
	region    string // of requests whose signature names none
}

// global are the services that work in no Region. Clients sign for whichever Region they
// think of; policies and records know the one that AWS names there.
var global = map[string]bool{"iam": true, "organizations": true}

const globalRegion = "us-east-1"

// newAuthenticator verifies the times of signatures by the wall clock: clients sign with
// theirs, which the test clock does not move. The service answers for the given Regions;
// none means all.
func newAuthenticator(source *iam.Service, endpoints *vpc.Service, clk *clock.Clock, regions []string, home string) *authenticator {
	v := sigv4.Verifier{Source: source, Now: func() time.Time { return clk.Now().Add(-clk.Offset()) }}
	everywhere := v
	if len(regions) > 0 {
		v.ValidRegion = func(region string) bool { return slices.Contains(regions, region) }
	}
	return &authenticator{v, everywhere, source, endpoints, clk, home}
}

// Authenticate implements awsapi.Authenticator.
func (a *authenticator) Authenticate(r *http.Request, body []byte, service string) (*iam.Caller, error) {
	c, err := a.caller(r)
	if err != nil {
		return nil, err
	}
	verifier := &a.verifier
	if global[service] {
		verifier = &a.global
	}
	if c.Endpoint != nil {
		if verifier, err = through(c.Endpoint, verifier, service); err != nil {
			return nil, err
		}
	}
	res, err := verifier.Verify(r, body, service)
	if err != nil {
		return nil, err
	}
	session, ok := res.Credential.Owner.(*iam.Session)
	if !ok {
		return nil, fmt.Errorf("access key %s has an owner of type %T", res.Credential.AccessKeyID, res.Credential.Owner)
	}
	c.AccessKeyID, c.Region = res.Credential.AccessKeyID, res.Region
	if global[service] {
		c.Region = globalRegion
	}
	if err := a.iam.Identify(r.Context(), c, session); err != nil {
		return nil, err
	}
	if service == "iam" && c.IsUserSession() && !c.Session.MFA {
		// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
		return nil, &sigv4.Error{Reason: sigv4.UnknownKey}
	}
	switch {
	case !c.Temporary:
		a.iam.NoteUse(c.AccessKeyID, service, c.Region, c.Time)
	case c.Principal.RoleID != "":
		a.iam.NoteRoleUse(c.Principal.RoleID, service, c.Region, c.Time)
	}
	c.Event = newEvent(c)
	if err := a.actFor(r, c, service); err != nil {
		return nil, err
	}
	c.Event.Identity = c.Identity()
	return c, nil
}

// AuthenticateUnsigned implements awsapi.Authenticator.
func (a *authenticator) AuthenticateUnsigned(r *http.Request, body []byte, service string) (*iam.Caller, error) {
	c, err := a.Authenticate(r, body, service)
	if e, ok := errors.AsType[*sigv4.Error](err); !ok || e.Reason != sigv4.MissingToken {
		return c, err
	}
	if c, err = a.caller(r); err != nil {
		return nil, err
	}
	c.Region, c.Event = a.region, newEvent(c)
	return c, a.actFor(r, c, service)
}

// caller is what is known of a caller without a signature.
func (a *authenticator) caller(r *http.Request) (*iam.Caller, error) {
	e, err := a.endpointOf(r)
	return &iam.Caller{
		SourceIP:        sourceIP(r.RemoteAddr),
		UserAgent:       r.UserAgent(),
		SecureTransport: r.TLS != nil,
		Time:            a.clock.Now(),
		Endpoint:        e,
	}, err
}

// newEvent begins the record of a call.
func newEvent(c *iam.Caller) *cloudtrail.Event {
	if c.Endpoint == nil {
		return new(cloudtrail.Event)
	}
	return &cloudtrail.Event{VPCEndpointID: c.Endpoint.ID, VPCEndpointAccountID: c.Endpoint.Account}
}

func sourceIP(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	ip, _ := netip.ParseAddr(host) // the zero Addr says that it is unknown
	return ip.Unmap()
}
