package admin

import (
	"context"
	"errors"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// keysPerUser is the quota of access keys that a user has, or the root user.
const keysPerUser = 2

// CreateAccessKey makes an access key for a user, by default for the caller.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
func (s *Service) CreateAccessKey(ctx context.Context, c *iam.Caller, in *sdkiam.CreateAccessKeyInput) (*sdkiam.CreateAccessKeyOutput, error) {
	k := iam.NewAccessKey()
	var made iam.KeyInfo
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		owner, err := keyOwnerIn(tx, c, "CreateAccessKey", in.UserName)
		if err != nil {
			return err
		}
		keys, err := iam.KeysOf(tx, owner)
		if err != nil {
			return err
		}
		if len(keys) >= keysPerUser {
			return errQuota("AccessKeysPerUser", keysPerUser)
		}
		made, err = s.iam.InsertKey(tx, owner, k)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &sdkiam.CreateAccessKeyOutput{AccessKey: &types.AccessKey{
		UserName: nameOut(made.User), AccessKeyId: &k.ID, SecretAccessKey: new(string(k.Secret.Expose())),
		Status: types.StatusTypeActive, CreateDate: &made.Created,
	}}, nil
}

// UpdateAccessKey lets an access key be used, or not.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
func (s *Service) UpdateAccessKey(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateAccessKeyInput) (*sdkiam.UpdateAccessKeyOutput, error) {
	if in.Status == types.StatusTypeExpired {
		return nil, errValidation("1 validation error detected: Value 'Expired' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]")
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		owner, err := keyOwnerIn(tx, c, "UpdateAccessKey", in.UserName)
		if err != nil {
			return err
		}
		return keyFound(*in.AccessKeyId, iam.SetKeyActive(tx, owner, *in.AccessKeyId, in.Status == types.StatusTypeActive))
	})
	return nil, err
}

// DeleteAccessKey deletes an access key. Sessions that it made end with it.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
func (s *Service) DeleteAccessKey(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteAccessKeyInput) (*sdkiam.DeleteAccessKeyOutput, error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		owner, err := keyOwnerIn(tx, c, "DeleteAccessKey", in.UserName)
		if err != nil {
			return err
		}
		return keyFound(*in.AccessKeyId, iam.DeleteKey(tx, owner, *in.AccessKeyId))
	})
	return nil, err
}

// ListAccessKeys lists the access keys of a user, by default of the caller.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
func (s *Service) ListAccessKeys(ctx context.Context, c *iam.Caller, in *sdkiam.ListAccessKeysInput) (*sdkiam.ListAccessKeysOutput, error) {
	p, err := newPage(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	owner, err := keyOwner(c, "ListAccessKeys", in.UserName, func(q request, name string) (*iam.User, error) {
		return users.find(ctx, s, c, q, name)
	})
	if err != nil {
		return nil, err
	}
	keys, err := s.iam.KeysOf(ctx, owner)
	if err != nil {
		return nil, err
	}
	shown, next := cut(p, keys, func(k iam.KeyInfo) string { return k.ID })
	out := &sdkiam.ListAccessKeysOutput{AccessKeyMetadata: []types.AccessKeyMetadata{}, IsTruncated: next != nil, Marker: next}
	for _, k := range shown {
		out.AccessKeyMetadata = append(out.AccessKeyMetadata, types.AccessKeyMetadata{
			UserName: nameOut(k.User), AccessKeyId: &k.ID, Status: keyStatus(k), CreateDate: &k.Created,
		})
	}
	return out, nil
}

// unused is what the API says in place of a service and a Region of a key without a use.
const unused = "N/A"

// GetAccessKeyLastUsed says when and for what an access key was used last.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
func (s *Service) GetAccessKeyLastUsed(ctx context.Context, c *iam.Caller, in *sdkiam.GetAccessKeyLastUsedInput) (*sdkiam.GetAccessKeyLastUsedOutput, error) {
	k, err := s.findKey(ctx, c, *in.AccessKeyId)
	if err != nil {
		return nil, err
	}
	use, ok, err := s.iam.LastUse(ctx, k.ID)
	if err != nil {
		return nil, err
	}
	last := &types.AccessKeyLastUsed{ServiceName: new(unused), Region: new(unused)}
	if ok {
		last = &types.AccessKeyLastUsed{LastUsedDate: &use.Time, ServiceName: &use.Service, Region: &use.Region}
	}
	return &sdkiam.GetAccessKeyLastUsedOutput{UserName: nameOut(k.User), AccessKeyLastUsed: last}, nil
}

// findKey returns an access key by its id, once the caller may ask for its last use. The
// keys of other accounts are not there.
func (s *Service) findKey(ctx context.Context, c *iam.Caller, id string) (iam.KeyInfo, error) {
	q := request{action: "GetAccessKeyLastUsed"}
	k, err := s.iam.FindKey(ctx, id)
	switch {
	case errors.Is(err, iam.ErrNoAccessKey), err == nil && k.Account != c.Principal.Account:
		if err := authorize(c, q, resource{arn: "*"}); err != nil {
			return k, err
		}
		return k, errKeyNotFound(id)
	case err != nil:
		return k, err
	case k.User == "":
		return k, authorize(c, q, rootResource(c))
	}
	_, err = users.find(ctx, s, c, q, k.User)
	return k, err
}

// keyOwnerIn is keyOwner inside a transaction.
func keyOwnerIn(tx *store.Tx, c *iam.Caller, action string, name *string) (iam.KeyOwner, error) {
	return keyOwner(c, action, name, func(q request, name string) (*iam.User, error) { return users.open(tx, c, q, name) })
}

// keyOwner returns whose access keys an input is about, once the caller may do what the
// action says to them. find finds a user together with the decision.
func keyOwner(c *iam.Caller, action string, name *string, find func(request, string) (*iam.User, error)) (iam.KeyOwner, error) {
	q := request{action: action}
	user, root, err := userOrSelf(c, name)
	if err != nil {
		return iam.KeyOwner{}, err
	}
	if root {
		return iam.KeyOwner{Account: c.Principal.Account}, authorize(c, q, rootResource(c))
	}
	u, err := find(q, user)
	if err != nil {
		return iam.KeyOwner{}, err
	}
	return ownerOf(c.Principal.Account, u), nil
}

// ownerOf is a user as the owner of access keys.
func ownerOf(account string, u *iam.User) iam.KeyOwner {
	return iam.KeyOwner{Account: account, User: u.Name, UserID: u.ID}
}

func rootResource(c *iam.Caller) resource {
	return resource{arn: iam.AccountRoot("aws", c.Principal.Account)}
}

// keyFound words the error of a change of an access key that there is not.
func keyFound(id string, err error) error {
	if errors.Is(err, iam.ErrNoAccessKey) {
		return errKeyNotFound(id)
	}
	return err
}

func errKeyNotFound(id string) error {
	return errNoSuchEntity("The Access Key with id %s cannot be found.", id)
}

func keyStatus(k iam.KeyInfo) types.StatusType {
	if k.Active {
		return types.StatusTypeActive
	}
	return types.StatusTypeInactive
}

// nameOut is the name of a user as answers have it: none for the root user.
func nameOut(user string) *string {
	if user == "" {
		return nil
	}
	return &user
}
