package clients

import (
	"bytes"
	"strings"
	"testing"
)

// cliSigning signs at a shell, and lets openssl verify.
func cliSigning(t *testing.T, c cli) {
	id := c.newKey("--key-spec", "ECC_NIST_P256", "--key-usage", "SIGN_VERIFY")
	c.s.write("message-"+id, []byte("a message"))
	sign := []string{"--key-id", id, "--message", "fileb://message-" + id, "--signing-algorithm", "ECDSA_SHA_256"}
	signature := c.query("Signature", append([]string{"kms", "sign"}, sign...)...)
	c.s.write("signature-"+id, decode64(t, signature))
	verify := append([]string{"kms", "verify", "--signature", "fileb://signature-" + id}, sign...)
	if got := c.query("SignatureValid", verify...); got != "True" {
		t.Errorf("verify answers %s", got)
	}
	c.s.write("public-"+id, decode64(t, c.query("PublicKey", "kms", "get-public-key", "--key-id", id)))
	c.shell("openssl dgst -sha256 -keyform DER -verify public-" + id + " -signature signature-" + id + " message-" + id)
	c.s.write("message-"+id, []byte("another message"))
	c.fails("KMSInvalidSignatureException", "", verify...)
}

func cliMacs(t *testing.T, c cli) {
	id := c.newKey("--key-spec", "HMAC_256", "--key-usage", "GENERATE_VERIFY_MAC")
	mac := c.query("Mac", "kms", "generate-mac", "--key-id", id, "--message", "aGk=", "--mac-algorithm", "HMAC_SHA_256")
	verify := []string{"kms", "verify-mac", "--key-id", id, "--mac-algorithm", "HMAC_SHA_256", "--mac", mac, "--message"}
	if got := c.query("MacValid", append(verify, "aGk=")...); got != "True" {
		t.Errorf("verify-mac answers %s", got)
	}
	c.fails("KMSInvalidMacException", "", append(verify, "aG8=")...)
}

func cliDataKeyPairs(t *testing.T, c cli) {
	id := c.newKey()
	pair := c.answer("kms", "generate-data-key-pair", "--key-id", id, "--key-pair-spec", "ECC_NIST_P384")
	c.s.write("pair-"+id, decode64(t, pair["PrivateKeyPlaintext"].(string)))
	public := c.shell("openssl pkey -inform DER -in pair-" + id + " -pubout -outform DER")
	if !bytes.Equal(public, decode64(t, pair["PublicKey"].(string))) {
		t.Error("openssl makes another public key of the private key")
	}
	pair = c.answer("kms", "generate-data-key-pair-without-plaintext", "--key-id", id, "--key-pair-spec", "RSA_2048")
	c.s.write("sealed-pair-"+id, decode64(t, pair["PrivateKeyCiphertextBlob"].(string)))
	private := decode64(t, c.query("Plaintext", "kms", "decrypt", "--ciphertext-blob", "fileb://sealed-pair-"+id))
	c.s.write("private-"+id, private)
	if public := c.shell("openssl pkey -inform DER -in private-" + id + " -pubout -outform DER"); !bytes.Equal(public, decode64(t, pair["PublicKey"].(string))) {
		t.Error("the private key that decrypt gives is not that of the public key")
	}
}

func cliRotation(t *testing.T, c cli) {
	arn := c.query("KeyMetadata.Arn", "kms", "create-key")
	c.text("kms", "enable-key-rotation", "--key-id", arn)
	if got := c.query("KeyRotationEnabled", "kms", "get-key-rotation-status", "--key-id", arn); got != "True" {
		t.Errorf("the rotation is on: %s", got)
	}
	c.text("kms", "disable-key-rotation", "--key-id", arn)
	if got := c.query("KeyRotationEnabled", "kms", "get-key-rotation-status", "--key-id", arn); got != "False" {
		t.Errorf("the rotation is on: %s", got)
	}
}

// cliMultiRegion uses one key in two Regions, and makes the replica the primary.
func cliMultiRegion(t *testing.T, c cli) {
	id := c.newKey("--multi-region")
	if !strings.HasPrefix(id, "mrk-") {
		t.Errorf("the id is %s", id)
	}
	c.s.write("sealed-"+id, decode64(t, c.query("CiphertextBlob", "kms", "encrypt", "--key-id", id, "--plaintext", "aGk=")))
	c.text("kms", "replicate-key", "--key-id", id, "--replica-region", "eu-central-1")
	c.eventually("Enabled", "KeyMetadata.KeyState", "kms", "describe-key", "--key-id", id, "--region", "eu-central-1")
	if got := c.query("Plaintext", "kms", "decrypt", "--ciphertext-blob", "fileb://sealed-"+id, "--region", "eu-central-1"); got != "aGk=" {
		t.Errorf("decrypt in the other Region: %s", got)
	}
	c.text("kms", "update-primary-region", "--key-id", id, "--primary-region", "eu-central-1")
	c.eventually("PRIMARY", "KeyMetadata.MultiRegionConfiguration.MultiRegionKeyType", "kms", "describe-key", "--key-id", id, "--region", "eu-central-1")
}

// eventually repeats a command until it gives what is wanted: AWS finishes such things after the
// answer.
func (c cli) eventually(want, query string, args ...string) {
	c.t.Helper()
	var got string
	for range 20 {
		if got = c.query(query, args...); got == want {
			return
		}
	}
	c.t.Errorf("aws %s: %s, and never %s", strings.Join(args, " "), got, want)
}
