package awsapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
)

func violation(details ...string) string {
	if len(details) == 1 {
		return "1 validation error detected: " + details[0]
	}
	return fmt.Sprintf("%d validation errors detected: %s", len(details), strings.Join(details, "; "))
}

// TestValidate has AWS's messages for KMS.
func TestValidate(t *testing.T) {
	long := strings.Repeat("x", 2049)
	tests := []struct {
		name, operation string
		in              any
		want            string
	}{
		{"number too small", "GenerateRandom", &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(0)},
			violation("Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1")},
		{"number too large", "GenerateRandom", &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(1025)},
			violation("Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024")},
		{"missing", "DescribeKey", &kms.DescribeKeyInput{},
			violation("Value null at 'keyId' failed to satisfy constraint: Member must not be null")},
		{"empty", "DescribeKey", &kms.DescribeKeyInput{KeyId: aws.String("")},
			violation("Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1")},
		{"too long", "DescribeKey", &kms.DescribeKeyInput{KeyId: aws.String(long)},
			violation("Value '" + long + "' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048")},
		{"in a list of structures", "TagResource", &kms.TagResourceInput{KeyId: aws.String("k"), Tags: []types.Tag{
			{TagKey: aws.String("a"), TagValue: aws.String("")}, {TagKey: aws.String(strings.Repeat("k", 129)), TagValue: nil}}},
			violation(
				"Value '"+strings.Repeat("k", 129)+"' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128",
				"Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null")},
		{"blob", "Encrypt", &kms.EncryptInput{KeyId: aws.String("k"), Plaintext: make([]byte, 4097)},
			violation("Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096")},
		{"blob that is not sensitive", "Decrypt", &kms.DecryptInput{CiphertextBlob: make([]byte, 6145)},
			violation("Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or equal to 6144")},
		{"sensitive", "UpdateCustomKeyStore", &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: aws.String("cks-1"), KeyStorePassword: aws.String("short")},
			violation("Value at 'keyStorePassword' failed to satisfy constraint: Member must have length greater than or equal to 7")},
		{"enum", "DeriveSharedSecret", &kms.DeriveSharedSecretInput{KeyId: aws.String("k"), PublicKey: []byte{1}, KeyAgreementAlgorithm: "DH"},
			violation("Value 'DH' at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ECDH]")},
		{"missing enum", "DeriveSharedSecret", &kms.DeriveSharedSecretInput{KeyId: aws.String("k"), PublicKey: []byte{1}},
			violation("Value null at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must not be null")},
		{"empty enum without a row", "GenerateDataKey", &kms.GenerateDataKeyInput{KeyId: aws.String("k"), KeySpec: awsapi.EmptyEnum},
			violation("Value '' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]")},
		{"enum in a structure", "Decrypt", &kms.DecryptInput{Recipient: &types.RecipientInfo{KeyEncryptionAlgorithm: "X"}},
			violation("Value 'X' at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [RSAES_OAEP_SHA_256]")},
		{"enum in a list", "Decrypt", &kms.DecryptInput{DryRunModifiers: []types.DryRunModifierType{"A", "IGNORE_CIPHERTEXT"}},
			violation("Value '[A, IGNORE_CIPHERTEXT]' at 'dryRunModifiers' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [IGNORE_CIPHERTEXT]]")},
		{"pattern", "DeleteAlias", &kms.DeleteAliasInput{AliasName: aws.String("a b")},
			violation("Value 'a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$")},
		{"pattern is for the whole value", "DeleteAlias", &kms.DeleteAliasInput{AliasName: aws.String("a\n")},
			violation("Value 'a\n' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$")},
		{"pattern without anchors", "GetKeyPolicy", &kms.GetKeyPolicyInput{KeyId: aws.String("k"), PolicyName: aws.String("default!")},
			violation(`Value 'default!' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+`)},
		{"pattern with code points", "PutKeyPolicy", &kms.PutKeyPolicyInput{KeyId: aws.String("k"), Policy: aws.String("\u0100")},
			violation("Value '\u0100' at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")},
		{"several of one member", "CreateAlias", &kms.CreateAliasInput{AliasName: aws.String(""), TargetKeyId: aws.String("k")},
			violation(
				"Value '' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
				"Value '' at 'aliasName' failed to satisfy constraint: Member must have length greater than or equal to 1")},
		{"in the order of the model", "CreateAlias", &kms.CreateAliasInput{},
			violation(
				"Value null at 'aliasName' failed to satisfy constraint: Member must not be null",
				"Value null at 'targetKeyId' failed to satisfy constraint: Member must not be null")},
		{"list too long", "DescribeKey", &kms.DescribeKeyInput{KeyId: aws.String("k"), GrantTokens: strings.Split("a,b,c,d,e,f,g,h,i,j,k", ",")},
			violation("Value '[a, b, c, d, e, f, g, h, i, j, k]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10")},
		{"element of a list", "DescribeKey", &kms.DescribeKeyInput{KeyId: aws.String("k"), GrantTokens: []string{"a", ""}},
			violation("Value '[a, ]' at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: " +
				"[Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]")},
		{"characters, not bytes", "UpdateKeyDescription", &kms.UpdateKeyDescriptionInput{KeyId: aws.String("k"), Description: aws.String(strings.Repeat("é", 8192))}, ""},
		{"nothing wrong", "Encrypt", &kms.EncryptInput{KeyId: aws.String("k"), Plaintext: []byte{0}, EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
			EncryptionContext: map[string]string{"": ""}, GrantTokens: []string{}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := codec(t, tt.in, models.KMS[tt.operation])
			if got := c.Validate(tt.in); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestValidateAtMostTen: AWS stops counting there.
func TestValidateAtMostTen(t *testing.T) {
	in := &kms.TagResourceInput{KeyId: aws.String("k"), Tags: make([]types.Tag, 30)}
	got := codec(t, in, models.KMS["TagResource"]).Validate(in)
	if !strings.HasPrefix(got, "10 validation errors detected: ") || strings.Count(got, "; ") != 9 {
		t.Errorf("got %s", got)
	}
}

func TestValidateMaps(t *testing.T) {
	in := &shape{Labels: map[string]string{"key": "value"}, Shelves: map[string]part{"s": {}}, Count: aws.Int32(-1), Ratio: aws.Float64(1.5)}
	c := codec(t, in, []awsapi.Constraint{
		{Path: "labels", MaxLen: 5, MinLen: 2},
		{Path: "labels.key", MinLen: 4},
		{Path: "labels.value", MaxLen: 4},
		{Path: "shelves.value.name", Required: true},
		{Path: "count", Min: 0, Max: 9},
		{Path: "ratio", Max: 1},
	})
	want := violation(
		"Value '{key=value}' at 'labels' failed to satisfy constraint: Member must have length greater than or equal to 2",
		"Value '{key=value}' at 'labels' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length greater than or equal to 4]",
		"Value '{key=value}' at 'labels' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 4, Member must have length greater than or equal to 0]",
		"Value null at 'shelves.s.member.name' failed to satisfy constraint: Member must not be null",
		"Value '-1' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 0",
		"Value '1.5' at 'ratio' failed to satisfy constraint: Member must have value less than or equal to 1",
	)
	if got := c.Validate(in); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestSensitiveCollections: one secret element makes the whole collection secret.
func TestSensitiveCollections(t *testing.T) {
	in := &shape{Names: []string{"hunter2"}, Labels: map[string]string{"k": "hunter2"}}
	c := codec(t, in, []awsapi.Constraint{
		{Path: "names", MinLen: 2},
		{Path: "names.member", MaxLen: 1, Sensitive: true},
		{Path: "labels.value", MaxLen: 1, Sensitive: true},
	})
	if got := c.Validate(in); strings.Contains(got, "hunter2") || !strings.HasPrefix(got, "3 ") {
		t.Errorf("got %s", got)
	}
}

func TestConstraintMistakes(t *testing.T) {
	for name, row := range map[string]awsapi.Constraint{
		"unknown member":       {Path: "nothing", Required: true},
		"step into a string":   {Path: "text.member", Required: true},
		"wire's name":          {Path: "Text", Required: true},
		"length of a number":   {Path: "count", MaxLen: 3},
		"range of a string":    {Path: "text", Max: 3},
		"pattern of a blob":    {Path: "blob", Pattern: "x"},
		"pattern of a number":  {Path: "count", Pattern: "x"},
		"pattern that is none": {Path: "text", Pattern: "["},
	} {
		if _, err := awsapi.NewCodec(awsapi.Service{}, &shape{}, []awsapi.Constraint{row}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	twice := []awsapi.Constraint{{Path: "text", MinLen: 1}, {Path: "text", MaxLen: 2}}
	if _, err := awsapi.NewCodec(awsapi.Service{}, &shape{}, twice); err == nil {
		t.Error("two rows for a member: no error")
	}
}
