package kms_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

func TestMac(t *testing.T) {
	specs := map[types.KeySpec]types.MacAlgorithmSpec{
		types.KeySpecHmac224: types.MacAlgorithmSpecHmacSha224, types.KeySpecHmac256: types.MacAlgorithmSpecHmacSha256,
		types.KeySpecHmac384: types.MacAlgorithmSpecHmacSha384, types.KeySpecHmac512: types.MacAlgorithmSpecHmacSha512,
	}
	sizes := map[types.KeySpec]int{types.KeySpecHmac224: 28, types.KeySpecHmac256: 32, types.KeySpecHmac384: 48, types.KeySpecHmac512: 64}
	message := bytes.Repeat([]byte("m"), 4096)
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		verify := func(key string, a types.MacAlgorithmSpec, message, mac []byte) error {
			out, err := u.VerifyMac(t.Context(), &kms.VerifyMacInput{KeyId: &key, Message: message, MacAlgorithm: a, Mac: mac})
			if err == nil && (!out.MacValid || out.MacAlgorithm != a || *out.KeyId != u.keyARN(key)) {
				t.Errorf("VerifyMac answers %+v", out)
			}
			return err
		}
		for spec, a := range specs {
			key, other := u.keyOf(spec, types.KeyUsageTypeGenerateVerifyMac), u.keyOf(spec, types.KeyUsageTypeGenerateVerifyMac)
			out, err := u.GenerateMac(t.Context(), &kms.GenerateMacInput{KeyId: &key, Message: message, MacAlgorithm: a})
			must(t, "GenerateMac", err)
			if len(out.Mac) != sizes[spec] || out.MacAlgorithm != a || *out.KeyId != u.keyARN(key) {
				t.Errorf("GenerateMac answers %+v", out)
			}
			must(t, "VerifyMac", verify(key, a, message, out.Mac))
			const wrong = "KMSInvalidMacException"
			wantOutcome(t, "another key", verify(other, a, message, out.Mac), wrong)
			wantOutcome(t, "another message", verify(key, a, message[1:], out.Mac), wrong)
			wantOutcome(t, "cut MAC", verify(key, a, message, out.Mac[:len(out.Mac)-1]), wrong)
			out.Mac[0] ^= 1
			wantOutcome(t, "changed MAC", verify(key, a, message, out.Mac), wrong)
			for _, b := range specs {
				if b != a {
					wantOutcome(t, "another algorithm", verify(key, b, message, out.Mac),
						"InvalidKeyUsageException: Algorithm "+string(b)+" is incompatible with key spec "+string(spec)+".")
				}
			}
			_, err = u.GenerateMac(t.Context(), &kms.GenerateMacInput{KeyId: &key, Message: message, MacAlgorithm: a, DryRun: new(true)})
			if !strings.HasPrefix(outcome(err), "DryRunOperationException") {
				t.Errorf("DryRun: %v", err)
			}
		}
		key := u.key()
		_, err := u.GenerateMac(t.Context(), &kms.GenerateMacInput{KeyId: &key, Message: message, MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
		wantOutcome(t, "a key for encryption", err, "InvalidKeyUsageException: "+u.keyARN(key)+" key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.")
		wantOutcome(t, "a key for encryption", verify(key, types.MacAlgorithmSpecHmacSha256, message, []byte("mac")),
			"InvalidKeyUsageException: "+u.keyARN(key)+" key usage is ENCRYPT_DECRYPT which is not valid for VerifyMac.")
	})
}
