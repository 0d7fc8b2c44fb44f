package admin

import (
	"context"
	"errors"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// shortestPassword is what a password policy asks for that does not say how long.
const shortestPassword = 6

// UpdateAccountPasswordPolicy gives the account a password policy of its own in place of any that
// it has. It counts for passwords that are set from now on, but for their age.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
func (s *Service) UpdateAccountPasswordPolicy(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateAccountPasswordPolicyInput) (*sdkiam.UpdateAccountPasswordPolicyOutput, error) {
	if err := authorize(c, request{action: "UpdateAccountPasswordPolicy"}, anything); err != nil {
		return nil, err
	}
	p := &iam.PasswordPolicy{
		MinimumLength: shortestPassword, Symbols: in.RequireSymbols, Numbers: in.RequireNumbers, Uppercase: in.RequireUppercaseCharacters,
		Lowercase: in.RequireLowercaseCharacters, UsersChange: in.AllowUsersToChangePassword, HardExpiry: in.HardExpiry != nil && *in.HardExpiry,
	}
	for to, from := range map[*int]*int32{&p.MinimumLength: in.MinimumPasswordLength, &p.MaxAge: in.MaxPasswordAge, &p.Reuse: in.PasswordReusePrevention} {
		if from != nil {
			*to = int(*from)
		}
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error { return iam.SetPasswordPolicy(tx, c.Principal.Account, p) })
}

// DeleteAccountPasswordPolicy takes the account's password policy away: AWS's standard one counts
// again.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html
func (s *Service) DeleteAccountPasswordPolicy(ctx context.Context, c *iam.Caller, _ *sdkiam.DeleteAccountPasswordPolicyInput) (*sdkiam.DeleteAccountPasswordPolicyOutput, error) {
	if err := authorize(c, request{action: "DeleteAccountPasswordPolicy"}, anything); err != nil {
		return nil, err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error { return iam.SetPasswordPolicy(tx, c.Principal.Account, nil) })
	if errors.Is(err, iam.ErrNoPasswordPolicy) {
		err = errNoPasswordPolicy(c)
	}
	return nil, err
}

// GetAccountPasswordPolicy describes the account's password policy, if it has one of its own.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html
func (s *Service) GetAccountPasswordPolicy(ctx context.Context, c *iam.Caller, _ *sdkiam.GetAccountPasswordPolicyInput) (*sdkiam.GetAccountPasswordPolicyOutput, error) {
	if err := authorize(c, request{action: "GetAccountPasswordPolicy"}, anything); err != nil {
		return nil, err
	}
	p, own, err := s.iam.PasswordPolicy(ctx, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	if !own {
		return nil, errNoPasswordPolicy(c)
	}
	out := &types.PasswordPolicy{
		MinimumPasswordLength: new(int32(p.MinimumLength)), RequireSymbols: p.Symbols, RequireNumbers: p.Numbers,
		RequireUppercaseCharacters: p.Uppercase, RequireLowercaseCharacters: p.Lowercase, AllowUsersToChangePassword: p.UsersChange,
		ExpirePasswords: p.MaxAge > 0, HardExpiry: &p.HardExpiry,
	}
	if p.MaxAge > 0 {
		out.MaxPasswordAge = new(int32(p.MaxAge))
	}
	if p.Reuse > 0 {
		out.PasswordReusePrevention = new(int32(p.Reuse))
	}
	return &sdkiam.GetAccountPasswordPolicyOutput{PasswordPolicy: out}, nil
}

func errNoPasswordPolicy(c *iam.Caller) error {
	return errNoSuchEntity("The Password Policy with domain name %s cannot be found.", c.Principal.Account)
}
