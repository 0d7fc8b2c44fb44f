package sts_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// managed makes a customer managed policy.
func (w *world) managed(account, name, document string) (arn string) {
	w.t.Helper()
	p := &iam.ManagedPolicy{
		Name: name, Path: "/", ID: iam.NewID("ANPA"), Created: w.clock.Now(), Updated: w.clock.Now(), Default: "v1", Next: 2,
		Versions: []iam.PolicyVersion{{ID: "v1", Document: document, Created: w.clock.Now()}},
	}
	w.update(func(tx *store.Tx) error { return iam.Policies.Insert(tx, account, name, p) })
	return iam.PolicyARN(account, "/", name)
}

func limited(policy string, arns ...string) func(in *sdksts.AssumeRoleInput) {
	return func(in *sdksts.AssumeRoleInput) {
		if policy != "" {
			in.Policy = &policy
		}
		for _, arn := range arns {
			in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: &arn})
		}
	}
}

// TestSessionPolicies: a session may do what the role and its session policies allow.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
func TestSessionPolicies(t *testing.T) {
	worlds(t, func(w *world) {
		able := w.user(home, "able", everything)
		allowing := func(actions string) string { return statement(`"Action":` + actions + `,"Resource":"*"`) }
		role := w.role(home, "app", accountMay, func(r *iam.Role) {
			r.Inline = []iam.InlinePolicy{{Name: "p", Document: allowing(`["kms:ListKeys","kms:ListAliases","kms:CreateKey"]`)}}
		})
		list, foreign := w.managed(home, "list", allowing(`"kms:List*"`)), w.managed(abroad, "list", allowing(`"*"`))
		gone := w.managed(home, "gone", allowing(`"*"`))
		for _, c := range []struct {
			rule        string
			with        func(in *sdksts.AssumeRoleInput)
			may, mayNot string
		}{
			{"no session policy", nil, "kms:ListKeys kms:CreateKey", "kms:GenerateRandom"},
			{"an inline one", limited(allowing(`["kms:ListKeys","kms:GenerateRandom"]`)), "kms:ListKeys", "kms:ListAliases kms:CreateKey kms:GenerateRandom"},
			{"a managed one", limited("", list), "kms:ListKeys kms:ListAliases", "kms:CreateKey"},
			{"one of AWS", limited("", "arn:aws:iam::aws:policy/AdministratorAccess"), "kms:ListKeys kms:CreateKey", "kms:GenerateRandom"},
			{"both together allow more", limited(allowing(`"kms:CreateKey"`), list), "kms:ListKeys kms:CreateKey", "kms:GenerateRandom"},
			{"one denies", limited(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:ListKeys","Resource":"*"}]}`, list), "kms:ListAliases", "kms:ListKeys kms:CreateKey"},
		} {
			session := w.assume(able, role, c.with)
			for action := range strings.FieldsSeq(c.may) {
				if !w.may(session, action) {
					w.t.Errorf("%s: %s is not allowed", c.rule, action)
				}
			}
			for action := range strings.FieldsSeq(c.mayNot) {
				if w.may(session, action) {
					w.t.Errorf("%s: %s is allowed", c.rule, action)
				}
			}
		}
		session := w.assume(able, role, limited("", gone))
		w.update(func(tx *store.Tx) error { return iam.Policies.Delete(tx, home, "gone") })
		if w.may(session, "kms:ListKeys") {
			w.t.Errorf("a session policy that is gone allows everything")
		}
		w.update(func(tx *store.Tx) error {
			return iam.Policies.Insert(tx, home, "gone", &iam.ManagedPolicy{
				Name: "gone", Path: "/other/", Default: "v1", Versions: []iam.PolicyVersion{{ID: "v1", Document: allowing(`"*"`)}},
			})
		})
		if w.may(session, "kms:ListKeys") {
			w.t.Errorf("a policy of another path takes the place of a session policy that is gone")
		}
		shouted := strings.Replace(list, "/list", "/LIST", 1)
		for _, c := range []struct {
			rule, want string
			with       func(in *sdksts.AssumeRoleInput)
		}{
			{"no JSON", "MalformedPolicyDocument: ", limited("{")},
			{"a principal", "MalformedPolicyDocument: Policy document should not specify a principal.", limited(accountMay)},
			{"a policy of another account", "ValidationError: Policy " + foreign + " does not exist or is not attachable.", limited("", foreign)},
			{"a policy whose name has another case", "ValidationError: Policy " + shouted + " does not exist or is not attachable.", limited("", shouted)},
			{"a policy of another path", "ValidationError: Policy " + gone + " does not exist or is not attachable.", limited("", gone)},
			{"the ARN of something else", "ValidationError: Policy " + role + " does not exist or is not attachable.", limited("", role)},
			{"eleven of them", "ValidationError: 1 validation error detected: Value at 'policyArns' failed", limited("", strings.Fields(strings.Repeat(list+" ", 11))...)},
			{"more than 2,048 characters", "PackedPolicyTooLarge: Packed policy consumes 1", limited(everything[:1] + strings.Repeat(" ", 2048) + everything[1:])},
			{"tags that can't be packed", "PackedPolicyTooLarge: Packed size of session tags consumes ", func(in *sdksts.AssumeRoleInput) {
				for i := range 50 {
					in.Tags = append(in.Tags, types.Tag{Key: aws.String(fmt.Sprint("key", i)), Value: aws.String(noise(256))})
				}
			}},
		} {
			if got := w.try(able, role, c.with); !strings.HasPrefix(got, c.want) {
				w.t.Errorf("%s: %s, want %s", c.rule, got, c.want)
			}
		}
	})
}

// noise is text that does not get smaller.
func noise(n int) string {
	s := ""
	for len(s) < n {
		s += rand.Text()
	}
	return s[:n]
}

// TestTokenSize: a token fits into a header, whatever is in it, and is as long as somebody
// wishes.
func TestTokenSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	able := w.user(home, "able", everything)
	role := w.role(home, strings.Repeat("r", 64), accountMay, func(r *iam.Role) { r.Path = "/" + strings.Repeat("p", 510) + "/" })
	full := w.assume(able, role, func(in *sdksts.AssumeRoleInput) {
		in.RoleSessionName = aws.String(strings.Repeat("s", 64))
		in.Policy = aws.String(statement(`"Action":"*","Resource":"arn:aws:s3:::` + noise(1400) + `"`))
		for i := range 6 {
			in.Tags = append(in.Tags, types.Tag{Key: aws.String(fmt.Sprint("key", i)), Value: aws.String(noise(256))})
		}
	})
	if n := len(full.SessionToken); n > 6<<10 {
		t.Errorf("a full token has %d characters", n)
	}
	if _, err := w.as(full).GetCallerIdentity(t.Context(), &sdksts.GetCallerIdentityInput{}); err != nil {
		t.Errorf("a full token: %v", err)
	}
	long := w.assume(able, role, func(in *sdksts.AssumeRoleInput) { in.MinimumSessionTokenSize = aws.Int32(4096) })
	if n := len(long.SessionToken); n < 4096 || n > 4200 {
		t.Errorf("a token of at least 4,096 characters has %d", n)
	}
	if _, err := w.as(long).GetCallerIdentity(t.Context(), &sdksts.GetCallerIdentityInput{}); err != nil {
		t.Errorf("a long token: %v", err)
	}
}
