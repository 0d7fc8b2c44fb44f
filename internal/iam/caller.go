package iam

import (
	"net/netip"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// Principal is who a request acts as.
type Principal struct {
	Type    string // "Root", "IAMUser", "AssumedRole": CloudTrail's userIdentity types
	ARN     string // "arn:aws:iam::111122223333:root"
	ID      string // the unique id; the account id for the root user
	Account string // 12 digits
	Name    string // the user's name; "" for the root user
}

// Caller is a request's principal together with everything about the request that a
// policy may look at. Each operation takes one as an argument.
type Caller struct {
	Principal       Principal
	AccessKeyID     string
	Temporary       bool   // the credentials are a session's
	Region          string // of the credential scope: the Region that the call works in
	SourceIP        netip.Addr
	UserAgent       string
	SecureTransport bool
	Event           *cloudtrail.Event // the record of this call; the operation adds to it
}
