package server

import (
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
type authenticator struct{ verifier sigv4.Verifier }

// newAuthenticator verifies the times of signatures by the wall clock: clients sign with
// theirs, which the test clock does not move. The service answers for the given Regions;
// none means all.
func newAuthenticator(source sigv4.Source, clk *clock.Clock, regions []string) *authenticator {
	v := sigv4.Verifier{Source: source, Now: func() time.Time { return clk.Now().Add(-clk.Offset()) }}
	if len(regions) > 0 {
		v.ValidRegion = func(region string) bool { return slices.Contains(regions, region) }
	}
	return &authenticator{v}
}

// Authenticate implements awsapi.Authenticator.
func (a *authenticator) Authenticate(r *http.Request, body []byte, service string) (*iam.Caller, error) {
	res, err := a.verifier.Verify(r, body, service)
	if err != nil {
		return nil, err
	}
	session, ok := res.Credential.Owner.(iam.Session)
	if !ok {
		return nil, fmt.Errorf("access key %s has an owner of type %T", res.Credential.AccessKeyID, res.Credential.Owner)
	}
	c := &iam.Caller{
		Principal:       session.Principal,
		AccessKeyID:     res.Credential.AccessKeyID,
		Temporary:       session.Temporary(),
		Region:          res.Region,
		SourceIP:        sourceIP(r.RemoteAddr),
		UserAgent:       r.UserAgent(),
		SecureTransport: r.TLS != nil,
	}
	c.Event = &cloudtrail.Event{Identity: identity(session, c.AccessKeyID)}
	return c, nil
}

// identity is the principal as CloudTrail records it.
func identity(s iam.Session, accessKeyID string) cloudtrail.Identity {
	id := cloudtrail.Identity{
		Type: s.Principal.Type, PrincipalID: s.Principal.ID, ARN: s.Principal.ARN,
		AccountID: s.Principal.Account, AccessKeyID: accessKeyID, UserName: s.Principal.Name,
	}
	if s.Temporary() {
		id.Session = &cloudtrail.SessionContext{CreationDate: s.Created}
	}
	return id
}

func sourceIP(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	ip, _ := netip.ParseAddr(host) // the zero Addr says that it is unknown
	return ip.Unmap()
}
