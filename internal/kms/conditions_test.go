package kms_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// conditionCase is a condition key in a call: holds is a condition that is true of the call,
// fails one that is not. Where the key is for IAM policies only, a key policy must see
// nothing of it.
type conditionCase struct {
	name, holds, fails string
	iamOnly            bool
	call               func(u user, s situation) error
}

func encryptIt(u user, s situation) error {
	_, err := u.Encrypt(u.t.Context(), &kms.EncryptInput{KeyId: &s.key, Plaintext: []byte("x"), EncryptionContext: map[string]string{
		"Department": "Engineering", "App": "x",
	}})
	return err
}

func encryptBy(name func(s situation) string) func(user, situation) error {
	return func(u user, s situation) error {
		s.key = name(s)
		return encryptIt(u, s)
	}
}

func reEncrypt(to func(s situation) string) func(user, situation) error {
	return func(u user, s situation) error {
		_, err := u.ReEncrypt(u.t.Context(), &kms.ReEncryptInput{CiphertextBlob: s.blob, DestinationKeyId: new(to(s))})
		return err
	}
}

func tagResource(texts ...string) func(user, situation) error {
	return func(u user, s situation) error {
		_, err := u.TagResource(u.t.Context(), &kms.TagResourceInput{KeyId: &s.key, Tags: tags(texts...)})
		return err
	}
}

func test(operator, key, value string) string {
	return `{"` + operator + `":{"` + key + `":` + value + `}}`
}

func dataKeyPair(u user, s situation) error {
	_, err := u.GenerateDataKeyPair(u.t.Context(), &kms.GenerateDataKeyPairInput{KeyId: &s.key, KeyPairSpec: types.DataKeyPairSpecEccNistEdwards25519})
	return err
}

// conditionCases has every condition key that an operation of today offers.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
var conditionCases = []conditionCase{
	{"kms:CallerAccount", test("StringEquals", "kms:CallerAccount", `"000000000000"`), test("StringEquals", "kms:CallerAccount", `"111122223333"`), false, encryptIt},
	{"kms:KeySpec", test("StringEquals", "kms:KeySpec", `"SYMMETRIC_DEFAULT"`), test("StringEquals", "kms:KeySpec", `"RSA_2048"`), false, encryptIt},
	{"kms:KeyUsage", test("StringEquals", "kms:KeyUsage", `"ENCRYPT_DECRYPT"`), test("StringEquals", "kms:KeyUsage", `"SIGN_VERIFY"`), false, encryptIt},
	{"kms:KeyOrigin", test("StringEquals", "kms:KeyOrigin", `"AWS_KMS"`), test("StringEquals", "kms:KeyOrigin", `"EXTERNAL"`), false, encryptIt},
	{"kms:MultiRegion", test("Bool", "kms:MultiRegion", `false`), test("Bool", "kms:MultiRegion", `true`), false, encryptIt},
	{"kms:MultiRegionKeyType of a single-Region key", test("Null", "kms:MultiRegionKeyType", `true`), test("StringEquals", "kms:MultiRegionKeyType", `"PRIMARY"`), false, encryptIt},
	{"kms:CustomerMasterKeySpec", test("StringEquals", "kms:CustomerMasterKeySpec", `"SYMMETRIC_DEFAULT"`), test("StringEquals", "kms:CustomerMasterKeySpec", `"RSA_2048"`), false, encryptIt},
	{"kms:CustomerMasterKeyUsage", test("StringEquals", "kms:CustomerMasterKeyUsage", `"ENCRYPT_DECRYPT"`), test("StringEquals", "kms:CustomerMasterKeyUsage", `"SIGN_VERIFY"`), false, encryptIt},
	{"kms:DataKeyPairSpec", test("StringLike", "kms:DataKeyPairSpec", `"ECC_NIST_*"`), test("StringLike", "kms:DataKeyPairSpec", `"RSA_*"`), false, dataKeyPair},
	{"kms:KeySpec on a management operation", test("StringLike", "kms:KeySpec", `"SYM*"`), test("StringLike", "kms:KeySpec", `"RSA*"`), false, func(u user, s situation) error {
		_, err := u.UpdateKeyDescription(u.t.Context(), &kms.UpdateKeyDescriptionInput{KeyId: &s.key, Description: new("x")})
		return err
	}},
	{"kms:RotationPeriodInDays", test("NumericLessThan", "kms:RotationPeriodInDays", `"181"`), test("NumericGreaterThan", "kms:RotationPeriodInDays", `"180"`), false, enableRotation(new(int32(180)))},
	{"kms:RotationPeriodInDays, the default", test("NumericEquals", "kms:RotationPeriodInDays", `"365"`), test("Null", "kms:RotationPeriodInDays", `true`), false, enableRotation(nil)},
	{"kms:WrappingAlgorithm", test("StringEquals", "kms:WrappingAlgorithm", `"RSAES_OAEP_SHA_256"`), test("StringLike", "kms:WrappingAlgorithm", `"RSA_AES_*"`), false, wrappingParameters},
	{"kms:WrappingKeySpec", test("StringEquals", "kms:WrappingKeySpec", `"RSA_3072"`), test("StringEquals", "kms:WrappingKeySpec", `"RSA_2048"`), false, wrappingParameters},
	{"kms:ExpirationModel", test("StringEquals", "kms:ExpirationModel", `"KEY_MATERIAL_EXPIRES"`), test("Null", "kms:ExpirationModel", `true`), false, importUntil(types.ExpirationModelTypeKeyMaterialExpires, 2e9)},
	{"kms:ExpirationModel that is not given", test("Null", "kms:ExpirationModel", `true`), test("StringEquals", "kms:ExpirationModel", `"KEY_MATERIAL_EXPIRES"`), false, importUntil("", 2e9)},
	{"kms:ValidTo, a number", test("NumericLessThanEquals", "kms:ValidTo", `"2000000000"`), test("NumericLessThan", "kms:ValidTo", `"2000000000"`), false, importUntil("", 2e9)},
	{"kms:ValidTo, a date", test("DateLessThan", "kms:ValidTo", `"2033-05-18T03:33:21Z"`), test("DateGreaterThan", "kms:ValidTo", `"2033-05-18T03:33:20Z"`), false, importUntil("", 2e9)},
	{"kms:ValidTo that is not given", test("Null", "kms:ValidTo", `true`), test("NumericLessThan", "kms:ValidTo", `"9000000000"`), false, importUntil(types.ExpirationModelTypeKeyMaterialDoesNotExpire, 0)},
	{"kms:ViaService of a direct call", test("Null", "kms:ViaService", `true`), test("StringEquals", "kms:ViaService", `"s3.us-east-1.amazonaws.com"`), false, encryptIt},
	{"kms:EncryptionAlgorithm, the default", test("StringEquals", "kms:EncryptionAlgorithm", `"SYMMETRIC_DEFAULT"`), test("StringEquals", "kms:EncryptionAlgorithm", `"RSAES_OAEP_SHA_256"`), false, encryptIt},
	{"kms:EncryptionAlgorithm of a data key", test("StringEquals", "kms:EncryptionAlgorithm", `"SYMMETRIC_DEFAULT"`), test("Null", "kms:EncryptionAlgorithm", `true`), false, func(u user, s situation) error {
		_, err := u.GenerateDataKeyWithoutPlaintext(u.t.Context(), &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &s.key, NumberOfBytes: new(int32(5))})
		return err
	}},
	{"kms:EncryptionContext:k", test("StringEquals", "kms:EncryptionContext:Department", `"Engineering"`), test("StringEquals", "kms:EncryptionContext:Department", `"Sales"`), false, encryptIt},
	{"kms:EncryptionContext:k in other case", test("StringEquals", "kms:EncryptionContext:dEPARTMENT", `"Engineering"`), test("StringEquals", "kms:EncryptionContext:Department", `"engineering"`), false, encryptIt},
	{"kms:EncryptionContext:k ignoring the case of the value", test("StringEqualsIgnoreCase", "kms:EncryptionContext:Department", `"engineering"`), test("StringNotEqualsIgnoreCase", "kms:EncryptionContext:Department", `"engineering"`), false, encryptIt},
	{"kms:EncryptionContext:k that the request has not", test("Null", "kms:EncryptionContext:Team", `true`), test("StringEquals", "kms:EncryptionContext:Team", `"x"`), false, encryptIt},
	{"kms:EncryptionContext:k of Decrypt", test("StringLike", "kms:EncryptionContext:App", `"x*"`), test("StringLike", "kms:EncryptionContext:App", `"y*"`), false, func(u user, s situation) error {
		_, err := u.Decrypt(u.t.Context(), &kms.DecryptInput{CiphertextBlob: s.blob, EncryptionContext: map[string]string{"App": "xy"}})
		if outcome(err) == "InvalidCiphertextException" { // it was not made with this context
			return nil
		}
		return err
	}},
	{"kms:EncryptionContextKeys, any", test("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", `"App"`), test("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", `"app"`), false, encryptIt},
	{"kms:EncryptionContextKeys, all", test("ForAllValues:StringEquals", "kms:EncryptionContextKeys", `["App","Department"]`), test("ForAllValues:StringEquals", "kms:EncryptionContextKeys", `["App","Dep"]`), false, encryptIt},
	{"kms:EncryptionContextKeys, none", test("Null", "kms:EncryptionContextKeys", `false`), test("Null", "kms:EncryptionContextKeys", `true`), false, encryptIt},
	{"kms:RequestAlias, by name", test("StringEquals", "kms:RequestAlias", `"ALIAS"`), test("StringEquals", "kms:RequestAlias", `"alias/other"`), false, encryptBy(func(s situation) string { return s.alias })},
	{"kms:RequestAlias, by ARN", test("StringEquals", "kms:RequestAlias", `"ALIAS"`), test("StringLike", "kms:RequestAlias", `"arn:*"`), false, encryptBy(func(s situation) string { return "arn:aws:kms:us-east-1:000000000000:" + s.alias })},
	{"kms:RequestAlias, by key id", test("Null", "kms:RequestAlias", `true`), test("StringEquals", "kms:RequestAlias", `"ALIAS"`), false, encryptIt},
	{"kms:RequestAlias of DescribeKey", test("StringEquals", "kms:RequestAlias", `"ALIAS"`), test("Null", "kms:RequestAlias", `true`), false, func(u user, s situation) error {
		_, err := u.DescribeKey(u.t.Context(), &kms.DescribeKeyInput{KeyId: &s.alias})
		return err
	}},
	{"kms:ResourceAliases", test("ForAnyValue:StringEquals", "kms:ResourceAliases", `"ALIAS"`), test("ForAnyValue:StringEquals", "kms:ResourceAliases", `"alias/other"`), true, encryptIt},
	{"kms:ResourceAliases, all", test("ForAllValues:StringEquals", "kms:ResourceAliases", `["ALIAS"]`), test("ForAllValues:StringEquals", "kms:ResourceAliases", `["alias/x"]`), true, encryptBy(func(s situation) string { return s.alias })},
	{"kms:ResourceAliases of a change", test("ForAnyValue:StringEquals", "kms:ResourceAliases", `"ALIAS"`), test("ForAnyValue:StringEquals", "kms:ResourceAliases", `"alias/other"`), true, func(u user, s situation) error {
		_, err := u.EnableKey(u.t.Context(), &kms.EnableKeyInput{KeyId: &s.key})
		return err
	}},
	{"aws:ResourceTag/k", test("StringEquals", "aws:ResourceTag/Stage", `"test"`), test("StringEquals", "aws:ResourceTag/Stage", `"prod"`), true, encryptIt},
	{"aws:ResourceTag/k in other case", test("StringEquals", "aws:resourcetag/STAGE", `"test"`), test("StringEquals", "aws:ResourceTag/Stage", `"Test"`), true, encryptIt},
	{"aws:ResourceTag/k that the key has not", test("Null", "aws:ResourceTag/x", `true`), test("Null", "aws:ResourceTag/Stage", `true`), true, encryptIt},
	{"aws:RequestTag/k", test("StringEquals", "aws:RequestTag/Team", `"a"`), test("StringEquals", "aws:RequestTag/Team", `"b"`), false, tagResource("Team=a")},
	{"aws:TagKeys of TagResource", test("ForAllValues:StringEquals", "aws:TagKeys", `["Team","Cost"]`), test("ForAllValues:StringEquals", "aws:TagKeys", `["Cost"]`), false, tagResource("Team=a")},
	{"aws:TagKeys of UntagResource", test("ForAnyValue:StringEquals", "aws:TagKeys", `["Team"]`), test("ForAnyValue:StringEquals", "aws:TagKeys", `["Cost"]`), false, func(u user, s situation) error {
		_, err := u.UntagResource(u.t.Context(), &kms.UntagResourceInput{KeyId: &s.key, TagKeys: []string{"Team"}})
		return err
	}},
	{"kms:ReEncryptOnSameKey, the same", test("Bool", "kms:ReEncryptOnSameKey", `true`), test("Bool", "kms:ReEncryptOnSameKey", `false`), false, reEncrypt(func(s situation) string { return s.key })},
	{"kms:ReEncryptOnSameKey, by its alias", test("Bool", "kms:ReEncryptOnSameKey", `true`), test("Bool", "kms:ReEncryptOnSameKey", `false`), false, reEncrypt(func(s situation) string { return s.alias })},
	{"kms:ReEncryptOnSameKey, another", test("Bool", "kms:ReEncryptOnSameKey", `false`), test("Bool", "kms:ReEncryptOnSameKey", `true`), false, reEncrypt(func(s situation) string { return s.other })},
	{"kms:ReEncryptOnSameKey elsewhere", test("Null", "kms:ReEncryptOnSameKey", `true`), test("Bool", "kms:ReEncryptOnSameKey", `false`), false, encryptIt},
	{"kms:BypassPolicyLockoutSafetyCheck", test("Bool", "kms:BypassPolicyLockoutSafetyCheck", `true`), test("Null", "kms:BypassPolicyLockoutSafetyCheck", `true`), false, func(u user, s situation) error {
		return u.putPolicy(s.key, openPolicy, true)
	}},
	{"kms:BypassPolicyLockoutSafetyCheck, not given", test("Null", "kms:BypassPolicyLockoutSafetyCheck", `true`), test("Bool", "kms:BypassPolicyLockoutSafetyCheck", `true`), false, func(u user, s situation) error {
		return u.putPolicy(s.key, openPolicy, false)
	}},
	{"kms:ScheduleKeyDeletionPendingWindowInDays", test("NumericGreaterThan", "kms:ScheduleKeyDeletionPendingWindowInDays", `"8"`), test("NumericGreaterThan", "kms:ScheduleKeyDeletionPendingWindowInDays", `"9"`), false, schedule(new(int32(9)))},
	{"kms:ScheduleKeyDeletionPendingWindowInDays, the default", test("NumericEquals", "kms:ScheduleKeyDeletionPendingWindowInDays", `"30"`), test("NumericLessThan", "kms:ScheduleKeyDeletionPendingWindowInDays", `"30"`), false, schedule(nil)},
	{"kms:TrailingDaysWithoutKeyUsage", test("NumericEquals", "kms:TrailingDaysWithoutKeyUsage", `"0"`), test("NumericGreaterThan", "kms:TrailingDaysWithoutKeyUsage", `"0"`), false, schedule(nil)},
	{"kms:TrailingDaysWithoutKeyUsage of DisableKey", test("NumericLessThan", "kms:TrailingDaysWithoutKeyUsage", `"1"`), test("Null", "kms:TrailingDaysWithoutKeyUsage", `true`), false, func(u user, s situation) error {
		_, err := u.DisableKey(u.t.Context(), &kms.DisableKeyInput{KeyId: &s.key})
		return err
	}},
	{"kms:TrailingDaysWithoutKeyUsage elsewhere", test("Null", "kms:TrailingDaysWithoutKeyUsage", `true`), test("NumericEquals", "kms:TrailingDaysWithoutKeyUsage", `"0"`), false, encryptIt},
	{"kms:GrantOperations elsewhere", test("Null", "kms:GrantOperations", `true`), test("ForAnyValue:StringEquals", "kms:GrantOperations", `"Decrypt"`), false, encryptIt},
	{"kms:RecipientAttestation without one", test("Null", "kms:RecipientAttestation:ImageSha384", `true`), test("StringEqualsIgnoreCase", "kms:RecipientAttestation:PCR1", `"00"`), false, encryptIt},
}

func enableRotation(days *int32) func(user, situation) error {
	return func(u user, s situation) error {
		_, err := u.EnableKeyRotation(u.t.Context(), &kms.EnableKeyRotationInput{KeyId: &s.key, RotationPeriodInDays: days})
		return err
	}
}

func schedule(days *int32) func(user, situation) error {
	return func(u user, s situation) error {
		_, err := u.ScheduleKeyDeletion(u.t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &s.key, PendingWindowInDays: days})
		return err
	}
}

// wrappingParameters and importUntil ask for an import. It is refused after the decision: the
// key is of another origin.
func wrappingParameters(u user, s situation) error {
	_, err := u.GetParametersForImport(u.t.Context(), &kms.GetParametersForImportInput{
		KeyId: &s.key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa3072,
	})
	return beyondOrigin(err)
}

func importUntil(model types.ExpirationModelType, epoch int64) func(user, situation) error {
	return func(u user, s situation) error {
		in := &kms.ImportKeyMaterialInput{KeyId: &s.key, ImportToken: []byte("x"), EncryptedKeyMaterial: []byte("x"), ExpirationModel: model}
		if epoch != 0 {
			in.ValidTo = new(time.Unix(epoch, 0))
		}
		_, err := u.ImportKeyMaterial(u.t.Context(), in)
		return beyondOrigin(err)
	}
}

func beyondOrigin(err error) error {
	if strings.HasSuffix(outcome(err), " origin is AWS_KMS which is not valid for this operation.") {
		return nil
	}
	return err
}

// TestConditions has each condition allow and deny, in an identity policy and in a key
// policy, where it is true and where it is not.
func TestConditions(t *testing.T) { testConditions(t, conditionCases) }

func testConditions(t *testing.T, cases []conditionCase) {
	peopled(t, func(t *testing.T, p *people) {
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				p := p.at(t)
				alice := tester{name: fmt.Sprintf("alice-%d", i)}
				alice.user = p.newUser(ours, alice.name)
				for _, effect := range []string{"Allow", "Deny"} {
					for _, holds := range []bool{true, false} {
						s := p.conditionSituation()
						c.identity(t, p, alice, s, effect, holds)
						c.keyPolicy(t, p, alice, s, effect, holds)
					}
				}
			})
		}
	})
}

// tester is a user by name.
type tester struct {
	user
	name string
}

func (c *conditionCase) condition(s situation, holds bool) string {
	condition := c.fails
	if holds {
		condition = c.holds
	}
	return strings.ReplaceAll(condition, "ALIAS", s.alias)
}

// identity puts the condition into alice's policy. The key's policy lets her account decide.
func (c *conditionCase) identity(t *testing.T, p *people, alice tester, s situation, effect string, holds bool) {
	t.Helper()
	statements := []string{statement(effect, "kms:*", "*", c.condition(s, holds))}
	if effect == "Deny" {
		statements = append(statements, statement("Allow", "kms:*", "*", ""))
	}
	p.permit(ours, alice.name, document(statements...))
	c.check(t, "an identity policy", alice, s, effect, holds == (effect == "Allow"))
}

// keyPolicy puts the condition into the policies of the keys. Alice has none of her own.
func (c *conditionCase) keyPolicy(t *testing.T, p *people, alice tester, s situation, effect string, holds bool) {
	t.Helper()
	p.permit(ours, alice.name)
	statements := []string{keyStatement("Allow", ours, "kms:*", ""), keyStatement(effect, userARN(ours, alice.name), "kms:*", c.condition(s, holds))}
	if effect == "Deny" {
		statements = append(statements, keyStatement("Allow", userARN(ours, alice.name), "kms:*", ""))
	}
	for _, key := range []string{s.key, s.other} {
		must(t, "PutKeyPolicy", p.putPolicy(key, document(statements...), false))
	}
	if c.iamOnly {
		holds = strings.HasPrefix(c.condition(s, holds), `{"Null"`) || strings.HasPrefix(c.condition(s, holds), `{"ForAllValues`)
	}
	c.check(t, "a key policy", alice, s, effect, holds == (effect == "Allow"))
}

func (c *conditionCase) check(t *testing.T, where string, alice tester, s situation, effect string, allowed bool) {
	t.Helper()
	err := c.call(alice.user, s)
	if strings.HasSuffix(outcome(err), "is pending deletion.") { // the first call did it
		err = nil
	}
	wantAllowed(t, effect+" in "+where, err, allowed)
}

// wantAllowed fails the test unless a call succeeded, or else was denied.
func wantAllowed(t testing.TB, what string, err error, allowed bool) {
	t.Helper()
	if got := outcome(err); allowed && got != "ok" || !allowed && !strings.HasPrefix(got, "AccessDeniedException") {
		t.Errorf("%s: %s; allowed should be %v", what, got, allowed)
	}
}

// conditionSituation makes two keys that conditions can tell apart from others.
func (p *people) conditionSituation() situation {
	p.t.Helper()
	out, err := p.CreateKey(p.t.Context(), &kms.CreateKeyInput{Tags: tags("Stage=test")})
	must(p.t, "CreateKey", err)
	s := situation{key: *out.KeyMetadata.KeyId, other: p.key()}
	s.alias = p.alias(s.key)
	s.blob = p.encrypt(s.key, "text", nil)
	return s
}
