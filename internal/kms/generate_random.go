package kms

import (
	"context"
	"crypto/rand"
	"fmt"

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
	}
	b, err := s.random(ctx, c, int(*in.NumberOfBytes), in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	out := new(kms.GenerateRandomOutput)
	out.Plaintext, out.CiphertextForRecipient, err = r.answer(b)
	return out, err
}

// random returns n random bytes: of the HSMs of a CloudHSM key store, if there is one.
func (s *Service) random(ctx context.Context, c *iam.Caller, n int, keyStoreID *string) ([]byte, error) {
	if keyStoreID == nil {
		b := make([]byte, n)
		_, _ = rand.Read(b) // never fails (crypto/rand)
		return b, nil
	}
	ks, err := s.keyStore(ctx, c.Region, c.Principal.Account, *keyStoreID)
	switch {
	case err != nil:
		return nil, err
	case ks.external():
		return nil, errUnsupported("GenerateRandom is not supported for a custom key store of type %s.", ks.Type)
	case !ks.connected():
		return nil, errStoreState(ks, "generate random bytes")
	}
	if err := s.throttle(ks, c.Event.Name); err != nil {
		return nil, err
	}
	within, leave, err := s.begin(ctx, working{custom: ks, called: c.Event.Name})
	if err != nil {
		return nil, err
	}
	defer leave()
	session, err := s.session(ks)
	if err != nil {
		return nil, err
	}
	b, err := session.Random(within, n)
	switch {
	case err != nil:
		return nil, s.clusterFailure(ctx, ks, "get random bytes of", err)
	case len(b) != n:
		return nil, fmt.Errorf("cluster %s gave %d random bytes instead of %d", ks.Cluster.ID, len(b), n)
	}
	return b, nil
}
