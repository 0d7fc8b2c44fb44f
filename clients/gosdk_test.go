package clients

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// load is what every Go program begins with: the SDK's default configuration, from the
// environment and nothing else.
func load(t *testing.T, s *node, options ...func(*config.LoadOptions) error) aws.Config {
	t.Helper()
	for _, v := range s.env() {
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
		}
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_STS"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	cfg, err := config.LoadDefaultConfig(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// newGoKey makes a key and returns its id.
func newGoKey(t *testing.T, c *kms.Client) string {
	t.Helper()
	out, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.KeyId
}

// TestGo encrypts and decrypts across a restart with the default credential chain.
func TestGo(t *testing.T) {
	s := start(t)
	cfg := load(t, s)
	c := kms.NewFromConfig(cfg)
	id := newGoKey(t, c)
	plain := make([]byte, 4096)
	_, _ = rand.Read(plain) // never fails
	sealed, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &id, Plaintext: plain, EncryptionContext: map[string]string{"a": "bc", "b": "ü"}})
	if err != nil {
		t.Fatal(err)
	}
	s.restart()
	cfg = load(t, s)
	opened, err := kms.NewFromConfig(cfg).Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"b": "ü", "a": "bc"}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(opened.Plaintext, plain) || *opened.KeyId != *sealed.KeyId {
		t.Errorf("Decrypt after a restart gives %d other bytes, key %s", len(opened.Plaintext), *opened.KeyId)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != root {
		t.Errorf("GetCallerIdentity: %+v, %v", who, err)
	}
}

// TestGoPages walks all lists page by page.
func TestGoPages(t *testing.T) {
	s := start(t)
	c := kms.NewFromConfig(load(t, s))
	want := map[string]bool{}
	for range 5 {
		want[newGoKey(t, c)] = true
	}
	pages := 0
	for p := kms.NewListKeysPaginator(c, &kms.ListKeysInput{Limit: aws.Int32(2)}); p.HasMorePages(); pages++ {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Keys {
			if !want[*k.KeyId] {
				t.Errorf("ListKeys has %s, which was not made or came before", *k.KeyId)
			}
			delete(want, *k.KeyId)
		}
	}
	if pages != 3 || len(want) != 0 {
		t.Errorf("%d pages, and these keys are missing: %v", pages, want)
	}
}

// flaky loses the first answers, as a network does: the call took place, and the client
// never learns of it.
type flaky struct{ lose atomic.Int32 }

func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && f.lose.Add(-1) >= 0 {
		res.Body.Close()
		return nil, syscall.ECONNRESET
	}
	return res, err
}

// TestGoRetries loses two answers; the SDK signs and sends anew, and the third try is good.
func TestGoRetries(t *testing.T) {
	s := start(t)
	network := new(flaky)
	// The standard retryer, with less patience between tries.
	quick := func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), 10*time.Millisecond) }
	c := kms.NewFromConfig(load(t, s, config.WithHTTPClient(&http.Client{Transport: network}), config.WithRetryer(quick)))
	id := newGoKey(t, c)
	network.lose.Store(2)
	out, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &id, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	tries, _ := retry.GetAttemptResults(out.ResultMetadata)
	if len(tries.Results) != 3 {
		t.Errorf("%d tries, want 3", len(tries.Results))
	}
}

// TestGoExceptions provokes every exception that the operations can give and takes it by
// its type.
func TestGoExceptions(t *testing.T) {
	s := start(t)
	w := newWorld(t, kms.NewFromConfig(load(t, s)))
	for name, c := range w.failures() {
		t.Run(name, func(t *testing.T) {
			err := c.call(t.Context())
			if err == nil || !c.is(err) {
				t.Fatalf("got %v, want %s", err, name)
			}
			var api smithy.APIError
			var res *awshttp.ResponseError
			if !errors.As(err, &api) || api.ErrorCode() != name {
				t.Errorf("got the code %v, want %s", api, name)
			}
			if !errors.As(err, &res) || res.HTTPStatusCode() != http.StatusBadRequest || len(res.ServiceRequestID()) != 36 {
				t.Errorf("got %v, want status 400 and a request id", res)
			}
		})
	}
}

// failure is a call that must fail, and a check of its error's type.
type failure struct {
	call func(context.Context) error
	is   func(error) bool
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// world has a key in each state.
type world struct {
	c                            *kms.Client
	key, other, disabled, leaves string // ids
	alias                        string
	blob                         []byte // under key
}

func newWorld(t *testing.T, c *kms.Client) world {
	w := world{c: c, key: newGoKey(t, c), other: newGoKey(t, c), disabled: newGoKey(t, c), leaves: newGoKey(t, c), alias: "alias/taken"}
	ctx := t.Context()
	sealed, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: &w.key, Plaintext: []byte("x")})
	_, err1 := c.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &w.disabled})
	_, err2 := c.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &w.leaves})
	_, err3 := c.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &w.alias, TargetKeyId: &w.key})
	if err := errors.Join(err, err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	w.blob = sealed.CiphertextBlob
	return w
}

// failures are by the exception's name.
func (w world) failures() map[string]failure {
	c, text := w.c, []byte("x")
	encrypt := func(in kms.EncryptInput) func(context.Context) error {
		in.Plaintext = text
		return func(ctx context.Context) error { _, err := c.Encrypt(ctx, &in); return err }
	}
	decrypt := func(in kms.DecryptInput) func(context.Context) error {
		return func(ctx context.Context) error { _, err := c.Decrypt(ctx, &in); return err }
	}
	create := func(in kms.CreateKeyInput) func(context.Context) error {
		return func(ctx context.Context) error { _, err := c.CreateKey(ctx, &in); return err }
	}
	alias := func(name string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := c.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &name, TargetKeyId: &w.key})
			return err
		}
	}
	return map[string]failure{
		"AlreadyExistsException":           {alias(w.alias), is[*types.AlreadyExistsException]},
		"CustomKeyStoreNotFoundException":  {create(kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: aws.String("cks-1234567890abcdef0")}), is[*types.CustomKeyStoreNotFoundException]},
		"DisabledException":                {encrypt(kms.EncryptInput{KeyId: &w.disabled}), is[*types.DisabledException]},
		"DryRunOperationException":         {encrypt(kms.EncryptInput{KeyId: &w.key, DryRun: aws.Bool(true)}), is[*types.DryRunOperationException]},
		"IncorrectKeyException":            {decrypt(kms.DecryptInput{CiphertextBlob: w.blob, KeyId: &w.other}), is[*types.IncorrectKeyException]},
		"InvalidAliasNameException":        {alias("alias/"), is[*types.InvalidAliasNameException]},
		"InvalidArnException":              {encrypt(kms.EncryptInput{KeyId: aws.String("arn:aws:s3:::bucket")}), is[*types.InvalidArnException]},
		"InvalidCiphertextException":       {decrypt(kms.DecryptInput{CiphertextBlob: w.blob[1:]}), is[*types.InvalidCiphertextException]},
		"InvalidGrantTokenException":       {encrypt(kms.EncryptInput{KeyId: &w.key, GrantTokens: []string{"token"}}), is[*types.InvalidGrantTokenException]},
		"InvalidKeyUsageException":         {encrypt(kms.EncryptInput{KeyId: &w.key, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256}), is[*types.InvalidKeyUsageException]},
		"InvalidMarkerException":           {w.list("nonsense"), is[*types.InvalidMarkerException]},
		"KMSInvalidStateException":         {encrypt(kms.EncryptInput{KeyId: &w.leaves}), is[*types.KMSInvalidStateException]},
		"LimitExceededException":           {create(kms.CreateKeyInput{Policy: aws.String(strings.Repeat(" ", 32<<10+1))}), is[*types.LimitExceededException]},
		"MalformedPolicyDocumentException": {create(kms.CreateKeyInput{Policy: aws.String("{}")}), is[*types.MalformedPolicyDocumentException]},
		"NotFoundException":                {encrypt(kms.EncryptInput{KeyId: aws.String("alias/nothing")}), is[*types.NotFoundException]},
		"TagException":                     {create(kms.CreateKeyInput{Tags: []types.Tag{{TagKey: aws.String("aws:x"), TagValue: aws.String("")}}}), is[*types.TagException]},
		"UnsupportedOperationException":    {create(kms.CreateKeyInput{KeySpec: types.KeySpecSm2, KeyUsage: types.KeyUsageTypeSignVerify}), is[*types.UnsupportedOperationException]},
		"ValidationException":              {create(kms.CreateKeyInput{KeySpec: "DES"}), is[*smithy.GenericAPIError]},
	}
}

func (w world) list(marker string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := w.c.ListKeys(ctx, &kms.ListKeysInput{Marker: &marker})
		return err
	}
}
