package kms_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/keysteadtest"
)

// dataKey makes a data key under a key and returns it encrypted, and the key's ARN.
func (u user) dataKey(key string) (blob []byte, arn string) {
	u.t.Helper()
	out, err := u.GenerateDataKey(u.t.Context(), &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256})
	must(u.t, "GenerateDataKey under "+key, err)
	return out.CiphertextBlob, *out.KeyId
}

// TestManagedKey is the life of an AWS managed key, from its first use.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
func TestManagedKey(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		arn, alice := newUser(t, srv, "alice")
		s3, sqs, u := newService(t, srv, "s3"), newService(t, srv, "sqs"), root(t, srv)
		const alias = "alias/aws/s3"
		_, err := alice.Encrypt(t.Context(), &kms.EncryptInput{KeyId: new(alias), Plaintext: []byte("x")})
		wantOutcome(t, "Encrypt by the user", err, "AccessDeniedException: User: "+arn+" is not authorized to perform: kms:Encrypt on resource: "+
			u.aliasARN(alias)+" because no identity-based policy allows the kms:Encrypt action")
		_, err = u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: new(alias), Plaintext: []byte("x")})
		wantOutcome(t, "Encrypt by the root user", err, "NotFoundException: Alias "+u.aliasARN(alias)+" is not found.")
		_, err = sqs.forPrincipal(arn).Encrypt(t.Context(), &kms.EncryptInput{KeyId: new(alias), Plaintext: []byte("x")})
		if err == nil || len(eventsNamed(t, srv, "CreateKey")) != 0 {
			t.Errorf("another service made the key: %v", err)
		}

		blob, key := s3.forPrincipal(arn).dataKey(alias)
		if _, err := s3.forPrincipal(arn).decrypt(blob, nil); err != nil {
			t.Errorf("Decrypt by the service for the user: %v", err)
		}
		if _, err := s3.forPrincipal("arn:aws:iam::000000000000:root").decrypt(blob, nil); err != nil {
			t.Errorf("Decrypt by the service for another principal of the account: %v", err)
		}
		const hidden = " is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, " +
			"no resource-based policies allow access, or a resource-based policy explicitly denies access"
		srv.NewAccount("111122223333")
		for who, other := range map[string]user{
			arn:                              alice,
			"arn:aws:iam::000000000000:root": u,
			"s3.amazonaws.com":               s3.itself(),
			"arn:aws:iam::111122223333:root": s3.forPrincipal("arn:aws:iam::111122223333:root"),
		} {
			_, err := other.decrypt(blob, nil)
			wantOutcome(t, "Decrypt by "+who, err, "AccessDeniedException: User: "+who+hidden)
		}
		_, err = sqs.forPrincipal(arn).decrypt(blob, nil)
		wantOutcome(t, "Decrypt by another service for the user", err, "AccessDeniedException: User: "+arn+hidden)

		t.Run("event", func(t *testing.T) {
			made := eventsNamed(t, srv, "CreateKey")
			if len(made) != 1 {
				t.Fatalf("%d CreateKey events, want 1", len(made))
			}
			for _, part := range []string{
				`"userIdentity":{"accountId":"000000000000","invokedBy":"AWS Internal"}`, `"sourceIPAddress":"AWS Internal","userAgent":"AWS Internal"`,
				`"eventType":"AwsApiCall"`, `"ARN":"` + key + `"`, `"requestParameters":null,"responseElements":null`, `"readOnly":false`,
			} {
				if !strings.Contains(string(made[0].JSON), part) {
					t.Errorf("%s is not in the record: %s", part, made[0].JSON)
				}
			}
			use := eventsNamed(t, srv, "GenerateDataKey")[0]
			for _, part := range []string{`"type":"IAMUser"`, `"userName":"alice","invokedBy":"s3.amazonaws.com"}`, `"sourceIPAddress":"s3.amazonaws.com","userAgent":"s3.amazonaws.com"`, `"serviceSourceIPAddress":"127.0.0.1"`} {
				if !strings.Contains(string(use.JSON), part) {
					t.Errorf("%s is not in the record: %s", part, use.JSON)
				}
			}
		})
		t.Run("view", func(t *testing.T) { viewManaged(t, u, key) })
		t.Run("manage", func(t *testing.T) { manageManaged(t, u, key) })
	})
}

// viewManaged looks at the key as its account may.
func viewManaged(t *testing.T, u user, key string) {
	m := u.describe("alias/aws/s3")
	if *m.Arn != key || m.KeyManager != types.KeyManagerTypeAws || m.KeyState != types.KeyStateEnabled || m.Origin != types.OriginTypeAwsKms || *m.MultiRegion ||
		*m.Description != "Default key that protects my S3 objects when no other key is defined" {
		t.Errorf("DescribeKey shows %+v", m)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "managed_s3_policy.json"))
	must(t, "read the policy", err)
	if got := u.policyOf(*m.KeyId); got+"\n" != string(want) {
		t.Errorf("the policy is\n%s\nwant\n%s", got, want)
	}
	if keys, _, _, err := u.listKeys(nil, nil); err != nil || !slices.Equal(keys, []string{*m.KeyId}) {
		t.Errorf("ListKeys shows %q, %v", keys, err)
	}
	if tags := u.tagsOf(*m.KeyId); len(tags) != 0 {
		t.Errorf("the tags are %q", tags)
	}
	if of := u.aliasesOf(*m.KeyId); len(of) != 1 || *of[0].AliasName != "alias/aws/s3" || *of[0].TargetKeyId != *m.KeyId || of[0].CreationDate == nil {
		t.Errorf("its aliases are %+v", of)
	}
	all, err := u.ListAliases(t.Context(), &kms.ListAliasesInput{Limit: new(int32(100))})
	must(t, "ListAliases", err)
	for _, a := range all.Aliases {
		if !strings.HasPrefix(*a.AliasName, "alias/aws/") || (a.TargetKeyId != nil) != (*a.AliasName == "alias/aws/s3") || *a.AliasArn != u.aliasARN(*a.AliasName) {
			t.Errorf("ListAliases shows %+v", a)
		}
	}
	if len(all.Aliases) < 19 {
		t.Errorf("ListAliases shows %d aliases", len(all.Aliases))
	}
	if elsewhere := u.in("eu-central-1").describe("alias/aws/s3"); *elsewhere.KeyId == *m.KeyId {
		t.Error("two Regions have the same key")
	}
}

// manageManaged tries everything that would change the key.
func manageManaged(t *testing.T, u user, key string) {
	ctx, own := t.Context(), u.key()
	mine := u.alias(own)
	_, id, _ := strings.Cut(key, "key/")
	const reserved = "NotAuthorizedException"
	for name, try := range map[string]func() error{
		"CancelKeyDeletion": func() error { _, err := u.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: &id}); return err },
		"CreateAlias":       func() error { return u.createAlias(newAlias(), id) },
		"CreateGrant": func() error {
			_, err := u.CreateGrant(ctx, &kms.CreateGrantInput{KeyId: &id, GranteePrincipal: new("arn:aws:iam::000000000000:root"), Operations: []types.GrantOperation{"Decrypt"}})
			return err
		},
		"DisableKey":   func() error { _, err := u.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &id}); return err },
		"EnableKey":    func() error { _, err := u.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &id}); return err },
		"PutKeyPolicy": func() error { return u.putPolicy(id, openPolicy, false) },
		"ScheduleKeyDeletion": func() error {
			_, err := u.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &id})
			return err
		},
		"TagResource": func() error {
			_, err := u.TagResource(ctx, &kms.TagResourceInput{KeyId: &id, Tags: tags("a=b")})
			return err
		},
		"UntagResource": func() error {
			_, err := u.UntagResource(ctx, &kms.UntagResourceInput{KeyId: &id, TagKeys: []string{"a"}})
			return err
		},
		"UpdateAlias": func() error { return u.updateAlias(mine, id) },
		"UpdateKeyDescription": func() error {
			_, err := u.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{KeyId: &id, Description: new("mine")})
			return err
		},
	} {
		wantOutcome(t, name, try(), "AccessDeniedException: User: arn:aws:iam::000000000000:root is not authorized to perform: kms:"+name+" on resource: "+
			key+" because no resource-based policy allows the kms:"+name+" action")
	}
	wantOutcome(t, "CreateAlias", u.createAlias("alias/aws/sqs", own), reserved)
	wantOutcome(t, "UpdateAlias", u.updateAlias("alias/aws/s3", own), reserved)
	wantOutcome(t, "DeleteAlias", u.deleteAlias("alias/aws/s3"), reserved)
	if m := u.describe(id); m.KeyState != types.KeyStateEnabled {
		t.Errorf("the key is %s", m.KeyState)
	}
}

// TestManagedKeyByDescribeKey: the first DescribeKey of the alias makes the key, for those
// who may describe keys.
func TestManagedKeyByDescribeKey(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		arn, alice := newUser(t, srv, "alice")
		u := root(t, srv)
		_, err := alice.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new("alias/aws/ebs")})
		wantOutcome(t, "DescribeKey by a user who may not", err, "AccessDeniedException: User: "+arn+" is not authorized to perform: kms:DescribeKey on resource: "+
			u.aliasARN("alias/aws/ebs")+" because no identity-based policy allows the kms:DescribeKey action")
		other := newcomer(t, srv, "111122223333")
		if _, err := other.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new(u.aliasARN("alias/aws/ebs"))}); err == nil {
			t.Error("DescribeKey of another account's alias succeeded")
		}
		if keys, _, _, _ := u.listKeys(nil, nil); len(keys) != 0 {
			t.Errorf("there are the keys %q", keys)
		}
		_, err = u.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new("alias/aws/unknown")})
		wantOutcome(t, "an unknown service", err, "NotFoundException: Alias "+u.aliasARN("alias/aws/unknown")+" is not found.")
		if m := u.describe(u.aliasARN("alias/aws/ebs")); m.KeyManager != types.KeyManagerTypeAws {
			t.Errorf("DescribeKey shows %+v", m)
		}
		// EBS calls by way of EC2.
		blob, _ := newService(t, srv, "ec2").forPrincipal(arn).dataKey("alias/aws/ebs")
		if _, err := newService(t, srv, "ebs").forPrincipal(arn).decrypt(blob, nil); err == nil {
			t.Error("a service of another name decrypts")
		}
	})
}

// firstUses has many calls at once make one key.
func firstUses(t *testing.T, alias string, by ...user) {
	t.Helper()
	arns := make([]string, 40)
	var wg sync.WaitGroup
	for i := range arns {
		wg.Go(func() {
			out, err := by[i%len(by)].GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &alias, KeySpec: types.DataKeySpecAes256})
			if err != nil {
				t.Errorf("GenerateDataKey: %v", err)
				return
			}
			arns[i] = *out.KeyId
		})
	}
	wg.Wait()
	if slices.Sort(arns); len(slices.Compact(arns)) != 1 {
		t.Errorf("the calls used the keys %q", slices.Compact(arns))
	}
}

func TestManagedKeyOnce(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		firstUses(t, "alias/aws/s3", newService(t, srv, "s3").forPrincipal("arn:aws:iam::000000000000:root"))
		if keys, _, _, _ := root(t, srv).listKeys(nil, nil); len(keys) != 1 || len(eventsNamed(t, srv, "CreateKey")) != 1 {
			t.Errorf("there are the keys %q and %d CreateKey events", keys, len(eventsNamed(t, srv, "CreateKey")))
		}
	})
}

// TestManagedKeyOnceOverNodes races two nodes.
func TestManagedKeyOnceOverNodes(t *testing.T) {
	one, two := nodes(t)
	s3 := newService(t, one, "s3")
	const who = "arn:aws:iam::000000000000:root"
	firstUses(t, "alias/aws/s3", s3.forPrincipal(who), s3.at(two).forPrincipal(who))
	for _, srv := range []*keysteadtest.Server{one, two} {
		if keys, _, _, _ := root(t, srv).listKeys(nil, nil); len(keys) != 1 {
			t.Errorf("there are the keys %q", keys)
		}
	}
	if n := len(eventsNamed(t, one, "CreateKey")) + len(eventsNamed(t, two, "CreateKey")); n != 1 {
		t.Errorf("%d CreateKey events, want 1", n)
	}
}

// TestManagedRotation lets years pass.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html#rotate-aws-managed-keys
func TestManagedRotation(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		s3 := newService(t, srv, "s3").forPrincipal("arn:aws:iam::000000000000:root")
		customers := u.key()
		var blobs [][]byte
		var materials []string
		for year := range 4 {
			blob, arn := s3.dataKey("alias/aws/s3")
			blobs = append(blobs, blob)
			materials = append(materials, *u.describe(arn).CurrentKeyMaterialId)
			srv.Advance(364 * day)
			if m := *u.describe(arn).CurrentKeyMaterialId; m != materials[year] {
				t.Errorf("the key was rotated before a year was over")
			}
			srv.Advance(36 * time.Hour)
		}
		for i, blob := range blobs {
			out, err := s3.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob})
			must(t, "Decrypt", err)
			if *out.KeyMaterialId != materials[i] {
				t.Errorf("the ciphertext of year %d was opened by %s, want %s", i, *out.KeyMaterialId, materials[i])
			}
		}
		if slices.Sort(materials); len(slices.Compact(materials)) != 4 {
			t.Errorf("the materials were %q", materials)
		}
		rotations := eventsNamed(t, srv, "RotateKey")
		if len(rotations) != 4 {
			t.Fatalf("%d RotateKey events, want 4", len(rotations))
		}
		checkRotations(t, rotations, u)
		if m := u.describe(customers); m.KeyManager != types.KeyManagerTypeCustomer {
			t.Errorf("the customer's key became %+v", m)
		}
	})
}

// checkRotations checks that each event goes on where the one before ended.
func checkRotations(t *testing.T, rotations []cloudtrail.Record, u user) {
	t.Helper()
	m := u.describe("alias/aws/s3")
	before := ""
	for _, r := range rotations {
		var e struct {
			EventType           string
			UserIdentity        map[string]string
			ServiceEventDetails map[string]string
			RequestParameters   any
			Resources           []map[string]string
		}
		must(t, "parse the record", json.Unmarshal(r.JSON, &e))
		d := e.ServiceEventDetails
		if e.EventType != "AwsServiceEvent" || e.UserIdentity["invokedBy"] != "AWS Internal" || d["rotationType"] != "AUTOMATIC" || d["keyOrigin"] != "AWS_KMS" ||
			d["keyId"] != *m.KeyId || e.Resources[0]["ARN"] != *m.Arn || before != "" && d["previousKeyMaterialId"] != before || e.RequestParameters != nil {
			t.Errorf("the record is %s", r.JSON)
		}
		before = d["currentKeyMaterialId"]
	}
	if before != *m.CurrentKeyMaterialId {
		t.Errorf("the last rotation led to %s, the key has %s", before, *m.CurrentKeyMaterialId)
	}
}

// TestManagedKeyGrants: a service lets itself go on with a volume, by a grant that the
// account may revoke and nobody else can make.
//
// Source: https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
func TestManagedKeyGrants(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		alice, direct := newUser(t, srv, "alice")
		instance, worker := newUser(t, srv, "instance")
		u := root(t, srv)
		ec2 := newService(t, srv, "ec2").forPrincipal(alice)
		blob, key := ec2.dataKey("alias/aws/ebs")
		create := &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: &instance, Operations: []types.GrantOperation{types.GrantOperationDecrypt}}
		if _, err := direct.CreateGrant(t.Context(), create); err == nil {
			t.Error("a user made a grant on an AWS managed key")
		}
		if _, err := worker.decrypt(blob, nil); err == nil {
			t.Error("Decrypt without the grant")
		}
		made, err := ec2.CreateGrant(t.Context(), create)
		must(t, "CreateGrant by the service for the user", err)
		_, err = worker.decrypt(blob, nil)
		must(t, "Decrypt by the grant", err)
		_, err = u.RevokeGrant(t.Context(), &kms.RevokeGrantInput{KeyId: &key, GrantId: made.GrantId})
		must(t, "RevokeGrant by the account", err)
		if _, err := worker.decrypt(blob, nil); err == nil {
			t.Error("Decrypt after the grant was revoked")
		}
	})
}
