package admin

import (
	"context"
	"errors"
	"time"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CreateLoginProfile gives a user a password, by default the caller.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
func (s *Service) CreateLoginProfile(ctx context.Context, c *iam.Caller, in *sdkiam.CreateLoginProfileInput) (*sdkiam.CreateLoginProfileOutput, error) {
	name, root, err := userOrSelf(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if root {
		return nil, errValidation("Must specify userName when calling with non-User credentials")
	}
	q := request{action: "CreateLoginProfile"}
	u, err := users.find(ctx, s, c, q, name)
	if err != nil {
		return nil, err
	}
	if in.Password == nil {
		return nil, errValidation("Password must be specified.")
	}
	_, err = s.iam.FindLoginProfile(ctx, ownerOf(c.Principal.Account, u))
	switch {
	case err == nil:
		return nil, errProfileExists(u.Name)
	case !errors.Is(err, iam.ErrNoLoginProfile):
		return nil, err
	}
	w, err := s.newPassword(ctx, c, u, *in.Password)
	if err != nil {
		return nil, err
	}
	var p *iam.LoginProfile
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := users.open(tx, c, q, name)
		if err != nil {
			return err
		}
		p, err = s.iam.InsertLoginProfile(tx, ownerOf(c.Principal.Account, u), w, in.PasswordResetRequired)
		return err
	})
	if errors.Is(err, iam.ErrLoginProfileExists) {
		err = errProfileExists(u.Name)
	}
	if err != nil {
		return nil, err
	}
	return &sdkiam.CreateLoginProfileOutput{LoginProfile: profileOut(p)}, nil
}

// GetLoginProfile says whether a user has a password, by default the caller.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html
func (s *Service) GetLoginProfile(ctx context.Context, c *iam.Caller, in *sdkiam.GetLoginProfileInput) (*sdkiam.GetLoginProfileOutput, error) {
	const action = "GetLoginProfile"
	name, root, err := userOrSelf(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if root {
		return nil, s.noRootProfile(c, action)
	}
	u, err := users.find(ctx, s, c, request{action: action}, name)
	if err != nil {
		return nil, err
	}
	p, err := s.iam.FindLoginProfile(ctx, ownerOf(c.Principal.Account, u))
	if err != nil {
		return nil, profileError(u.Name, err)
	}
	return &sdkiam.GetLoginProfileOutput{LoginProfile: profileOut(p)}, nil
}

// UpdateLoginProfile gives a user another password, or says whether it must be changed at the next
// sign-in.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
func (s *Service) UpdateLoginProfile(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateLoginProfileInput) (*sdkiam.UpdateLoginProfileOutput, error) {
	u, err := users.find(ctx, s, c, request{action: "UpdateLoginProfile"}, *in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.iam.FindLoginProfile(ctx, ownerOf(c.Principal.Account, u))
	if err != nil {
		return nil, profileError(u.Name, err)
	}
	var w *iam.NewPassword
	if in.Password != nil {
		made, err := s.newPassword(ctx, c, u, *in.Password)
		if err != nil {
			return nil, err
		}
		w = &made
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return s.iam.ChangeLoginProfile(tx, p, w, in.PasswordResetRequired) })
	return nil, profileError(u.Name, err)
}

// DeleteLoginProfile takes a user's password away, by default the caller's. Sessions of the console
// that began with it end.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html
func (s *Service) DeleteLoginProfile(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteLoginProfileInput) (*sdkiam.DeleteLoginProfileOutput, error) {
	const action = "DeleteLoginProfile"
	name, root, err := userOrSelf(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if root {
		return nil, s.noRootProfile(c, action)
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := users.open(tx, c, request{action: action}, name)
		if err != nil {
			return err
		}
		return profileError(u.Name, iam.DeleteLoginProfile(tx, ownerOf(c.Principal.Account, u)))
	})
}

// ChangePassword gives the user who calls another password.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html
func (s *Service) ChangePassword(ctx context.Context, c *iam.Caller, in *sdkiam.ChangePasswordInput) (*sdkiam.ChangePasswordOutput, error) {
	if c.Principal.Type != iam.TypeUser {
		return nil, &types.InvalidUserTypeException{Message: new("Only IAM Users can change their own password")}
	}
	policy, _, err := s.iam.PasswordPolicy(ctx, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	u, err := s.ownUser(ctx, c, &policy)
	if err != nil {
		return nil, err
	}
	owner := ownerOf(c.Principal.Account, u)
	if _, err = s.iam.FindLoginProfile(ctx, owner); err != nil {
		return nil, profileError(u.Name, err)
	}
	p, _, err := s.iam.CheckPassword(ctx, iam.Login{Account: owner.Account, User: u.Name, Password: *in.OldPassword, Source: c.SourceIP})
	if err != nil {
		return nil, profileError(u.Name, err)
	}
	if err := s.checkPassword(ctx, c, &policy, u, *in.NewPassword); err != nil {
		return nil, err
	}
	if err := s.iam.Reused(ctx, p, *in.NewPassword, policy.Reuse); err != nil {
		return nil, profileError(u.Name, err)
	}
	w, err := s.iam.NewPassword(ctx, *in.NewPassword)
	if err != nil {
		return nil, profileError(u.Name, err)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return s.iam.ChangeLoginProfile(tx, p, &w, new(false)) })
	return nil, profileError(u.Name, err)
}

// ownUser is the user who calls, together with the decision that it may change its password.
func (s *Service) ownUser(ctx context.Context, c *iam.Caller, policy *iam.PasswordPolicy) (*iam.User, error) {
	const action = "ChangePassword"
	u, err := users.Find(ctx, s.db, c.Principal.Account, c.Principal.Name)
	if err != nil {
		return users.admit(c, request{action: action}, c.Principal.Name, u, err)
	}
	q, r := request{action: action}, users.resource(c, u)
	return u, policy.AuthorizePasswordChange(c, &iam.Access{
		Action: "iam:" + action, ARN: r.arn, Account: c.Principal.Account, Context: &conditions{q, r},
	})
}

// newPassword makes what a password is kept as, if the account's policy takes it.
func (s *Service) newPassword(ctx context.Context, c *iam.Caller, u *iam.User, password string) (iam.NewPassword, error) {
	policy, _, err := s.iam.PasswordPolicy(ctx, c.Principal.Account)
	if err != nil {
		return iam.NewPassword{}, err
	}
	if err := s.checkPassword(ctx, c, &policy, u, password); err != nil {
		return iam.NewPassword{}, err
	}
	w, err := s.iam.NewPassword(ctx, password)
	return w, profileError(u.Name, err)
}

// checkPassword checks a new password by the account's policy.
func (s *Service) checkPassword(ctx context.Context, c *iam.Caller, policy *iam.PasswordPolicy, u *iam.User, password string) error {
	aliases, err := s.iam.AccountAliases(ctx, c.Principal.Account)
	if err != nil {
		return err
	}
	err = policy.Check(password, append(aliases, c.Principal.Account, u.Name)...)
	if v, ok := errors.AsType[iam.Violation](err); ok {
		return errPasswordPolicy(string(v))
	}
	return err
}

// noRootProfile is the answer about the root user, who has no password here.
func (s *Service) noRootProfile(c *iam.Caller, action string) error {
	if err := authorize(c, request{action: action}, rootResource(c)); err != nil {
		return err
	}
	return errNoProfile(c.Principal.Account)
}

func profileOut(p *iam.LoginProfile) *types.LoginProfile {
	return &types.LoginProfile{UserName: &p.User, CreateDate: &p.Created, PasswordResetRequired: p.ResetRequired}
}

// profileError words an error of package iam about a user's password.
func profileError(user string, err error) error {
	throttled, isThrottled := errors.AsType[*iam.ThrottledError](err)
	switch {
	case errors.Is(err, iam.ErrNoLoginProfile):
		return errNoProfile(user)
	case errors.Is(err, iam.ErrPasswordChanged):
		return &types.EntityTemporarilyUnmodifiableException{Message: new("Login Profile for User " + user + " cannot be modified while it is being changed by another request.")}
	case errors.Is(err, iam.ErrWrongPassword):
		return &smithy.GenericAPIError{Code: "AccessDenied", Message: "The old password was incorrect."}
	case errors.Is(err, iam.ErrPasswordReused):
		return errPasswordPolicy("Password has been used before and can not be reused")
	case errors.Is(err, iam.ErrNoPasswords):
		return &smithy.GenericAPIError{Code: "UnsupportedOperationException", Message: "Login profiles are not available in FIPS mode: Argon2id, by which passwords are kept, is not an approved algorithm."}
	case isThrottled:
		return &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded: try again in " + throttled.After.Round(time.Second).String()}
	case errors.Is(err, iam.ErrBusy):
		return &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
	}
	return err
}

func errNoProfile(user string) error {
	return errNoSuchEntity("Login Profile for User %s cannot be found.", user)
}

func errProfileExists(user string) error {
	return errExists("Login Profile for user %s already exists.", user)
}

func errPasswordPolicy(text string) error {
	return &types.PasswordPolicyViolationException{Message: &text}
}
