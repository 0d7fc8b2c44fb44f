package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/server"
	"github.com/keystead/keystead/keysteadtest"
)

const seedFile = `
keys:
  - id: 11111111-2222-4333-8444-555555555555
    description: the emulator's key
    aliases: [alias/one, alias/also-one]
    tags: {team: a}
    materials:
      - hex:0000000000000000000000000000000000000000000000000000000000000000
      - base64:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
  - id: mrk-0123456789abcdef0123456789abcdef
    region: eu-west-1
    spec: HMAC_256
    disabled: true
  - id: 22222222-2222-4333-8444-555555555555
    spec: ECC_NIST_EDWARDS25519
    materials:
      # RFC 8410, section 10.3
      - |
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----
`

func writeSeed(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSeed starts twice with one file. The keys are there, with their material, and stay as they
// are.
func TestSeed(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t, keysteadtest.WithSeed(writeSeed(t, seedFile)))
	blob, err := srv.KMS().Encrypt(t.Context(), &kms.EncryptInput{KeyId: new("alias/one"), Plaintext: []byte("text")})
	if err != nil || !strings.HasSuffix(*blob.KeyId, ":key/11111111-2222-4333-8444-555555555555") {
		t.Fatalf("Encrypt: %v, %v", blob, err)
	}
	if _, err := srv.KMS().UpdateKeyDescription(t.Context(), &kms.UpdateKeyDescriptionInput{
		KeyId: new("11111111-2222-4333-8444-555555555555"), Description: new("changed"),
	}); err != nil {
		t.Fatal(err)
	}
	srv.Restart()
	c := srv.KMS()
	if out, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob.CiphertextBlob}); err != nil || string(out.Plaintext) != "text" {
		t.Errorf("Decrypt after a restart: %v, %v", out, err)
	}
	if out, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new("alias/also-one")}); err != nil || *out.KeyMetadata.Description != "changed" {
		t.Errorf("DescribeKey after a restart: %v, %v", out, err)
	}
	public, err := c.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: new("22222222-2222-4333-8444-555555555555")})
	want, _ := base64.StdEncoding.DecodeString("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=") // the public key of RFC 8410
	if err != nil || !bytes.Equal(public.PublicKey, want) {
		t.Errorf("GetPublicKey: %v, %v; want the one of RFC 8410", public, err)
	}
	o := c.Options()
	o.Region = "eu-west-1"
	other, err := kms.New(o).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new("mrk-0123456789abcdef0123456789abcdef")})
	if err != nil || other.KeyMetadata.KeyState != types.KeyStateDisabled || !*other.KeyMetadata.MultiRegion || other.KeyMetadata.KeyUsage != types.KeyUsageTypeGenerateVerifyMac {
		t.Errorf("DescribeKey in the other Region: %+v, %v", other, err)
	}
}

// TestSeedMistakes are told in one sentence that does not repeat the material, and nothing is
// made.
func TestSeedMistakes(t *testing.T) {
	t.Parallel()
	const secretText = "5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4"
	for name, c := range map[string]struct{ seed, want string }{
		"no YAML":        {"keys: [", "seed file"},
		"unknown member": {"keys: [{id: 11111111-2222-4333-8444-555555555555, name: x}]", `unknown field "name"`},
		"no id":          {"keys: [{description: x}]", "its id is neither a UUID"},
		"bad id":         {"keys: [{id: my-key}]", "its id is neither a UUID"},
		"no such spec":   {"keys: [{id: 11111111-2222-4333-8444-555555555555, spec: AES}]", "there is no key spec AES"},
		"no usage":       {"keys: [{id: 11111111-2222-4333-8444-555555555555, spec: RSA_2048}]", "needs a usage, one of"},
		"short material": {"keys: [{id: 11111111-2222-4333-8444-555555555555, materials: ['hex:" + secretText + "']}]", "invalid key material"},
		"no material":    {"keys: [{id: 11111111-2222-4333-8444-555555555555, materials: [" + secretText + "]}]", "material 1: it is none of"},
		"alias":          {"keys: [{id: 11111111-2222-4333-8444-555555555555, materials: [*" + secretText + "]}]", "line 1, column "},
		"bad tag":        {"keys: [{id: 11111111-2222-4333-8444-555555555555, materials: [!!bool " + secretText + "]}]", "cannot convert … to boolean"},
		"member twice":   {"keys: [{" + secretText + ": 1, " + secretText + ": 2}]", "mapping key … already defined"},
		"bad scalar":     {"keys: [{materials: [>" + secretText + "]}]", "line 1, column "},
		"tagged list":    {"keys: !!binary " + secretText, "not the YAML of a seed file"},
		"two materials":  {"keys: [{id: 11111111-2222-4333-8444-555555555555, spec: HMAC_224, materials: ['hex:00', 'hex:01']}]", "has one key material"},
		"no account":     {`keys: [{id: 11111111-2222-4333-8444-555555555555, account: "999999999999"}]`, "account 999999999999, which does not exist"},
		"bad alias":      {"keys: [{id: 11111111-2222-4333-8444-555555555555, aliases: [alias/aws/x]}]", "NotAuthorizedException"},
		"alias twice": {"keys: [{id: 11111111-2222-4333-8444-555555555555, aliases: [alias/x]}, {id: 21111111-2222-4333-8444-555555555555, aliases: [alias/x]}]",
			"already exists"},
		"bad policy": {"keys: [{id: 11111111-2222-4333-8444-555555555555, policy: x}]", "MalformedPolicyDocument"},
		"bad Region": {"keys: [{id: 11111111-2222-4333-8444-555555555555, region: mars}]", `is in Region "mars"`},
	} {
		cfg := server.DefaultConfig()
		cfg.DataDir, cfg.Listen, cfg.TestClock, cfg.Seed = t.TempDir(), "127.0.0.1:0", true, writeSeed(t, c.seed)
		srv, err := server.Open(t.Context(), cfg, new(clock.Clock), slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err == nil {
			t.Errorf("%s: the server starts", name)
			_ = srv.Close()
			continue
		}
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secretText) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		}
	}
	cfg := server.DefaultConfig()
	cfg.Seed = "keys.yaml"
	if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "--test-clock") {
		t.Errorf("a seed without the test clock: %v", err)
	}
	cfg.TestClock, cfg.DataDir, cfg.Listen, cfg.Seed = true, t.TempDir(), "127.0.0.1:0", "no such file"
	if _, err := server.Open(context.Background(), cfg, new(clock.Clock), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "read the seed file") {
		t.Errorf("no such file: %v", err)
	}
}
