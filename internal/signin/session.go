package signin

import (
	"net/http"
	"time"

	"github.com/keystead/keystead/internal/iam"
)

// signingName is the service that requests to the sign-in are signed for.
const signingName = "signin"

// byAccessKey makes a session for who has signed the request with an access key: the secret stays
// in the page.
func (s *Service) byAccessKey(r *http.Request, body []byte) (*Answer, error) {
	c, err := s.signed(r, body)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Principal.Type == iam.TypeService:
		return nil, refuse(http.StatusForbidden, "AccessDenied", "Services can't sign in to the console.")
	case c.Temporary:
		return nil, refuse(http.StatusForbidden, "AccessDenied", "Sign in with a long-term access key: temporary credentials can't begin a session of the console.")
	}
	parent, err := s.IAM.ParentOf(r.Context(), c)
	if err != nil {
		return nil, err
	}
	return s.begin(r, c, iam.Session{Principal: c.Principal, Parent: parent}, s.Session)
}

// renew makes new credentials for the console session that has signed the request.
func (s *Service) renew(r *http.Request, body []byte) (*Answer, error) {
	c, err := s.signed(r, body)
	if err != nil {
		return nil, err
	}
	if c.Session == nil || !c.Session.Console {
		return nil, refuse(http.StatusForbidden, "AccessDenied", "These credentials are not those of a session of the console.")
	}
	k, token, session, err := s.IAM.RenewConsole(c)
	if err != nil {
		return nil, err
	}
	return s.answer(r.Context(), &c.Principal, k, token, session)
}

// signed is the caller who has signed a request without parameters.
func (s *Service) signed(r *http.Request, body []byte) (*iam.Caller, error) {
	c, err := s.Auth.Authenticate(r, body, signingName)
	switch {
	case err != nil:
		return nil, err
	case c.Refused != nil:
		return nil, c.Refused
	}
	return c, decode(body, new(struct{}))
}

// begin makes a session that can be renewed for so long, and records that its principal has
// signed in.
func (s *Service) begin(r *http.Request, c *iam.Caller, session iam.Session, length time.Duration) (*Answer, error) {
	k, token, made, err := s.IAM.ConsoleSession(session, length)
	if err != nil {
		return nil, err
	}
	out, err := s.answer(r.Context(), &c.Principal, k, token, made)
	if err != nil {
		return nil, err
	}
	return out, s.record(r, c, c.Identity(), "", "")
}
