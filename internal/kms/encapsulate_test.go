package kms_test

import (
	"bytes"
	"crypto"
	"crypto/mlkem"
	"encoding/asn1"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cloudflare/circl/kem/mlkem/mlkem512"

	"github.com/keystead/keystead/keysteadtest"
)

// outsideKEM are the encapsulation keys of ML-KEM elsewhere, from the bits of a public key.
var outsideKEM = map[types.KeySpec]func([]byte) (crypto.Encapsulator, error){
	types.KeySpecMlKem512: func(b []byte) (crypto.Encapsulator, error) {
		k := new(mlkem512.PublicKey)
		return circlKEM{k}, k.Unpack(b)
	},
	types.KeySpecMlKem768:  func(b []byte) (crypto.Encapsulator, error) { return mlkem.NewEncapsulationKey768(b) },
	types.KeySpecMlKem1024: func(b []byte) (crypto.Encapsulator, error) { return mlkem.NewEncapsulationKey1024(b) },
}

// circlKEM gives circl's key the shape of the standard library's.
type circlKEM struct{ *mlkem512.PublicKey }

func (k circlKEM) Bytes() []byte { return nil }

func (k circlKEM) Encapsulate() (secret, ciphertext []byte) {
	secret, ciphertext = make([]byte, mlkem512.SharedKeySize), make([]byte, mlkem512.CiphertextSize)
	k.EncapsulateTo(ciphertext, secret, nil)
	return secret, ciphertext
}

var ciphertextSizes = map[types.KeySpec]int{types.KeySpecMlKem512: 768, types.KeySpecMlKem768: 1088, types.KeySpecMlKem1024: 1568}

func (u user) encapsulate(key string, dryRun bool) (*kms.EncapsulateOutput, error) {
	return u.Encapsulate(u.t.Context(), &kms.EncapsulateInput{
		KeyId: &key, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, DryRun: &dryRun,
	})
}

func (u user) decapsulate(key string, ciphertext []byte, dryRun bool) ([]byte, error) {
	out, err := u.Decapsulate(u.t.Context(), &kms.DecapsulateInput{
		KeyId: &key, EncapsulationAlgorithm: types.EncapsulationAlgorithmSpecMlKem, SharedSecretCiphertextBlob: ciphertext, DryRun: &dryRun,
	})
	if err != nil {
		return nil, err
	}
	if out.EncapsulationAlgorithm != types.EncapsulationAlgorithmSpecMlKem || out.KeyId == nil || len(out.SharedSecret) != 32 {
		u.t.Errorf("Decapsulate answers %v, %s and %d bytes", out.KeyId, out.EncapsulationAlgorithm, len(out.SharedSecret))
	}
	return out.SharedSecret, nil
}

// TestEncapsulation encapsulates inside and outside. What was not encapsulated for a key gives
// a secret too, but another one.
func TestEncapsulation(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for spec, size := range ciphertextSizes {
			key, other := u.keyOf(spec, types.KeyUsageTypeEncapsulateDecapsulate), u.keyOf(spec, types.KeyUsageTypeEncapsulateDecapsulate)
			out, err := u.encapsulate(u.alias(key), false)
			must(t, "Encapsulate", err)
			if *out.KeyId != u.keyARN(key) || out.EncapsulationAlgorithm != types.EncapsulationAlgorithmSpecMlKem ||
				len(out.SharedSecret) != 32 || len(out.SharedSecretCiphertextBlob) != size {
				t.Errorf("%s: Encapsulate answers %s, %s, %d and %d bytes", spec, *out.KeyId, out.EncapsulationAlgorithm, len(out.SharedSecret), len(out.SharedSecretCiphertextBlob))
			}
			var info struct {
				Algorithm asn1.RawValue
				Key       asn1.BitString
			}
			_, err = asn1.Unmarshal(u.publicKey(key), &info)
			must(t, "read the public key", err)
			outside, err := outsideKEM[spec](info.Key.Bytes)
			must(t, "read the public key outside", err)
			secret, ciphertext := outside.Encapsulate()
			for where, c := range map[string]struct{ secret, ciphertext []byte }{
				"inside": {out.SharedSecret, out.SharedSecretCiphertextBlob}, "outside": {secret, ciphertext},
			} {
				got, err := u.decapsulate(key, c.ciphertext, false)
				must(t, "Decapsulate", err)
				if !bytes.Equal(got, c.secret) {
					t.Errorf("%s: encapsulated %s: another secret", spec, where)
				}
				got, err = u.decapsulate(other, c.ciphertext, false)
				must(t, "Decapsulate by another key", err)
				if bytes.Equal(got, c.secret) {
					t.Errorf("%s: encapsulated %s: another key has the secret", spec, where)
				}
				changed := bytes.Clone(c.ciphertext)
				changed[len(changed)/2] ^= 1
				got, err = u.decapsulate(key, changed, false)
				must(t, "Decapsulate a changed ciphertext", err)
				again, err := u.decapsulate(key, changed, false)
				must(t, "Decapsulate it again", err)
				if bytes.Equal(got, c.secret) || !bytes.Equal(got, again) {
					t.Errorf("%s: encapsulated %s, changed: %x, then %x", spec, where, got, again)
				}
			}
			for _, n := range []int{1, size - 1, size + 1, 6144} {
				_, err := u.decapsulate(key, make([]byte, n), false)
				wantOutcome(t, "a ciphertext of another length", err, "InvalidCiphertextException")
			}
			_, err = u.encapsulate(key, true)
			wantOutcome(t, "Encapsulate with DryRun", err, dryRun)
			_, err = u.decapsulate(key, out.SharedSecretCiphertextBlob, true)
			wantOutcome(t, "Decapsulate with DryRun", err, dryRun)
			u.disable(key)
			_, err = u.encapsulate(key, false)
			wantOutcome(t, "Encapsulate, disabled", err, "DisabledException: "+u.keyARN(key)+" is disabled.")
			_, err = u.decapsulate(key, out.SharedSecretCiphertextBlob, false)
			wantOutcome(t, "Decapsulate, disabled", err, "DisabledException: "+u.keyARN(key)+" is disabled.")
			u.scheduleDeletion(other, 7)
			_, err = u.decapsulate(other, out.SharedSecretCiphertextBlob, false)
			wantOutcome(t, "Decapsulate, pending deletion", err, "KMSInvalidStateException: "+u.keyARN(other)+" is pending deletion.")
		}
		key := u.key()
		_, err := u.encapsulate(key, false)
		wantOutcome(t, "Encapsulate with a key for encryption", err, "InvalidKeyUsageException: "+u.keyARN(key)+" key usage is ENCRYPT_DECRYPT which is not valid for Encapsulate.")
		_, err = u.decapsulate(key, make([]byte, 768), false)
		wantOutcome(t, "Decapsulate with a key for encryption", err, "InvalidKeyUsageException: "+u.keyARN(key)+" key usage is ENCRYPT_DECRYPT which is not valid for Decapsulate.")
	})
}

// TestEncapsulationRecord: the record has neither the secret nor its ciphertext, and the use of
// the key is known.
func TestEncapsulationRecord(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.keyOf(types.KeySpecMlKem768, types.KeyUsageTypeEncapsulateDecapsulate)
		out, err := u.encapsulate(key, false)
		must(t, "Encapsulate", err)
		u.wantUsage(srv, "after Encapsulate", key, "Encapsulate")
		_, err = u.decapsulate(key, out.SharedSecretCiphertextBlob, false)
		must(t, "Decapsulate", err)
		u.wantUsage(srv, "after Decapsulate", key, "Decapsulate")
		_, err = u.encapsulate(key, true)
		wantOutcome(t, "DryRun", err, dryRun)
		u.wantUsage(srv, "after a dry run", key, "Decapsulate")
		for _, name := range []string{"Encapsulate", "Decapsulate"} {
			var record struct {
				RequestParameters map[string]any
				ResponseElements  any
				ReadOnly          bool
				Resources         []struct{ ARN string }
			}
			must(t, "parse the record", json.Unmarshal(eventsNamed(t, srv, name)[0].JSON, &record))
			in := record.RequestParameters
			if in["keyId"] != key || in["encapsulationAlgorithm"] != "ML_KEM" || len(in) != 3 || in["dryRun"] != false ||
				record.ResponseElements != nil || !record.ReadOnly || len(record.Resources) != 1 || record.Resources[0].ARN != u.keyARN(key) {
				t.Errorf("the record of %s: %+v", name, record)
			}
		}
	})
}

// TestEncapsulationGrants: who may encapsulate may not decapsulate, and the other way round.
func TestEncapsulationGrants(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice, bob := p.newUser(ours, "alice"), p.newUser(ours, "bob")
		created, err := p.CreateKey(t.Context(), &kms.CreateKeyInput{
			KeySpec: types.KeySpecMlKem512, KeyUsage: types.KeyUsageTypeEncapsulateDecapsulate, Policy: new(closed),
		})
		must(t, "CreateKey", err)
		key := *created.KeyMetadata.KeyId
		p.grantTo(key, userARN(ours, "alice"), types.GrantOperationEncapsulate)
		p.grantTo(key, userARN(ours, "bob"), types.GrantOperationDecapsulate)
		out, err := alice.encapsulate(key, false)
		must(t, "alice's Encapsulate", err)
		if _, err := alice.decapsulate(key, out.SharedSecretCiphertextBlob, false); code(err) != "AccessDeniedException" {
			t.Errorf("alice's Decapsulate: %v", err)
		}
		got, err := bob.decapsulate(key, out.SharedSecretCiphertextBlob, false)
		must(t, "bob's Decapsulate", err)
		if !bytes.Equal(got, out.SharedSecret) {
			t.Error("bob has another secret")
		}
		if _, err := bob.encapsulate(key, false); code(err) != "AccessDeniedException" {
			t.Errorf("bob's Encapsulate: %v", err)
		}
	})
}
