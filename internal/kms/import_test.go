package kms_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"hash"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/material/materialtest"
	"github.com/keystead/keystead/keysteadtest"
)

const (
	oaep   = types.AlgorithmSpecRsaesOaepSha256
	hybrid = types.AlgorithmSpecRsaAesKeyWrapSha256

	incorrectMaterial = "IncorrectKeyMaterialException"
	invalidToken      = "InvalidImportTokenException"
	noCiphertext      = "InvalidCiphertextException"
)

// external makes a key without material. Its usage is the first that the spec has.
func (u user) external(spec types.KeySpec) string {
	u.t.Helper()
	return u.createExternal(&kms.CreateKeyInput{KeySpec: spec})
}

func (u user) createExternal(in *kms.CreateKeyInput) string {
	u.t.Helper()
	in.Origin = types.OriginTypeExternal
	if in.KeySpec != "" {
		in.KeyUsage = material.SpecOf(in.KeySpec).Usages[0]
	}
	out, err := u.CreateKey(u.t.Context(), in)
	must(u.t, "CreateKey", err)
	if m := out.KeyMetadata; m.KeyState != types.KeyStatePendingImport || m.Enabled || m.ExpirationModel != "" || m.CurrentKeyMaterialId != nil {
		u.t.Fatalf("CreateKey with Origin EXTERNAL: %+v", m)
	}
	return *out.KeyMetadata.KeyId
}

func (u user) parameters(key string, a types.AlgorithmSpec, w types.WrappingKeySpec) *kms.GetParametersForImportOutput {
	u.t.Helper()
	out, err := u.GetParametersForImport(u.t.Context(), &kms.GetParametersForImportInput{KeyId: &key, WrappingAlgorithm: a, WrappingKeySpec: w})
	must(u.t, "GetParametersForImport", err)
	return out
}

// importer imports into one key by one token, again and again.
type importer struct {
	u         user
	key       string
	algorithm types.AlgorithmSpec
	*kms.GetParametersForImportOutput
}

func (u user) importer(key string) importer {
	u.t.Helper()
	return importer{u, key, oaep, u.parameters(key, oaep, types.WrappingKeySpecRsa2048)}
}

// request is an import of material that does not expire.
func (i importer) request(m []byte, changes ...func(*kms.ImportKeyMaterialInput)) *kms.ImportKeyMaterialInput {
	in := &kms.ImportKeyMaterialInput{
		KeyId: &i.key, ImportToken: i.ImportToken, EncryptedKeyMaterial: materialtest.Wrap(i.u.t, i.PublicKey, i.algorithm, m),
		ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}
	for _, change := range changes {
		change(in)
	}
	return in
}

func (i importer) try(m []byte, changes ...func(*kms.ImportKeyMaterialInput)) error {
	_, err := i.u.ImportKeyMaterial(i.u.t.Context(), i.request(m, changes...))
	return err
}

// must imports material and returns its id, "" if the key's are not told.
func (i importer) must(m []byte, changes ...func(*kms.ImportKeyMaterialInput)) string {
	i.u.t.Helper()
	out, err := i.u.ImportKeyMaterial(i.u.t.Context(), i.request(m, changes...))
	must(i.u.t, "ImportKeyMaterial", err)
	if *out.KeyId != i.u.keyARN(i.key) {
		i.u.t.Errorf("ImportKeyMaterial answers the key %s", *out.KeyId)
	}
	if out.KeyMaterialId == nil {
		return ""
	}
	return *out.KeyMaterialId
}

// asNew and asExisting say which material a caller imports.
func asNew(in *kms.ImportKeyMaterialInput)      { in.ImportType = types.ImportTypeNewKeyMaterial }
func asExisting(in *kms.ImportKeyMaterialInput) { in.ImportType = types.ImportTypeExistingKeyMaterial }

// named says which material the caller expects.
func named(id string) func(*kms.ImportKeyMaterialInput) {
	return func(in *kms.ImportKeyMaterialInput) { in.KeyMaterialId = &id }
}

func described(text string) func(*kms.ImportKeyMaterialInput) {
	return func(in *kms.ImportKeyMaterialInput) { in.KeyMaterialDescription = &text }
}

// until lets the material expire.
func until(t time.Time) func(*kms.ImportKeyMaterialInput) {
	return func(in *kms.ImportKeyMaterialInput) { in.ExpirationModel, in.ValidTo = "", &t }
}

func (u user) deleteMaterial(key string, id *string) string {
	u.t.Helper()
	out, err := u.DeleteImportedKeyMaterial(u.t.Context(), &kms.DeleteImportedKeyMaterialInput{KeyId: &key, KeyMaterialId: id})
	must(u.t, "DeleteImportedKeyMaterial", err)
	if *out.KeyId != u.keyARN(key) {
		u.t.Errorf("DeleteImportedKeyMaterial answers the key %s", *out.KeyId)
	}
	if out.KeyMaterialId == nil {
		return ""
	}
	return *out.KeyMaterialId
}

func (u user) wantState(key, when string, want types.KeyState) *types.KeyMetadata {
	u.t.Helper()
	m := u.describe(key)
	if m.KeyState != want || m.Enabled != (want == types.KeyStateEnabled) {
		u.t.Errorf("%s the key is %s (Enabled: %v), want %s", when, m.KeyState, m.Enabled, want)
	}
	return m
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// newMaterial makes material of a spec as a client would. The RSA keys are always the same.
func newMaterial(t testing.TB, spec types.KeySpec) []byte {
	t.Helper()
	pkcs8 := func(k any, err error) []byte {
		t.Helper()
		must(t, "make a key", err)
		b, err := x509.MarshalPKCS8PrivateKey(k)
		must(t, "encode a key", err)
		return b
	}
	switch s := material.SpecOf(spec); s.Family {
	case material.Symmetric, material.HMAC:
		return randomBytes(s.Bits / 8)
	case material.ECC:
		curve := map[int]elliptic.Curve{256: elliptic.P256(), 384: elliptic.P384(), 521: elliptic.P521()}[s.Bits]
		return pkcs8(ecdsa.GenerateKey(curve, rand.Reader))
	case material.Edwards:
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return pkcs8(k, err)
	case material.SECG:
		k := openssl(t, nil, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1")
		return openssl(t, k, "pkcs8", "-topk8", "-nocrypt", "-outform", "DER")
	case material.RSA:
		b, err := os.ReadFile("../material/testdata/keys/" + string(spec) + ".der")
		must(t, "read a key", err)
		return b
	}
	t.Fatalf("no material of %s", spec)
	return nil
}

// importable are the key specs that material can be imported of.
var importable = []types.KeySpec{
	types.KeySpecSymmetricDefault, types.KeySpecHmac224, types.KeySpecHmac256, types.KeySpecHmac384, types.KeySpecHmac512,
	types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecEccNistP521, types.KeySpecEccNistEdwards25519,
	types.KeySpecEccSecgP256k1,
	types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096,
}

var wrappingAlgorithms = []types.AlgorithmSpec{
	types.AlgorithmSpecRsaesOaepSha1, types.AlgorithmSpecRsaesOaepSha256, types.AlgorithmSpecRsaAesKeyWrapSha1, types.AlgorithmSpecRsaAesKeyWrapSha256,
}

// TestImport imports material of every spec by every wrapping that may carry it, and tries
// those that may not.
func TestImport(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		for _, spec := range importable {
			if rare(spec) {
				continue
			}
			u := root(t, srv)
			key, m := u.external(spec), newMaterial(t, spec)
			for _, a := range wrappingAlgorithms {
				for _, w := range []types.WrappingKeySpec{types.WrappingKeySpecRsa2048, types.WrappingKeySpecRsa3072, types.WrappingKeySpecRsa4096} {
					bits := material.SpecOf(types.KeySpec(w)).Bits
					if !material.Carries(a, bits, material.SpecOf(spec)) {
						_, err := u.GetParametersForImport(t.Context(), &kms.GetParametersForImportInput{KeyId: &key, WrappingAlgorithm: a, WrappingKeySpec: w})
						wantOutcome(t, "GetParametersForImport", err, "UnsupportedOperationException: WrappingAlgorithm "+string(a)+" and WrappingKeySpec "+
							string(w)+" can't be used to import key material of KeySpec "+string(spec)+".")
						continue
					}
					if bits > 2048 && (spec != types.KeySpecEccNistP521 || bits == 4096 || a != types.AlgorithmSpecRsaesOaepSha256) &&
						(spec != types.KeySpecRsa2048 || a != types.AlgorithmSpecRsaAesKeyWrapSha1) || rare(types.KeySpec(w)) {
						continue // these keys take long to make; each is made for some
					}
					importBy(t, u, key, spec, a, w, m)
				}
			}
		}
	})
}

// importBy imports material into a key that has none, uses the key and deletes the material.
func importBy(t *testing.T, u user, key string, spec types.KeySpec, a types.AlgorithmSpec, w types.WrappingKeySpec, m []byte) {
	t.Helper()
	name := string(spec) + " by " + string(a) + " and " + string(w)
	before := time.Now()
	i := importer{u, key, a, u.parameters(key, a, w)}
	if off := i.ParametersValidTo.Sub(before) - 24*time.Hour; *i.KeyId != u.keyARN(key) || off.Abs() > time.Minute || len(i.ImportToken) > 6144 {
		t.Errorf("%s: the parameters are for %s, valid until %v; the token has %d bytes", name, *i.KeyId, i.ParametersValidTo, len(i.ImportToken))
	}
	u.wantState(key, name+": before the import", types.KeyStatePendingImport)
	id := i.must(m)
	d := u.wantState(key, name+": with its material", types.KeyStateEnabled)
	if d.ExpirationModel != types.ExpirationModelTypeKeyMaterialDoesNotExpire || d.ValidTo != nil {
		t.Errorf("%s: the material expires: %s, %v", name, d.ExpirationModel, d.ValidTo)
	}
	if spec == types.KeySpecSymmetricDefault {
		if id != *d.CurrentKeyMaterialId {
			t.Errorf("%s: the material is %s, the current one %s", name, id, *d.CurrentKeyMaterialId)
		}
	} else if d.CurrentKeyMaterialId != nil || id != "" {
		t.Errorf("%s: a key material id is told: %s", name, id)
	}
	useImported(t, u, key, spec, m)
	if deleted := u.deleteMaterial(key, nil); deleted != id {
		t.Errorf("%s: %q is deleted, want %q", name, deleted, id)
	}
	d = u.wantState(key, name+": without its material", types.KeyStatePendingImport)
	if spec == types.KeySpecSymmetricDefault && *d.CurrentKeyMaterialId != id || d.ExpirationModel != "" {
		t.Errorf("%s: after the deletion: %+v", name, d)
	}
}

// useImported works with a key and with its material outside.
func useImported(t *testing.T, u user, key string, spec types.KeySpec, m []byte) {
	t.Helper()
	s, message := material.SpecOf(spec), []byte("text")
	if s.Asymmetric() {
		out, err := u.GetPublicKey(t.Context(), &kms.GetPublicKeyInput{KeyId: &key})
		must(t, "GetPublicKey", err)
		if want := openssl(t, m, "pkey", "-inform", "DER", "-pubout", "-outform", "DER"); !bytes.Equal(out.PublicKey, want) {
			t.Errorf("%s: the public key is\n%x, want\n%x", spec, out.PublicKey, want)
		}
	}
	switch s.Family {
	case material.Symmetric:
		if text, err := u.decrypt(u.encrypt(key, "text", nil), nil); err != nil || text != "text" {
			t.Errorf("%s: decrypts to %q, %v", spec, text, err)
		}
	case material.HMAC:
		h := map[int]func() hash.Hash{224: sha256.New224, 256: sha256.New, 384: sha512.New384, 512: sha512.New}[s.Bits]
		mac := hmac.New(h, m)
		mac.Write(message)
		out, err := u.GenerateMac(t.Context(), &kms.GenerateMacInput{
			KeyId: &key, Message: message, MacAlgorithm: types.MacAlgorithmSpec(s.Algorithms(types.KeyUsageTypeGenerateVerifyMac)[0]),
		})
		must(t, "GenerateMac", err)
		if !bytes.Equal(out.Mac, mac.Sum(nil)) {
			t.Errorf("%s: the MAC is %x, want %x", spec, out.Mac, mac.Sum(nil))
		}
	case material.RSA:
		k, err := x509.ParsePKCS8PrivateKey(m)
		must(t, "parse a key", err)
		b, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &k.(*rsa.PrivateKey).PublicKey, message, nil)
		must(t, "encrypt", err)
		out, err := u.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &key, CiphertextBlob: b, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256})
		must(t, "Decrypt", err)
		if !bytes.Equal(out.Plaintext, message) {
			t.Errorf("%s: decrypts to %q", spec, out.Plaintext)
		}
	case material.ECC:
		a := types.SigningAlgorithmSpec(s.Algorithms(types.KeyUsageTypeSignVerify)[0])
		digest := randomBytes(material.MessageSize(a, types.MessageTypeDigest))
		out, err := u.Sign(t.Context(), &kms.SignInput{KeyId: &key, Message: digest, MessageType: types.MessageTypeDigest, SigningAlgorithm: a})
		must(t, "Sign", err)
		k, err := x509.ParsePKCS8PrivateKey(m)
		must(t, "parse a key", err)
		if !ecdsa.VerifyASN1(&k.(*ecdsa.PrivateKey).PublicKey, digest, out.Signature) {
			t.Errorf("%s: the signature is not of the material", spec)
		}
	}
}

// openssl runs the openssl command with an input.
func openssl(t testing.TB, in []byte, args ...string) []byte {
	t.Helper()
	c := exec.CommandContext(t.Context(), "openssl", args...)
	c.Stdin = bytes.NewReader(in)
	var failure bytes.Buffer
	c.Stderr = &failure
	out, err := c.Output()
	if err != nil {
		t.Fatalf("openssl %q: %v\n%s", args, err, &failure)
	}
	return out
}

// TestUnsupportedWrappings has what the model knows and nobody gets.
func TestUnsupportedWrappings(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.external("")
		own := u.key()
		pending := u.external("")
		u.scheduleDeletion(pending, 7)
		const unsupported = "UnsupportedOperationException: "
		for _, c := range []struct {
			key  string
			a    types.AlgorithmSpec
			w    types.WrappingKeySpec
			want string
		}{
			{key, types.AlgorithmSpecRsaesPkcs1V15, types.WrappingKeySpecRsa2048, unsupported + "WrappingAlgorithm RSAES_PKCS1_V1_5 is no longer supported."},
			{key, types.AlgorithmSpecSm2pke, types.WrappingKeySpecSm2, unsupported + "WrappingKeySpec SM2 is not supported in this Region."},
			{key, types.AlgorithmSpecSm2pke, types.WrappingKeySpecRsa2048, unsupported + "WrappingAlgorithm SM2PKE is not supported in this Region."},
			{key, oaep, types.WrappingKeySpecSm2, unsupported + "WrappingKeySpec SM2 is not supported in this Region."},
			{key, "x", types.WrappingKeySpecRsa2048, "ValidationException: 1 validation error detected: Value 'x' at 'wrappingAlgorithm' failed to satisfy constraint: " +
				"Member must satisfy enum value set: [RSAES_PKCS1_V1_5, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, RSA_AES_KEY_WRAP_SHA_1, RSA_AES_KEY_WRAP_SHA_256, SM2PKE]"},
			{key, oaep, "RSA_1024", "ValidationException: 1 validation error detected: Value 'RSA_1024' at 'wrappingKeySpec' failed to satisfy constraint: " +
				"Member must satisfy enum value set: [RSA_2048, RSA_3072, RSA_4096, SM2]"},
			{own, oaep, types.WrappingKeySpecRsa2048, unsupported + u.keyARN(own) + " origin is AWS_KMS which is not valid for this operation."},
			{pending, oaep, types.WrappingKeySpecRsa2048, "KMSInvalidStateException: " + u.keyARN(pending) + " is pending deletion."},
		} {
			_, err := u.GetParametersForImport(t.Context(), &kms.GetParametersForImportInput{KeyId: &c.key, WrappingAlgorithm: c.a, WrappingKeySpec: c.w})
			wantOutcome(t, string(c.a)+" and "+string(c.w), err, c.want)
		}
	})
}

// TestImportToken: a token is for one key in one Region, for a day, and on all nodes.
func TestImportToken(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, other, m := u.external(""), u.external(""), randomBytes(32)
		multi := &kms.CreateKeyInput{MultiRegion: new(true)}
		primary := u.createExternal(multi)
		i, j, foreign := u.importer(key), u.importer(other), u.importer(primary)
		token := func(b []byte) func(*kms.ImportKeyMaterialInput) {
			return func(in *kms.ImportKeyMaterialInput) { in.ImportToken = b }
		}
		altered := append([]byte(nil), i.ImportToken...)
		altered[len(altered)-1] ^= 1
		for name, b := range map[string][]byte{
			"of another key": j.ImportToken, "of a multi-Region key": foreign.ImportToken, "altered": altered, "cut off": i.ImportToken[:100], "one byte": {1},
			"a ciphertext": u.encrypt(u.key(), "x", map[string]string{"key": u.keyARN(key)}),
		} {
			wantOutcome(t, "a token "+name, i.try(m, token(b)), invalidToken)
		}
		wantOutcome(t, "the other key's wrapping key", i.try(m, func(in *kms.ImportKeyMaterialInput) {
			in.EncryptedKeyMaterial = materialtest.Wrap(t, j.PublicKey, oaep, m)
		}), noCiphertext)
		wantOutcome(t, "another algorithm", i.try(m, func(in *kms.ImportKeyMaterialInput) {
			in.EncryptedKeyMaterial = materialtest.Wrap(t, i.PublicKey, hybrid, m)
		}), noCiphertext)
		wantOutcome(t, "nothing wrapped", i.try(m, func(in *kms.ImportKeyMaterialInput) { in.EncryptedKeyMaterial = randomBytes(256) }), noCiphertext)
		for _, n := range []int{1, 16, 31, 33, 64} {
			wantOutcome(t, "material of another size", i.try(randomBytes(n)), incorrectMaterial)
		}
		u.wantState(key, "after imports that failed", types.KeyStatePendingImport)

		srv.Restart()
		u = root(t, srv)
		i.u = u
		srv.Advance(24*time.Hour - time.Minute)
		i.must(m)
		u.wantState(key, "by a token of yesterday", types.KeyStateEnabled)
		srv.Advance(time.Minute)
		wantOutcome(t, "a token of the day before", i.try(m), "ExpiredImportTokenException")
	})
}

func TestImportTokenOfAnotherNode(t *testing.T) {
	first, second := nodes(t)
	u := root(t, first)
	key, m := u.external(""), randomBytes(32)
	i := u.importer(key)
	i.u = root(t, second)
	i.must(m)
	u.wantState(key, "on the node that did not import it", types.KeyStateEnabled) // which brings its cache up to date
	if text, err := u.decrypt(i.u.encrypt(key, "text", nil), nil); err != nil || text != "text" {
		t.Errorf("decrypts to %q, %v", text, err)
	}
	u.deleteMaterial(key, nil)
	_, err := i.u.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key})
	must(t, "DescribeKey", err)
	_, err = i.u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
	wantOutcome(t, "Encrypt on the other node", err, "KMSInvalidStateException: "+u.keyARN(key)+" is pending import.")
}

// TestImportRefusals has what an import can't ask for.
func TestImportRefusals(t *testing.T) {
	const validation = "ValidationException: "
	const symmetricOnly = validation + "ImportType, KeyMaterialId and KeyMaterialDescription are only valid for symmetric encryption keys."
	id := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		i, h := u.importer(u.external("")), u.importer(u.external(types.KeySpecHmac256))
		now := time.Now()
		own, pending := u.key(), u.importer(u.external(""))
		u.scheduleDeletion(pending.key, 7)
		m := randomBytes(32)
		for _, c := range []struct {
			name   string
			by     importer
			change func(*kms.ImportKeyMaterialInput)
			want   string
		}{
			{"no date", i, func(in *kms.ImportKeyMaterialInput) { in.ExpirationModel = "" }, validation + "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"},
			{"no date, said so", i, func(in *kms.ImportKeyMaterialInput) { in.ExpirationModel = types.ExpirationModelTypeKeyMaterialExpires },
				validation + "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"},
			{"a date for nothing", i, func(in *kms.ImportKeyMaterialInput) { in.ValidTo = new(now.Add(time.Hour)) },
				validation + "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE"},
			{"a date in the past", i, until(now.Add(-time.Second)), validation + "ValidTo must be in the future"},
			{"a date too far", i, until(now.Add(365*day + time.Minute)), validation + "ValidTo must be at most 365 days in the future"},
			{"new material with an id", i, func(in *kms.ImportKeyMaterialInput) { asNew(in); in.KeyMaterialId = &id },
				validation + "KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL."},
			{"the first material with an id", i, named(id), validation + "KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL."},
			{"the first material as an existing one", i, asExisting, incorrectMaterial},
			{"an HMAC key with a type", h, asNew, symmetricOnly},
			{"an HMAC key with an id", h, named(id), symmetricOnly},
			{"an HMAC key with a description", h, described("x"), symmetricOnly},
			{"a description with a character that it can't have", i, described("a;b"), validation + "1 validation error detected: Value 'a;b' at 'keyMaterialDescription' " +
				"failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_\\s.-]+$"},
			{"a key of another origin", importer{u, own, oaep, i.GetParametersForImportOutput}, func(*kms.ImportKeyMaterialInput) {},
				"UnsupportedOperationException: " + u.keyARN(own) + " origin is AWS_KMS which is not valid for this operation."},
			{"a key that is to be deleted", pending, func(*kms.ImportKeyMaterialInput) {}, "KMSInvalidStateException: " + u.keyARN(pending.key) + " is pending deletion."},
		} {
			wantOutcome(t, c.name, c.by.try(m, c.change), c.want)
		}
		u.wantState(i.key, "after imports that were refused", types.KeyStatePendingImport)
		_, err := u.DeleteImportedKeyMaterial(t.Context(), &kms.DeleteImportedKeyMaterialInput{KeyId: &i.key, KeyMaterialId: &id})
		wantOutcome(t, "DeleteImportedKeyMaterial of what never was", err, "NotFoundException: Key material '"+id+"' does not exist")
		if got := u.deleteMaterial(i.key, nil); got != "" {
			t.Errorf("DeleteImportedKeyMaterial without material: %q", got)
		}
		if got := u.deleteMaterial(pending.key, nil); got != "" || u.describe(pending.key).KeyState != types.KeyStatePendingDeletion {
			t.Errorf("DeleteImportedKeyMaterial of a key that is to be deleted: %q, %s", got, u.describe(pending.key).KeyState)
		}
	})
}

// TestOneMaterialForLife: what is no symmetric encryption key takes the same material only, in
// any encoding.
func TestOneMaterialForLife(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for _, spec := range []types.KeySpec{types.KeySpecHmac256, types.KeySpecEccNistP256, types.KeySpecEccNistEdwards25519} {
			i, m := u.importer(u.external(spec)), newMaterial(t, spec)
			i.must(m)
			i.must(m)
			wantOutcome(t, string(spec)+": other material", i.try(newMaterial(t, spec)), incorrectMaterial)
			u.deleteMaterial(i.key, nil)
			wantOutcome(t, string(spec)+": other material after the deletion", i.try(newMaterial(t, spec)), incorrectMaterial)
			wantOutcome(t, string(spec)+": garbage", i.try(randomBytes(100)), incorrectMaterial)
			u.wantState(i.key, "after other material", types.KeyStatePendingImport)
			i.must(m)
			u.wantState(i.key, "with the same again", types.KeyStateEnabled)
		}
		// Another curve, and a key of another kind.
		i := u.importer(u.external(types.KeySpecEccNistP256))
		wantOutcome(t, "P-384", i.try(newMaterial(t, types.KeySpecEccNistP384)), incorrectMaterial)
		wantOutcome(t, "Ed25519", i.try(newMaterial(t, types.KeySpecEccNistEdwards25519)), incorrectMaterial)
		x, err := ecdh.X25519().GenerateKey(rand.Reader)
		must(t, "make a key", err)
		der, err := x509.MarshalPKCS8PrivateKey(x)
		must(t, "encode a key", err)
		wantOutcome(t, "X25519", i.try(der), incorrectMaterial)

		// HMAC-SHA-256 takes a long key and its hash for the same; HMAC-SHA-384 does not.
		i = u.importer(u.external(types.KeySpecHmac384))
		long := randomBytes(100)
		hash := sha256.Sum256(long)
		i.must(long)
		wantOutcome(t, "the hash of a long key", i.try(append(hash[:], make([]byte, 16)...)), incorrectMaterial)
	})
}

// TestSeveralMaterials imports more than one material into a symmetric encryption key.
func TestSeveralMaterials(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.external("")
		i, first, second, third := u.importer(key), randomBytes(32), randomBytes(32), randomBytes(32)
		a := i.must(first)
		blob := u.encrypt(key, "text", nil)
		wantOutcome(t, "other material as the existing one", i.try(second), incorrectMaterial)
		wantOutcome(t, "the same as new", i.try(first, asNew), incorrectMaterial)
		b := i.must(second, asNew, described("the second"))
		if a == b || *u.describe(key).CurrentKeyMaterialId != a {
			t.Errorf("the current material is %s, want %s", *u.describe(key).CurrentKeyMaterialId, a)
		}
		wantOutcome(t, "a third while the second waits", i.try(third, asNew), "KMSInvalidStateException: New key material (id: "+
			u.materialID(key, third)+") cannot be imported into KMS key "+u.keyARN(key)+", because another key material (id: "+b+") is pending rotation.")
		i.must(second, asExisting, named(b))
		wantOutcome(t, "the second as the first", i.try(second, named(a)), incorrectMaterial)
		wantOutcome(t, "one that never was", i.try(third, named(b)), incorrectMaterial)

		if got := u.deleteMaterial(key, &b); got != b { // what waits can go without harm
			t.Errorf("%s is deleted, want %s", got, b)
		}
		u.wantState(key, "without the second material", types.KeyStateEnabled)
		if c := i.must(third, asNew); c != u.materialID(key, third) {
			t.Errorf("the third material is %s", c)
		}
		if got := u.deleteMaterial(key, nil); got != a {
			t.Errorf("%s is deleted, want the current one, %s", got, a)
		}
		u.wantState(key, "without its current material", types.KeyStatePendingImport)
		_, err := u.decrypt(blob, nil)
		wantOutcome(t, "Decrypt", err, "KMSInvalidStateException: "+u.keyARN(key)+" is pending import.")
		i.must(third)
		u.wantState(key, "with what waits alone", types.KeyStatePendingImport)
		i.must(first)
		u.wantState(key, "with its current material", types.KeyStateEnabled)
		if text, err := u.decrypt(blob, nil); err != nil || text != "text" {
			t.Errorf("decrypts to %q, %v", text, err)
		}
	})
}

// materialID is the id of material in a key.
func (u user) materialID(key string, m []byte) string {
	k, err := material.Parse(material.SpecOf(types.KeySpecSymmetricDefault), m)
	must(u.t, "Parse", err)
	id, err := material.ParseKeyID(key)
	must(u.t, "ParseKeyID", err)
	return material.NewID(id, k.Secret()).String()
}

// TestImportIntoDisabledKey: the key stays as it is, unless its material was gone.
func TestImportIntoDisabledKey(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, m := u.external(""), randomBytes(32)
		i := u.importer(key)
		i.must(m)
		u.disable(key)
		i.must(m)
		u.wantState(key, "after an import", types.KeyStateDisabled)
		u.deleteMaterial(key, nil)
		u.wantState(key, "without its material", types.KeyStatePendingImport)
		_, err := u.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: &key})
		wantOutcome(t, "EnableKey", err, "KMSInvalidStateException: "+u.keyARN(key)+" is pending import.")
		u.scheduleDeletion(key, 7)
		wantOutcome(t, "an import before the deletion", i.try(m), "KMSInvalidStateException: "+u.keyARN(key)+" is pending deletion.")
		_, err = u.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: &key})
		must(t, "CancelKeyDeletion", err)
		u.wantState(key, "after its deletion was cancelled", types.KeyStatePendingImport)
		i.must(m)
		u.wantState(key, "with its material", types.KeyStateEnabled)
	})
}

// TestImportsAtOnce: of two first materials one comes in.
func TestImportsAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		for range 5 {
			key := u.external("")
			i := u.importer(key)
			outcomes := make([]string, 4)
			var wg sync.WaitGroup
			for n := range outcomes {
				wg.Go(func() { outcomes[n] = outcome(i.try(randomBytes(32))) })
			}
			wg.Wait()
			count := map[string]int{}
			for _, o := range outcomes {
				count[o]++
			}
			if count["ok"] != 1 || count[incorrectMaterial] != len(outcomes)-1 {
				t.Errorf("four imports at once: %v", count)
			}
			u.wantState(key, "after them", types.KeyStateEnabled)
		}
	})
}
