package kms_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)), keysteadtest.WithAttestationRoot(platform().Root)))
	})
}

// user is a client of the server with shorthands for what must succeed.
type user struct {
	*kms.Client
	t               testing.TB
	region, account string
}

// root is the root user of the server's first account.
func root(t testing.TB, srv *keysteadtest.Server) user {
	return user{srv.KMS(), t, srv.Region, srv.Account}
}

// newcomer is the root user of a new account.
func newcomer(t testing.TB, srv *keysteadtest.Server, account string) user {
	return user{kms.NewFromConfig(srv.ConfigFor(srv.NewAccount(account))), t, srv.Region, account}
}

// in is the same user in another Region.
func (u user) in(region string) user {
	o := u.Options()
	o.Region = region
	return user{kms.New(o), u.t, region, u.account}
}

func (u user) keyARN(id string) string {
	return "arn:aws:kms:" + u.region + ":" + u.account + ":key/" + id
}

func (u user) aliasARN(name string) string {
	return "arn:aws:kms:" + u.region + ":" + u.account + ":" + name
}

func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// key makes a key and returns its id.
func (u user) key() string {
	u.t.Helper()
	out, err := u.CreateKey(u.t.Context(), &kms.CreateKeyInput{})
	must(u.t, "CreateKey", err)
	return *out.KeyMetadata.KeyId
}

// alias gives a key an alias with a new name.
func (u user) alias(key string) string {
	u.t.Helper()
	name := newAlias()
	_, err := u.CreateAlias(u.t.Context(), &kms.CreateAliasInput{AliasName: &name, TargetKeyId: &key})
	must(u.t, "CreateAlias", err)
	return name
}

// newAlias is a name that no alias has.
func newAlias() string { return "alias/" + rand.Text() }

func (u user) encrypt(key, plaintext string, ec map[string]string) []byte {
	u.t.Helper()
	out, err := u.Encrypt(u.t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte(plaintext), EncryptionContext: ec})
	must(u.t, "Encrypt", err)
	return out.CiphertextBlob
}

func (u user) decrypt(blob []byte, ec map[string]string) (string, error) {
	out, err := u.Decrypt(u.t.Context(), &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: ec})
	if err != nil {
		return "", err
	}
	return string(out.Plaintext), nil
}

func (u user) describe(key string) *types.KeyMetadata {
	u.t.Helper()
	out, err := u.DescribeKey(u.t.Context(), &kms.DescribeKeyInput{KeyId: &key})
	must(u.t, "DescribeKey", err)
	return out.KeyMetadata
}

func (u user) disable(key string) {
	u.t.Helper()
	_, err := u.DisableKey(u.t.Context(), &kms.DisableKeyInput{KeyId: &key})
	must(u.t, "DisableKey", err)
}

func (u user) scheduleDeletion(key string, days int32) time.Time {
	u.t.Helper()
	out, err := u.ScheduleKeyDeletion(u.t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: &days})
	must(u.t, "ScheduleKeyDeletion", err)
	return *out.DeletionDate
}

// outcome is what a call came to: "ok", "Code: message", or "Code" for an error without a
// message.
func outcome(err error) string {
	var e smithy.APIError
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &e):
		return "no answer of the service: " + err.Error()
	case e.ErrorMessage() == "" || e.ErrorMessage() == "UnknownError": // the SDK's word for none
		return e.ErrorCode()
	default:
		return e.ErrorCode() + ": " + e.ErrorMessage()
	}
}

func wantOutcome(t testing.TB, what string, err error, want string) {
	t.Helper()
	if got := outcome(err); got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}
