package server

import (
	"github.com/keystead/keystead/internal/iam/admin"
	"github.com/keystead/keystead/internal/signin"
	"github.com/keystead/keystead/internal/sts"
)

// signIn is how people get into the console.
func (s *Server) signIn(auth signin.Authenticator, a *admin.Service, tokens *sts.Service) (*signin.Service, error) {
	o := signin.Options{
		IAM: s.vault.IAM, Admin: a, STS: tokens, Auth: auth, Recorder: s.journal, Clock: s.clock, Log: s.log, Version: s.cfg.Version, TestClock: s.cfg.TestClock,
		Region: s.cfg.Region(), Regions: s.cfg.Regions, Session: s.cfg.Console.Session, Observe: s.metrics.observeSignIn,
	}
	for _, p := range s.cfg.Console.OIDC {
		known, err := p.signin()
		if err != nil {
			return nil, err
		}
		o.Providers = append(o.Providers, known)
	}
	return signin.New(o), nil
}
