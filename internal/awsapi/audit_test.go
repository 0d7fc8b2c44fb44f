package awsapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
)

// TestAudit has the parameters of operations as CloudTrail records them.
func TestAudit(t *testing.T) {
	date := time.Date(2025, 5, 21, 5, 47, 45, 6e8, time.UTC)
	unlogged := map[string]bool{"grantTokens": true, "recipient": true, "grantToken": true}
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"Encrypt", &kms.EncryptInput{KeyId: aws.String("alias/a"), Plaintext: []byte("x"), EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
			EncryptionContext: map[string]string{"b": "2", "a": "\"1\""}, GrantTokens: []string{"t"}},
			`{"keyId":"alias/a","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"a":"\"1\"","b":"2"}}`},
		{"GenerateRandom", &kms.GenerateRandomInput{}, ``},
		{"Decrypt", &kms.DecryptInput{CiphertextBlob: []byte("x"), Recipient: &types.RecipientInfo{KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256"}}, ``},
		{"CreateKey", &kms.CreateKeyInput{KeySpec: "SYMMETRIC_DEFAULT", MultiRegion: aws.Bool(false), Tags: []types.Tag{{TagKey: aws.String("k"), TagValue: aws.String("")}}},
			`{"bypassPolicyLockoutSafetyCheck":false,"keySpec":"SYMMETRIC_DEFAULT","multiRegion":false,"tags":[{"tagKey":"k","tagValue":""}]}`},
		{"ImportKeyMaterial", &kms.ImportKeyMaterialInput{KeyId: aws.String("k"), ImportToken: []byte("x"), ValidTo: &date},
			`{"keyId":"k","validTo":"May 21, 2025, 5:47:45 AM"}`},
		{"UpdateCustomKeyStore", &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: aws.String("cks-1"), KeyStorePassword: aws.String("hunter2"),
			XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: aws.String("a"), RawSecretAccessKey: aws.String("b")}},
			`{"customKeyStoreId":"cks-1"}`},
		{"ScheduleKeyDeletion", &kms.ScheduleKeyDeletionInput{KeyId: aws.String("k"), PendingWindowInDays: aws.Int32(7)},
			`{"keyId":"k","pendingWindowInDays":7}`},
		{"UntagResource", &kms.UntagResourceInput{KeyId: aws.String("k"), TagKeys: []string{}}, `{"keyId":"k","tagKeys":[]}`},
		{"GenerateDataKey", &kms.GenerateDataKeyInput{KeyId: aws.String("k"), KeySpec: awsapi.EmptyEnum}, `{"keyId":"k","keySpec":""}`},
		{"", &kms.CreateGrantOutput{GrantId: aws.String("id"), GrantToken: aws.String("token")}, `{"grantId":"id"}`},
		{"", &kms.DescribeKeyOutput{KeyMetadata: &types.KeyMetadata{AWSAccountId: aws.String("1"), CreationDate: &date}},
			`{"keyMetadata":{"aWSAccountId":"1","creationDate":"May 21, 2025, 5:47:45 AM","enabled":false}}`},
		{"", &kms.EnableKeyOutput{}, ``},
	}
	for _, tt := range tests {
		c, err := awsapi.NewCodec(awsapi.Service{Unlogged: unlogged}, tt.v, models.KMS[tt.name])
		if err != nil {
			t.Fatal(err)
		}
		var scratch []byte
		if got := string(c.Audit(&scratch, tt.v)); got != tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestAuditNests leaves out whatever has nothing to show, however deep, and stays JSON.
func TestAuditNests(t *testing.T) {
	rows := []awsapi.Constraint{{Path: "part.secret", Sensitive: true}, {Path: "parts.member.secret", Sensitive: true}, {Path: "shelves.value.secret", Sensitive: true}}
	c, err := awsapi.NewCodec(awsapi.Service{}, &shape{}, rows)
	if err != nil {
		t.Fatal(err)
	}
	hidden := part{Secret: aws.String("hunter2")}
	shown := part{Secret: aws.String("hunter2"), Name: aws.String("n")}
	var scratch []byte
	for _, tt := range []struct {
		v    shape
		want string
	}{
		{shape{Part: &hidden, Parts: []part{hidden}, Shelves: map[string]part{"a": hidden}}, `{"plain":false}`},
		{shape{Part: &shown, Parts: []part{shown, shown}, Shelves: map[string]part{"a": shown, "b": shown}},
			`{"plain":false,"part":{"name":"n"},"parts":[{"name":"n"},{"name":"n"}],"shelves":{"a":{"name":"n"},"b":{"name":"n"}}}`},
		{shape{Text: aws.String("a"), Parts: []part{shown, hidden}, Shelves: map[string]part{"a": shown, "b": hidden}, Names: []string{"x"}},
			`{"text":"a","plain":false,"names":["x"]}`},
	} {
		got := c.Audit(&scratch, &tt.v)
		if string(got) != tt.want || !json.Valid(got) {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
