package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DeleteImportedKeyMaterial deletes imported key material: the current one, unless the caller
// names another. It is no error if it is not there.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html
func (s *Service) DeleteImportedKeyMaterial(ctx context.Context, c *iam.Caller, in *kms.DeleteImportedKeyMaterialInput) (*kms.DeleteImportedKeyMaterialOutput, error) {
	var id string
	k, err := s.change(ctx, c, &ask{op: opDeleteImportedKeyMaterial, name: *in.KeyId}, func(tx *store.Tx, k *key) error {
		if k.Origin != types.OriginTypeExternal {
			return errOrigin(k.arn, k.Origin)
		}
		id = k.Material
		if in.KeyMaterialId != nil {
			id = *in.KeyMaterialId
			if k.findMaterial(id) == nil {
				return errMaterialNotFound(id)
			}
		}
		if id == "" { // none was ever imported
			return nil
		}
		return s.removeMaterial(ctx, tx, k, id)
	})
	if err != nil {
		return nil, err
	}
	return &kms.DeleteImportedKeyMaterialOutput{KeyId: &k.arn, KeyMaterialId: k.shownID(id)}, nil
}
