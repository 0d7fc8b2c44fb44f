package kms_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// The two kinds of keys in custom key stores.
var customOrigins = []types.OriginType{types.OriginTypeAwsCloudhsm, types.OriginTypeExternalKeyStore}

// calling is a caller of the operation with this name, whose record has the id.
func (v *vaults) calling(operation string) *iam.Caller {
	c := v.caller()
	c.Event.Name, c.Event.Time = operation, v.clock.Now()
	return c
}

// connected makes a store for keys with the origin and connects it.
func (v *vaults) connected(origin types.OriginType) (id string) {
	v.t.Helper()
	in := v.hsm("of HSMs")
	if origin == types.OriginTypeExternalKeyStore {
		in = v.xks("external")
	}
	id = v.made(in)
	v.connectNow(id)
	return id
}

func (v *vaults) connectNow(id string) {
	v.t.Helper()
	must(v.t, "ConnectCustomKeyStore", v.connect(id))
	v.settle()
	v.wantState("after ConnectCustomKeyStore", id, "CONNECTED")
}

func (v *vaults) disconnectNow(id string) {
	v.t.Helper()
	must(v.t, "DisconnectCustomKeyStore", v.disconnect(id))
	v.settle()
	v.wantState("after DisconnectCustomKeyStore", id, "DISCONNECTED")
}

// input is that of CreateKey for a key in a store.
func (v *vaults) input(origin types.OriginType, keyStore string) kms.CreateKeyInput {
	in := kms.CreateKeyInput{Origin: origin, CustomKeyStoreId: &keyStore}
	if origin == types.OriginTypeExternalKeyStore {
		in.XksKeyId = new(xkstest.KeyID)
	}
	return in
}

func (v *vaults) createKey(in kms.CreateKeyInput) (*types.KeyMetadata, *cloudtrail.Event, error) {
	c := v.calling("CreateKey")
	out, err := v.CreateKey(v.t.Context(), c, &in)
	if err != nil {
		return nil, c.Event, err
	}
	return out.KeyMetadata, c.Event, nil
}

// key makes a key in a store and returns its id.
func (v *vaults) key(origin types.OriginType, keyStore string) string {
	v.t.Helper()
	m, _, err := v.createKey(v.input(origin, keyStore))
	must(v.t, "CreateKey", err)
	return *m.KeyId
}

// encrypt also returns the record of the call.
func (v *vaults) encrypt(key string) ([]byte, *cloudtrail.Event, error) {
	c := v.calling("Encrypt")
	out, err := v.Encrypt(v.t.Context(), c, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("text"), EncryptionContext: map[string]string{"a": "b"}})
	if err != nil {
		return nil, c.Event, err
	}
	return out.CiphertextBlob, c.Event, nil
}

func (v *vaults) decrypt(blob []byte) (string, *cloudtrail.Event, error) {
	c := v.calling("Decrypt")
	out, err := v.Decrypt(v.t.Context(), c, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "b"}})
	if err != nil {
		return "", c.Event, err
	}
	if out.KeyMaterialId != nil {
		v.t.Errorf("Decrypt names the key material %s", *out.KeyMaterialId)
	}
	return string(out.Plaintext), c.Event, nil
}

func (v *vaults) metadata(key string) *types.KeyMetadata {
	v.t.Helper()
	out, err := v.DescribeKey(v.t.Context(), v.calling("DescribeKey"), &kms.DescribeKeyInput{KeyId: &key})
	must(v.t, "DescribeKey", err)
	return out.KeyMetadata
}

// data is the additionalEventData of a record, without the decision.
func data(e *cloudtrail.Event) string {
	var all []string
	for _, f := range e.AdditionalEventData {
		if !strings.HasPrefix(f.Name, "authorization") {
			all = append(all, f.Name+"="+f.Value)
		}
	}
	return strings.Join(all, " ")
}

// field is one of its members.
func field(t testing.TB, e *cloudtrail.Event, name string) string {
	t.Helper()
	for _, f := range e.AdditionalEventData {
		if f.Name == name {
			return f.Value
		}
	}
	t.Errorf("the record of %s has no %s: %s", e.Name, name, data(e))
	return ""
}

// backingID is the id of the only key in the first cluster.
func (v *vaults) backingID() string {
	v.t.Helper()
	h := v.clusters.hsm(firstCluster)
	h.mu.Lock()
	defer h.mu.Unlock()
	for id := range h.keys {
		return id
	}
	v.t.Error("the cluster has no key")
	return ""
}

func eachOrigin(t *testing.T, test func(t *testing.T, v *vaults, origin types.OriginType)) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		for i, o := range customOrigins {
			if i > 0 {
				v = newVaults(t, sqlite(t)) // one of the two on each engine is enough for what lies outside
			}
			v.t = t
			test(t, v, o)
		}
	})
}

// TestCustomKey makes a key of each kind and uses it.
func TestCustomKey(t *testing.T) {
	eachOrigin(t, func(t *testing.T, v *vaults, origin types.OriginType) {
		ks := v.connected(origin)
		m, event, err := v.createKey(v.input(origin, ks))
		must(t, "CreateKey", err)
		if m.Origin != origin || m.KeyState != types.KeyStateEnabled || !m.Enabled || *m.CustomKeyStoreId != ks || m.CurrentKeyMaterialId != nil || *m.MultiRegion ||
			m.KeySpec != types.KeySpecSymmetricDefault || m.KeyUsage != types.KeyUsageTypeEncryptDecrypt {
			t.Errorf("the key is %+v", m)
		}
		wantData := ""
		if origin == types.OriginTypeAwsCloudhsm {
			id := v.backingID()
			if *m.CloudHsmClusterId != firstCluster || m.XksKeyConfiguration != nil || len(id) != 64 {
				t.Errorf("the key is in the cluster %v, as %s", m.CloudHsmClusterId, id)
			}
			if h := v.clusters.hsm(firstCluster); h.labels[id] != *m.Arn {
				t.Errorf("the key in the HSM has the label %s, want %s", h.labels[id], *m.Arn)
			}
			if got, want := field(t, event, "backingKey"), `{"backingKeyId":"`+id+`"}`; got != want {
				t.Errorf("backingKey is %s, want %s", got, want)
			}
			wantData = "customKeyStoreId=" + ks + " backingKeyId=" + id
		} else {
			if *m.XksKeyConfiguration.Id != xkstest.KeyID || m.CloudHsmClusterId != nil {
				t.Errorf("the external key is %v", m.XksKeyConfiguration)
			}
			wantData = "customKeyStoreId=" + ks + " xksKeyId=" + xkstest.KeyID
		}
		key := *m.KeyId
		blob, event, err := v.encrypt(key)
		must(t, "Encrypt", err)
		if got := data(event); got != wantData {
			t.Errorf("the record of Encrypt has %s, want %s", got, wantData)
		}
		plaintext, event, err := v.decrypt(blob)
		if err != nil || plaintext != "text" || data(event) != wantData {
			t.Errorf("Decrypt: %q, %v, %s", plaintext, err, data(event))
		}
		testDataKeys(t, v, key)
		testReEncrypt(t, v, key, blob, wantData)
		if _, err := v.GetKeyLastUsage(t.Context(), v.calling("GetKeyLastUsage"), &kms.GetKeyLastUsageInput{KeyId: &key}); err != nil {
			t.Errorf("GetKeyLastUsage: %v", err)
		}
		counted := map[string]int64{}
		for _, c := range v.TakeCalls() {
			counted[c.Operation] += c.Count
		}
		if got := fmt.Sprint(counted); got != "map[Decrypt:4 Encrypt:2 GenerateDataKey:1 GenerateDataKeyWithoutPlaintext:1 ReEncrypt:3]" {
			t.Errorf("counted %s", got)
		}
	})
}

func testDataKeys(t *testing.T, v *vaults, key string) {
	out, err := v.GenerateDataKey(t.Context(), v.calling("GenerateDataKey"), &kms.GenerateDataKeyInput{
		KeyId: &key, KeySpec: types.DataKeySpecAes256, EncryptionContext: map[string]string{"a": "b"},
	})
	must(t, "GenerateDataKey", err)
	if p, _, err := v.decrypt(out.CiphertextBlob); err != nil || p != string(out.Plaintext) || len(p) != 32 || out.KeyMaterialId != nil {
		t.Errorf("the data key opens to %x, %v, material %v", p, err, out.KeyMaterialId)
	}
	without, err := v.GenerateDataKeyWithoutPlaintext(t.Context(), v.calling("GenerateDataKeyWithoutPlaintext"), &kms.GenerateDataKeyWithoutPlaintextInput{
		KeyId: &key, NumberOfBytes: new(int32(5)), EncryptionContext: map[string]string{"a": "b"},
	})
	must(t, "GenerateDataKeyWithoutPlaintext", err)
	if p, _, err := v.decrypt(without.CiphertextBlob); err != nil || len(p) != 5 {
		t.Errorf("the data key opens to %x, %v", p, err)
	}
	_, err = v.GenerateDataKey(t.Context(), v.calling("GenerateDataKey"), &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, DryRun: new(true)})
	wantException(t, "a dry run", err, "DryRunOperationException")
}

// testReEncrypt goes from the key to one of software, and back, and to itself.
func testReEncrypt(t *testing.T, v *vaults, key string, blob []byte, inStore string) {
	soft, err := v.CreateKey(t.Context(), v.calling("CreateKey"), &kms.CreateKeyInput{})
	must(t, "CreateKey", err)
	other := *soft.KeyMetadata.KeyId
	ec := map[string]string{"a": "b"}
	for _, step := range []struct{ to, source, destination string }{{other, "source", ""}, {key, "", "destination"}, {key, "source", "destination"}} {
		c := v.calling("ReEncrypt")
		out, err := v.ReEncrypt(t.Context(), c, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &step.to, SourceEncryptionContext: ec, DestinationEncryptionContext: ec})
		must(t, "ReEncrypt", err)
		blob = out.CiphertextBlob
		for _, side := range []string{step.source, step.destination} {
			if side == "" {
				continue
			}
			for pair := range strings.FieldsSeq(inStore) {
				name, value, _ := strings.Cut(pair, "=")
				if got := field(t, c.Event, side+strings.ToUpper(name[:1])+name[1:]); got != value {
					t.Errorf("the record of ReEncrypt has the %s %s %s", side, name, got)
				}
			}
		}
		if (out.SourceKeyMaterialId == nil) != (step.source != "") || (out.DestinationKeyMaterialId == nil) != (step.destination != "") {
			t.Errorf("ReEncrypt to %s names materials %v, %v", step.to, out.SourceKeyMaterialId, out.DestinationKeyMaterialId)
		}
	}
	if blob, _, err = v.encrypt(other); err != nil {
		t.Fatal(err)
	}
	if out, err := v.Decrypt(t.Context(), v.calling("Decrypt"), &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: ec}); err != nil || out.KeyMaterialId == nil {
		t.Errorf("Decrypt under another key: %v", err)
	}
}

// TestCustomKeyUnavailable disconnects the store of a key.
func TestCustomKeyUnavailable(t *testing.T) {
	eachOrigin(t, func(t *testing.T, v *vaults, origin types.OriginType) {
		ks := v.connected(origin)
		key := v.key(origin, ks)
		arn := *v.metadata(key).Arn
		blob, _, err := v.encrypt(key)
		must(t, "Encrypt", err)
		want := "KMSInvalidStateException: " + arn + " is unavailable."
		if origin == types.OriginTypeExternalKeyStore {
			want = "KMSInvalidStateException: This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."
		}
		v.disconnectNow(ks)
		if m := v.metadata(key); m.KeyState != types.KeyStateUnavailable || m.Enabled {
			t.Errorf("the key is %s, enabled %v", m.KeyState, m.Enabled)
		}
		_, event, err := v.encrypt(key)
		wantOutcome(t, "Encrypt", err, want)
		if field(t, event, "customKeyStoreId") != ks {
			t.Error("the record of the failed call has another store")
		}
		_, _, err = v.decrypt(blob)
		wantOutcome(t, "Decrypt", err, want)
		_, _, err = v.createKey(v.input(origin, ks))
		wantException(t, "CreateKey", err, "CustomKeyStoreInvalidStateException")
		state := func() types.KeyState {
			return v.metadata(key).KeyState
		}
		setKey := func(enabled bool) {
			t.Helper()
			var err error
			if enabled {
				_, err = v.EnableKey(t.Context(), v.calling("EnableKey"), &kms.EnableKeyInput{KeyId: &key})
			} else {
				_, err = v.DisableKey(t.Context(), v.calling("DisableKey"), &kms.DisableKeyInput{KeyId: &key})
			}
			must(t, "EnableKey or DisableKey", err)
			if got := state(); got != types.KeyStateUnavailable {
				t.Errorf("the key is %s at once", got)
			}
		}
		setKey(false)
		v.connectNow(ks)
		if got := state(); got != types.KeyStateDisabled {
			t.Errorf("the key was disabled while it was unavailable, and is %s", got)
		}
		_, _, err = v.encrypt(key)
		wantOutcome(t, "Encrypt", err, "DisabledException: "+arn+" is disabled.")
		v.disconnectNow(ks)
		setKey(true)
		for _, r := range reports(t, v) {
			if r.KeyID == key && r.State != types.KeyStateUnavailable {
				t.Errorf("the report says %s", r.State)
			}
		}
		_, err = v.TagResource(t.Context(), v.calling("TagResource"), &kms.TagResourceInput{KeyId: &key, Tags: []types.Tag{{TagKey: new("a"), TagValue: new("b")}}})
		must(t, "TagResource", err)
		_, err = v.CancelKeyDeletion(t.Context(), v.calling("CancelKeyDeletion"), &kms.CancelKeyDeletionInput{KeyId: &key})
		wantOutcome(t, "CancelKeyDeletion", err, "KMSInvalidStateException: "+arn+" is not pending deletion.")
		c := v.calling("ScheduleKeyDeletion")
		_, err = v.ScheduleKeyDeletion(t.Context(), c, &kms.ScheduleKeyDeletionInput{KeyId: &key})
		must(t, "ScheduleKeyDeletion", err)
		if origin == types.OriginTypeAwsCloudhsm {
			id := v.backingID()
			if got, want := data(c.Event), "customKeyStoreId="+ks+" clusterId="+firstCluster+` backingKeys=[{"backingKeyId":"`+id+`"}]`; got != want {
				t.Errorf("the record of ScheduleKeyDeletion has %s, want %s", got, want)
			}
		}
		if got := state(); got != types.KeyStatePendingDeletion {
			t.Errorf("the key is %s", got)
		}
		_, _, err = v.encrypt(key)
		wantOutcome(t, "Encrypt", err, "KMSInvalidStateException: "+arn+" is pending deletion.")
		_, err = v.CancelKeyDeletion(t.Context(), v.calling("CancelKeyDeletion"), &kms.CancelKeyDeletionInput{KeyId: &key})
		must(t, "CancelKeyDeletion", err)
		if got := state(); got != types.KeyStateUnavailable {
			t.Errorf("the key is %s after CancelKeyDeletion", got)
		}
		v.connectNow(ks)
		if got := state(); got != types.KeyStateDisabled {
			t.Errorf("the key is %s after CancelKeyDeletion and ConnectCustomKeyStore", got)
		}
		setEnabled(t, v, key)
		if p, _, err := v.decrypt(blob); err != nil || p != "text" {
			t.Errorf("Decrypt in the end: %q, %v", p, err)
		}
	})
}

func setEnabled(t *testing.T, v *vaults, key string) {
	t.Helper()
	_, err := v.EnableKey(t.Context(), v.calling("EnableKey"), &kms.EnableKeyInput{KeyId: &key})
	must(t, "EnableKey", err)
}

// TestCustomKeyUnsupported calls what keys in custom key stores can't do.
func TestCustomKeyUnsupported(t *testing.T) {
	t.Parallel()
	for _, origin := range customOrigins {
		v := newVaults(t, sqlite(t))
		key := v.key(origin, v.connected(origin))
		arn := *v.metadata(key).Arn
		notValid := "UnsupportedOperationException: " + arn + " origin is " + string(origin) + " which is not valid for this operation."
		ctx := t.Context()
		for name, call := range map[string]func(c *iam.Caller) error{
			"EnableKeyRotation": func(c *iam.Caller) error {
				return second(v.EnableKeyRotation(ctx, c, &kms.EnableKeyRotationInput{KeyId: &key}))
			},
			"DisableKeyRotation": func(c *iam.Caller) error {
				return second(v.DisableKeyRotation(ctx, c, &kms.DisableKeyRotationInput{KeyId: &key}))
			},
			"GetKeyRotationStatus": func(c *iam.Caller) error {
				return second(v.GetKeyRotationStatus(ctx, c, &kms.GetKeyRotationStatusInput{KeyId: &key}))
			},
			"ListKeyRotations": func(c *iam.Caller) error {
				return second(v.ListKeyRotations(ctx, c, &kms.ListKeyRotationsInput{KeyId: &key}))
			},
			"RotateKeyOnDemand": func(c *iam.Caller) error {
				return second(v.RotateKeyOnDemand(ctx, c, &kms.RotateKeyOnDemandInput{KeyId: &key}))
			},
			"GetParametersForImport": func(c *iam.Caller) error {
				return second(v.GetParametersForImport(ctx, c, &kms.GetParametersForImportInput{
					KeyId: &key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
				}))
			},
			"ImportKeyMaterial": func(c *iam.Caller) error {
				return second(v.ImportKeyMaterial(ctx, c, &kms.ImportKeyMaterialInput{
					KeyId: &key, ImportToken: []byte("x"), EncryptedKeyMaterial: []byte("x"), ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
				}))
			},
			"DeleteImportedKeyMaterial": func(c *iam.Caller) error {
				return second(v.DeleteImportedKeyMaterial(ctx, c, &kms.DeleteImportedKeyMaterialInput{KeyId: &key}))
			},
			"GenerateDataKeyPair": func(c *iam.Caller) error {
				return second(v.GenerateDataKeyPair(ctx, c, &kms.GenerateDataKeyPairInput{KeyId: &key, KeyPairSpec: types.DataKeyPairSpecEccNistP256}))
			},
			"GenerateDataKeyPairWithoutPlaintext": func(c *iam.Caller) error {
				return second(v.GenerateDataKeyPairWithoutPlaintext(ctx, c, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: &key, KeyPairSpec: types.DataKeyPairSpecEccNistP256}))
			},
		} {
			wantOutcome(t, name+" of a key with Origin "+string(origin), call(v.calling(name)), notValid)
		}
		wantOutcome(t, "ReplicateKey", second(v.ReplicateKey(ctx, v.calling("ReplicateKey"), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new("eu-west-1")})),
			"UnsupportedOperationException: "+arn+" is not a multi-region primary key.")
		wantOutcome(t, "GetPublicKey", second(v.GetPublicKey(ctx, v.calling("GetPublicKey"), &kms.GetPublicKeyInput{KeyId: &key})), "UnsupportedOperationException")
		wantException(t, "Sign", second(v.Sign(ctx, v.calling("Sign"), &kms.SignInput{KeyId: &key, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})), "InvalidKeyUsageException")
	}
}

func second[T any](_ T, err error) error { return err }

// TestCustomKeyGenerateRandom takes random bytes of a cluster.
func TestCustomKeyGenerateRandom(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	hsms, external := v.connected(types.OriginTypeAwsCloudhsm), v.connected(types.OriginTypeExternalKeyStore)
	random := func(ctx context.Context, id string) (int, error) {
		out, err := v.GenerateRandom(ctx, v.calling("GenerateRandom"), &kms.GenerateRandomInput{NumberOfBytes: new(int32(20)), CustomKeyStoreId: &id})
		if err != nil {
			return 0, err
		}
		return len(out.Plaintext), nil
	}
	if n, err := random(t.Context(), hsms); n != 20 || err != nil {
		t.Errorf("GenerateRandom: %d bytes, %v", n, err)
	}
	if h := v.clusters.hsm(firstCluster); len(h.calls) == 0 || h.calls[len(h.calls)-1] != "Random" {
		t.Errorf("the HSMs were asked for %v", h.calls)
	}
	for what, c := range map[string]struct{ id, want string }{
		"an external key store": {external, "UnsupportedOperationException"},
		"no store":              {"cks-0", "CustomKeyStoreNotFoundException"},
	} {
		_, err := random(t.Context(), c.id)
		wantException(t, what, err, c.want)
	}
	v.disconnectNow(hsms)
	_, err := random(t.Context(), hsms)
	wantException(t, "a disconnected store", err, "CustomKeyStoreInvalidStateException")
}

// reports are those on all keys.
func reports(t testing.TB, v *vaults) (all []rules.KeyReport) {
	t.Helper()
	for r, err := range v.Report(t.Context(), rules.ReportOptions{}) {
		must(t, "Report", err)
		all = append(all, r)
	}
	return all
}
