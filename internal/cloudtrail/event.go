package cloudtrail

import "time"

// Event is one CloudTrail record while it is being made. The wire layer fills in who
// called what, the operation adds the resources that it touched, and the journal gives
// it an ID and writes it. Strings that are empty are left out of the record.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type Event struct {
	ID                   string    // a UUID; Journal.Record sets it if it is empty
	Time                 time.Time // Journal.Record sets it if it is zero
	Source               string    // "kms.amazonaws.com"
	Name                 string    // the operation, "Encrypt"
	Region               string
	Type                 string // "" means "AwsApiCall"; service events are "AwsServiceEvent"
	Category             string // "" means "Management"; calls that work on what is in a resource are "Data"
	ReadOnly             bool
	Identity             Identity
	SourceIPAddress      string
	UserAgent            string
	RequestID            string
	SharedEventID        string
	VPCEndpointID        string
	VPCEndpointAccountID string
	RecipientAccountID   string
	ErrorCode            string
	ErrorMessage         string
	RequestParameters    []byte      // a JSON object; nil is written as null
	MoreParameters       []Parameter // members of requestParameters that the request does not have
	ResponseElements     []byte      // a JSON object; nil is written as null
	AdditionalEventData  []Field
	Recipient            []Field // what a call's attestation document says; a member of additionalEventData
	ServiceEventDetails  []Field
	Resources            []Resource // nil leaves the member out; empty is written as []
	TLS                  *TLSDetails

	// SharedWith is the other account of a call across accounts, which gets a record of its
	// own. It is not written.
	SharedWith string
}

// Shared gives the event and its copy for the account SharedWith the same SharedEventID, and
// returns the copy; nil if there is no other account. The copy tells whose principal called,
// and not who it was.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/shared-event-ID.html
func (e *Event) Shared() *Event {
	if e.SharedWith == "" || e.SharedWith == e.RecipientAccountID {
		return nil
	}
	e.SharedEventID = NewID()
	shared := *e
	shared.ID, shared.RecipientAccountID, shared.SharedWith = "", e.SharedWith, ""
	shared.AdditionalEventData = nil // it may tell of the caller's own policies
	if e.Identity.Type != "AWSService" {
		shared.Identity = Identity{Type: "AWSAccount", PrincipalID: e.Identity.PrincipalID, AccountID: e.Identity.AccountID}
	}
	return &shared
}

// Field is one member of an object whose members are all strings.
type Field struct{ Name, Value string }

// Parameter is one member of an object, with its value in JSON.
type Parameter struct {
	Name string
	JSON []byte
}

// Resource is a key, an alias or another thing with an ARN that a call touched.
type Resource struct {
	AccountID string
	Type      string // "AWS::KMS::Key"
	ARN       string
}

// Identity says who called, in the form of CloudTrail's userIdentity element.
type Identity struct {
	Type        string // "Root", "IAMUser", "AssumedRole", "AWSService", …; "" for the service itself
	PrincipalID string
	ARN         string
	AccountID   string
	AccessKeyID string
	UserName    string
	InvokedBy   string
	Provider    string          // the identity provider of a WebIdentityUser
	Session     *SessionContext // nil for long-term credentials
}

// SessionContext describes temporary credentials.
type SessionContext struct {
	CreationDate     time.Time
	MFAAuthenticated bool
	Issuer           *Identity // whose credentials made the session; nil for GetSessionToken
	Provider         string    // the identity provider, of sessions that began with a web identity
	SourceIdentity   string
}

// TLSDetails describes the connection of a call.
type TLSDetails struct {
	Version     string // "TLSv1.3"
	Cipher      string // "TLS_AES_128_GCM_SHA256"
	HostHeader  string // the Host header, as the client sent it
	KeyExchange string // "X25519MLKEM768"
}
