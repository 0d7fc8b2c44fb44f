package signin

import (
	"errors"
	"net/http"
	"unicode/utf8"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/iam"
)

// passwordRequest is somebody who claims to be an IAM user.
type passwordRequest struct {
	Account     string  `json:"account"` // its number, or its alias
	UserName    string  `json:"userName"`
	Password    string  `json:"password"`
	NewPassword *string `json:"newPassword"` // to take the place of Password
}

// longest are the characters of names and of passwords.
const longest = 128

// check keeps what can't be a name or a password away from the store.
func (q *passwordRequest) check() error {
	for _, m := range []struct{ name, value string }{{"account", q.Account}, {"userName", q.UserName}, {"password", q.Password}} {
		if m.value == "" {
			return badRequest("The member " + m.name + " is required.")
		}
		if utf8.RuneCountInString(m.value) > longest {
			return badRequest("The member " + m.name + " is too long.")
		}
	}
	if q.NewPassword != nil && !plausible(*q.NewPassword) {
		return badRequest("The new password must have 1 to 128 characters of Latin script, digits, symbols and spaces.")
	}
	return nil
}

// plausible are the passwords that the API takes.
func plausible(password string) bool {
	for _, c := range password {
		if c > 0xff || c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	n := utf8.RuneCountInString(password)
	return n > 0 && n <= longest
}

// byPassword makes a session for an IAM user who knows its password.
func (s *Service) byPassword(r *http.Request, body []byte) (*Answer, error) {
	var q passwordRequest
	if err := decode(body, &q); err != nil {
		return nil, err
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	ctx, c := r.Context(), s.newCaller(r)
	p, owner, err := s.IAM.CheckPassword(ctx, iam.Login{Account: q.Account, User: q.UserName, Password: q.Password, Source: c.SourceIP})
	if err != nil {
		if e := s.recordFailure(r, c, owner, err); e != nil {
			return nil, e
		}
		return nil, err
	}
	if err := s.IAM.IdentifyByPassword(ctx, c, p); err != nil {
		return nil, err
	}
	if err := s.passwordStillDoes(r, c, p, &q); err != nil {
		return nil, err
	}
	if q.NewPassword != nil {
		if p, err = s.changePassword(r, c, p, &q); err != nil {
			return nil, err
		}
		if err := s.IAM.IdentifyByPassword(ctx, c, p); err != nil {
			return nil, err
		}
	}
	s.IAM.NotePasswordUse(p.KeyOwner, c.Time)
	return s.begin(r, c, *c.Session, s.Session)
}

// recordFailure records an attempt whose name or password was wrong. Of attempts that were one too
// many it records some, so that the journal does not grow with them.
func (s *Service) recordFailure(r *http.Request, c *iam.Caller, owner iam.KeyOwner, err error) error {
	_, throttled := errors.AsType[*iam.ThrottledError](err)
	switch {
	case errors.Is(err, iam.ErrWrongPassword):
		return s.record(r, c, claimed(owner), "", "Failed authentication")
	case throttled && s.throttled.take(c.Time):
		return s.record(r, c, claimed(owner), "ThrottlingException", "Too many attempts to sign in")
	}
	return nil
}

// passwordStillDoes refuses a password that must be changed, unless a new one comes with it.
func (s *Service) passwordStillDoes(r *http.Request, c *iam.Caller, p *iam.LoginProfile, q *passwordRequest) error {
	policy, _, err := s.IAM.PasswordPolicy(r.Context(), p.Account)
	if err != nil {
		return err
	}
	expired := policy.Expired(p.Changed, c.Time)
	var refused *refusal
	switch {
	case expired && policy.HardExpiry:
		refused = refuse(http.StatusForbidden, "AccessDenied", "Your password has expired. Ask your administrator for a new one.")
	case q.NewPassword != nil:
		return nil
	case p.ResetRequired:
		refused = refuse(http.StatusForbidden, "PasswordChangeRequired", "You must change your password to continue.")
	case expired:
		refused = refuse(http.StatusForbidden, "PasswordChangeRequired", "Your password has expired. You must change it to continue.")
	default:
		return nil
	}
	if err := s.record(r, c, c.Identity(), refused.Code, refused.Message); err != nil {
		return err
	}
	return refused
}

// changePassword gives the user a new password by the rules of ChangePassword.
func (s *Service) changePassword(r *http.Request, c *iam.Caller, p *iam.LoginProfile, q *passwordRequest) (*iam.LoginProfile, error) {
	e := s.newEvent(r, c, "PasswordUpdated")
	e.Identity, e.RecipientAccountID = c.Identity(), p.Account
	c.Event = e // notes the decision
	_, err := s.Admin.ChangePassword(r.Context(), c, &sdkiam.ChangePasswordInput{OldPassword: &q.Password, NewPassword: q.NewPassword})
	if refused := refusalOf(err); refused != nil {
		e.ErrorCode, e.ErrorMessage = refused.Code, refused.Message
	} else if err != nil {
		e.ErrorCode = "InternalFailure"
	}
	e.ResponseElements = outcome(e.Name, err == nil)
	if e := s.Recorder.Record(e); e != nil {
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	return s.IAM.FindLoginProfile(r.Context(), p.KeyOwner)
}
