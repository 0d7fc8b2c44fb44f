package admin

import (
	"context"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
)

// The operations of this file are about what users have in AWS and never have here:
// MFA devices, SSH keys, certificates, credentials of single services. Clients
// call them before they delete a user.

// ListMFADevices lists no devices.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
func (s *Service) ListMFADevices(ctx context.Context, c *iam.Caller, in *sdkiam.ListMFADevicesInput) (*sdkiam.ListMFADevicesOutput, error) {
	if err := s.nothingOf(ctx, c, "ListMFADevices", in.UserName, in.Marker); err != nil {
		return nil, err
	}
	return &sdkiam.ListMFADevicesOutput{MFADevices: []types.MFADevice{}}, nil
}

// ListVirtualMFADevices lists no devices.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html
func (s *Service) ListVirtualMFADevices(_ context.Context, c *iam.Caller, in *sdkiam.ListVirtualMFADevicesInput) (*sdkiam.ListVirtualMFADevicesOutput, error) {
	if _, err := newPage(in.Marker, in.MaxItems); err != nil {
		return nil, err
	}
	devices := resource{arn: "arn:aws:iam::" + c.Principal.Account + ":mfa/"}
	if err := authorize(c, request{action: "ListVirtualMFADevices"}, devices); err != nil {
		return nil, err
	}
	return &sdkiam.ListVirtualMFADevicesOutput{VirtualMFADevices: []types.VirtualMFADevice{}}, nil
}

// ListSSHPublicKeys lists no keys.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
func (s *Service) ListSSHPublicKeys(ctx context.Context, c *iam.Caller, in *sdkiam.ListSSHPublicKeysInput) (*sdkiam.ListSSHPublicKeysOutput, error) {
	if err := s.nothingOf(ctx, c, "ListSSHPublicKeys", in.UserName, in.Marker); err != nil {
		return nil, err
	}
	return &sdkiam.ListSSHPublicKeysOutput{SSHPublicKeys: []types.SSHPublicKeyMetadata{}}, nil
}

// ListServiceSpecificCredentials lists no credentials.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
func (s *Service) ListServiceSpecificCredentials(ctx context.Context, c *iam.Caller, in *sdkiam.ListServiceSpecificCredentialsInput) (*sdkiam.ListServiceSpecificCredentialsOutput, error) {
	const action = "ListServiceSpecificCredentials"
	var err error
	if in.UserName == nil && in.AllUsers != nil && *in.AllUsers {
		err = authorize(c, request{action: action}, resource{arn: iam.UserARN(c.Principal.Account, "/", "*")})
	} else {
		err = s.nothingOf(ctx, c, action, in.UserName, in.Marker)
	}
	if err != nil {
		return nil, err
	}
	return &sdkiam.ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: []types.ServiceSpecificCredentialMetadata{}}, nil
}

// ListSigningCertificates lists no certificates.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html
func (s *Service) ListSigningCertificates(ctx context.Context, c *iam.Caller, in *sdkiam.ListSigningCertificatesInput) (*sdkiam.ListSigningCertificatesOutput, error) {
	if err := s.nothingOf(ctx, c, "ListSigningCertificates", in.UserName, in.Marker); err != nil {
		return nil, err
	}
	return &sdkiam.ListSigningCertificatesOutput{Certificates: []types.SigningCertificate{}}, nil
}

// nothingOf checks that the user whom an input names exists, by default the caller.
func (s *Service) nothingOf(ctx context.Context, c *iam.Caller, action string, name, marker *string) error {
	if marker != nil {
		return errMarker() // no answer has had one
	}
	user, root, err := userOrSelf(c, name)
	if err != nil {
		return err
	}
	if root {
		return authorize(c, request{action: action}, rootResource(c))
	}
	_, err = users.find(ctx, s, c, request{action: action}, user)
	return err
}
