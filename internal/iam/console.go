package iam

import (
	"context"
	"time"
)

// consoleCredentials is how long the credentials of a console session last. Who is still there
// gets new ones.
const consoleCredentials = time.Hour

// ConsoleSession makes the credentials of a session of the web console that begins now and can be
// renewed for so long. Unlike those of GetSessionToken, such a session may do all that its
// principal may. Its parent ends it.
func (s *Service) ConsoleSession(session Session, length time.Duration) (AccessKey, string, *Session, error) {
	session.Console = true
	session.Created = s.clock.Now().Truncate(time.Second)
	session.Until = session.Created.Add(length)
	return s.consoleCredentials(session)
}

// RenewConsole makes new credentials for the console session of a caller. It goes on as the
// session that it is: policies see when it began, and it ends when it would have.
func (s *Service) RenewConsole(c *Caller) (AccessKey, string, *Session, error) {
	return s.consoleCredentials(*c.Session)
}

func (s *Service) consoleCredentials(session Session) (AccessKey, string, *Session, error) {
	session.Expires = s.clock.Now().Truncate(time.Second).Add(consoleCredentials)
	if session.Expires.After(session.Until) {
		session.Expires = session.Until
	}
	k, token, err := s.NewSession(session, 0)
	return k, token, &session, err
}

// IdentifyByPassword makes a caller the user of a password that has been verified, with a session
// that ends with the password. It sees what any node has answered.
func (s *Service) IdentifyByPassword(ctx context.Context, c *Caller, p *LoginProfile) error {
	if err := s.db.Sync(ctx); err != nil {
		return err
	}
	session := &Session{
		Principal: Principal{Type: TypeUser, ID: p.UserID, Account: p.Account, Name: p.User}, Parent: p.Parent(),
	}
	if err := s.Identify(ctx, c, session); err != nil {
		return err
	}
	session.Principal = c.Principal
	return nil
}
