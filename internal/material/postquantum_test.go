package material_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// python runs testdata/postquantum.py. It needs a newer cryptography than Debian has, so that
// the test is skipped on most machines.
func python(t *testing.T, ask map[string][]byte) map[string]hexBytes {
	t.Helper()
	in := map[string]string{}
	for k, v := range ask {
		in[k] = hex.EncodeToString(v)
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	c := exec.Command(path, "testdata/postquantum.py")
	c.Stdin = bytes.NewReader(text)
	out, err := c.Output()
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case exited && exit.ExitCode() == 3:
		t.Skip("Python's cryptography does not have ML-DSA and ML-KEM")
	case exited:
		t.Fatalf("%v\n%s", err, exit.Stderr)
	case err != nil:
		t.Fatal(err)
	}
	var answer map[string]hexBytes
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// wantSameEncodings: both programs write the key alike.
func wantSameEncodings(t *testing.T, k material.Asymmetric, answer map[string]hexBytes) {
	t.Helper()
	if !bytes.Equal(answer["private"], k.PrivateKey().Expose()) || !bytes.Equal(answer["public"], k.PublicKey()) {
		t.Errorf("the key is written as %x, %x", answer["private"], answer["public"])
	}
}

// TestMLDSAOpenSSL: OpenSSL reads our keys and verifies our signatures, and we its own.
func TestMLDSAOpenSSL(t *testing.T) {
	t.Parallel()
	message := []byte("message")
	for name, set := range mldsaSets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := generated[material.Signer](t, set.spec)
			sig, err := k.Sign(mldsaAlgorithm, types.MessageTypeExternalMu, muOf(publicBits(t, k.PublicKey(), set.id), nil, message))
			if err != nil {
				t.Fatal(err)
			}
			answer := python(t, map[string][]byte{
				"private": k.PrivateKey().Expose(), "public": k.PublicKey(), "message": message, "signature": sig,
			})
			wantSameEncodings(t, k, answer)
			if err := k.Verify(mldsaAlgorithm, types.MessageTypeRaw, message, answer["theirSignature"]); err != nil {
				t.Errorf("the signature of OpenSSL: %v", err)
			}
		})
	}
}

// TestMLKEMOpenSSL: OpenSSL reads our keys, decapsulates what we encapsulate, and the other way
// round. Python offers no ML-KEM-512.
func TestMLKEMOpenSSL(t *testing.T) {
	t.Parallel()
	for _, spec := range []types.KeySpec{types.KeySpecMlKem768, types.KeySpecMlKem1024} {
		t.Run(string(spec), func(t *testing.T) {
			t.Parallel()
			k := generated[material.Decapsulator](t, spec)
			secret, ciphertext, err := k.Encapsulate()
			if err != nil {
				t.Fatal(err)
			}
			answer := python(t, map[string][]byte{"private": k.PrivateKey().Expose(), "public": k.PublicKey(), "ciphertext": ciphertext})
			wantSameEncodings(t, k, answer)
			if !bytes.Equal(answer["secret"], secret) {
				t.Error("OpenSSL decapsulates another secret")
			}
			if got, err := k.Decapsulate(answer["theirCiphertext"]); err != nil || !bytes.Equal(got, answer["theirSecret"]) {
				t.Errorf("what OpenSSL encapsulates gives another secret: %v", err)
			}
		})
	}
}
