package kms

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// longestValidity is how far in the future imported key material may expire.
const longestValidity = 365 * day

// ImportKeyMaterial takes key material from outside into a key: the first, the same again when
// it was deleted or has expired, or, for a symmetric encryption key, more.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
func (s *Service) ImportKeyMaterial(ctx context.Context, c *iam.Caller, in *kms.ImportKeyMaterialInput) (*kms.ImportKeyMaterialOutput, error) {
	// The decision is made twice: here, before anything is told of the token or worked out
	// from it, which a transaction must not wait for, and with the change.
	k, err := s.use(ctx, c, askToImport(in))
	if err != nil {
		return nil, err
	}
	if err := k.takesMaterial(); err != nil {
		return nil, err
	}
	m := arrival{kind: in.ImportType, named: in.KeyMaterialId, description: in.KeyMaterialDescription}
	if m.validTo, err = s.validity(in); err != nil {
		return nil, err
	}
	if err := k.admits(&m); err != nil {
		return nil, err
	}
	if m.key, err = s.unwrap(ctx, k, in); err != nil {
		return nil, err
	}
	m.id = material.NewID(k.ref.Key, m.key.Secret())
	k, err = s.change(ctx, c, askToImport(in), func(tx *store.Tx, k *key) error {
		if err := cmp.Or(k.takesMaterial(), k.admits(&m)); err != nil { // it may be a replica by now
			return err
		}
		return s.accept(ctx, tx, k, m)
	})
	if err != nil {
		return nil, err
	}
	return &kms.ImportKeyMaterialOutput{KeyId: &k.arn, KeyMaterialId: k.shownID(m.id.String())}, nil
}

func askToImport(in *kms.ImportKeyMaterialInput) *ask {
	a := &ask{op: opImportKeyMaterial, name: *in.KeyId}
	if in.ExpirationModel != "" {
		a.further = append(a.further, condition{"kms:expirationmodel", policy.Single(string(in.ExpirationModel))})
	}
	if in.ValidTo != nil {
		a.further = append(a.further, condition{"kms:validto", policy.Single(strconv.FormatInt(in.ValidTo.Unix(), 10))})
	}
	return a
}

// validity is when the material shall expire; zero for never.
func (s *Service) validity(in *kms.ImportKeyMaterialInput) (time.Time, error) {
	now := s.clock.Now()
	switch expires := in.ExpirationModel != types.ExpirationModelTypeKeyMaterialDoesNotExpire; {
	case !expires && in.ValidTo != nil:
		return time.Time{}, errValidation("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
	case !expires:
		return time.Time{}, nil
	case in.ValidTo == nil:
		return time.Time{}, errValidation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	case !in.ValidTo.After(now):
		return time.Time{}, errValidation("ValidTo must be in the future")
	case in.ValidTo.After(now.Add(longestValidity)):
		return time.Time{}, errValidation("ValidTo must be at most 365 days in the future")
	}
	return in.ValidTo.UTC().Truncate(time.Millisecond), nil
}

// arrival is key material that somebody imports.
type arrival struct {
	key         material.Key
	id          material.ID
	kind        types.ImportType // "" if the caller left it open
	named       *string          // the key material id that the caller expects
	validTo     time.Time
	description *string // nil keeps the old one
}

// admits refuses what can't be asked for an import into k.
func (k *key) admits(m *arrival) error {
	replica := k.MultiRegion != nil && !k.primary()
	switch {
	case k.Spec != types.KeySpecSymmetricDefault:
		if m.kind != "" || m.named != nil || m.description != nil {
			return errValidation("ImportType, KeyMaterialId and KeyMaterialDescription are only valid for symmetric encryption keys.")
		}
	case m.kind == types.ImportTypeNewKeyMaterial && m.named != nil:
		return errValidation("KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL.")
	case m.kind == types.ImportTypeNewKeyMaterial && replica:
		return errNotPrimary(k.arn)
	case m.description != nil && replica:
		return errValidation("KeyMaterialDescription is only valid for the primary key of a multi-Region key.")
	}
	return nil
}

// unwrap opens what the caller sent for k.
func (s *Service) unwrap(ctx context.Context, k *key, in *kms.ImportKeyMaterialInput) (material.Key, error) {
	w, algorithm, err := s.openImportToken(ctx, k, in.ImportToken)
	if err != nil {
		return nil, err
	}
	if err := checkFIPS(k.spec, string(algorithm)); err != nil {
		return nil, err
	}
	b, err := material.Unwrap(w, algorithm, in.EncryptedKeyMaterial)
	if errors.Is(err, material.ErrCiphertext) {
		return nil, errCiphertext()
	}
	if err != nil {
		return nil, err
	}
	m, err := material.Parse(k.spec, b)
	if errors.Is(err, material.ErrMaterial) {
		clear(b)
		return nil, errIncorrectMaterial()
	}
	return m, err
}

// accept takes an arrival into k, inside the transaction that changes k.
func (s *Service) accept(ctx context.Context, tx *store.Tx, k *key, m arrival) error {
	keys, err := s.related(tx, k)
	if err != nil {
		return err
	}
	if err := k.match(keys, &m); err != nil {
		return err
	}
	if _, err := s.software.Keep(ctx, tx, k.ref, m.key); err != nil {
		return err
	}
	here := k.findMaterial(m.id.String())
	here.Missing, here.ValidTo = false, m.validTo
	if k.State == types.KeyStatePendingImport && k.imported() {
		k.State = types.KeyStateEnabled
	}
	for _, k := range keys {
		if a, ok := m.key.(material.Asymmetric); ok {
			k.PublicKey = a.PublicKey()
		}
		if entry := k.findMaterial(m.id.String()); m.description != nil && entry != nil {
			entry.Description = *m.description
		}
	}
	return saveMaterials(tx, keys)
}

// match makes sure that k, the first of keys, has an entry for the arrival, and may take it.
func (k *key) match(keys []*key, m *arrival) error {
	id := m.id.String()
	switch known := k.findMaterial(id) != nil; {
	case !k.isNew(m):
		if !known || m.named != nil && *m.named != id {
			return errIncorrectMaterial()
		}
		return nil
	case known:
		return errIncorrectMaterial()
	case m.named != nil:
		return errValidation("KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL.")
	}
	if waiting := k.waitingMaterial(); waiting != nil {
		return errMaterialWaits(k.arn, id, waiting.ID)
	}
	for _, k := range keys { // it comes into each Region by itself
		entry := keyMaterial{ID: id, State: types.KeyMaterialStatePendingRotation, Missing: true}
		if k.Material == "" {
			k.setCurrent(m.id, entry)
		} else {
			k.Materials = append(k.Materials, entry)
		}
	}
	return nil
}

// isNew reports whether the arrival is to be one more material of k.
func (k *key) isNew(m *arrival) bool {
	if m.kind != "" {
		return m.kind == types.ImportTypeNewKeyMaterial
	}
	return len(k.Materials) == 0 && (k.MultiRegion == nil || k.primary())
}

// shownID is a key material id where answers have one only for symmetric encryption keys.
func (k *key) shownID(id string) *string {
	if k.Spec != types.KeySpecSymmetricDefault || id == "" {
		return nil
	}
	return &id
}
