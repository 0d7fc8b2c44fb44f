package kms_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

func (u user) createAlias(name, key string) error {
	_, err := u.CreateAlias(u.t.Context(), &kms.CreateAliasInput{AliasName: &name, TargetKeyId: &key})
	return err
}

func (u user) updateAlias(name, key string) error {
	_, err := u.UpdateAlias(u.t.Context(), &kms.UpdateAliasInput{AliasName: &name, TargetKeyId: &key})
	return err
}

func (u user) deleteAlias(name string) error {
	_, err := u.DeleteAlias(u.t.Context(), &kms.DeleteAliasInput{AliasName: &name})
	return err
}

// aliasesOf lists the aliases of a key by its identifier, or all that stand for keys for "".
func (u user) aliasesOf(key string) []types.AliasListEntry {
	u.t.Helper()
	in := &kms.ListAliasesInput{Limit: new(int32(100))}
	if key != "" {
		in.KeyId = &key
	}
	out, err := u.ListAliases(u.t.Context(), in)
	must(u.t, "ListAliases", err)
	return slices.DeleteFunc(out.Aliases, func(a types.AliasListEntry) bool { return a.TargetKeyId == nil })
}

func TestAliasLife(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		a, b := u.key(), u.key()
		const name = "alias/team/app_1-x"
		must(t, "CreateAlias", u.createAlias(name, u.keyARN(a)))
		wantOutcome(t, "create it again", u.createAlias(name, b),
			"AlreadyExistsException: An alias with the name "+u.aliasARN(name)+" already exists")
		first := u.aliasesOf(a)
		if len(first) != 1 || *first[0].AliasName != name || *first[0].AliasArn != u.aliasARN(name) || *first[0].TargetKeyId != a {
			t.Fatalf("ListAliases of the key: %+v", first)
		}
		if u.describe(name).Arn == nil || *u.describe(name).KeyId != a {
			t.Error("the alias does not name the key")
		}

		srv.Advance(time.Hour)
		must(t, "UpdateAlias", u.updateAlias(name, b))
		if *u.describe(u.aliasARN(name)).KeyId != b {
			t.Error("the alias does not name the other key")
		}
		out, err := u.Encrypt(t.Context(), &kms.EncryptInput{KeyId: new(name), Plaintext: []byte("x")})
		must(t, "Encrypt", err)
		if *out.KeyId != u.keyARN(b) {
			t.Errorf("Encrypt by the updated alias used %s", *out.KeyId)
		}
		second := u.aliasesOf(u.keyARN(b))
		if len(u.aliasesOf(a)) != 0 || len(second) != 1 || !second[0].CreationDate.Equal(*first[0].CreationDate) ||
			second[0].LastUpdatedDate.Sub(*first[0].LastUpdatedDate) < time.Hour {
			t.Errorf("after UpdateAlias: %+v", second)
		}

		must(t, "DeleteAlias", u.deleteAlias(name))
		gone := "NotFoundException: Alias " + u.aliasARN(name) + " is not found."
		wantOutcome(t, "delete it again", u.deleteAlias(name), gone)
		wantOutcome(t, "update it", u.updateAlias(name, a), gone)
		_, err = u.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new(name)})
		wantOutcome(t, "use it", err, gone)
		must(t, "CreateAlias anew", u.createAlias(name, a))
		must(t, "CreateAlias in other case", u.createAlias("alias/"+strings.ToUpper(name[6:]), a))
	})
}

// TestAliasTarget: an alias can move between keys of one usage and type only.
func TestAliasTarget(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	u := root(t, srv)
	keys := map[string]string{}
	for name, in := range map[string]*kms.CreateKeyInput{
		"symmetric": {}, "RSA": {KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeEncryptDecrypt},
		"P-256": {KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify},
		"P-384": {KeySpec: types.KeySpecEccNistP384, KeyUsage: types.KeyUsageTypeSignVerify},
		"HMAC":  {KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac},
	} {
		out, err := u.CreateKey(t.Context(), in)
		must(t, "CreateKey", err)
		keys[name] = *out.KeyMetadata.KeyId
	}
	refusal := func(name, what, from, to string) string {
		return "ValidationException: Alias " + name + " cannot be changed from a CMK with key " + what + " " + from + " to a CMK with key " + what + " " + to +
			". The key " + what + " of the current CMK and the new CMK must be the same."
	}
	for _, c := range []struct{ from, to, what, is, new string }{
		{"P-256", "P-384", "", "", ""},
		{"symmetric", "RSA", "type", "SYMMETRIC", "ASYMMETRIC"},
		{"RSA", "symmetric", "type", "ASYMMETRIC", "SYMMETRIC"},
		{"RSA", "P-256", "usage", "ENCRYPT_DECRYPT", "SIGN_VERIFY"},
		{"symmetric", "HMAC", "usage", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC"},
	} {
		name, want := newAlias(), "ok"
		if c.what != "" {
			want = refusal(name, c.what, c.is, c.new)
		}
		must(t, "CreateAlias", u.createAlias(name, keys[c.from]))
		wantOutcome(t, "UpdateAlias from "+c.from+" to "+c.to, u.updateAlias(name, keys[c.to]), want)
	}
}

func TestAliasNames(t *testing.T) {
	const prefix = `ValidationException: Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`
	pattern := func(name string) string {
		return "ValidationException: 1 validation error detected: Value '" + name + "' at 'aliasName' failed to satisfy constraint: " +
			"Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
	}
	long := "alias/" + strings.Repeat("x", 250)
	names := map[string]string{
		"alias/x":         "ok",
		"alias/aws":       "ok",
		"alias/awsome/x":  "ok",
		"alias/AWS/x":     "ok",
		"alias/a/b//c_-9": "ok",
		long:              "ok",
		"x":               prefix,
		"Alias/x":         prefix,
		"key/x":           prefix,
		"alias":           prefix,
		"alias/":          "InvalidAliasNameException: Alias has no name: alias/",
		"alias/a:b":       "ValidationException: alias/a:b contains invalid characters for an alias",
		"alias/aws/":      "NotAuthorizedException",
		"alias/aws/s3":    "NotAuthorizedException",
		"alias/a b":       pattern("alias/a b"),
		"alias/é":         pattern("alias/é"),
		"alias/a.b":       pattern("alias/a.b"),
		long + "x":        "ValidationException: 1 validation error detected: Value '" + long + "x' at 'aliasName' failed to satisfy constraint: Member must have length less than or equal to 256",
		"arn:aws:kms:us-east-1:000000000000:alias/x": prefix,
	}
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		for name, want := range names {
			wantOutcome(t, "CreateAlias "+name, u.createAlias(name, key), want)
			wantOutcome(t, "UpdateAlias "+name, u.updateAlias(name, key), want)
			wantOutcome(t, "DeleteAlias "+name, u.deleteAlias(name), want)
		}
	})
}

// TestAliasQuota has many clients give one key aliases at once: exactly fifty succeed. The
// same name goes to exactly one.
func TestAliasQuota(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, other := u.key(), u.key()
		full := "LimitExceededException: The key " + u.keyARN(key) + " has 50 aliases, which is the limit."
		var made, refused, won atomic.Int32
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				switch outcome(u.createAlias(newAlias(), key)) {
				case "ok":
					made.Add(1)
				case full:
					refused.Add(1)
				}
				if i < 10 && u.createAlias("alias/wanted", other) == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if made.Load() != 50 || refused.Load() != 10 || won.Load() != 1 {
			t.Errorf("%d aliases made, %d refused; one name given to %d", made.Load(), refused.Load(), won.Load())
		}
		wantOutcome(t, "move one more to the key", u.updateAlias("alias/wanted", key), full)
		mine := *u.aliasesOf(key)[0].AliasName
		wantOutcome(t, "update one of the fifty to where it is", u.updateAlias(mine, key), "ok")
		wantOutcome(t, "move one away", u.updateAlias(mine, other), "ok")
		wantOutcome(t, "move one in", u.updateAlias("alias/wanted", key), "ok")
	})
}
