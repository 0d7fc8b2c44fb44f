package cloudhsm

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// policyActions are what the policy of a backup may allow.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/sharing.html
var policyActions = []string{"cloudhsm:CreateCluster", "cloudhsm:DescribeBackups"}

// PutResourcePolicy shares a backup with other accounts.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_PutResourcePolicy.html
func (s *Service) PutResourcePolicy(ctx context.Context, c *iam.Caller, in *cloudhsmv2.PutResourcePolicyInput) (*cloudhsmv2.PutResourcePolicyOutput, error) {
	id, err := ownBackup(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if in.Policy == nil {
		return nil, invalid("Specify a policy.")
	}
	ids, wrong := s.checkPolicy(ctx, *in.Policy, *in.ResourceArn)
	_, err = s.changeBackup(ctx, c, "PutResourcePolicy", id, func(b *backup) error {
		if b.State != types.BackupStateReady {
			return invalid("Backup %s is in the state %s. It must be READY.", b.ID, b.State)
		}
		b.Policy, b.PolicyIDs = *in.Policy, ids
		return wrong
	})
	if err != nil {
		return nil, err
	}
	return &cloudhsmv2.PutResourcePolicyOutput{ResourceArn: in.ResourceArn, Policy: in.Policy}, nil
}

// GetResourcePolicy returns the policy of a backup.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_GetResourcePolicy.html
func (s *Service) GetResourcePolicy(ctx context.Context, c *iam.Caller, in *cloudhsmv2.GetResourcePolicyInput) (*cloudhsmv2.GetResourcePolicyOutput, error) {
	id, err := ownBackup(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	b, err := s.admitBackup(s.read(ctx), c, "GetResourcePolicy", id, nil)
	if err != nil {
		return nil, err
	}
	if b.Policy == "" {
		return nil, notFound("%s has no resource policy.", *in.ResourceArn)
	}
	return &cloudhsmv2.GetResourcePolicyOutput{Policy: &b.Policy}, nil
}

// DeleteResourcePolicy ends the sharing of a backup.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_DeleteResourcePolicy.html
func (s *Service) DeleteResourcePolicy(ctx context.Context, c *iam.Caller, in *cloudhsmv2.DeleteResourcePolicyInput) (*cloudhsmv2.DeleteResourcePolicyOutput, error) {
	id, err := ownBackup(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &cloudhsmv2.DeleteResourcePolicyOutput{ResourceArn: in.ResourceArn}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		b, err := s.admitBackup(tx.Get, c, "DeleteResourcePolicy", id, nil)
		if err != nil {
			return err
		}
		if b.Policy == "" {
			return notFound("%s has no resource policy.", *in.ResourceArn)
		}
		out.Policy, b.Policy, b.PolicyIDs = new(b.Policy), "", nil
		return b.put(tx)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ownBackup reads the ARN of a backup of the caller's account and Region. A decision comes
// first even if the ARN can't be one.
func ownBackup(c *iam.Caller, arn *string) (id string, err error) {
	if arn == nil {
		return "", invalid("Specify the ARN of the resource.")
	}
	prefix := backupARN(ClusterRef{c.Principal.Account, c.Region, ""})
	id, ok := strings.CutPrefix(*arn, prefix)
	if !ok || !strings.HasPrefix(id, "backup-") {
		return "", invalid("%s is not the ARN of a backup of this account in the Region %s: only backups have resource policies.", *arn, c.Region)
	}
	return id, nil
}

// checkPolicy checks a policy that a backup is to have, and ties its principals to those that
// there are now.
func (s *Service) checkPolicy(ctx context.Context, text, arn string) (ids map[string]string, err error) {
	doc, err := policy.Parse([]byte(text))
	if err == nil {
		err = doc.ValidateEndpointPolicy() // each statement has principals, actions and resources
	}
	if e, ok := errors.AsType[*policy.Error](err); ok {
		return nil, invalid("The policy is not valid: %s", e.Message)
	}
	if err == nil {
		err = inScope(text, arn)
	}
	if err != nil || s.Principals == nil {
		return nil, err
	}
	ids, missing, err := s.Principals.PrincipalIDs(ctx, doc.Principals())
	if err == nil && missing != "" {
		err = invalid("The policy is not valid: there is no principal %s.", missing)
	}
	return ids, err
}

// inScope checks that a policy speaks of the backup alone, and of what its policy can allow.
func inScope(text, arn string) error {
	var parsed struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		return invalid("The policy is not valid.")
	}
	type statement struct{ Action, NotAction, Resource, NotResource json.RawMessage }
	var list []statement
	if json.Unmarshal(parsed.Statement, &list) != nil {
		list = make([]statement, 1)
		if json.Unmarshal(parsed.Statement, &list[0]) != nil {
			return invalid("The policy is not valid.")
		}
	}
	for _, st := range list {
		if st.NotAction != nil || st.NotResource != nil {
			return invalid("The policy is not valid: it must name actions and the backup.")
		}
		for _, a := range texts(st.Action) {
			if !containsFold(policyActions, a) {
				return invalid("The policy is not valid: a backup's policy can't allow %s.", a)
			}
		}
		for _, r := range texts(st.Resource) {
			if r != arn {
				return invalid("The policy is not valid: its resource must be %s.", arn)
			}
		}
	}
	return nil
}

func containsFold(list []string, text string) bool {
	for _, l := range list {
		if strings.EqualFold(l, text) {
			return true
		}
	}
	return false
}

// texts are the strings of a JSON string or list.
func texts(b json.RawMessage) []string {
	var one string
	if json.Unmarshal(b, &one) == nil && one != "" {
		return []string{one}
	}
	var list []string
	_ = json.Unmarshal(b, &list)
	return list
}
