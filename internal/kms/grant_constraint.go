package kms

import (
	"crypto/sha256"
	"encoding/binary"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// The bounds of a constraint on the encryption context.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
const (
	constraintPairs  = 8
	constraintLength = 384 // characters of a value; of a key as well
)

// grantConstraints limit what a grant permits. At most one of Equals and Subset is there.
// Keys and values of an encryption context are compared exactly, case included.
type grantConstraints struct {
	// Equals is the encryption context that a request must have, pair by pair. An empty one
	// asks for requests without an encryption context; nil asks for nothing.
	Equals map[string]string `json:"equals,omitzero"`
	// Subset has pairs that must be in the encryption context of a request.
	Subset map[string]string `json:"subset,omitzero"`
	// SourceARN is the resource that the service must be calling for; "" for any or none.
	SourceARN string `json:"sourceArn,omitempty"`
}

// constraintsAsked are the constraints of an input, whatever the key can have.
func constraintsAsked(in *types.GrantConstraints) grantConstraints {
	if in == nil {
		return grantConstraints{}
	}
	return grantConstraints{Equals: in.EncryptionContextEquals, Subset: in.EncryptionContextSubset, SourceARN: text(in.SourceArn)}
}

// check refuses constraints that a grant on the key can't have.
func (c *grantConstraints) check(k *key) error {
	switch {
	case c.Equals != nil && c.Subset != nil:
		return errValidation("A grant can have one of the constraints EncryptionContextEquals and EncryptionContextSubset, not both.")
	case c.onContext() && k.Spec != types.KeySpecSymmetricDefault:
		return errValidation("Encryption context grant constraints are not supported on a key with key spec %s.", k.Spec)
	}
	return checkPairs(c.pairs())
}

func checkPairs(pairs map[string]string) error {
	if len(pairs) > constraintPairs {
		return errValidation("A grant constraint has %d encryption context pairs; the limit is %d.", len(pairs), constraintPairs)
	}
	for name, value := range pairs {
		if utf8.RuneCountInString(name) > constraintLength || utf8.RuneCountInString(value) > constraintLength {
			return errValidation("A key or value in a grant constraint is longer than %d characters.", constraintLength)
		}
	}
	return nil
}

// onContext reports whether the encryption context matters.
func (c *grantConstraints) onContext() bool { return c.Equals != nil || c.Subset != nil }

// pairs are those of the one constraint on the encryption context.
func (c *grantConstraints) pairs() map[string]string {
	if c.Equals != nil {
		return c.Equals
	}
	return c.Subset
}

// kind is the value of kms:GrantConstraintType; "" for none.
func (c *grantConstraints) kind() string {
	switch {
	case c.Equals != nil:
		return "EncryptionContextEquals"
	case c.Subset != nil:
		return "EncryptionContextSubset"
	}
	return ""
}

// show is the constraints as the lists of grants have them.
func (c *grantConstraints) show() *types.GrantConstraints {
	if !c.onContext() && c.SourceARN == "" {
		return nil
	}
	out := &types.GrantConstraints{EncryptionContextEquals: c.Equals, EncryptionContextSubset: c.Subset}
	if c.SourceARN != "" {
		out.SourceArn = &c.SourceARN
	}
	return out
}

// digest stands for a constraint, or for a pair of an encryption context, in an index.
// Nobody can find two that have the same one.
type digest [sha256.Size]byte

// The digests are of different things: the first byte keeps them apart.
const (
	digestAny    = 'a' // no constraint on the encryption context
	digestEquals = 'e'
	digestSubset = 's'
	digestPair   = 'p' // a pair of EncryptionContextSubset
)

// beginDigest appends what all digests say: for whom the grant is, and for which resource
// the service must be calling.
func beginDigest(b []byte, what byte, who granteeName, source string) []byte {
	b = append(b, what)
	b = appendText(b, who.name)
	b = appendText(b, who.id)
	return appendText(b, source)
}

func anyDigest(who granteeName, source string) digest {
	var room [512]byte
	return sha256.Sum256(beginDigest(room[:0], digestAny, who, source))
}

func contextDigest(what byte, who granteeName, source string, pairs map[string]string) digest {
	var room [1024]byte
	return sha256.Sum256(material.EncryptionContext(pairs).AppendAAD(beginDigest(room[:0], what, who, source)))
}

func pairDigest(who granteeName, source, name, value string) digest {
	var room [512]byte
	b := beginDigest(room[:0], digestPair, who, source)
	return sha256.Sum256(appendText(appendText(b, name), value))
}

// appendText appends a string behind its length, so that what follows can't be taken for
// a part of it.
func appendText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
