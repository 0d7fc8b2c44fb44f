package sts

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// sessionLimits are the policies that limit a session.
type sessionLimits struct {
	inline  string
	managed []string
	packed  *int32 // percentage of the room; nil if there are no policies and no tags
}

const (
	maxManaged    = 10
	maxPolicyText = 2048 // characters, of the inline policy and the ARNs of the managed ones

	// maxPacked bounds what policies and tags take in a session token, in bytes. AWS does
	// not publish its own bound.
	maxPacked = 3072
)

// sessionPolicies checks the session policies of an assumption.
func (s *Service) sessionPolicies(ctx context.Context, a *assumption, account string) (sessionLimits, error) {
	var limits sessionLimits
	if len(a.policyARNs) > maxManaged {
		return limits, invalid("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10")
	}
	length := 0
	if a.policy != nil {
		limits.inline = *a.policy
		length = utf8.RuneCountInString(limits.inline)
	}
	for _, p := range a.policyARNs {
		if p.Arn == nil {
			continue
		}
		limits.managed = append(limits.managed, *p.Arn)
		length += len(*p.Arn)
	}
	if length > maxPolicyText {
		return limits, tooLarge(limits, 100*length/maxPolicyText)
	}
	if err := s.checkPolicies(ctx, limits, account); err != nil {
		return limits, err
	}
	var err error
	limits.packed, err = packedSize(limits, a.tags.all())
	return limits, err
}

func (s *Service) checkPolicies(ctx context.Context, limits sessionLimits, account string) error {
	for _, arn := range limits.managed {
		err := s.iam.SessionPolicyExists(ctx, account, arn)
		if errors.Is(err, iam.ErrNoEntity) {
			return invalid("Policy " + arn + " does not exist or is not attachable.")
		}
		if err != nil {
			return err
		}
	}
	if limits.inline == "" {
		return nil
	}
	doc, err := policy.Parse([]byte(limits.inline))
	if err == nil {
		err = doc.ValidateIdentityPolicy()
	}
	if bad, ok := errors.AsType[*policy.Error](err); ok {
		return malformed(bad.IAMMessage())
	}
	return err
}

// packedSize is how much of the room in a session token policies and tags take.
func packedSize(limits sessionLimits, tags []iam.Tag) (*int32, error) {
	if limits.inline == "" && len(limits.managed) == 0 && len(tags) == 0 {
		return nil, nil
	}
	text, err := json.Marshal([]any{limits.inline, limits.managed, tags})
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	percent := (100*packed.Len() + maxPacked - 1) / maxPacked
	if percent > 100 {
		return nil, tooLarge(limits, percent)
	}
	return new(int32(percent)), nil
}

func tooLarge(limits sessionLimits, percent int) error {
	if limits.inline == "" && len(limits.managed) == 0 {
		return packedTooLarge(fmt.Sprintf("Packed size of session tags consumes %d%% of allotted space.", percent))
	}
	return packedTooLarge(fmt.Sprintf("Packed policy consumes %d%% of allotted space, please use smaller policy.", percent))
}
