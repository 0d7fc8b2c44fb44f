package clients

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/material/materialtest"
)

// fips is a client of a program in FIPS 140-3 mode.
type fips struct {
	*kms.Client
	t       *testing.T
	refused map[string]string // why, by what docs/fips.md says is refused
	quick   bool              // without the RSA keys that take long to make
}

// TestFIPS starts the program in FIPS 140-3 mode, on data from before, and does with every key
// spec and algorithm what it is for. What docs/fips.md says is refused must be; all else works.
func TestFIPS(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"on", "only"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			in := func(mode string) []string { return []string{"/usr/bin/env", "GODEBUG=fips140=" + mode, program} }
			s := startBy(t, in("off"), t.TempDir(), "--tls", "auto")
			old := keysFromBefore(fips{Client: overTLS(t, s), t: t, quick: true})
			s.argv = in(mode)
			s.restart()
			f := fips{overTLS(t, s), t, refusedByFIPS(t), mode == "only"}
			f.useKeysFromBefore(old)
			f.useAllSpecs()
			f.useDataKeys()
			f.importAll()
			refusesPasswords(t, s)
		})
	}
}

// overTLS is a client that trusts the authority of the server.
func overTLS(t *testing.T, s *node) *kms.Client {
	t.Helper()
	return kms.NewFromConfig(configOverTLS(t, s))
}

func configOverTLS(t *testing.T, s *node) aws.Config {
	t.Helper()
	ca, err := os.Open(filepath.Join(s.dataDir(), "tls", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	defer ca.Close()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"), config.WithBaseEndpoint(s.URL), config.WithCustomCABundle(ca),
		config.WithSharedConfigFiles([]string{os.DevNull}), config.WithSharedCredentialsFiles([]string{filepath.Join(s.dataDir(), "credentials")}),
		config.WithRetryMaxAttempts(1))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// refusesPasswords: Argon2id is not approved.
func refusesPasswords(t *testing.T, s *node) {
	t.Helper()
	cfg := configOverTLS(t, s)
	client := iam.NewFromConfig(cfg)
	_, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("alice")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{UserName: new("alice"), Password: new("Passw0rd")})
	const want = "Login profiles are not available in FIPS mode: Argon2id, by which passwords are kept, is not an approved algorithm."
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != "UnsupportedOperationException" || e.ErrorMessage() != want {
		t.Errorf("CreateLoginProfile: %v", err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/signin/settings", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := cfg.HTTPClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var settings struct{ Passwords *bool }
	if err := json.NewDecoder(res.Body).Decode(&settings); err != nil || settings.Passwords == nil || *settings.Passwords {
		t.Errorf("the console offers passwords: %v", err)
	}
}

var refusedRow = regexp.MustCompile("(?m)^\\| `([A-Z0-9_]+)` \\| (.+) \\|$")

// refusedByFIPS reads the table of docs/fips.md.
func refusedByFIPS(t *testing.T) map[string]string {
	t.Helper()
	refused := map[string]string{}
	for _, m := range refusedRow.FindAllStringSubmatch(readFile(t, "../docs/fips.md"), -1) {
		refused[m[1]] = m[2]
	}
	if len(refused) < 5 {
		t.Fatalf("only these are refused: %v", refused)
	}
	return refused
}

// want wants an error if one of names is refused, and none otherwise. It reports whether the
// call went well.
func (f *fips) want(what string, err error, names ...string) bool {
	f.t.Helper()
	for _, name := range names {
		if why := f.refused[name]; why != "" {
			var e smithy.APIError
			text := name + " is not available in FIPS mode: " + why + "."
			if !errors.As(err, &e) || e.ErrorCode() != "UnsupportedOperationException" || e.ErrorMessage() != text {
				f.t.Errorf("%s: %v, want %s", what, err, text)
			}
			return false
		}
	}
	if err != nil {
		f.t.Errorf("%s: %v", what, err)
	}
	return err == nil
}

// slow reports whether keys of a spec take long to make.
func (f *fips) slow(spec string) bool {
	return f.quick && (spec == "RSA_3072" || spec == "RSA_4096")
}

var usages = types.KeyUsageType("").Values()

// make makes a key; nil if there is none of the spec and usage, or none in the mode.
func (f *fips) make(spec types.KeySpec, usage types.KeyUsageType) *types.KeyMetadata {
	f.t.Helper()
	out, err := f.CreateKey(f.t.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	if err != nil && (strings.Contains(err.Error(), "is not compatible with KeySpec") || spec == types.KeySpecSm2) {
		return nil
	}
	if !f.want("CreateKey "+string(spec), err, string(spec)) {
		return nil
	}
	return out.KeyMetadata
}

// useAllSpecs makes a key of every spec and usage, and uses it.
func (f *fips) useAllSpecs() {
	f.t.Helper()
	for _, spec := range types.KeySpec("").Values() {
		used := 0
		for _, usage := range usages {
			if f.slow(string(spec)) {
				continue
			}
			if k := f.make(spec, usage); k != nil {
				f.use(k)
				used++
			}
		}
		if used == 0 && f.refused[string(spec)] == "" && spec != types.KeySpecSm2 && !f.slow(string(spec)) {
			f.t.Errorf("no key of spec %s was used", spec)
		}
	}
}

// use does with a key all that it is for.
func (f *fips) use(k *types.KeyMetadata) {
	f.t.Helper()
	id, spec, message := k.KeyId, string(k.KeySpec), bytes.Repeat([]byte("m"), 64)
	for _, a := range k.EncryptionAlgorithms {
		out, err := f.Encrypt(f.t.Context(), &kms.EncryptInput{KeyId: id, Plaintext: message, EncryptionAlgorithm: a})
		if f.want("Encrypt by "+spec, err, spec, string(a)) {
			_, err = f.Decrypt(f.t.Context(), &kms.DecryptInput{KeyId: id, CiphertextBlob: out.CiphertextBlob, EncryptionAlgorithm: a})
			f.want("Decrypt by "+spec, err)
		}
	}
	for _, a := range k.SigningAlgorithms {
		kind := types.MessageTypeRaw
		if a == types.SigningAlgorithmSpecEd25519PhSha512 {
			kind = types.MessageTypeDigest
		}
		out, err := f.Sign(f.t.Context(), &kms.SignInput{KeyId: id, Message: message, MessageType: kind, SigningAlgorithm: a})
		if f.want("Sign by "+spec, err, spec, string(a)) {
			_, err = f.Verify(f.t.Context(), &kms.VerifyInput{KeyId: id, Message: message, MessageType: kind, SigningAlgorithm: a, Signature: out.Signature})
			f.want("Verify by "+spec, err)
		}
	}
	for _, a := range k.MacAlgorithms {
		out, err := f.GenerateMac(f.t.Context(), &kms.GenerateMacInput{KeyId: id, Message: message, MacAlgorithm: a})
		if f.want("GenerateMac by "+spec, err, spec, string(a)) {
			_, err = f.VerifyMac(f.t.Context(), &kms.VerifyMacInput{KeyId: id, Message: message, MacAlgorithm: a, Mac: out.Mac})
			f.want("VerifyMac by "+spec, err)
		}
	}
	for _, a := range k.KeyAgreementAlgorithms {
		_, err := f.DeriveSharedSecret(f.t.Context(), &kms.DeriveSharedSecretInput{KeyId: id, KeyAgreementAlgorithm: a, PublicKey: f.publicKey(k)})
		f.want("DeriveSharedSecret by "+spec, err, spec, string(a))
	}
	for _, a := range k.EncapsulationAlgorithms {
		out, err := f.Encapsulate(f.t.Context(), &kms.EncapsulateInput{KeyId: id, EncapsulationAlgorithm: a})
		if f.want("Encapsulate by "+spec, err, spec, string(a)) {
			_, err = f.Decapsulate(f.t.Context(), &kms.DecapsulateInput{KeyId: id, EncapsulationAlgorithm: a, SharedSecretCiphertextBlob: out.SharedSecretCiphertextBlob})
			f.want("Decapsulate by "+spec, err)
		}
	}
}

func (f *fips) publicKey(k *types.KeyMetadata) []byte {
	f.t.Helper()
	out, err := f.GetPublicKey(f.t.Context(), &kms.GetPublicKeyInput{KeyId: k.KeyId})
	if !f.want("GetPublicKey of "+string(k.KeySpec), err) {
		return nil
	}
	return out.PublicKey
}

// useDataKeys makes data keys and pairs of all specs under a key that is rotated in between.
func (f *fips) useDataKeys() {
	f.t.Helper()
	k := f.make(types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt)
	if k == nil {
		return
	}
	blobs := map[string][]byte{}
	for _, spec := range types.DataKeySpec("").Values() {
		out, err := f.GenerateDataKey(f.t.Context(), &kms.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: spec})
		if f.want("GenerateDataKey", err) {
			blobs[string(out.Plaintext)] = out.CiphertextBlob
		}
	}
	_, err := f.RotateKeyOnDemand(f.t.Context(), &kms.RotateKeyOnDemandInput{KeyId: k.KeyId})
	f.want("RotateKeyOnDemand", err)
	for _, spec := range types.DataKeyPairSpec("").Values() {
		if spec == types.DataKeyPairSpecSm2 || f.slow(string(spec)) {
			continue
		}
		out, err := f.GenerateDataKeyPair(f.t.Context(), &kms.GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: spec})
		if f.want("GenerateDataKeyPair of "+string(spec), err, string(spec)) {
			blobs[string(out.PrivateKeyPlaintext)] = out.PrivateKeyCiphertextBlob
		}
	}
	for plaintext, blob := range blobs {
		out, err := f.Decrypt(f.t.Context(), &kms.DecryptInput{CiphertextBlob: blob})
		if f.want("Decrypt", err) && string(out.Plaintext) != plaintext {
			f.t.Error("a data key comes back as another")
		}
	}
	_, err = f.GenerateRandom(f.t.Context(), &kms.GenerateRandomInput{NumberOfBytes: new(int32(32))})
	f.want("GenerateRandom", err)
}

// importAll imports material by every wrapping, and uses it.
func (f *fips) importAll() {
	f.t.Helper()
	bits := make([]byte, 32)
	_, _ = rand.Read(bits)
	pkcs8 := func(k any, err error) []byte {
		if err == nil {
			var b []byte
			if b, err = x509.MarshalPKCS8PrivateKey(k); err == nil {
				return b
			}
		}
		f.t.Fatal(err)
		return nil
	}
	for _, m := range []struct {
		spec  types.KeySpec
		usage types.KeyUsageType
		bytes []byte
	}{
		{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, bits},
		{types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, bits},
		{types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement, pkcs8(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))},
		{types.KeySpecRsa2048, types.KeyUsageTypeSignVerify, pkcs8(rsa.GenerateKey(rand.Reader, 2048))},
	} {
		out, err := f.CreateKey(f.t.Context(), &kms.CreateKeyInput{KeySpec: m.spec, KeyUsage: m.usage, Origin: types.OriginTypeExternal})
		if !f.want("CreateKey", err) {
			continue
		}
		k := out.KeyMetadata
		for _, a := range []types.AlgorithmSpec{
			types.AlgorithmSpecRsaAesKeyWrapSha1, types.AlgorithmSpecRsaAesKeyWrapSha256, types.AlgorithmSpecRsaesOaepSha1, types.AlgorithmSpecRsaesOaepSha256,
		} {
			if m.spec == types.KeySpecRsa2048 && strings.HasPrefix(string(a), "RSAES_") {
				continue // too long
			}
			p, err := f.GetParametersForImport(f.t.Context(), &kms.GetParametersForImportInput{KeyId: k.KeyId, WrappingAlgorithm: a, WrappingKeySpec: types.WrappingKeySpecRsa2048})
			if f.want("GetParametersForImport", err, string(a)) {
				_, err = f.ImportKeyMaterial(f.t.Context(), &kms.ImportKeyMaterialInput{
					KeyId: k.KeyId, ImportToken: p.ImportToken, EncryptedKeyMaterial: materialtest.Wrap(f.t, p.PublicKey, a, m.bytes),
					ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
				})
				f.want("ImportKeyMaterial of "+string(m.spec)+" by "+string(a), err)
			}
		}
		f.use(k)
	}
}

// before is what there is when the program is started in the mode.
type before struct {
	keys   []*types.KeyMetadata
	sealed *kms.EncryptOutput
	sha1   *kms.EncryptOutput // by RSAES_OAEP_SHA_1
}

// keysFromBefore makes keys of all specs, without the mode, and ciphertexts.
func keysFromBefore(f fips) before {
	f.t.Helper()
	var b before
	for _, spec := range types.KeySpec("").Values() {
		for _, usage := range usages {
			if f.slow(string(spec)) {
				continue
			}
			k := f.make(spec, usage)
			if k == nil {
				continue
			}
			b.keys = append(b.keys, k)
			for _, a := range k.EncryptionAlgorithms {
				out, err := f.Encrypt(f.t.Context(), &kms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("from before"), EncryptionAlgorithm: a})
				if !f.want("Encrypt", err) {
					continue
				}
				switch a {
				case types.EncryptionAlgorithmSpecSymmetricDefault:
					b.sealed = out
				case types.EncryptionAlgorithmSpecRsaesOaepSha1:
					b.sha1 = out
				}
			}
		}
	}
	return b
}

// useKeysFromBefore works with the keys that it may, and manages the others.
func (f *fips) useKeysFromBefore(b before) {
	f.t.Helper()
	for _, k := range b.keys {
		f.use(k)
		if f.refused[string(k.KeySpec)] != "" {
			f.publicKey(k)
			_, err := f.DescribeKey(f.t.Context(), &kms.DescribeKeyInput{KeyId: k.KeyId})
			f.want("DescribeKey", err)
			_, err = f.ScheduleKeyDeletion(f.t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: k.KeyId})
			f.want("ScheduleKeyDeletion", err)
		}
	}
	if !slices.ContainsFunc(b.keys, func(k *types.KeyMetadata) bool { return f.refused[string(k.KeySpec)] != "" }) {
		f.t.Error("there is no key from before that the mode refuses")
	}
	_, err := f.Decrypt(f.t.Context(), &kms.DecryptInput{CiphertextBlob: b.sealed.CiphertextBlob})
	f.want("Decrypt what is from before", err)
	_, err = f.Decrypt(f.t.Context(), &kms.DecryptInput{KeyId: b.sha1.KeyId, CiphertextBlob: b.sha1.CiphertextBlob, EncryptionAlgorithm: b.sha1.EncryptionAlgorithm})
	f.want("Decrypt what is from before", err, string(b.sha1.EncryptionAlgorithm))
}
