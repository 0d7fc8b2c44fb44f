package kms

import (
	"context"
	"crypto/rand"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
)

// GenerateDataKey makes a random key for use outside and returns it both in clear and
// encrypted under a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
func (s *Service) GenerateDataKey(ctx context.Context, c *iam.Caller, in *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error) {
	r, err := s.recipient(c, in.Recipient)
	if err != nil {
		return nil, err
	}
	d, err := s.dataKey(ctx, c, dataKeyRequest{
		opGenerateDataKey, *in.KeyId, in.KeySpec, in.NumberOfBytes, in.EncryptionContext, in.GrantTokens, dry(in.DryRun), r,
	})
	if err != nil {
		return nil, err
	}
	out := &kms.GenerateDataKeyOutput{CiphertextBlob: d.blob, KeyId: &d.key.arn, KeyMaterialId: d.key.materialID()}
	out.Plaintext, out.CiphertextForRecipient, err = r.answer(d.plaintext)
	return out, err
}

// GenerateDataKeyWithoutPlaintext makes a random key and returns it encrypted only.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html
func (s *Service) GenerateDataKeyWithoutPlaintext(ctx context.Context, c *iam.Caller, in *kms.GenerateDataKeyWithoutPlaintextInput) (*kms.GenerateDataKeyWithoutPlaintextOutput, error) {
	d, err := s.dataKey(ctx, c, dataKeyRequest{
		opGenerateDataKeyWithoutPlaintext, *in.KeyId, in.KeySpec, in.NumberOfBytes, in.EncryptionContext, in.GrantTokens, dry(in.DryRun), nil,
	})
	if err != nil {
		return nil, err
	}
	clear(d.plaintext)
	return &kms.GenerateDataKeyWithoutPlaintextOutput{CiphertextBlob: d.blob, KeyId: &d.key.arn, KeyMaterialId: d.key.materialID()}, nil
}

// dataKeyRequest is what the two operations have in common.
type dataKeyRequest struct {
	op      operation
	keyID   string
	spec    types.DataKeySpec
	bytes   *int32
	context map[string]string
	tokens  []string
	dryRun  bool
	to      *recipient
}

type dataKey struct {
	key       *key
	plaintext []byte
	blob      []byte
}

func (s *Service) dataKey(ctx context.Context, c *iam.Caller, r dataKeyRequest) (dataKey, error) {
	const algorithm = types.EncryptionAlgorithmSpecSymmetricDefault
	k, err := s.use(ctx, c, &ask{
		op: r.op, name: r.keyID, tokens: r.tokens, encrypts: true, context: r.context, algorithm: string(algorithm), recipient: r.to,
	})
	if err != nil {
		return dataKey{}, err
	}
	if err := checkDataKeys(k, r.op, r.context); err != nil {
		return dataKey{}, err
	}
	size, err := r.size()
	if err != nil {
		return dataKey{}, err
	}
	if r.dryRun {
		return dataKey{}, errDryRun()
	}
	w, err := s.workWith(ctx, c, k)
	if err != nil {
		return dataKey{}, err
	}
	d := dataKey{key: k, plaintext: make([]byte, size)}
	_, _ = rand.Read(d.plaintext) // never fails (crypto/rand)
	if d.blob, err = s.encrypt(ctx, w, algorithm, d.plaintext, r.context); err != nil {
		clear(d.plaintext)
		return dataKey{}, err
	}
	k.noteCurrent(c, "keyMaterialId")
	s.used(c, k)
	return d, nil
}

// size is the length of the data key in bytes.
func (r dataKeyRequest) size() (int, error) {
	if (r.spec == "") == (r.bytes == nil) {
		return 0, errValidation("Please specify either number of bytes or key spec.")
	}
	switch {
	case r.bytes != nil:
		return int(*r.bytes), nil
	case r.spec == types.DataKeySpecAes128:
		return 16, nil
	default:
		return 32, nil
	}
}

// checkDataKeys refuses keys that data keys can't be encrypted under.
func checkDataKeys(k *key, op operation, ec map[string]string) error {
	if k.Usage == types.KeyUsageTypeEncryptDecrypt && k.Spec != types.KeySpecSymmetricDefault {
		return errSpec(k.arn, k.Spec, op.name)
	}
	return checkEncryption(k, op, types.EncryptionAlgorithmSpecSymmetricDefault, ec)
}
