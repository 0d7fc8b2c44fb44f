package kms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore"
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
	blob, err := s.seal(ctx, k, in.Plaintext, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	noteMaterial(c, "keyMaterialId", k.Material)
	s.used(c, k)
	return &kms.EncryptOutput{CiphertextBlob: blob, KeyId: &k.arn, EncryptionAlgorithm: in.EncryptionAlgorithm}, nil
}

// seal encrypts under the current material of k.
func (s *Service) seal(ctx context.Context, k *key, plaintext []byte, ec map[string]string) ([]byte, error) {
	return s.storeOf(k).Encrypt(ctx, k.ref, k.current, plaintext, ec)
}

// unseal opens a ciphertext of k and names the material that opened it.
func (s *Service) unseal(ctx context.Context, k *key, b material.Blob, ec map[string]string) ([]byte, material.ID, error) {
	p, id, err := s.storeOf(k).Decrypt(ctx, k.ref, b, ec)
	if errors.Is(err, keystore.ErrCiphertext) {
		return nil, id, errCiphertext()
	}
	return p, id, err
}

// checkEncryption refuses what the key k can't do in the operation op.
func checkEncryption(k *key, op operation, algorithm types.EncryptionAlgorithmSpec, ec map[string]string) error {
	if k.Usage != types.KeyUsageTypeEncryptDecrypt {
		return errUsage(k.arn, k.Usage, op.name)
	}
	if algorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
		return errAlgorithm(string(algorithm), k.Spec)
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

// defaultAlgorithm puts the default into an input, so that the record of the call has it.
func defaultAlgorithm(a *types.EncryptionAlgorithmSpec) {
	if *a == "" {
		*a = types.EncryptionAlgorithmSpecSymmetricDefault
	}
}

func dry(run *bool) bool { return run != nil && *run }

// refuseRecipient refuses calls from an attested platform rather than answer them with a
// plaintext that nobody asked for.
func refuseRecipient(r *types.RecipientInfo) error {
	if r != nil {
		return errUnsupported("Recipient is not supported.")
	}
	return nil
}

// noteMaterial puts the id of the key material that worked into the record of the call.
func noteMaterial(c *iam.Caller, name, id string) {
	c.Event.AdditionalEventData = append(c.Event.AdditionalEventData, cloudtrail.Field{Name: name, Value: id})
}
