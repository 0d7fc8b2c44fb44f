package kms_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// The Regions of the tests. Primary keys are in the server's own, us-east-1.
const (
	ireland = "eu-west-1"
	tokyo   = "ap-northeast-1"
)

// primary makes a multi-Region key.
func (u user) primary() string {
	u.t.Helper()
	return u.made(kms.CreateKeyInput{MultiRegion: new(true)})
}

// replicate makes a replica and returns its owner in that Region, when it is ready.
func (u user) replicate(srv *keysteadtest.Server, key, region string) user {
	u.t.Helper()
	_, err := u.ReplicateKey(u.t.Context(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: &region})
	must(u.t, "ReplicateKey", err)
	srv.Advance(0)
	return u.in(region)
}

func (u user) makePrimary(key, region string) error {
	_, err := u.UpdatePrimaryRegion(u.t.Context(), &kms.UpdatePrimaryRegionInput{KeyId: &key, PrimaryRegion: &region})
	return err
}

// relations is what a key says of its multi-Region key: "PRIMARY of us-east-1 + eu-west-1",
// where the first Region is the primary's.
func (u user) relations(key string) string {
	u.t.Helper()
	m := u.describe(key)
	c := m.MultiRegionConfiguration
	if !*m.MultiRegion || c == nil || *m.Arn != u.keyARN(key) || *c.PrimaryKey.Arn != u.in(*c.PrimaryKey.Region).keyARN(key) {
		u.t.Fatalf("DescribeKey shows %+v", m)
	}
	text := string(c.MultiRegionKeyType) + " of " + *c.PrimaryKey.Region
	for _, r := range c.ReplicaKeys {
		if *r.Arn != u.in(*r.Region).keyARN(key) {
			u.t.Errorf("a replica is %+v", r)
		}
		text += " + " + *r.Region
	}
	return text
}

// TestReplicateKey makes replicas with and without what is their own.
func TestReplicateKey(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.made(kms.CreateKeyInput{MultiRegion: new(true), Description: new("here"), Tags: tags("here=1"), Policy: new(openPolicy)})
		if got := u.relations(key); got != "PRIMARY of us-east-1" || !strings.HasPrefix(key, "mrk-") || len(key) != 36 {
			t.Errorf("%s is %s", key, got)
		}
		alias := u.alias(key)
		u.grantTo(key, "arn:aws:iam::"+u.account+":root", types.GrantOperationEncrypt)

		out, err := u.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: new(u.keyARN(key)), ReplicaRegion: new(ireland)})
		must(t, "ReplicateKey", err)
		m := out.ReplicaKeyMetadata
		there := u.in(ireland)
		if *m.Arn != there.keyARN(key) || *m.KeyId != key || m.Enabled || m.KeyState != types.KeyStateCreating || *m.Description != "" || m.CurrentKeyMaterialId != nil ||
			m.MultiRegionConfiguration.MultiRegionKeyType != types.MultiRegionKeyTypeReplica || out.ReplicaTags == nil || len(out.ReplicaTags) != 0 {
			t.Errorf("ReplicateKey answers %+v, tags %v", m, out.ReplicaTags)
		}
		if own := u.policyOf(u.key()); *out.ReplicaPolicy != own {
			t.Errorf("ReplicateKey answers the policy %s", *out.ReplicaPolicy)
		}
		second, err := u.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{
			KeyId: &key, ReplicaRegion: new(tokyo), Description: new("far"), Tags: tags("b=2", "a=1"), Policy: new(openPolicy), BypassPolicyLockoutSafetyCheck: true,
		})
		must(t, "ReplicateKey", err)
		if m := second.ReplicaKeyMetadata; *m.Description != "far" || len(second.ReplicaTags) != 2 || *second.ReplicaPolicy != openPolicy {
			t.Errorf("ReplicateKey answers %+v", second)
		}
		srv.Advance(0)
		far := u.in(tokyo)
		for who, want := range map[user]string{u: "PRIMARY", there: "REPLICA", far: "REPLICA"} {
			m := who.describe(key)
			if got := who.relations(key); got != want+" of us-east-1 + ap-northeast-1 + eu-west-1" || m.KeyState != types.KeyStateEnabled || !m.Enabled ||
				*m.CurrentKeyMaterialId != *u.describe(key).CurrentKeyMaterialId {
				t.Errorf("in %s: %s, %+v", who.region, got, m)
			}
			if keys, _, _, err := who.listKeys(nil, nil); err != nil || !slices.Contains(keys, key) {
				t.Errorf("in %s ListKeys shows %q, %v", who.region, keys, err)
			}
		}
		if grants, err := there.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: &key}); err != nil || len(grants.Grants) != 0 || len(there.aliasesOf(key)) != 0 || len(there.tagsOf(key)) != 0 {
			t.Errorf("the replica has grants %+v, aliases %v, tags %v", grants, there.aliasesOf(key), there.tagsOf(key))
		}
		must(t, "CreateAlias", there.createAlias(alias, key))
		_, err = there.TagResource(t.Context(), &kms.TagResourceInput{KeyId: &key, Tags: tags("there=1")})
		must(t, "TagResource", err)
		there.disable(key)
		if got := fmt.Sprint(u.tagsOf(key), there.tagsOf(key), far.tagsOf(key)); got != "[here=1] [there=1] [a=1 b=2]" || u.describe(alias).KeyState != types.KeyStateEnabled {
			t.Errorf("the tags are %s, the primary key is %s", got, u.describe(alias).KeyState)
		}
		if text, err := far.decrypt(u.encrypt(alias, "text", map[string]string{"a": "b"}), map[string]string{"a": "b"}); text != "text" || err != nil {
			t.Errorf("decrypts to %q, %v", text, err)
		}
		_, err = there.decrypt(u.encrypt(key, "text", nil), nil)
		wantOutcome(t, "Decrypt by the disabled replica", err, "DisabledException: "+there.keyARN(key)+" is disabled.")
	})
}

// TestMultiRegionKeysWork uses keys of several kinds in two Regions.
func TestMultiRegionKeysWork(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		ctx := t.Context()
		t.Run("symmetric", func(t *testing.T) {
			key := u.primary()
			there := u.replicate(srv, key, ireland)
			made, err := u.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256})
			must(t, "GenerateDataKey", err)
			opened, err := there.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: made.CiphertextBlob, KeyId: &key})
			must(t, "Decrypt", err)
			if !bytes.Equal(opened.Plaintext, made.Plaintext) || *opened.KeyId != there.keyARN(key) {
				t.Errorf("Decrypt answers %+v", opened)
			}
			if text, err := u.decrypt(there.encrypt(key, "back", nil), nil); text != "back" || err != nil {
				t.Errorf("decrypts to %q, %v", text, err)
			}
		})
		t.Run("ECC", func(t *testing.T) {
			key := u.made(kms.CreateKeyInput{MultiRegion: new(true), KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
			there := u.replicate(srv, key, ireland)
			signed, err := u.Sign(ctx, &kms.SignInput{KeyId: &key, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
			must(t, "Sign", err)
			_, err = there.Verify(ctx, &kms.VerifyInput{KeyId: &key, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256, Signature: signed.Signature})
			must(t, "Verify", err)
			one, err := u.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &key})
			must(t, "GetPublicKey", err)
			two, err := there.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &key})
			must(t, "GetPublicKey", err)
			if !bytes.Equal(one.PublicKey, two.PublicKey) {
				t.Error("the public keys differ")
			}
		})
		t.Run("HMAC", func(t *testing.T) {
			key := u.made(kms.CreateKeyInput{MultiRegion: new(true), KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac})
			there := u.replicate(srv, key, ireland)
			made, err := there.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: &key, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
			must(t, "GenerateMac", err)
			_, err = u.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: &key, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256, Mac: made.Mac})
			must(t, "VerifyMac", err)
		})
	})
}

// TestMultiRegionRefusals has what ReplicateKey and UpdatePrimaryRegion refuse.
func TestMultiRegionRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		single, lone, key := u.key(), u.primary(), u.primary()
		there := u.replicate(srv, key, ireland)
		disabled, doomed := u.primary(), u.primary()
		u.disable(disabled)
		u.scheduleDeletion(doomed, 7)
		locked := u.primary()
		u.replicate(srv, locked, ireland).disable(locked)
		notPrimary := func(arn string) string {
			return "UnsupportedOperationException: " + arn + " is not a multi-region primary key."
		}
		before := u.describe(key)
		for _, row := range []struct {
			name, key, region string
			by                user
			replicate, update string
		}{
			{"a single-Region key", single, tokyo, u, notPrimary(u.keyARN(single)), notPrimary(u.keyARN(single))},
			{"a replica", key, tokyo, there, notPrimary(there.keyARN(key)), notPrimary(there.keyARN(key))},
			{"a taken Region", key, ireland, u, "AlreadyExistsException: Key '" + there.keyARN(key) + "' already exists", ""},
			{
				"its own Region", key, "us-east-1", u,
				"ValidationException: The replica Region must not be the Region of the primary key: us-east-1.",
				"ValidationException: The primary key is in this Region already: us-east-1.",
			},
			{
				"another partition", key, "cn-north-1", u, "ValidationException: The replica Region is not available: cn-north-1.",
				"NotFoundException: Key 'arn:aws-cn:kms:cn-north-1:000000000000:key/" + key + "' does not exist",
			},
			{"a Region without a replica", lone, tokyo, u, "", "NotFoundException: Key '" + u.in(tokyo).keyARN(lone) + "' does not exist"},
			{"no Region", key, "nowhere", u, `ValidationException: 1 validation error detected: Value 'nowhere' at 'replicaRegion' failed to satisfy constraint: ` +
				`Member must satisfy regular expression pattern: ^([a-z]+-){2,3}\d+$`, `ValidationException: 1 validation error detected: Value 'nowhere' at 'primaryRegion' ` +
				`failed to satisfy constraint: Member must satisfy regular expression pattern: ^([a-z]+-){2,3}\d+$`},
			{"a disabled key", disabled, tokyo, u, "DisabledException: " + u.keyARN(disabled) + " is disabled.", "DisabledException: " + u.keyARN(disabled) + " is disabled."},
			{"a key pending deletion", doomed, tokyo, u, "KMSInvalidStateException: " + u.keyARN(doomed) + " is pending deletion.", "KMSInvalidStateException: " + u.keyARN(doomed) + " is pending deletion."},
			{"a disabled replica", locked, ireland, u, "", "DisabledException: " + u.in(ireland).keyARN(locked) + " is disabled."},
			{"no key", "mrk-00000000000000000000000000000000", tokyo, u, "NotFoundException: Key '" + u.keyARN("mrk-00000000000000000000000000000000") + "' does not exist",
				"NotFoundException: Key '" + u.keyARN("mrk-00000000000000000000000000000000") + "' does not exist"},
		} {
			if row.replicate != "" {
				_, err := row.by.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: &row.key, ReplicaRegion: &row.region})
				wantOutcome(t, "ReplicateKey: "+row.name, err, row.replicate)
			}
			if row.update != "" {
				wantOutcome(t, "UpdatePrimaryRegion: "+row.name, row.by.makePrimary(row.key, row.region), row.update)
			}
		}
		for name, in := range map[string]*kms.ReplicateKeyInput{
			"MalformedPolicyDocumentException": {Policy: new(`{}`)},
			"MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.": {
				Policy: new(document(keyStatement("Allow", ours, "kms:Encrypt", ""))),
			},
			"TagException: Duplicate tag keys": {Tags: tags("a=1", "a=2")},
		} {
			in.KeyId, in.ReplicaRegion = &key, new(tokyo)
			_, err := u.ReplicateKey(t.Context(), in)
			if got := outcome(err); !strings.HasPrefix(got, name) {
				t.Errorf("ReplicateKey: %s, want %s", got, name)
			}
		}
		if diff := cmp.Diff(before, u.describe(key), cmpopts.IgnoreUnexported(types.KeyMetadata{}, types.MultiRegionConfiguration{}, types.MultiRegionKey{})); diff != "" {
			t.Errorf("the refused calls changed the key:\n%s", diff)
		}
	})
}

// TestReplicaRegions: a service that does not answer for all Regions has replicas in its own.
func TestReplicaRegions(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t, keysteadtest.WithRegions("us-east-1", ireland))
	u := root(t, srv)
	key := u.primary()
	_, err := u.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new(tokyo)})
	wantOutcome(t, "ReplicateKey", err, "ValidationException: The replica Region is not available: ap-northeast-1.")
	u.replicate(srv, key, ireland)
}

// TestReplicaIsReadySoon waits in wall time, for a new replica and for a new primary.
func TestReplicaIsReadySoon(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.primary()
		ready := func(what string, in ...user) {
			t.Helper()
			start := time.Now()
			for _, u := range in {
				for u.describe(key).KeyState != types.KeyStateEnabled {
					if time.Since(start) > 5*time.Second {
						t.Fatalf("%s: in %s the key is %s", what, u.region, u.describe(key).KeyState)
					}
				}
			}
			t.Logf("%s: ready after %v", what, time.Since(start))
		}
		_, err := u.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new(ireland)})
		must(t, "ReplicateKey", err)
		ready("ReplicateKey", u.in(ireland))
		must(t, "UpdatePrimaryRegion", u.makePrimary(key, ireland))
		ready("UpdatePrimaryRegion", u, u.in(ireland))
	})
}

// TestMultiRegionRotation rotates a key in three Regions.
func TestMultiRegionRotation(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.primary()
		materials := []string{*u.describe(key).CurrentKeyMaterialId}
		rotated := func() { materials = append(materials, *u.describe(key).CurrentKeyMaterialId) }
		must(t, "EnableKeyRotation", u.enableRotation(key, 100))
		must(t, "RotateKeyOnDemand", u.rotate(key))
		rotated()
		blobs := [][]byte{u.encrypt(key, "text", nil)}
		there := u.replicate(srv, key, ireland)
		now := time.Now()
		checkRotationList(t, there, key, materials)
		notPrimary := "UnsupportedOperationException: " + there.keyARN(key) + " is not a multi-region primary key."
		wantOutcome(t, "EnableKeyRotation of the replica", there.enableRotation(key, 90), notPrimary)
		wantOutcome(t, "DisableKeyRotation of the replica", there.disableRotation(key), notPrimary)
		wantOutcome(t, "RotateKeyOnDemand of the replica", there.rotate(key), notPrimary)
		status := func(want string) {
			t.Helper()
			for _, u := range []user{u, there} {
				if got := u.rotationStatus(key, now); got != want {
					t.Errorf("in %s the status is %s, want %s", u.region, got, want)
				}
			}
		}
		status("every 100 days, next in 100")
		must(t, "EnableKeyRotation", u.enableRotation(key, 90))
		status("every 90 days, next in 90")
		there.disable(key) // rotates with its primary all the same
		srv.Advance(91 * day)
		now = now.Add(91 * day)
		rotated()
		status("every 90 days, next in 90")
		blobs = append(blobs, u.encrypt(key, "text", nil))
		there.enable(key)
		must(t, "RotateKeyOnDemand", u.rotate(key))
		rotated()
		far := u.replicate(srv, key, tokyo)
		for _, u := range []user{u, there, far} {
			checkRotationList(t, u, key, materials)
			for _, blob := range blobs {
				if text, err := u.decrypt(blob, nil); err != nil || text != "text" {
					t.Errorf("in %s it decrypts to %q, %v", u.region, text, err)
				}
			}
		}
		for region, n := range map[string]int{"us-east-1": 3, ireland: 2, tokyo: 0} {
			if events := events(t, srv, cloudtrail.Filter{EventName: "RotateKey", Region: region}); len(events) != n {
				t.Errorf("%d RotateKey events in %s, want %d", len(events), region, n)
			}
		}
		must(t, "DisableKeyRotation", u.disableRotation(key))
		status("off")
		srv.Advance(91 * day)
		checkRotationList(t, far, key, materials)
	})
}

// TestUpdatePrimaryRegion moves the part of the primary around.
func TestUpdatePrimaryRegion(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.primary()
		must(t, "EnableKeyRotation", u.enableRotation(key, 90))
		there, far := u.replicate(srv, key, ireland), u.replicate(srv, key, tokyo)
		all := []user{u, there, far}
		check := func(of string) {
			t.Helper()
			for _, u := range all {
				kind := "REPLICA"
				if strings.HasPrefix(of, u.region) {
					kind = "PRIMARY"
				}
				if got := u.relations(key); got != kind+" of "+of || u.describe(key).KeyState != types.KeyStateEnabled {
					t.Errorf("in %s: %s and %s, want %s of %s", u.region, got, u.describe(key).KeyState, kind, of)
				}
			}
		}
		check("us-east-1 + ap-northeast-1 + eu-west-1")
		must(t, "UpdatePrimaryRegion", u.makePrimary(key, ireland))
		srv.Advance(0)
		check("eu-west-1 + ap-northeast-1 + us-east-1")
		wantOutcome(t, "once more by the old primary", u.makePrimary(key, tokyo), "UnsupportedOperationException: "+u.keyARN(key)+" is not a multi-region primary key.")

		// It is rotated by the new primary, on the same date, when the old one is disabled.
		u.disable(key)
		srv.Advance(91 * day)
		for _, u := range all {
			if n := len(u.rotations(key, false)); n != 1 {
				t.Errorf("%d rotations in %s", n, u.region)
			}
		}
		must(t, "RotateKeyOnDemand by the new primary", there.rotate(key))
		u.enable(key)
		must(t, "UpdatePrimaryRegion", there.makePrimary(key, tokyo))
		srv.Advance(0)
		check("ap-northeast-1 + eu-west-1 + us-east-1")
		must(t, "UpdatePrimaryRegion", far.makePrimary(key, "us-east-1"))
		srv.Advance(0)
		check("us-east-1 + ap-northeast-1 + eu-west-1")
		must(t, "DisableKeyRotation", u.disableRotation(key))
		if text, err := far.decrypt(there.encrypt(key, "text", nil), nil); text != "text" || err != nil {
			t.Errorf("decrypts to %q, %v", text, err)
		}
	})
}

// TestMultiRegionDeletion: a primary key waits for its replicas, and then for itself.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html#deleting-mrks
func TestMultiRegionDeletion(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
		db := storetest.Open(t, store.Options{URL: url, Sealer: sealer(t, srv)})
		u := root(t, srv)
		key := u.primary()
		must(t, "EnableKeyRotation", u.enableRotation(key, 90))
		there, far := u.replicate(srv, key, ireland), u.replicate(srv, key, tokyo)
		blob := u.encrypt(key, "text", nil)

		out, err := u.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(8))})
		must(t, "ScheduleKeyDeletion", err)
		if *out.KeyId != u.keyARN(key) || out.KeyState != types.KeyStatePendingReplicaDeletion || *out.PendingWindowInDays != 8 || out.DeletionDate != nil {
			t.Errorf("ScheduleKeyDeletion answers %+v", out)
		}
		waits := func() {
			t.Helper()
			if m := u.describe(key); m.KeyState != types.KeyStatePendingReplicaDeletion || m.Enabled || m.DeletionDate != nil || *m.PendingDeletionWindowInDays != 8 {
				t.Errorf("the primary key is %+v", m)
			}
		}
		waits()
		_, err = u.decrypt(blob, nil)
		wantOutcome(t, "Decrypt by the primary", err, "KMSInvalidStateException: "+u.keyARN(key)+" is pending replica deletion.")
		if text, err := there.decrypt(blob, nil); text != "text" || err != nil {
			t.Errorf("the replica decrypts to %q, %v", text, err)
		}
		u.cancelDeletion(key)
		if m := u.describe(key); m.KeyState != types.KeyStateDisabled || m.PendingDeletionWindowInDays != nil {
			t.Errorf("after it was cancelled the key is %+v", m)
		}
		if _, err = u.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(8))}); err != nil {
			t.Errorf("ScheduleKeyDeletion again: %v", err)
		}

		there.scheduleDeletion(key, 7)
		srv.Advance(7 * day)
		_, err = there.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key})
		wantOutcome(t, "the replica", err, "NotFoundException: Key '"+there.keyARN(key)+"' does not exist")
		if got := far.relations(key); got != "REPLICA of us-east-1 + ap-northeast-1" {
			t.Errorf("the other replica is %s", got)
		}
		waits()
		srv.Advance(100 * day)
		waits()
		far.scheduleDeletion(key, 7)
		srv.Advance(7*day + time.Hour)
		m := u.describe(key)
		if left := time.Until(*m.DeletionDate) - 114*day; m.KeyState != types.KeyStatePendingDeletion || left < 8*day || left > 8*day+2*time.Hour || m.PendingDeletionWindowInDays != nil {
			t.Errorf("without replicas the primary key is %+v", m)
		}
		if got := u.relations(key); got != "PRIMARY of us-east-1" {
			t.Errorf("the primary key is %s", got)
		}
		u.cancelDeletion(key)
		u.enable(key)
		u.replicate(srv, key, ireland) // the Region is free again
		must(t, "UpdatePrimaryRegion", u.makePrimary(key, ireland))
		srv.Advance(0)
		u.scheduleDeletion(key, 7) // a replica now
		srv.Advance(7 * day)
		if text, err := there.decrypt(blob, nil); text != "text" || err != nil {
			t.Errorf("the last key decrypts to %q, %v", text, err)
		}
		there.scheduleDeletion(key, 7)
		srv.Advance(7 * day)
		for _, kind := range []string{"kms-key", "kms-material", "kms-rotation", "kms-synchronization"} {
			if r, err := db.Scan(t.Context(), kind, store.Range{Limit: 10}); len(r) != 0 || err != nil {
				t.Errorf("there are %s records: %v, %v", kind, r, err)
			}
		}
		if events := eventsNamed(t, srv, "DeleteKey"); len(events) != 4 {
			t.Errorf("%d DeleteKey events, want 4", len(events))
		}
	})
}
