package kms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// wantPair checks that the private key is of the spec, and of the public key.
func wantPair(t testing.TB, spec types.DataKeyPairSpec, public []byte, private string) {
	t.Helper()
	k, err := material.Parse(material.SpecOf(types.KeySpec(spec)), privateMaterial(spec, private))
	must(t, string(spec)+": read the private key", err)
	if pair := k.(material.Asymmetric); !bytes.Equal(pair.PublicKey(), public) || string(pair.PrivateKey().Expose()) != private {
		t.Errorf("%s: the private key is not of the public key", spec)
	}
}

// privateMaterial is what Parse reads: of an ML-KEM key, the seed at the end of its PKCS#8.
func privateMaterial(spec types.DataKeyPairSpec, private string) []byte {
	if strings.HasPrefix(string(spec), "ML_KEM") {
		return []byte(private[len(private)-64:])
	}
	return []byte(private)
}

func TestDataKeyPairs(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, ctx, ec := root(t, srv), t.Context(), map[string]string{"purpose": "test"}
		key := u.key()
		id := *u.describe(key).CurrentKeyMaterialId
		for _, spec := range types.DataKeyPairSpec("").Values() {
			if spec == types.DataKeyPairSpecSm2 || rare(types.KeySpec(spec)) {
				continue
			}
			with, err := u.GenerateDataKeyPair(ctx, &kms.GenerateDataKeyPairInput{KeyId: &key, KeyPairSpec: spec, EncryptionContext: ec})
			must(t, "GenerateDataKeyPair of "+string(spec), err)
			if *with.KeyId != u.keyARN(key) || with.KeyPairSpec != spec || *with.KeyMaterialId != id || with.CiphertextForRecipient != nil {
				t.Errorf("%s: key %s, spec %s, material %s", spec, *with.KeyId, with.KeyPairSpec, *with.KeyMaterialId)
			}
			u.wantUsage(srv, "after a pair", key, "GenerateDataKeyPair")
			shown, err := u.decrypt(with.PrivateKeyCiphertextBlob, ec)
			must(t, "Decrypt", err)
			if shown != string(with.PrivateKeyPlaintext) {
				t.Errorf("%s: the ciphertext is of something else", spec)
			}
			wantPair(t, spec, with.PublicKey, shown)
			_, err = u.decrypt(with.PrivateKeyCiphertextBlob, nil)
			wantOutcome(t, "Decrypt without the context", err, invalidCiphertext)

			without, err := u.GenerateDataKeyPairWithoutPlaintext(ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: &key, KeyPairSpec: spec, EncryptionContext: ec})
			must(t, "GenerateDataKeyPairWithoutPlaintext of "+string(spec), err)
			if *without.KeyId != u.keyARN(key) || without.KeyPairSpec != spec || *without.KeyMaterialId != id || bytes.Equal(without.PublicKey, with.PublicKey) {
				t.Errorf("%s: key %s, spec %s, material %s, or the same pair", spec, *without.KeyId, without.KeyPairSpec, *without.KeyMaterialId)
			}
			u.wantUsage(srv, "after a pair", key, "GenerateDataKeyPairWithoutPlaintext")
			hidden, err := u.decrypt(without.PrivateKeyCiphertextBlob, ec)
			must(t, "Decrypt", err)
			wantPair(t, spec, without.PublicKey, hidden)
		}
		_, err := u.GenerateDataKeyPair(ctx, &kms.GenerateDataKeyPairInput{KeyId: &key, KeyPairSpec: types.DataKeyPairSpecEccNistP256, DryRun: new(true)})
		wantOutcome(t, "dry", err, dryRun)
	})
}

func TestDataKeyPairRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		rsa := u.keyOf(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt)
		mac := u.keyOf(types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac)
		long := map[string]string{"a": strings.Repeat("a", 9000)}
		for _, c := range []struct {
			name, key string
			spec      types.DataKeyPairSpec
			context   map[string]string
			want      string
		}{
			{"an RSA key", rsa, types.DataKeyPairSpecEccNistP256, nil, "InvalidKeyUsageException: " + u.keyARN(rsa) + " key KeySpec is RSA_2048 which is not valid for <operation>."},
			{"a key for MACs", mac, types.DataKeyPairSpecEccNistP256, nil, "InvalidKeyUsageException: " + u.keyARN(mac) + " key usage is GENERATE_VERIFY_MAC which is not valid for <operation>."},
			{"SM2", u.key(), types.DataKeyPairSpecSm2, nil, "UnsupportedOperationException: KeyPairSpec SM2 is not supported in this Region."},
			{"ML-DSA", u.key(), "ML_DSA_44", nil, "ValidationException: 1 validation error detected: Value 'ML_DSA_44' at 'keyPairSpec'"},
			{"a long context", u.key(), types.DataKeyPairSpecEccNistP256, long, "ValidationException: The encryption context has 9001 bytes; the limit is 8192."},
		} {
			_, err := u.GenerateDataKeyPair(t.Context(), &kms.GenerateDataKeyPairInput{KeyId: &c.key, KeyPairSpec: c.spec, EncryptionContext: c.context})
			wantBegins(t, c.name, err, strings.ReplaceAll(c.want, "<operation>", "GenerateDataKeyPair"))
			_, err = u.GenerateDataKeyPairWithoutPlaintext(t.Context(), &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: &c.key, KeyPairSpec: c.spec, EncryptionContext: c.context})
			wantBegins(t, c.name, err, strings.ReplaceAll(c.want, "<operation>", "GenerateDataKeyPairWithoutPlaintext"))
		}
	})
}

// TestDataKeyPairRecord checks what the record of a pair says, and that it has no key.
func TestDataKeyPairRecord(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		out, err := u.GenerateDataKeyPair(t.Context(), &kms.GenerateDataKeyPairInput{
			KeyId: &key, KeyPairSpec: types.DataKeyPairSpecEccNistP256, EncryptionContext: map[string]string{"purpose": "test"},
		})
		must(t, "GenerateDataKeyPair", err)
		var record struct {
			RequestParameters struct {
				KeyID, KeyPairSpec string
				EncryptionContext  map[string]string
			}
			ResponseElements    map[string]any
			AdditionalEventData struct{ KeyMaterialID string }
		}
		event := eventsNamed(t, srv, "GenerateDataKeyPair")[0].JSON
		must(t, "parse the record", json.Unmarshal(event, &record))
		r := record.RequestParameters
		if r.KeyID != key || r.KeyPairSpec != "ECC_NIST_P256" || r.EncryptionContext["purpose"] != "test" || record.ResponseElements != nil ||
			record.AdditionalEventData.KeyMaterialID != *out.KeyMaterialId {
			t.Errorf("the record is %s", event)
		}
	})
}

func TestDataKeyPairForEnclave(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		out, err := u.GenerateDataKeyPair(t.Context(), &kms.GenerateDataKeyPairInput{KeyId: &key, KeyPairSpec: types.DataKeyPairSpecEccNistP384, Recipient: inEnclave(t)})
		must(t, "GenerateDataKeyPair", err)
		private := opened(t, "GenerateDataKeyPair", out.PrivateKeyPlaintext, out.CiphertextForRecipient)
		wantPair(t, types.DataKeyPairSpecEccNistP384, out.PublicKey, private)
		if again, err := u.decrypt(out.PrivateKeyCiphertextBlob, nil); err != nil || again != private {
			t.Errorf("the ciphertext is of something else: %v", err)
		}
	})
}

// ready asks the server how many pairs of RSA_2048 wait for callers.
func ready(t testing.TB, srv *keysteadtest.Server) (n int) {
	t.Helper()
	answer, err := http.Get(srv.URL + "/metrics")
	must(t, "read the metrics", err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	must(t, "read the metrics", err)
	const name = `keystead_key_pairs_ready{spec="RSA_2048"} `
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			_, err := fmt.Sscan(rest, &n)
			must(t, line, err)
			return n
		}
	}
	t.Fatal("no metric of key pairs")
	return 0
}

// BenchmarkDataKeyPair is GenerateDataKeyPair from end to end. Those of RSA_2048 come out of a
// pool that is full every 30 calls.
func BenchmarkDataKeyPair(b *testing.B) {
	srv := keysteadtest.Start(b, keysteadtest.WithDatabase(storetest.SQLite(b)))
	u := root(b, srv)
	key := u.key()
	call := func(spec types.DataKeyPairSpec) time.Duration {
		began := time.Now()
		_, err := u.GenerateDataKeyPair(b.Context(), &kms.GenerateDataKeyPairInput{KeyId: &key, KeyPairSpec: spec})
		must(b, "GenerateDataKeyPair", err)
		return time.Since(began)
	}
	for _, spec := range []types.DataKeyPairSpec{types.DataKeyPairSpecEccNistP256, types.DataKeyPairSpecEccNistEdwards25519, types.DataKeyPairSpecRsa2048} {
		call(spec)
		b.Run(string(spec), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				if spec == types.DataKeyPairSpecRsa2048 && len(took)%30 == 0 {
					b.StopTimer()
					for ready(b, srv) < 30 {
						time.Sleep(100 * time.Millisecond)
					}
					b.StartTimer()
				}
				took = append(took, call(spec))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
		})
	}
}
