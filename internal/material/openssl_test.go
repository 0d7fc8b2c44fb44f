package material_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// openssl is the openssl command, with a directory for its files.
type openssl struct {
	t   testing.TB
	dir string
}

func newOpenSSL(t testing.TB) openssl {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("KEYSTEAD_TEST_REQUIRE") != "" {
			t.Fatalf("%v (scripts/install-test-tools installs it)", err)
		}
		t.Skipf("%v (scripts/install-test-tools installs it)", err)
	}
	return openssl{t, t.TempDir()}
}

// file writes a file and returns its path.
func (o openssl) file(name string, b []byte) string {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// run returns what the command writes. It must succeed.
func (o openssl) run(args ...string) []byte {
	o.t.Helper()
	var stderr strings.Builder
	cmd := exec.Command("openssl", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		o.t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// runf is run with arguments that stand between spaces.
func (o openssl) runf(format string, args ...any) []byte {
	o.t.Helper()
	return o.run(strings.Fields(fmt.Sprintf(format, args...))...)
}

// made is a key that the command makes.
func (o openssl) made(spec types.KeySpec) []byte {
	o.t.Helper()
	options := map[types.KeySpec]string{
		types.KeySpecRsa2048:             "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
		types.KeySpecEccNistEdwards25519: "-algorithm ed25519",
		p256:                             "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
		p384:                             "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
		p521:                             "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
	}
	pem := o.file("made.pem", o.runf("genpkey %s", options[spec]))
	return o.runf("pkcs8 -topk8 -nocrypt -in %s -outform DER", pem)
}

// TestOpenSSL has the openssl command check what keys make, and make what keys check.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	for _, spec := range storedSpecs {
		t.Run(string(spec), func(t *testing.T) {
			t.Parallel()
			o := newOpenSSL(t)
			checkWithOpenSSL(o, parsed[material.Asymmetric](t, spec, storedKey(t, spec)))
			if spec == types.KeySpecRsa3072 || spec == types.KeySpecRsa4096 {
				return // slow to make
			}
			checkWithOpenSSL(o, generated[material.Asymmetric](t, spec))
			checkWithOpenSSL(o, parsed[material.Asymmetric](t, spec, o.made(spec)))
		})
	}
}

func checkWithOpenSSL(o openssl, k material.Asymmetric) {
	private, public := o.file("private.der", k.PrivateKey().Expose()), o.file("public.der", k.PublicKey())
	o.runf("pkey -inform DER -in %s -check -noout", private)
	if spki := o.runf("pkey -inform DER -in %s -pubout -outform DER", private); !bytes.Equal(spki, k.PublicKey()) {
		o.t.Errorf("public key %x, not %x", k.PublicKey(), spki)
	}
	for _, a := range k.Spec().Algorithms(types.KeyUsageTypeSignVerify) {
		checkSignature(o, k.(material.Signer), types.SigningAlgorithmSpec(a), private, public)
	}
	for _, a := range k.Spec().Algorithms(types.KeyUsageTypeEncryptDecrypt) {
		checkOAEP(o, k.(material.Decrypter), types.EncryptionAlgorithmSpec(a), private, public)
	}
	if a, ok := k.(material.Agreer); ok {
		checkAgreement(o, a, private, public)
	}
}

func checkSignature(o openssl, k material.Signer, a types.SigningAlgorithmSpec, private, public string) {
	if a == types.SigningAlgorithmSpecEd25519PhSha512 {
		return // OpenSSL 3.0 has no Ed25519ph
	}
	message := []byte("a message of " + string(a))
	in, theirs := o.file("message", message), filepath.Join(o.dir, "theirs")
	signature, err := k.Sign(a, types.MessageTypeRaw, message)
	if err != nil {
		o.t.Fatal(err)
	}
	ours := o.file("ours", signature)
	if a == types.SigningAlgorithmSpecEd25519Sha512 {
		o.runf("pkeyutl -sign -rawin -keyform DER -inkey %s -in %s -out %s", private, in, theirs)
		o.runf("pkeyutl -verify -rawin -pubin -keyform DER -inkey %s -in %s -sigfile %s", public, in, ours)
	} else {
		_, bits, _ := strings.Cut(string(a), "_SHA_")
		options := "-sha" + bits + " -keyform DER"
		if strings.HasPrefix(string(a), "RSASSA_PSS") {
			options += " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
		}
		o.runf("dgst %s -sign %s -out %s %s", options, private, theirs, in)
		o.runf("dgst %s -verify %s -signature %s %s", options, public, ours, in)
	}
	b, err := os.ReadFile(theirs)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := k.Verify(a, types.MessageTypeRaw, message, b); err != nil {
		o.t.Errorf("%s: a signature of openssl: %v", a, err)
	}
}

func checkOAEP(o openssl, k material.Decrypter, a types.EncryptionAlgorithmSpec, private, public string) {
	hash := map[types.EncryptionAlgorithmSpec]string{
		types.EncryptionAlgorithmSpecRsaesOaepSha1: "sha1", types.EncryptionAlgorithmSpecRsaesOaepSha256: "sha256",
	}[a]
	options := fmt.Sprintf("-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:%s -pkeyopt rsa_mgf1_md:%s -keyform DER", hash, hash)
	plaintext := bytes.Repeat([]byte{'x'}, material.MaxPlaintext(k.Spec(), a))
	ciphertext, err := k.Encrypt(a, plaintext)
	if err != nil {
		o.t.Fatal(err)
	}
	if p := o.runf("pkeyutl -decrypt %s -inkey %s -in %s", options, private, o.file("ciphertext", ciphertext)); !bytes.Equal(p, plaintext) {
		o.t.Errorf("%s: openssl decrypts to %x", a, p)
	}
	theirs := o.runf("pkeyutl -encrypt %s -pubin -inkey %s -in %s", options, public, o.file("plaintext", plaintext))
	if p, err := k.Decrypt(a, theirs); err != nil || !bytes.Equal(p, plaintext) {
		o.t.Errorf("%s: a ciphertext of openssl: %x, %v", a, p, err)
	}
}

func checkAgreement(o openssl, k material.Agreer, private, public string) {
	peer := parsed[material.Agreer](o.t, k.Spec().Name, o.made(k.Spec().Name))
	secret, err := k.Agree(peer.PublicKey())
	if err != nil {
		o.t.Fatal(err)
	}
	theirs := o.runf("pkeyutl -derive -keyform DER -inkey %s -peerform DER -peerkey %s", private, o.file("peer.der", peer.PublicKey()))
	if !bytes.Equal(secret, theirs) {
		o.t.Errorf("agreed on %x, openssl on %x", secret, theirs)
	}
	own, err := os.ReadFile(public)
	if err != nil {
		o.t.Fatal(err)
	}
	if other, err := peer.Agree(own); err != nil || !bytes.Equal(other, secret) {
		o.t.Errorf("the peer agrees on %x, %v", other, err)
	}
}

func TestOpenSSLMAC(t *testing.T) {
	t.Parallel()
	o := newOpenSSL(t)
	for _, bits := range []int{224, 256, 384, 512} {
		k := generated[material.Authenticator](t, types.KeySpec(fmt.Sprintf("HMAC_%d", bits)))
		theirs := o.runf("dgst -sha%d -mac HMAC -macopt hexkey:%s -binary %s", bits, hex.EncodeToString(k.Secret().Expose()), o.file("message", []byte("a message")))
		if mac := k.MAC([]byte("a message")); !bytes.Equal(mac, theirs) {
			t.Errorf("HMAC of %d bits: %x, openssl %x", bits, mac, theirs)
		}
	}
}
