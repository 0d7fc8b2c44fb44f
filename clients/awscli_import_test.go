package clients

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// cliImport imports key material with the commands of the developer guide: a symmetric key
// directly, and an RSA key by way of an AES key.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
func cliImport(t *testing.T, c cli) {
	key := c.newKey("--origin", "EXTERNAL")
	parameters := func(key, algorithm, spec string) {
		t.Helper()
		p := c.answer("kms", "get-parameters-for-import", "--key-id", key, "--wrapping-algorithm", algorithm, "--wrapping-key-spec", spec)
		c.s.write("WrappingPublicKey.bin", decode64(t, p["PublicKey"].(string)))
		c.s.write("ImportToken.bin", decode64(t, p["ImportToken"].(string)))
	}
	load := func(key string, more ...string) []string {
		return append([]string{
			"kms", "import-key-material", "--key-id", key, "--encrypted-key-material", "fileb://EncryptedKeyMaterial.bin", "--import-token", "fileb://ImportToken.bin",
		}, more...)
	}
	parameters(key, "RSAES_OAEP_SHA_256", "RSA_3072")
	c.shell(`openssl rand -out PlaintextKeyMaterial.bin 32
		openssl pkeyutl -encrypt -in PlaintextKeyMaterial.bin -out EncryptedKeyMaterial.bin -inkey WrappingPublicKey.bin -keyform DER -pubin \
			-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256`)
	c.fails("ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES", load(key)...)
	until := time.Now().Add(90 * 24 * time.Hour).UTC().Format(time.RFC3339)
	c.text(load(key, "--valid-to", until)...)
	want := strings.Join([]string{"Enabled", "EXTERNAL", "KEY_MATERIAL_EXPIRES"}, "\t")
	if got := c.query("KeyMetadata.[KeyState, Origin, ExpirationModel]", "kms", "describe-key", "--key-id", key); got != want {
		t.Errorf("with its material the key is %q, want %q", got, want)
	}
	c.s.write("imported.bin", decode64(t, c.query("CiphertextBlob", "kms", "encrypt", "--key-id", key, "--plaintext", "aGk=")))
	c.text("kms", "delete-imported-key-material", "--key-id", key)
	decrypt := []string{"kms", "decrypt", "--ciphertext-blob", "fileb://imported.bin"}
	c.fails("KMSInvalidStateException", "arn:aws:kms:us-east-1:000000000000:key/"+key+" is pending import.", decrypt...)
	c.text(load(key, "--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE")...) // by the same token
	if got := c.query("Plaintext", decrypt...); got != "aGk=" {
		t.Errorf("with its material again, the key decrypts to %s", got)
	}

	pair := c.newKey("--origin", "EXTERNAL", "--key-spec", "RSA_2048", "--key-usage", "SIGN_VERIFY")
	parameters(pair, "RSA_AES_KEY_WRAP_SHA_256", "RSA_4096")
	public := c.shell(`openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 | openssl pkcs8 -topk8 -outform der -nocrypt > PrivateKey.der
		openssl rand -out aes-key.bin 32
		openssl enc -id-aes256-wrap-pad -K "$(od -An -v -tx1 aes-key.bin | tr -d ' \n')" -iv A65959A6 -in PrivateKey.der -out key-material-wrapped.bin
		openssl pkeyutl -encrypt -in aes-key.bin -out aes-key-wrapped.bin -inkey WrappingPublicKey.bin -keyform DER -pubin \
			-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
		cat aes-key-wrapped.bin key-material-wrapped.bin > EncryptedKeyMaterial.bin
		openssl pkey -inform DER -in PrivateKey.der -pubout -outform DER`)
	c.text(load(pair, "--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE")...)
	if got := decode64(t, c.query("PublicKey", "kms", "get-public-key", "--key-id", pair)); !bytes.Equal(got, public) {
		t.Errorf("the public key is\n%x, want\n%x", got, public)
	}
	c.fails("InvalidImportTokenException", "", load(key, "--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE")...)
}

// shell runs commands where the user is, and returns what they print.
func (c cli) shell(commands string) []byte {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "sh", "-euc", commands)
	cmd.Dir = c.s.dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%s\n%v\n%s", commands, err, &errs)
	}
	return out
}
