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
