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
)

// authenticator names the caller of a request by its signature.
type authenticator struct {
	verifier sigv4.Verifier
	global   sigv4.Verifier // of the services without Regions
	iam      *iam.Service
	clock    *clock.Clock
	region   string // of requests whose signature names none
}

// global are the services that work in no Region. Clients sign for whichever Region they
// think of; policies and records know the one that AWS names there.
var global = map[string]bool{"iam": true}

const globalRegion = "us-east-1"

// newAuthenticator verifies the times of signatures by the wall clock: clients sign with
// theirs, which the test clock does not move. The service answers for the given Regions;
// none means all.
func newAuthenticator(source *iam.Service, clk *clock.Clock, regions []string, home string) *authenticator {
	v := sigv4.Verifier{Source: source, Now: func() time.Time { return clk.Now().Add(-clk.Offset()) }}
	everywhere := v
	if len(regions) > 0 {
		v.ValidRegion = func(region string) bool { return slices.Contains(regions, region) }
	}
	return &authenticator{v, everywhere, source, clk, home}
}

// Authenticate implements awsapi.Authenticator.
func (a *authenticator) Authenticate(r *http.Request, body []byte, service string) (*iam.Caller, error) {
	verifier := &a.verifier
	if global[service] {
		verifier = &a.global
	}
	res, err := verifier.Verify(r, body, service)
	if err != nil {
		return nil, err
	}
	session, ok := res.Credential.Owner.(*iam.Session)
	if !ok {
		return nil, fmt.Errorf("access key %s has an owner of type %T", res.Credential.AccessKeyID, res.Credential.Owner)
	}
	c := a.caller(r)
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
	c.Event = new(cloudtrail.Event)
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
	c = a.caller(r)
	c.Region, c.Event = a.region, new(cloudtrail.Event)
	return c, a.actFor(r, c, service)
}

// caller is what a request says of its caller without a signature.
func (a *authenticator) caller(r *http.Request) *iam.Caller {
	return &iam.Caller{
		SourceIP:        sourceIP(r.RemoteAddr),
		UserAgent:       r.UserAgent(),
		SecureTransport: r.TLS != nil,
		Time:            a.clock.Now(),
	}
}

func sourceIP(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	ip, _ := netip.ParseAddr(host) // the zero Addr says that it is unknown
	return ip.Unmap()
}
