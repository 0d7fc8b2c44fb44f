package kms_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

func (u user) lastUsage(key string) *kms.GetKeyLastUsageOutput {
	u.t.Helper()
	out, err := u.GetKeyLastUsage(u.t.Context(), &kms.GetKeyLastUsageInput{KeyId: &key})
	must(u.t, "GetKeyLastUsage", err)
	return out
}

// wantUsage checks that the last use of a key is the last event of that name in the journal
// of srv; "" means that there is none.
func (u user) wantUsage(srv *keysteadtest.Server, when, key, operation string) {
	u.t.Helper()
	out := u.lastUsage(key)
	created := *u.describe(key).CreationDate
	if *out.KeyId != key || !out.KeyCreationDate.Equal(created) || !out.TrackingStartDate.Equal(created) {
		u.t.Errorf("%s: key %s, made %v, tracked since %v; want %s, %v", when, *out.KeyId, out.KeyCreationDate, out.TrackingStartDate, key, created)
	}
	got := out.KeyLastUsage
	switch {
	case got == nil:
		u.t.Fatalf("%s: no KeyLastUsage, which should be an empty object", when)
	case operation == "":
		if got.Operation != "" || got.Timestamp != nil || got.CloudTrailEventId != nil || got.KmsRequestId != nil {
			u.t.Errorf("%s: the last use is %+v, want none", when, got)
		}
		return
	case string(got.Operation) != operation:
		u.t.Errorf("%s: the last use is %s, want %s", when, got.Operation, operation)
		return
	}
	found := slices.DeleteFunc(eventsNamed(u.t, srv, operation), func(r cloudtrail.Record) bool { return r.ErrorCode != "" })
	last := found[len(found)-1]
	if *got.CloudTrailEventId != last.EventID || *got.KmsRequestId != last.RequestID || !got.Timestamp.Equal(last.Time) {
		u.t.Errorf("%s: the last use is event %s, request %s at %v; the journal has %s, %s at %v", when,
			*got.CloudTrailEventId, *got.KmsRequestId, got.Timestamp, last.EventID, last.RequestID, last.Time)
	}
}

// TestKeyLastUsage follows the last use of keys through all that is one, and all that is not.
func TestKeyLastUsage(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, ctx := root(t, srv), t.Context()
		key, other := u.key(), u.key()
		u.wantUsage(srv, "before the first use", key, "")

		blob := u.encrypt(key, "text", nil)
		u.wantUsage(srv, "after Encrypt", key, "Encrypt")
		for _, op := range operations {
			if op.dry && op.name != "CreateGrant" && op.name != "RetireGrant" && op.name != "RevokeGrant" {
				s := situation{key: key, blob: blob, other: key, dryRun: true}
				wantOutcome(t, op.name+" with DryRun", op.call(ctx, u.Client, s), dryRun)
			}
		}
		_, err := u.decrypt(bytes.Clone(blob), map[string]string{"a": "b"})
		wantOutcome(t, "Decrypt with another context", err, "InvalidCiphertextException")
		_, err = u.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &key})
		must(t, "GetKeyPolicy", err)
		u.wantUsage(srv, "after what is no use", key, "Encrypt")
		u.wantUsage(srv, "after what is no use", other, "")

		_, err = u.decrypt(blob, nil)
		must(t, "Decrypt", err)
		u.wantUsage(srv, "after Decrypt", key, "Decrypt")
		_, err = u.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256})
		must(t, "GenerateDataKey", err)
		u.wantUsage(srv, "after GenerateDataKey", key, "GenerateDataKey")
		_, err = u.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &key, NumberOfBytes: new(int32(8))})
		must(t, "GenerateDataKeyWithoutPlaintext", err)
		u.wantUsage(srv, "after GenerateDataKeyWithoutPlaintext", key, "GenerateDataKeyWithoutPlaintext")
		must(t, "ReEncrypt", call(ctx, u.Client, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &other}))
		u.wantUsage(srv, "after ReEncrypt", key, "ReEncrypt")
		u.wantUsage(srv, "after ReEncrypt, the other key", other, "ReEncrypt")

		srv.Advance(time.Hour) // which runs the jobs
		u.wantUsage(srv, "saved", key, "ReEncrypt")
		u.encrypt(key, "text", nil)
		u.wantUsage(srv, "used again", key, "Encrypt")
		u.disable(key)
		_, err = u.decrypt(blob, nil)
		wantOutcome(t, "Decrypt with the disabled key", err, "DisabledException: "+u.keyARN(key)+" is disabled.")
		srv.Restart()
		u = root(t, srv)
		u.wantUsage(srv, "after a restart", key, "Encrypt")
		u.wantUsage(srv, "after a restart, the other key", other, "ReEncrypt")
	})
}

// TestUsageOnNodes: what one node saved the others know, and an older use that is saved later
// does not take its place.
func TestUsageOnNodes(t *testing.T) {
	first, second := nodes(t)
	a, b := root(t, first), root(t, second)
	key := a.key()
	second.Advance(2 * time.Hour) // the clocks are the nodes' own
	b.encrypt(key, "text", nil)
	blob := a.encrypt(key, "text", nil)
	a.wantUsage(first, "before the other node saves", key, "Encrypt")
	b.wantUsage(second, "by the node itself", key, "Encrypt")
	second.Advance(time.Second)
	a.wantUsage(second, "after the other node saved", key, "Encrypt")
	_, err := a.decrypt(blob, nil)
	must(t, "Decrypt", err)
	first.Advance(time.Second)
	a.wantUsage(second, "after an older use was saved", key, "Encrypt")
	b.wantUsage(second, "after an older use was saved, elsewhere", key, "Encrypt")
}

// TestUsageOfDeletedKeys: the record of the last use goes with the key, and a node that saves
// later does not bring it back.
func TestUsageOfDeletedKeys(t *testing.T) {
	t.Parallel()
	url := storetest.PostgreSQL(t)
	srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
	u, peer := root(t, srv), srv.Peer()
	db := storetest.Open(t, store.Options{URL: url, Sealer: sealer(t, srv)})
	uses := func() int {
		r, err := db.Scan(t.Context(), "kms-key-usage", store.Range{})
		must(t, "Scan", err)
		return len(r)
	}
	key := u.key()
	u.encrypt(key, "text", nil)
	srv.Advance(time.Second)
	if n := uses(); n != 1 {
		t.Fatalf("there are %d records of uses, want 1", n)
	}
	root(t, peer).encrypt(key, "text", nil) // unsaved when the key is deleted
	u.scheduleDeletion(key, 7)
	srv.Advance(7 * day)
	if n := uses(); n != 0 {
		t.Errorf("after the deletion there are %d records of uses", n)
	}
	peer.Advance(time.Second)
	if n := uses(); n != 0 {
		t.Errorf("after the other node saved there are %d records of uses", n)
	}
}

// TestTrailingDaysWithoutKeyUsage has a key policy that protects keys which were used, or
// made, in the last 30 days.
func TestTrailingDaysWithoutKeyUsage(t *testing.T) {
	const protects = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":["kms:DisableKey","kms:ScheduleKeyDeletion"],"Resource":"*",
		 "Condition":{"NumericLessThan":{"kms:TrailingDaysWithoutKeyUsage":"30"}}}]}`
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		used, unused := u.key(), u.key()
		for _, key := range []string{used, unused} {
			must(t, "PutKeyPolicy", u.putPolicy(key, protects, false))
		}
		disable := func(when, key string, allowed bool) {
			t.Helper()
			_, disabled := u.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &key})
			_, scheduled := u.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &key})
			for name, err := range map[string]error{"DisableKey": disabled, "ScheduleKeyDeletion": scheduled} {
				want := "ok"
				if !allowed {
					want = fmt.Sprintf("AccessDeniedException: User: arn:aws:iam::%s:root is not authorized to perform: kms:%s on resource: %s "+
						"with an explicit deny in a resource-based policy", u.account, name, u.keyARN(key))
				}
				wantOutcome(t, name+" "+when, err, want)
			}
		}
		disable("of a new key", unused, false)
		srv.Advance(10 * day)
		u.encrypt(used, "text", nil)
		disable("at once after a use", used, false)
		srv.Advance(20*day - time.Minute)
		disable("29 days after it was made", unused, false)
		srv.Advance(time.Minute)
		disable("30 days after it was made", unused, true)
		disable("20 days after its use", used, false)
		srv.Restart() // which sets the clock right
		u = root(t, srv)
		srv.Advance(30 * day)
		disable("20 days after its use, saved", used, false)
		srv.Advance(10 * day)
		disable("30 days after its use", used, true)
	})
}

// TestUsageOfOtherSpecs has the operations of keys that are not for symmetric encryption. A
// signature or MAC that does not fit is no use of the key.
func TestUsageOfOtherSpecs(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, ctx, message := root(t, srv), t.Context(), []byte("message")
		used := func(key, operation string, err error) {
			t.Helper()
			must(t, operation, err)
			u.wantUsage(srv, "after "+operation, key, operation)
		}
		key := u.made(kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
		const algorithm = types.SigningAlgorithmSpecEcdsaSha256
		signed, err := u.Sign(ctx, &kms.SignInput{KeyId: &key, Message: message, SigningAlgorithm: algorithm})
		used(key, "Sign", err)
		_, err = u.Verify(ctx, &kms.VerifyInput{KeyId: &key, Message: []byte("other"), Signature: signed.Signature, SigningAlgorithm: algorithm})
		wantOutcome(t, "Verify of another message", err, "KMSInvalidSignatureException")
		u.wantUsage(srv, "after Verify of another message", key, "Sign")
		_, err = u.Verify(ctx, &kms.VerifyInput{KeyId: &key, Message: message, Signature: signed.Signature, SigningAlgorithm: algorithm})
		used(key, "Verify", err)

		key = u.made(kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
		const mac = types.MacAlgorithmSpecHmacSha256
		made, err := u.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: &key, Message: message, MacAlgorithm: mac})
		used(key, "GenerateMac", err)
		_, err = u.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: &key, Message: []byte("other"), Mac: made.Mac, MacAlgorithm: mac})
		wantOutcome(t, "VerifyMac of another message", err, "KMSInvalidMacException")
		u.wantUsage(srv, "after VerifyMac of another message", key, "GenerateMac")
		_, err = u.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: &key, Message: message, Mac: made.Mac, MacAlgorithm: mac})
		used(key, "VerifyMac", err)

		key = u.made(kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeKeyAgreement})
		public, err := u.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &key})
		must(t, "GetPublicKey", err)
		u.wantUsage(srv, "after GetPublicKey", key, "")
		_, err = u.DeriveSharedSecret(ctx, &kms.DeriveSharedSecretInput{KeyId: &key, PublicKey: public.PublicKey, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh})
		used(key, "DeriveSharedSecret", err)

		key = u.made(kms.CreateKeyInput{KeySpec: types.KeySpecMlKem768, KeyUsage: types.KeyUsageTypeEncapsulateDecapsulate})
		const kem = types.EncapsulationAlgorithmSpecMlKem
		secret, err := u.Encapsulate(ctx, &kms.EncapsulateInput{KeyId: &key, EncapsulationAlgorithm: kem})
		used(key, "Encapsulate", err)
		_, err = u.Decapsulate(ctx, &kms.DecapsulateInput{KeyId: &key, EncapsulationAlgorithm: kem, SharedSecretCiphertextBlob: secret.SharedSecretCiphertextBlob})
		used(key, "Decapsulate", err)

		key = u.key()
		_, err = u.GenerateDataKeyPair(ctx, &kms.GenerateDataKeyPairInput{KeyId: &key, KeyPairSpec: types.DataKeyPairSpecEccNistP256})
		used(key, "GenerateDataKeyPair", err)
		_, err = u.GenerateDataKeyPairWithoutPlaintext(ctx, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: &key, KeyPairSpec: types.DataKeyPairSpecEccNistP256})
		used(key, "GenerateDataKeyPairWithoutPlaintext", err)
	})
}
