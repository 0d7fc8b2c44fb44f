package kms_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/cms"
	"github.com/keystead/keystead/internal/nitro"
	"github.com/keystead/keystead/internal/nitro/nitrotest"
	"github.com/keystead/keystead/keysteadtest"
)

// platform is what signs the attestation documents that the servers of all tests accept.
var platform = sync.OnceValue(newPlatform)

func newPlatform() *nitrotest.Authority {
	a, err := nitrotest.NewAuthority(time.Now())
	if err != nil {
		panic(err)
	}
	return a
}

// enclaveKey is the key of all enclaves.
var enclaveKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// pcr is the value of a register that is all of one byte.
func pcr(b byte) []byte { return bytes.Repeat([]byte{b}, 48) }

// pcrText is pcr in hexadecimal.
func pcrText(digit string) string { return strings.Repeat("a"+digit, 48) }

// enclaveDocument is what an enclave has the platform say of it.
func enclaveDocument(t testing.TB) *nitro.Document {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&enclaveKey().PublicKey)
	must(t, "encode the enclave's key", err)
	return &nitro.Document{
		ModuleID: "i-0123456789abcdef0-enc0123456789abcdef", Time: time.Now(), PublicKey: der,
		PCRs: map[int][]byte{0: pcr(0xa0), 1: pcr(0xa1), 2: pcr(0xa2), 3: pcr(0xa3), 4: pcr(0xa4), 5: pcr(0), 8: pcr(0xa8), 31: pcr(0xaf)},
	}
}

func tpmDocument(t testing.TB) *nitro.Document {
	d := enclaveDocument(t)
	d.ModuleID = "i-0123456789abcdef0-tpm0000000000000000"
	d.PCRs, d.NitroTPMPCRs = nil, d.PCRs
	return d
}

// attest is the Recipient of a document.
func attest(t testing.TB, by *nitrotest.Authority, d *nitro.Document) *types.RecipientInfo {
	t.Helper()
	b, err := by.Document(d)
	must(t, "sign the document", err)
	return &types.RecipientInfo{AttestationDocument: b, KeyEncryptionAlgorithm: types.KeyEncryptionMechanismRsaesOaepSha256}
}

func inEnclave(t testing.TB) *types.RecipientInfo { return attest(t, platform(), enclaveDocument(t)) }

// opened is what the enclave reads. What the caller sees must be empty.
func opened(t testing.TB, what string, shown, envelope []byte) string {
	t.Helper()
	if len(shown) > 0 || len(envelope) == 0 {
		t.Fatalf("%s: %d bytes of plaintext, %d of an envelope", what, len(shown), len(envelope))
	}
	p, err := cms.Open(enclaveKey(), envelope)
	must(t, what+": open the envelope", err)
	return string(p)
}

func TestRecipient(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		blob := u.encrypt(key, "the text", nil)
		d, err := u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, Recipient: inEnclave(t)})
		must(t, "Decrypt", err)
		if got := opened(t, "Decrypt", d.Plaintext, d.CiphertextForRecipient); got != "the text" {
			t.Errorf("Decrypt: the enclave reads %q", got)
		}
		if d.KeyMaterialId != nil || *d.KeyId != u.keyARN(key) || d.EncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
			t.Errorf("Decrypt: key %q, key material %v, algorithm %q", *d.KeyId, d.KeyMaterialId, d.EncryptionAlgorithm)
		}
		g, err := u.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, Recipient: inEnclave(t)})
		must(t, "GenerateDataKey", err)
		dataKey := opened(t, "GenerateDataKey", g.Plaintext, g.CiphertextForRecipient)
		if again, err := u.decrypt(g.CiphertextBlob, nil); err != nil || again != dataKey || len(again) != 32 {
			t.Errorf("GenerateDataKey: the enclave reads %d bytes, the ciphertext is of %d others: %v", len(dataKey), len(again), err)
		}
		r, err := u.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: new(int32(1024)), Recipient: attest(t, platform(), tpmDocument(t))})
		must(t, "GenerateRandom", err)
		if got := opened(t, "GenerateRandom", r.Plaintext, r.CiphertextForRecipient); len(got) != 1024 || got == string(make([]byte, 1024)) {
			t.Errorf("GenerateRandom: the enclave reads %d bytes, perhaps zeros", len(got))
		}
		_, err = u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, Recipient: inEnclave(t), DryRun: new(true)})
		wantOutcome(t, "Decrypt, dry", err, dryRun)
		_, err = u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: []byte("garbage"), Recipient: inEnclave(t)})
		wantOutcome(t, "Decrypt garbage", err, invalidCiphertext)
	})
}

// TestRecipientRecord checks what the record of a call says of its attestation document.
func TestRecipientRecord(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		blob := u.encrypt(u.key(), "the text", nil)
		_, err := u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, Recipient: inEnclave(t)})
		must(t, "Decrypt", err)
		_, err = u.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: new(int32(8)), Recipient: attest(t, platform(), tpmDocument(t))})
		must(t, "GenerateRandom", err)
		text := func(b byte) string { return base64.StdEncoding.EncodeToString(pcr(b)) }
		for name, want := range map[string]map[string]string{
			"Decrypt": {
				"attestationDocumentModuleId": "i-0123456789abcdef0-enc0123456789abcdef", "attestationDocumentEnclaveImageDigest": text(0xa0),
				"attestationDocumentEnclavePCR1": text(0xa1), "attestationDocumentEnclavePCR2": text(0xa2), "attestationDocumentEnclavePCR3": text(0xa3),
				"attestationDocumentEnclavePCR4": text(0xa4), "attestationDocumentEnclavePCR8": text(0xa8),
			},
			"GenerateRandom": {
				"attestationDocumentModuleId":     "i-0123456789abcdef0-tpm0000000000000000",
				"attestationDocumentNitroTPMPCR4": text(0xa4), "attestationDocumentNitroTPMPCR8": text(0xa8),
			},
		} {
			var record struct {
				RequestParameters   map[string]any
				AdditionalEventData struct {
					Recipient     map[string]string
					KeyMaterialID string
				}
			}
			must(t, "parse the record", json.Unmarshal(eventsNamed(t, srv, name)[0].JSON, &record))
			if diff := cmp.Diff(want, record.AdditionalEventData.Recipient); diff != "" {
				t.Errorf("%s: the record says something else of the recipient (-want +got):\n%s", name, diff)
			}
			if name == "Decrypt" && len(record.AdditionalEventData.KeyMaterialID) != 64 {
				t.Errorf("the record has the key material id %q", record.AdditionalEventData.KeyMaterialID)
			}
			if record.RequestParameters["recipient"] != nil {
				t.Errorf("%s: the document is in the record", name)
			}
		}
	})
}

// TestRecipientRefused has recipients that get nothing, whoever asks: the document is
// verified before the decision.
func TestRecipientRefused(t *testing.T) {
	const invalid = "ValidationException: The attestation document is not valid: "
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, "make a weak key", err)
	weakDER, err := x509.MarshalPKIXPublicKey(&weak.PublicKey)
	must(t, "encode it", err)
	peopled(t, func(t *testing.T, p *people) {
		// Here, since a document is good for minutes only, and this may wait for others.
		with := func(change func(d *nitro.Document)) *types.RecipientInfo {
			d := enclaveDocument(t)
			change(d)
			return attest(t, platform(), d)
		}
		altered := inEnclave(t)
		altered.AttestationDocument[len(altered.AttestationDocument)-1] ^= 1
		trials := []struct {
			name string
			to   *types.RecipientInfo
			want string
		}{
			{"another root", attest(t, newPlatform(), enclaveDocument(t)), invalid + "it is of a root that is not trusted."},
			{"an old document", with(func(d *nitro.Document) { d.Time = d.Time.Add(-6 * time.Minute) }), invalid + "it is of "},
			{"another signature", altered, invalid + "its signature is wrong."},
			{"no key", with(func(d *nitro.Document) { d.PublicKey = nil }), invalid + "it has no public key."},
			{"a weak key", with(func(d *nitro.Document) { d.PublicKey = weakDER }), invalid + "its public key has 1024 bits, not 2048 to 4096."},
			{"no document", &types.RecipientInfo{KeyEncryptionAlgorithm: types.KeyEncryptionMechanismRsaesOaepSha256}, "ValidationException: Recipient needs an AttestationDocument."},
			{"an empty document", &types.RecipientInfo{AttestationDocument: []byte{}, KeyEncryptionAlgorithm: types.KeyEncryptionMechanismRsaesOaepSha256},
				"ValidationException: 1 validation error detected: Value at 'recipient.attestationDocument'"},
			{"no algorithm", &types.RecipientInfo{AttestationDocument: inEnclave(t).AttestationDocument}, "ValidationException: Recipient needs a KeyEncryptionAlgorithm."},
			{"another algorithm", &types.RecipientInfo{AttestationDocument: inEnclave(t).AttestationDocument, KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_1"},
				"ValidationException: 1 validation error detected: Value 'RSAES_OAEP_SHA_1' at 'recipient.keyEncryptionAlgorithm'"},
		}
		key := p.key()
		blob := p.encrypt(key, "the text", nil)
		for name, u := range map[string]user{"root": p.user, "somebody who may nothing": p.newUser(ours, "nobody")} {
			for _, c := range trials {
				_, err := u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, Recipient: c.to})
				wantBegins(t, name+": Decrypt with "+c.name, err, c.want)
				_, err = u.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &key, NumberOfBytes: new(int32(8)), Recipient: c.to})
				wantBegins(t, name+": GenerateDataKey with "+c.name, err, c.want)
				_, err = u.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: new(int32(8)), Recipient: c.to})
				wantBegins(t, name+": GenerateRandom with "+c.name, err, c.want)
			}
		}
	})
}

func wantBegins(t testing.TB, what string, err error, want string) {
	t.Helper()
	if got := outcome(err); !strings.HasPrefix(got, want) {
		t.Errorf("%s:\n got %s\nwant %s…", what, got, want)
	}
}

// decryptFor decrypts for what a document describes.
func decryptFor(document func(testing.TB) *nitro.Document) func(user, situation) error {
	return func(u user, s situation) error {
		to := attest(u.t, platform(), document(u.t))
		_, err := u.Decrypt(u.t.Context(), &kms.DecryptInput{CiphertextBlob: s.blob, Recipient: to})
		return err
	}
}

func dataKeyForEnclave(u user, s situation) error {
	_, err := u.GenerateDataKey(u.t.Context(), &kms.GenerateDataKeyInput{KeyId: &s.key, NumberOfBytes: new(int32(8)), Recipient: inEnclave(u.t)})
	return err
}

func equals(key, value string) string { return test("StringEqualsIgnoreCase", key, `"`+value+`"`) }

// recipientConditions has the condition keys of attested platforms.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-attestation.html
var recipientConditions = []conditionCase{
	{"ImageSha384", equals("kms:RecipientAttestation:ImageSha384", pcrText("0")), equals("kms:RecipientAttestation:ImageSha384", pcrText("1")), false, decryptFor(enclaveDocument)},
	{"ImageSha384 in capitals", equals("kms:RecipientAttestation:ImageSha384", strings.ToUpper(pcrText("0"))), test("StringEquals", "kms:RecipientAttestation:ImageSha384", `"`+strings.ToUpper(pcrText("0"))+`"`), false, decryptFor(enclaveDocument)},
	{"ImageSha384 of GenerateDataKey", equals("kms:RecipientAttestation:ImageSha384", pcrText("0")), equals("kms:RecipientAttestation:ImageSha384", pcrText("1")), false, dataKeyForEnclave},
	{"PCR0", test("StringEquals", "kms:RecipientAttestation:PCR0", `"`+pcrText("0")+`"`), equals("kms:RecipientAttestation:PCR0", pcrText("1")), false, decryptFor(enclaveDocument)},
	{"PCR3 of GenerateDataKey", equals("kms:RecipientAttestation:PCR3", pcrText("3")), equals("kms:RecipientAttestation:PCR3", pcrText("4")), false, dataKeyForEnclave},
	{"PCR31", equals("kms:recipientattestation:pcr31", pcrText("f")), test("Null", "kms:RecipientAttestation:PCR31", `true`), false, decryptFor(enclaveDocument)},
	{"PCR01, which is none", test("Null", "kms:RecipientAttestation:PCR01", `true`), equals("kms:RecipientAttestation:PCR01", pcrText("1")), false, decryptFor(enclaveDocument)},
	{"PCR+1, which is none", test("Null", "kms:RecipientAttestation:PCR+1", `true`), equals("kms:RecipientAttestation:PCR+1", pcrText("1")), false, decryptFor(enclaveDocument)},
	{"PCR7, which the document has not", test("Null", "kms:RecipientAttestation:PCR7", `true`), equals("kms:RecipientAttestation:PCR7", strings.Repeat("0", 96)), false, decryptFor(enclaveDocument)},
	{"PCR5 of zeros", equals("kms:RecipientAttestation:PCR5", strings.Repeat("0", 96)), test("Null", "kms:RecipientAttestation:PCR5", `true`), false, decryptFor(enclaveDocument)},
	{"an enclave in debug mode", equals("kms:RecipientAttestation:ImageSha384", strings.Repeat("0", 96)), equals("kms:RecipientAttestation:ImageSha384", pcrText("0")), false, decryptFor(func(t testing.TB) *nitro.Document {
		d := enclaveDocument(t)
		d.PCRs[0] = pcr(0)
		return d
	})},
	{"NitroTPMPCR4", equals("kms:RecipientAttestation:NitroTPMPCR4", pcrText("4")), equals("kms:RecipientAttestation:NitroTPMPCR4", pcrText("3")), false, decryptFor(tpmDocument)},
	{"PCR4 of NitroTPM, which is none", test("Null", "kms:RecipientAttestation:PCR4", `true`), equals("kms:RecipientAttestation:PCR4", pcrText("4")), false, decryptFor(tpmDocument)},
	{"ImageSha384 of NitroTPM, which has none", test("Null", "kms:RecipientAttestation:ImageSha384", `true`), equals("kms:RecipientAttestation:ImageSha384", pcrText("0")), false, decryptFor(tpmDocument)},
	{"NitroTPMPCR4 of an enclave, which is none", test("Null", "kms:RecipientAttestation:NitroTPMPCR4", `true`), equals("kms:RecipientAttestation:NitroTPMPCR4", pcrText("4")), false, decryptFor(enclaveDocument)},
	{"ImageSha384 without a recipient", test("Null", "kms:RecipientAttestation:ImageSha384", `true`), equals("kms:RecipientAttestation:ImageSha384", pcrText("0")), false, func(u user, s situation) error {
		_, err := u.decrypt(s.blob, nil)
		return err
	}},
}

// TestRecipientConditions is TestConditions for attested platforms.
func TestRecipientConditions(t *testing.T) { testConditions(t, recipientConditions) }

// TestRandomForRecipient has the conditions of GenerateRandom, which has no key: only the
// caller's own policies see them.
func TestRandomForRecipient(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		condition := equals("kms:RecipientAttestation:ImageSha384", pcrText("0"))
		u := p.newUser(ours, "attested", by(document(statement("Allow", "kms:GenerateRandom", "*", condition))))
		other := enclaveDocument(t)
		other.PCRs[0] = pcr(0xa1)
		for name, c := range map[string]struct {
			to      *types.RecipientInfo
			allowed bool
		}{
			"the image": {inEnclave(t), true}, "another image": {attest(t, platform(), other), false}, "no recipient": {nil, false},
		} {
			_, err := u.GenerateRandom(t.Context(), &kms.GenerateRandomInput{NumberOfBytes: new(int32(8)), Recipient: c.to})
			wantAllowed(t, "GenerateRandom for "+name, err, c.allowed)
		}
	})
}

// TestAsymmetricForRecipient has the operations of asymmetric keys.
func TestAsymmetricForRecipient(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		p = p.at(t)
		alice, bob := p.keyOf(types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement), p.keyOf(types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement)
		derive := func(u user, to *types.RecipientInfo) (*kms.DeriveSharedSecretOutput, error) {
			return u.DeriveSharedSecret(t.Context(), &kms.DeriveSharedSecretInput{
				KeyId: &alice, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: p.publicKey(bob), Recipient: to,
			})
		}
		want, err := derive(p.user, nil)
		must(t, "DeriveSharedSecret", err)
		got, err := derive(p.user, inEnclave(t))
		must(t, "DeriveSharedSecret for a recipient", err)
		if opened(t, "DeriveSharedSecret", got.SharedSecret, got.CiphertextForRecipient) != string(want.SharedSecret) {
			t.Error("DeriveSharedSecret: the enclave reads another secret")
		}
		attested := p.newUser(ours, "attested", by(document(statement("Allow", "kms:DeriveSharedSecret", "*", equals("kms:RecipientAttestation:PCR8", pcrText("8"))))))
		_, err = derive(attested, inEnclave(t))
		wantAllowed(t, "DeriveSharedSecret for the enclave", err, true)
		_, err = derive(attested, attest(t, platform(), tpmDocument(t)))
		wantAllowed(t, "DeriveSharedSecret for an instance", err, false)
		_, err = derive(attested, nil)
		wantAllowed(t, "DeriveSharedSecret without a recipient", err, false)

		const oaep = types.EncryptionAlgorithmSpecRsaesOaepSha256
		key := p.keyOf(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt)
		e, err := p.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, EncryptionAlgorithm: oaep, Plaintext: []byte("the text")})
		must(t, "Encrypt", err)
		d, err := p.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &key, EncryptionAlgorithm: oaep, CiphertextBlob: e.CiphertextBlob, Recipient: inEnclave(t)})
		must(t, "Decrypt", err)
		if got := opened(t, "Decrypt", d.Plaintext, d.CiphertextForRecipient); got != "the text" {
			t.Errorf("Decrypt: the enclave reads %q", got)
		}
	})
}
