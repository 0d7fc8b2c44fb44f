package signin

import (
	"net/http"
	"net/netip"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// consolePath is where the console is.
const consolePath = "/console/"

// newCaller is what is known of somebody who has not said who he is.
func (s *Service) newCaller(r *http.Request) *iam.Caller {
	c := &iam.Caller{
		Region: s.Region, UserAgent: r.UserAgent(), SecureTransport: r.TLS != nil, Time: s.Clock.Now(), Event: new(cloudtrail.Event),
	}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		c.SourceIP = a.Addr().Unmap()
	}
	return c
}

// newEvent begins the record of something that a caller did at the sign-in.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
func (s *Service) newEvent(r *http.Request, c *iam.Caller, name string) *cloudtrail.Event {
	e := &cloudtrail.Event{
		Time: s.Clock.Now(), Source: "signin.amazonaws.com", Name: name, Region: s.Region, Type: "AwsConsoleSignIn",
		RequestID: cloudtrail.NewID(), TLS: awsapi.TLSDetails(r),
	}
	e.SourceIPAddress, e.UserAgent = c.Origin()
	return e
}

// record records that somebody has signed in, or tried to. The code and the message are those of
// an error, "" for success.
func (s *Service) record(r *http.Request, c *iam.Caller, who cloudtrail.Identity, code, message string) error {
	e := s.newEvent(r, c, "ConsoleLogin")
	e.Identity, e.RecipientAccountID, e.ErrorCode, e.ErrorMessage = who, who.AccountID, code, message
	e.ResponseElements = outcome("ConsoleLogin", message == "")
	e.AdditionalEventData = []cloudtrail.Field{
		{Name: "LoginTo", Value: origin(r) + consolePath}, {Name: "MobileVersion", Value: "No"}, {Name: "MFAUsed", Value: "No"},
	}
	return s.Recorder.Record(e)
}

func outcome(event string, good bool) []byte {
	if good {
		return []byte(`{"` + event + `":"Success"}`)
	}
	return []byte(`{"` + event + `":"Failure"}`)
}

// origin is the server as the page reaches it.
func origin(r *http.Request) string {
	if o := r.Header.Get("Origin"); o != "" {
		return o // that it is this server's has been checked
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// hidden stands in records for the name of a user that does not exist: people type passwords into
// the wrong field.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// claimed is who somebody claims to be.
func claimed(o iam.KeyOwner) cloudtrail.Identity {
	who := cloudtrail.Identity{Type: iam.TypeUser, PrincipalID: o.UserID, AccountID: o.Account, UserName: o.User}
	if o.User == "" {
		who.UserName = hidden
	}
	return who
}
