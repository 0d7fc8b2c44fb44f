package kms_test

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/xks/xkstest"
)

// forge is a ciphertext with another header, whose check is right.
func forge(blob []byte, change func(header []byte)) []byte {
	forged := slices.Clone(blob)
	change(forged[:26])
	binary.BigEndian.PutUint32(forged[26:], crc32.Checksum(forged[:26], crc32.MakeTable(crc32.Castagnoli)))
	return forged
}

// TestForgedHeaders gives ciphertexts of each kind of key the headers of all others: none opens, and
// what could not open is not shown to anybody outside.
func TestForgedHeaders(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	hsms, proxies := v.connected(types.OriginTypeAwsCloudhsm), v.connected(types.OriginTypeExternalKeyStore)
	v.proxy.SetKey("another", xkstest.Key{})
	another := v.input(types.OriginTypeExternalKeyStore, proxies)
	another.XksKeyId = new("another")
	type sealed struct {
		key, name string
		blob      []byte
	}
	var all []sealed
	for name, in := range map[string]kms.CreateKeyInput{
		"software": {}, "HSM": v.input(types.OriginTypeAwsCloudhsm, hsms), "HSM 2": v.input(types.OriginTypeAwsCloudhsm, hsms),
		"external": v.input(types.OriginTypeExternalKeyStore, proxies), "external 2": another,
	} {
		m, _, err := v.createKey(in)
		must(t, "CreateKey", err)
		blob, _, err := v.encrypt(*m.KeyId)
		must(t, "Encrypt", err)
		all = append(all, sealed{*m.KeyId, name, blob})
	}
	outside := func() int {
		h := v.clusters.hsm(firstCluster)
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.calls) + len(v.proxy.Seen())
	}
	ec := map[string]string{"a": "b"}
	for _, of := range all {
		for _, as := range all {
			_, err := v.Decrypt(t.Context(), v.calling("Decrypt"), &kms.DecryptInput{CiphertextBlob: of.blob, KeyId: &as.key, EncryptionContext: ec})
			want := "IncorrectKeyException"
			if of.key == as.key {
				want = "ok"
			}
			wantException(t, of.name+" with the key "+as.name, err, want)
			if of.key == as.key {
				continue
			}
			before := outside()
			for what, header := range map[string]int{"the header but for the version": 1, "the whole header": 0} {
				forged := forge(of.blob, func(h []byte) { copy(h[header:], as.blob[header:26]) })
				_, err := v.Decrypt(t.Context(), v.calling("Decrypt"), &kms.DecryptInput{CiphertextBlob: forged, EncryptionContext: ec})
				code, _, _ := strings.Cut(outcome(err), ":")
				if code != "InvalidCiphertextException" && (code != "KMSInvalidStateException" || !strings.HasPrefix(as.name, "external")) {
					t.Errorf("%s with %s of %s: %s", of.name, what, as.name, outcome(err))
				}
			}
			if as.name == "software" && outside() != before {
				t.Errorf("%s as %s was shown to somebody outside", of.name, as.name)
			}
		}
		for version := range byte(5) {
			if forged := forge(of.blob, func(h []byte) { h[0] = version }); version != of.blob[0] {
				_, err := v.Decrypt(t.Context(), v.calling("Decrypt"), &kms.DecryptInput{CiphertextBlob: forged, EncryptionContext: ec})
				wantOutcome(t, of.name+" as another version", err, "InvalidCiphertextException")
			}
		}
	}
}

// TestStrangeKeyStoreIDs has ids that no store has, and that are more than a name in the database.
func TestStrangeKeyStoreIDs(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		ks := v.connected(types.OriginTypeExternalKeyStore)
		key := v.key(types.OriginTypeExternalKeyStore, ks)
		for _, id := range []string{
			"\x00", "\U0010FFFF", "\xff", "/", "..", "../us-east-1/000000000000/" + ks, ks + "/", ks + "/" + xkstest.KeyID, strings.ToUpper(ks), ks[:len(ks)-1], key, "%", "*",
		} {
			const want = "CustomKeyStoreNotFoundException"
			wantException(t, "ConnectCustomKeyStore", v.connect(id), want)
			wantException(t, "DisconnectCustomKeyStore", v.disconnect(id), want)
			wantException(t, "DeleteCustomKeyStore", v.remove(id), want)
			wantException(t, "UpdateCustomKeyStore", v.change(id, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("name")}), want)
			_, err := v.DescribeCustomKeyStores(t.Context(), v.caller(), &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id})
			wantException(t, "DescribeCustomKeyStores", err, want)
			_, _, err = v.createKey(v.input(types.OriginTypeExternalKeyStore, id))
			wantException(t, "CreateKey", err, want)
			_, err = v.GenerateRandom(t.Context(), v.calling("GenerateRandom"), &kms.GenerateRandomInput{NumberOfBytes: new(int32(1)), CustomKeyStoreId: &id})
			wantException(t, "GenerateRandom", err, want)
		}
	})
}
