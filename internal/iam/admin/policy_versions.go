package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
)

// versionsPerPolicy is a quota of IAM.
const versionsPerPolicy = 5

// CreatePolicyVersion gives a managed policy another version.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
func (s *Service) CreatePolicyVersion(ctx context.Context, c *iam.Caller, in *sdkiam.CreatePolicyVersionInput) (*sdkiam.CreatePolicyVersionOutput, error) {
	invalid := checkManaged(*in.PolicyDocument)
	var made iam.PolicyVersion
	err := s.changeManaged(ctx, c, request{action: "CreatePolicyVersion"}, *in.PolicyArn, func(p *iam.ManagedPolicy) error {
		if invalid != nil {
			return invalid
		}
		if len(p.Versions) >= versionsPerPolicy {
			return errLimit("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", versionsPerPolicy)
		}
		made = iam.PolicyVersion{ID: "v" + strconv.Itoa(p.Next), Document: *in.PolicyDocument, Created: s.now()}
		p.Versions, p.Next, p.Updated = append(p.Versions, made), p.Next+1, made.Created
		if in.SetAsDefault {
			p.Default = made.ID
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &sdkiam.CreatePolicyVersionOutput{PolicyVersion: &types.PolicyVersion{
		VersionId: &made.ID, IsDefaultVersion: in.SetAsDefault, CreateDate: &made.Created,
	}}, nil
}

// GetPolicyVersion returns a version of a managed policy with its document.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
func (s *Service) GetPolicyVersion(ctx context.Context, c *iam.Caller, in *sdkiam.GetPolicyVersionInput) (*sdkiam.GetPolicyVersionOutput, error) {
	p, err := s.findManaged(ctx, c, request{action: "GetPolicyVersion"}, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	i, err := findVersion(p, *in.PolicyArn, *in.VersionId)
	if err != nil {
		return nil, err
	}
	out := versionOut(p, &p.Versions[i])
	out.Document = encoded(p.Versions[i].Document)
	return &sdkiam.GetPolicyVersionOutput{PolicyVersion: &out}, nil
}

// DeletePolicyVersion deletes a version of a managed policy that is not the default.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html
func (s *Service) DeletePolicyVersion(ctx context.Context, c *iam.Caller, in *sdkiam.DeletePolicyVersionInput) (*sdkiam.DeletePolicyVersionOutput, error) {
	return nil, s.changeManaged(ctx, c, request{action: "DeletePolicyVersion"}, *in.PolicyArn, func(p *iam.ManagedPolicy) error {
		i, err := findVersion(p, *in.PolicyArn, *in.VersionId)
		if err != nil {
			return err
		}
		if p.Default == *in.VersionId {
			return errConflict("Cannot delete the default version of a policy.")
		}
		p.Versions = slices.Delete(p.Versions, i, i+1)
		return nil
	})
}

// ListPolicyVersions lists the versions of a managed policy, the newest first.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html
func (s *Service) ListPolicyVersions(ctx context.Context, c *iam.Caller, in *sdkiam.ListPolicyVersionsInput) (*sdkiam.ListPolicyVersionsOutput, error) {
	pg, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	p, err := s.findManaged(ctx, c, request{action: "ListPolicyVersions"}, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	shown, next := cut(pg, p.Versions, newestFirst)
	out := &sdkiam.ListPolicyVersionsOutput{Versions: []types.PolicyVersion{}, IsTruncated: next != nil, Marker: next}
	for i := range shown {
		out.Versions = append(out.Versions, versionOut(p, &shown[i]))
	}
	return out, nil
}

// newestFirst is a name of a version by which pages are in the order of age.
func newestFirst(v iam.PolicyVersion) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(v.ID, "v"))
	return fmt.Sprintf("%010d", 9999999999-n)
}

// SetDefaultPolicyVersion makes a version of a managed policy the one that counts.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, c *iam.Caller, in *sdkiam.SetDefaultPolicyVersionInput) (*sdkiam.SetDefaultPolicyVersionOutput, error) {
	return nil, s.changeManaged(ctx, c, request{action: "SetDefaultPolicyVersion"}, *in.PolicyArn, func(p *iam.ManagedPolicy) error {
		_, err := findVersion(p, *in.PolicyArn, *in.VersionId)
		p.Default = *in.VersionId
		return err
	})
}

// findVersion returns the index of a version.
func findVersion(p *iam.ManagedPolicy, arn, id string) (int, error) {
	i := slices.IndexFunc(p.Versions, func(v iam.PolicyVersion) bool { return v.ID == id })
	if i < 0 {
		return 0, errNoSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, id)
	}
	return i, nil
}

// versionOut describes a version without its document.
func versionOut(p *iam.ManagedPolicy, v *iam.PolicyVersion) types.PolicyVersion {
	return types.PolicyVersion{VersionId: &v.ID, IsDefaultVersion: v.ID == p.Default, CreateDate: &v.Created}
}
