package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
)

// importToken is what an import token says. Nothing is stored of it, so that every node takes
// it, also after a restart: the private wrapping key is in it. It is sealed under a key of the
// service's own, and opens for the key that it was made for.
type importToken struct {
	Algorithm   types.AlgorithmSpec `json:"algorithm"`
	WrappingKey types.KeySpec       `json:"wrappingKey"`
	Private     []byte              `json:"private"` // PKCS#8
	Expires     time.Time           `json:"expires"`
}

// tokenLife is how long an import token is valid.
const tokenLife = 24 * time.Hour

// importTokens names the key that seals import tokens.
const importTokens = "import tokens"

// tokenContext is what the seal of an import token is bound to: the key in its Region.
func tokenContext(k *key) map[string]string { return map[string]string{"key": k.arn} }

// sealImportToken makes the token for an import into k.
func (s *Service) sealImportToken(ctx context.Context, k *key, t importToken) ([]byte, error) {
	b, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("encode import token: %w", err)
	}
	defer clear(b)
	return s.SealerFor(importTokens).Seal(ctx, b, tokenContext(k))
}

// openImportToken returns the wrapping key of a token for k, and the algorithm that goes with
// it.
func (s *Service) openImportToken(ctx context.Context, k *key, sealed []byte) (material.Decrypter, types.AlgorithmSpec, error) {
	b, err := s.SealerFor(importTokens).Open(ctx, sealed, tokenContext(k))
	if errors.Is(err, keystore.ErrCiphertext) {
		return nil, "", errImportToken()
	}
	if err != nil {
		return nil, "", err
	}
	defer clear(b)
	var t importToken
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, "", fmt.Errorf("decode import token: %w", err)
	}
	if !s.clock.Now().Before(t.Expires) {
		clear(t.Private)
		return nil, "", errImportTokenExpired()
	}
	w, err := material.Load(material.SpecOf(t.WrappingKey), t.Private)
	if err != nil {
		return nil, "", fmt.Errorf("wrapping key of an import token: %w", err)
	}
	return w.(material.Decrypter), t.Algorithm, nil
}
