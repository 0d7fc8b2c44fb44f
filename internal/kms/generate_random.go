package kms

import (
	"context"
	"crypto/rand"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
)

// GenerateRandom returns random bytes.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
func (s *Service) GenerateRandom(ctx context.Context, c *iam.Caller, in *kms.GenerateRandomInput) (*kms.GenerateRandomOutput, error) {
	c.Event.RequestParameters = []byte("null") // as AWS records it: not even the number of bytes
	r, err := s.recipient(c, in.Recipient)
	if err != nil {
		return nil, err
	}
	a := ask{op: operation{action: "kms:GenerateRandom"}, recipient: r}
	if err := a.authorize(ctx, s, c, "*"); err != nil {
		return nil, err
	}
	switch {
	case in.NumberOfBytes == nil:
		return nil, errValidation("NumberOfBytes is required.")
	case in.CustomKeyStoreId != nil:
		return nil, errStoreNotFound(*in.CustomKeyStoreId)
	}
	b := make([]byte, *in.NumberOfBytes)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	out := new(kms.GenerateRandomOutput)
	out.Plaintext, out.CiphertextForRecipient, err = r.answer(b)
	return out, err
}
