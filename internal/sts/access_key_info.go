package sts

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/iam"
)

// GetAccessKeyInfo tells which account an access key belongs to, whether it works or not.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
func (s *Service) GetAccessKeyInfo(ctx context.Context, c *iam.Caller, in *sts.GetAccessKeyInfoInput) (*sts.GetAccessKeyInfoOutput, error) {
	if err := s.admit(c, "GetAccessKeyInfo"); err != nil {
		return nil, err
	}
	account, err := s.iam.AccessKeyAccount(ctx, *in.AccessKeyId)
	if errors.Is(err, iam.ErrNoAccessKey) {
		return nil, invalid("The specified value for accessKeyId is invalid.")
	}
	if err != nil {
		return nil, err
	}
	return &sts.GetAccessKeyInfoOutput{Account: &account}, nil
}

// DecodeAuthorizationMessage tells what an encoded message says of a denial. It opens
// messages about the principals of the caller's account alone.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
func (s *Service) DecodeAuthorizationMessage(ctx context.Context, c *iam.Caller, in *sts.DecodeAuthorizationMessageInput) (*sts.DecodeAuthorizationMessageOutput, error) {
	if err := s.admit(c, "DecodeAuthorizationMessage"); err != nil {
		return nil, err
	}
	text, ok := s.iam.DecodeAuthorizationMessage(ctx, c.Principal.Account, *in.EncodedMessage)
	if !ok {
		return nil, fail("InvalidAuthorizationMessageException", "Message is not valid")
	}
	return &sts.DecodeAuthorizationMessageOutput{DecodedMessage: &text}, nil
}

// admit decides on an action that has no resource.
func (s *Service) admit(c *iam.Caller, operation string) error {
	if err := ownCredentials(c, operation); err != nil {
		return err
	}
	return c.Authorize(&iam.Access{Action: "sts:" + operation, ARN: "*", Account: c.Principal.Account})
}
