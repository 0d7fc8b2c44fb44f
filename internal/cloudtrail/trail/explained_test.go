package trail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/keysteadtest"
)

// newUser makes a user with policies, and returns what signs for it.
func newUser(t *testing.T, srv *keysteadtest.Server, name, policy string) aws.Config {
	t.Helper()
	users := iam.NewFromConfig(srv.Config())
	if _, err := users.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
		t.Fatal(err)
	}
	if _, err := users.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("its"), PolicyDocument: &policy}); err != nil {
		t.Fatal(err)
	}
	key, err := users.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return srv.ConfigFor(aws.Credentials{AccessKeyID: *key.AccessKey.AccessKeyId, SecretAccessKey: *key.AccessKey.SecretAccessKey})
}

// TestExplained: the history tells why a call was allowed or denied to those who may read the
// policies that decided, and of no policy of another account.
func TestExplained(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		const other = "111122223333"
		keys := srv.KMS()
		key, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		arn := key.KeyMetadata.Arn
		bob := kms.NewFromConfig(newUser(t, srv, "bob", `{"Version":"2012-10-17","Statement":[{"Sid":"NotThis","Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}]}`))
		encrypted, err := keys.Encrypt(t.Context(), &kms.EncryptInput{KeyId: arn, Plaintext: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bob.Decrypt(t.Context(), &kms.DecryptInput{KeyId: arn, CiphertextBlob: encrypted.CiphertextBlob}); code(err) != "AccessDeniedException" {
			t.Fatalf("Decrypt: %v", err)
		}
		if _, err := bob.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: arn}); code(err) != "AccessDeniedException" {
			t.Fatalf("DescribeKey: %v", err)
		}
		srv.Advance(time.Second)
		const look, all = `{"Effect":"Allow","Action":"cloudtrail:LookupEvents","Resource":"*"}`, `{"Effect":"Allow","Action":"iam:GetAccountAuthorizationDetails","Resource":"*"}`
		reader := func(name, more string) *cloudtrail.Client {
			return cloudtrail.NewFromConfig(newUser(t, srv, name, `{"Version":"2012-10-17","Statement":[`+look+more+`]}`))
		}
		root := cloudtrail.NewFromConfig(srv.Config())
		for name, tt := range map[string]struct {
			c    *cloudtrail.Client
			sees bool
		}{
			"the root user":                     {root, true},
			"who may read every policy":         {reader("all", ","+all+`,{"Effect":"Allow","Action":"kms:GetKeyPolicy","Resource":"*"}`), true},
			"who may read another key's policy": {reader("key", ","+all+`,{"Effect":"Allow","Action":"kms:GetKeyPolicy","Resource":"`+*arn+`0"}`), false},
			"who may only look up events":       {reader("look", ""), false},
			"who may not read the key's policy": {reader("iam", ","+all), false},
			"who may not read those of IAM":     {reader("kms", `,{"Effect":"Allow","Action":"kms:GetKeyPolicy","Resource":"*"}`), false},
		} {
			for event, want := range map[string]string{
				"Encrypt":     `"authorization":"kms:Encrypt allowed by statement 1 (\"Enable IAM User Permissions\") of the key policy"`,
				"Decrypt":     `"authorization":"kms:Decrypt denied by statement 1 (\"NotThis\") of inline policy its of user bob"`,
				"DescribeKey": `"authorizationDetail":"`,
			} {
				texts := ""
				for _, e := range lookup(t, tt.c, types.LookupAttributeKeyEventName, event) {
					texts += *e.CloudTrailEvent
				}
				if strings.Contains(texts, want) != tt.sees || !tt.sees && strings.Contains(texts, "authorization") {
					t.Errorf("%s sees of %s %s", name, event, texts)
				}
			}
		}

		// A key's own policy says too who may read it; one that is gone has no say.
		account := strings.Split(*arn, ":")[4]
		policied := func(more string) *string {
			out, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{Policy: new(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"}` + more + `]}`)})
			if err != nil {
				t.Fatal(err)
			}
			return out.KeyMetadata.Arn
		}
		every := reader("every", ","+all+`,{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)
		deny := `,{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::` + account + `:user/every"},"Action":"kms:GetKeyPolicy","Resource":"*"}`
		for more, sees := range map[string]bool{"": true, deny: false} {
			named := policied(more)
			if _, err := keys.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: named}); err != nil {
				t.Fatal(err)
			}
			srv.Advance(time.Second)
			look := func() (texts string) {
				for _, e := range lookup(t, every, types.LookupAttributeKeyResourceName, *named) {
					texts += *e.CloudTrailEvent
				}
				return texts
			}
			if texts := look(); strings.Contains(texts, `"authorization"`) != sees {
				t.Errorf("under a policy that ends in %q, of its key is seen %s", more, texts)
			}
			if _, err := keys.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: named, PendingWindowInDays: new(int32(7))}); err != nil {
				t.Fatal(err)
			}
			srv.Advance(8 * 24 * time.Hour)
			if texts := look(); !strings.Contains(texts, `"authorization"`) {
				t.Errorf("of a key that is gone is seen %s", texts)
			}
		}

		// What allowed the use of another account's key is that account's business.
		theirs := kms.NewFromConfig(srv.ConfigFor(srv.NewAccount(other)))
		foreign, err := theirs.CreateKey(t.Context(), &kms.CreateKeyInput{Policy: new(
			`{"Version":"2012-10-17","Statement":[{"Sid":"Secret","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Encrypt(t.Context(), &kms.EncryptInput{KeyId: foreign.KeyMetadata.Arn, Plaintext: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		srv.Advance(time.Second)
		found := lookup(t, root, types.LookupAttributeKeyResourceName, *foreign.KeyMetadata.Arn)
		if len(found) != 1 || strings.Contains(*found[0].CloudTrailEvent, "authorization") {
			t.Errorf("of a call across accounts there is %+v", found)
		}
	})
}
