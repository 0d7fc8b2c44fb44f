package kms

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material"
)

// contextLength is the most bytes that the keys and values of an encryption context may
// have together. AWS publishes no figure.
const contextLength = 8192

// Encrypt encrypts up to 4,096 bytes under a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
func (s *Service) Encrypt(ctx context.Context, c *iam.Caller, in *kms.EncryptInput) (*kms.EncryptOutput, error) {
	defaultAlgorithm(&in.EncryptionAlgorithm)
	k, err := s.use(ctx, c, &ask{
		op: opEncrypt, name: *in.KeyId, tokens: in.GrantTokens,
		encrypts: true, context: in.EncryptionContext, algorithm: string(in.EncryptionAlgorithm),
	})
	if err != nil {
		return nil, err
	}
	if err := checkEncryption(k, opEncrypt, in.EncryptionAlgorithm, in.EncryptionContext); err != nil {
		return nil, err
	}
	if dry(in.DryRun) {
		return nil, errDryRun()
	}
	w, err := s.workWith(ctx, c, k)
	if err != nil {
		return nil, err
	}
	blob, err := s.encrypt(ctx, w, in.EncryptionAlgorithm, in.Plaintext, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	k.noteCurrent(c, "keyMaterialId")
	s.used(c, k)
	return &kms.EncryptOutput{CiphertextBlob: blob, KeyId: &k.arn, EncryptionAlgorithm: in.EncryptionAlgorithm}, nil
}

// encrypt encrypts under the current material of k. The algorithm is one of the key's.
func (s *Service) encrypt(ctx context.Context, w working, a types.EncryptionAlgorithmSpec, plaintext []byte, ec map[string]string) ([]byte, error) {
	if a == types.EncryptionAlgorithmSpecSymmetricDefault {
		return s.seal(ctx, w, plaintext, ec)
	}
	m, err := materialOf[material.Decrypter](ctx, s, w.key)
	if err != nil {
		return nil, err
	}
	blob, err := m.Encrypt(a, plaintext)
	if errors.Is(err, material.ErrLong) {
		return nil, errLong(a, w.Spec, material.MaxPlaintext(w.spec, a))
	}
	return blob, err
}

// decrypt opens a ciphertext of k and names the material that opened it, if the key has several.
func (s *Service) decrypt(ctx context.Context, w working, src *source, b material.Blob) (plaintext []byte, id string, err error) {
	if src.algorithm == types.EncryptionAlgorithmSpecSymmetricDefault {
		return s.unseal(ctx, w, b, src.context)
	}
	m, err := materialOf[material.Decrypter](ctx, s, w.key)
	if err != nil {
		return nil, "", err
	}
	plaintext, err = m.Decrypt(src.algorithm, src.blob)
	if errors.Is(err, material.ErrCiphertext) {
		return nil, "", errCiphertext()
	}
	return plaintext, "", err
}

// materialOf returns the material of the asymmetric or HMAC key k, whose spec gives a T.
func materialOf[T material.Key](ctx context.Context, s *Service, k *key) (T, error) {
	var none T
	m, err := s.software.Key(ctx, k.ref, k.current)
	if err != nil {
		return none, fmt.Errorf("material of key %s: %w", k.id, err)
	}
	t, ok := m.(T)
	if !ok {
		return none, fmt.Errorf("the material of key %s is not of its spec %s", k.id, k.Spec)
	}
	return t, nil
}

// checkEncryption refuses what the key k can't do in the operation op.
func checkEncryption(k *key, op operation, algorithm types.EncryptionAlgorithmSpec, ec map[string]string) error {
	if err := checkUse(k, op, types.KeyUsageTypeEncryptDecrypt, string(algorithm)); err != nil {
		return err
	}
	if k.Spec != types.KeySpecSymmetricDefault && len(ec) > 0 {
		return errValidation("EncryptionContext is only valid with symmetric encryption KMS keys.")
	}
	length := 0
	for name, value := range ec {
		length += len(name) + len(value)
	}
	if length > contextLength {
		return errValidation("The encryption context has %d bytes; the limit is %d.", length, contextLength)
	}
	return nil
}

// checkUse refuses an operation on a key of another usage, an algorithm that the key does not
// have, and one that FIPS mode excludes.
func checkUse(k *key, op operation, usage types.KeyUsageType, algorithm string) error {
	switch {
	case k.Usage != usage:
		return errUsage(k.arn, k.Usage, op.name)
	case !k.spec.Offers(usage, algorithm):
		return errAlgorithm(algorithm, k.Spec)
	}
	return checkFIPS(k.spec, algorithm)
}

// defaultAlgorithm puts the default into an input, so that the record of the call has it.
func defaultAlgorithm(a *types.EncryptionAlgorithmSpec) {
	if *a == "" {
		*a = types.EncryptionAlgorithmSpecSymmetricDefault
	}
}

func dry(run *bool) bool { return run != nil && *run }

// noteMaterial puts the id of the key material that worked into the record of the call.
func noteMaterial(c *iam.Caller, name, id string) {
	c.Event.AdditionalEventData = append(c.Event.AdditionalEventData, cloudtrail.Field{Name: name, Value: id})
}

// materialID is the id of the current key material as answers and records show it: nil for the
// keys that have one material for life.
func (k *key) materialID() *string {
	if k.Spec != types.KeySpecSymmetricDefault || k.custom() {
		return nil
	}
	return &k.Material
}

// noteCurrent is noteMaterial of the current material, of a key that can have several.
func (k *key) noteCurrent(c *iam.Caller, name string) {
	if id := k.materialID(); id != nil {
		noteMaterial(c, name, *id)
	}
}
