package signin

import (
	"context"
	"time"

	"github.com/keystead/keystead/internal/iam"
)

// Answer is a console session, for the page.
type Answer struct {
	Credentials  Credentials `json:"credentials"`
	Account      string      `json:"account"`
	AccountAlias string      `json:"accountAlias"` // "" if it has none
	ARN          string      `json:"arn"`
	Name         string      `json:"name"`  // of the user; "ROLE/SESSION" of a role
	Type         string      `json:"type"`  // "Root", "User" or "Role"
	Until        time.Time   `json:"until"` // the session can be renewed no more
}

// Credentials are those of a console session.
type Credentials struct {
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	SessionToken    string    `json:"sessionToken"`
	Expiration      time.Time `json:"expiration"`
}

// answer is the answer to who is the principal of a new or renewed session.
func (s *Service) answer(ctx context.Context, p *iam.Principal, k iam.AccessKey, token string, session *iam.Session) (*Answer, error) {
	out := &Answer{
		Credentials: Credentials{k.ID, string(k.Secret.Expose()), token, session.Expires.UTC()},
		Account:     p.Account, ARN: p.ARN, Until: session.Until.UTC(),
	}
	switch p.Type {
	case iam.TypeRoot:
		out.Type, out.Name = "Root", "root"
	case iam.TypeUser:
		out.Type, out.Name = "User", p.Name
	default:
		_, _, name := iam.SplitName(p.ARN)
		out.Type, out.Name = "Role", p.Name+"/"+name
	}
	aliases, err := s.IAM.AccountAliases(ctx, p.Account)
	if err == nil && len(aliases) > 0 {
		out.AccountAlias = aliases[0]
	}
	return out, err
}
