package kms_test

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
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
			before := v.asked()
			for what, header := range map[string]int{"the header but for the version": 1, "the whole header": 0} {
				forged := forge(of.blob, func(h []byte) { copy(h[header:], as.blob[header:26]) })
				_, err := v.Decrypt(t.Context(), v.calling("Decrypt"), &kms.DecryptInput{CiphertextBlob: forged, EncryptionContext: ec})
				code, _, _ := strings.Cut(outcome(err), ":")
				if code != "InvalidCiphertextException" && (code != "KMSInvalidStateException" || !strings.HasPrefix(as.name, "external")) {
					t.Errorf("%s with %s of %s: %s", of.name, what, as.name, outcome(err))
				}
			}
			if as.name == "software" && v.asked() != before {
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

// TestCustomKeyDryRuns has calls that ask for the decision alone: nobody outside learns of them.
func TestCustomKeyDryRuns(t *testing.T) {
	t.Parallel()
	for _, origin := range customOrigins {
		v := newVaults(t, sqlite(t))
		ks := v.connected(origin)
		key := v.key(origin, ks)
		blob, _, err := v.encrypt(key)
		must(t, "Encrypt", err)
		ctx, ec := t.Context(), map[string]string{"a": "b"}
		calls := map[string]func(c *iam.Caller) error{
			"Encrypt": func(c *iam.Caller) error {
				return second(v.Encrypt(ctx, c, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("text"), DryRun: new(true)}))
			},
			"Decrypt": func(c *iam.Caller) error {
				return second(v.Decrypt(ctx, c, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: ec, DryRun: new(true)}))
			},
			"ReEncrypt": func(c *iam.Caller) error {
				return second(v.ReEncrypt(ctx, c, &kms.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: ec, DestinationKeyId: &key, DryRun: new(true)}))
			},
			"GenerateDataKey": func(c *iam.Caller) error {
				return second(v.GenerateDataKey(ctx, c, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, DryRun: new(true)}))
			},
			"GenerateDataKeyWithoutPlaintext": func(c *iam.Caller) error {
				return second(v.GenerateDataKeyWithoutPlaintext(ctx, c, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, DryRun: new(true)}))
			},
		}
		before := v.asked()
		for name, call := range calls {
			wantException(t, name, call(v.calling(name)), "DryRunOperationException")
		}
		v.disconnectNow(ks)
		for name, call := range calls {
			wantException(t, name+" while the store is disconnected", call(v.calling(name)), "KMSInvalidStateException")
		}
		if n := v.asked(); n != before {
			t.Errorf("%d calls of the HSMs or the proxy of a key with Origin %s", n-before, origin)
		}
	}
}

// asked is how many calls the HSMs of the first cluster and the proxy have had.
func (v *vaults) asked() int {
	h := v.clusters.hsm(firstCluster)
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.calls) + len(v.proxy.Seen())
}

// TestKeyStoresOfARegion calls a store where it is not: in another Region, and in another account.
func TestKeyStoresOfARegion(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		ctx := t.Context()
		ids := []string{v.connected(types.OriginTypeAwsCloudhsm), v.connected(types.OriginTypeExternalKeyStore)}
		elsewhere := func() *iam.Caller {
			c := v.caller()
			c.Region = "eu-west-1"
			return c
		}
		for i, id := range ids {
			for where, caller := range map[string]func() *iam.Caller{"another Region": elsewhere, "another account": v.stranger} {
				for name, call := range map[string]func() error{
					"ConnectCustomKeyStore": func() error {
						return second(v.ConnectCustomKeyStore(ctx, caller(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id}))
					},
					"DisconnectCustomKeyStore": func() error {
						return second(v.DisconnectCustomKeyStore(ctx, caller(), &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id}))
					},
					"UpdateCustomKeyStore": func() error {
						return second(v.UpdateCustomKeyStore(ctx, caller(), &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &id, NewCustomKeyStoreName: new("x")}))
					},
					"DeleteCustomKeyStore": func() error {
						return second(v.DeleteCustomKeyStore(ctx, caller(), &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &id}))
					},
					"DescribeCustomKeyStores": func() error {
						return second(v.DescribeCustomKeyStores(ctx, caller(), &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id}))
					},
					"CreateKey": func() error { return second(v.CreateKey(ctx, caller(), new(v.input(customOrigins[i], id)))) },
					"GenerateRandom": func() error {
						return second(v.GenerateRandom(ctx, caller(), &kms.GenerateRandomInput{NumberOfBytes: new(int32(1)), CustomKeyStoreId: &id}))
					},
				} {
					wantOutcome(t, name+" in "+where, call(), "CustomKeyStoreNotFoundException: Custom key store "+id+" is not found.")
				}
				all, err := v.DescribeCustomKeyStores(ctx, caller(), &kms.DescribeCustomKeyStoresInput{})
				if err != nil || len(all.CustomKeyStores) != 0 {
					t.Errorf("in %s there are %d stores, %v", where, len(all.CustomKeyStores), err)
				}
			}
			v.wantState("the store", id, "CONNECTED")
		}
	})
}
