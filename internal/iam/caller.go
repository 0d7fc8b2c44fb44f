package iam

import (
	"net/netip"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam/decision"
)

// The types of principals: CloudTrail's userIdentity types.
const (
	TypeRoot        = "Root"
	TypeUser        = "IAMUser"
	TypeAssumedRole = "AssumedRole"
	TypeService     = "AWSService"
	TypeWebIdentity = "WebIdentityUser" // of AssumeRoleWithWebIdentity, which nobody signs
)

// Principal is who a request acts as.
type Principal struct {
	Type    string `json:"type"`
	ARN     string `json:"arn"`            // "arn:aws:iam::111122223333:user/alice"; of a role's session the session's
	ID      string `json:"id"`             // aws:userid: "AIDA…", "AROA…:SESSION"; the account id for the root user
	Account string `json:"account"`        // 12 digits; "" for a service
	Name    string `json:"name,omitempty"` // of a user, of a role, of a service: "s3.amazonaws.com"

	// Of the session of a role.
	Role   string `json:"role,omitempty"`   // ARN, path included
	RoleID string `json:"roleId,omitempty"` // "AROA…"
}

// EntityID is the unique id of the user or role, "" for others.
func (p *Principal) EntityID() string {
	switch p.Type {
	case TypeUser:
		return p.ID
	case TypeAssumedRole:
		return p.RoleID
	}
	return ""
}

// Endpoint is the private endpoint that a request came through. It is known from the
// listener, never from the request.
type Endpoint struct {
	ID       string // "vpce-…"
	VPC      string // "vpc-…"
	Account  string // the owner
	Region   string // the Region that it leads to
	Policy   decision.Policy
	Services []string // signing names of the services that it leads to
}

// Via is the service that calls for the principal, as a forward access session.
type Via struct {
	Service string // "s3.amazonaws.com"
	Region  string
}

// Caller is a request's principal together with everything about the request that a
// policy may look at. Each operation takes one as an argument. It belongs to one request
// and to one goroutine at a time.
type Caller struct {
	Principal       Principal
	AccessKeyID     string
	Session         *Session // what the credentials stand for, shared with others and not to be changed; nil without credentials
	Temporary       bool     // the credentials are a session's
	Region          string   // of the credential scope: the Region that the call works in
	SourceIP        netip.Addr
	UserAgent       string
	SecureTransport bool
	Time            time.Time         // when the call came
	Endpoint        *Endpoint         // nil if it came through none
	Via             *Via              // nil if the principal called itself
	SourceARN       string            // for which resource a service calls; "" if it did not say
	SourceAccount   string            // that resource's account
	Event           *cloudtrail.Event // the record of this call; the operation adds to it

	// Refused is set if the request may not be answered although its signature is good: it
	// is recorded, and then this is the answer.
	Refused error

	standing *standing
	service  *ServicePrincipal // that signed the call; nil if none did
	context  requestContext    // of the decision in the making
	request  decision.Request  // likewise
	texts    contextTexts
}

// noSession is what a caller without credentials has.
var noSession Session

func (c *Caller) session() *Session {
	if c.Session == nil {
		return &noSession
	}
	return c.Session
}

// Origin is the address and the user agent of a call as CloudTrail records them: a service
// stands for itself.
func (c *Caller) Origin() (address, userAgent string) {
	if c.service != nil {
		return c.service.Name, c.service.Name
	}
	return c.SourceIP.String(), c.UserAgent
}

// IsUserSession says whether the credentials are a session's that a user or root user made
// for itself, by GetSessionToken.
func (c *Caller) IsUserSession() bool {
	return c.Temporary && !c.session().Console && (c.Principal.Type == TypeUser || c.Principal.Type == TypeRoot)
}

// Identity is the principal as CloudTrail records it.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (c *Caller) Identity() cloudtrail.Identity {
	p := &c.Principal
	if p.Type == TypeService {
		return cloudtrail.Identity{Type: p.Type, InvokedBy: p.Name}
	}
	id := cloudtrail.Identity{
		Type: p.Type, PrincipalID: p.ID, ARN: p.ARN, AccountID: p.Account, AccessKeyID: c.AccessKeyID,
	}
	switch p.Type {
	case TypeUser:
		id.UserName = p.Name
	case TypeWebIdentity:
		id.UserName, id.Provider = p.Name, c.session().Federated
	}
	if c.Via != nil {
		id.InvokedBy = c.Via.Service
	}
	if !c.Temporary {
		return id
	}
	id.Session = &cloudtrail.SessionContext{
		CreationDate: c.session().Created, MFAAuthenticated: c.session().MFA,
		Provider: c.session().Federated, SourceIdentity: c.Session.SourceIdentity,
	}
	if p.Type == TypeAssumedRole {
		id.Session.Issuer = &cloudtrail.Identity{Type: "Role", PrincipalID: p.RoleID, ARN: p.Role, AccountID: p.Account, UserName: p.Name}
	}
	return id
}

// In is the caller with the part of its call that is done in another Region. Policies see
// that Region, and the decisions are in the record of the one call. What of the request is
// known otherwise, such as the private endpoint that it came through, stays so.
func (c *Caller) In(region string) *Caller {
	other := *c
	other.Region, other.context, other.request = region, requestContext{}, decision.Request{}
	return &other
}
