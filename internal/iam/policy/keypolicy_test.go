package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

func TestValidateKeyPolicy(t *testing.T) {
	const (
		ok      = ""
		invalid = "Policy contains a statement with one or more invalid principals."
		missing = "Missing required field Principal."
		context = "matches requests without the specified encryption context or with an unspecified encryption context. To fix, remove ForAllValues."
		tag     = "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key " +
			"matches requests without the specified tag or with an unspecified tag. To fix, remove ForAllValues."
	)
	aws := func(arn string) string { return fmt.Sprintf(`"Principal": {"AWS": %q}`, arn) }
	condition := func(c string) string { return `"Principal": "*", "Condition": ` + c }
	tests := []struct{ rule, elements, want string }{
		{"everyone", `"Principal": "*"`, ok},
		{"an account", aws("111122223333"), ok},
		{"an account's ARN", aws("arn:aws:iam::111122223333:root"), ok},
		{"an account of another partition", aws("arn:aws-us-gov:iam::111122223333:root"), ok},
		{"a user", aws("arn:aws:iam::111122223333:user/alice"), ok},
		{"a user with a path", aws("arn:aws:iam::111122223333:user/a!b/c(d)/alice@example.com"), ok},
		{"a role", aws("arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/App"), ok},
		{"a role session", aws("arn:aws:sts::111122223333:assumed-role/App/run=1,2"), ok},
		{"a federated user", aws("arn:aws:sts::111122223333:federated-user/alice"), ok},
		{"a service", `"Principal": {"Service": "s3.amazonaws.com"}`, ok},
		{"a service of a Region", `"Principal": {"Service": ["logs.us-east-1.amazonaws.com"]}`, ok},
		{"NotPrincipal", `"NotPrincipal": {"AWS": "111122223333"}`, ok},
		{"Action and Resource may be absent", `"Principal": "*", "Condition": {}`, ok},
		{"no principal", `"Sid": "x"`, missing},
		{"an empty principal", `"Principal": {}`, missing},
		{"an empty list of principals", `"NotPrincipal": {"AWS": [], "Service": []}`, missing},
		{"a group", aws("arn:aws:iam::111122223333:group/admins"), invalid},
		{"a name alone", aws("alice"), invalid},
		{"an account of 11 digits", aws("11112222333"), invalid},
		{"an ARN with a short account", aws("arn:aws:iam::1111:user/alice"), invalid},
		{"a user without a name", aws("arn:aws:iam::111122223333:user/"), invalid},
		{"a path without a name", aws("arn:aws:iam::111122223333:user/a/"), invalid},
		{"a role without its session", aws("arn:aws:sts::111122223333:assumed-role/App"), invalid},
		{"a session in the wrong service", aws("arn:aws:iam::111122223333:assumed-role/App/run"), invalid},
		{"a wildcard in a name", aws("arn:aws:iam::111122223333:user/*"), invalid},
		{"a wildcard in a path", aws("arn:aws:iam::111122223333:role/a?/App"), invalid},
		{"any session", aws("arn:aws:sts::111122223333:assumed-role/App/*"), invalid},
		{"a wildcard for the account", aws("arn:aws:iam::*:root"), invalid},
		{"an organization", aws("arn:aws:organizations::111122223333:organization/o-abc"), invalid},
		{"a key", aws(keyARN), invalid},
		{"an ARN with a line break", aws("arn:aws:iam::111122223333:user/alice\n"), invalid},
		{"the id of a deleted user", aws("AIDACKCEVSQ6C2EXAMPLE"), invalid},
		{"one of several", `"Principal": {"AWS": ["*", "nobody"]}`, invalid},
		{"any service", `"Principal": {"Service": "*"}`, invalid},
		{"a service without a domain", `"Principal": {"Service": "s3"}`, invalid},
		{"an identity provider", `"Principal": {"Federated": "cognito-identity.amazonaws.com"}`, invalid},
		{"a canonical user", `"Principal": {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, invalid},
		{"in NotPrincipal too", `"NotPrincipal": {"AWS": "nobody"}`, invalid},
		{"ForAllValues with an encryption context", condition(`{"ForAllValues:StringEquals": {"kms:EncryptionContext:App": "x"}}`), context},
		{"ForAllValues with IfExists, in any case", condition(`{"forallvalues:StringLikeIfExists": {"KMS:encryptionContext:App": "x"}}`), context},
		{"ForAllValues with a request tag", condition(`{"ForAllValues:StringEquals": {"aws:RequestTag/Team": "x"}}`), tag},
		{"ForAllValues with the keys of the context", condition(`{"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "x"}}`), ok},
		{"ForAllValues with tag keys", condition(`{"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}`), ok},
		{"ForAnyValue with an encryption context", condition(`{"ForAnyValue:StringEquals": {"kms:EncryptionContext:App": "x"}}`), ok},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d := parse(t, statements(allow, `{"Effect": "Allow", `+tt.elements+`}`))
			err := d.ValidateKeyPolicy()
			if tt.want == ok {
				if err != nil {
					t.Errorf("%s: %v, want no error", tt.elements, err)
				}
				return
			}
			wantMessage(t, err, tt.want)
			if tt.want == invalid && err.(*policy.Error).Message != invalid {
				t.Errorf("message is %q, want nothing but %q", err, invalid)
			}
		})
	}
}

func TestAllowsFuturePutKeyPolicy(t *testing.T) {
	const delegate = `{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}`
	named := func(principal, rest string) string {
		return fmt.Sprintf(`{"Effect": "Allow", "Principal": {"AWS": %q}, %s, "Resource": "*"}`, principal, rest)
	}
	context := keys{"kms:calleraccount": policy.Single(home), "aws:sourceip": policy.Single("192.0.2.1")}
	tests := []struct {
		rule       string
		caller     policy.Principal
		want       bool
		statements []string
	}{
		{"delegation to the account", alice, true, []string{delegate}},
		{"delegation, to the root user", root, true, []string{delegate}},
		{"delegation to another account", foreign, false, []string{delegate}},
		{"the caller by name", alice, true, []string{named(alice.ARN, `"Action": "kms:Put*"`)}},
		{"another by name", bob, false, []string{named(alice.ARN, `"Action": "kms:*"`)}},
		{"the caller's role", session, true, []string{named(session.Role, `"Action": "kms:PutKeyPolicy"`)}},
		{"everybody", session, true, []string{named("*", `"Action": "kms:PutKeyPolicy"`)}},
		{"other actions only", alice, false, []string{named(home, `"Action": ["kms:Get*", "kms:Encrypt"]`)}},
		{"all but other actions", alice, true, []string{named(home, `"NotAction": "kms:Encrypt"`)}},
		{"all but this action", alice, false, []string{named(home, `"NotAction": "kms:PutKeyPolicy"`)}},
		{"no action", alice, false, []string{named(home, `"Sid": "x"`)}},
		{"no resource", alice, false, []string{`{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}`}},
		{"another resource", alice, false, []string{`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:kms:*:*:alias/*"}`}},
		{"a deny counts", alice, false, []string{delegate, `{"Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Resource": "*"}`}},
		{"a deny for others", alice, true, []string{delegate, `{"Effect": "Deny", "Principal": {"AWS": "` + bob.ARN + `"}, "Action": "kms:Put*", "Resource": "*"}`}},
		{"a condition that holds now", alice, true, []string{named(home, `"Action": "kms:*", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}`)}},
		{"a condition that does not", alice, false, []string{named(home, `"Action": "kms:*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}`)}},
		{"a service only", alice, false, []string{`{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "*", "Resource": "*"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d := parse(t, statements(tt.statements...))
			if got := d.AllowsFuturePutKeyPolicy(tt.caller, keyARN, context); got != tt.want {
				t.Errorf("%s: %v, want %v", strings.Join(tt.statements, ","), got, tt.want)
			}
		})
	}
}

func TestPrincipalsOfADocument(t *testing.T) {
	d := parse(t, statements(
		`{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"], "Service": "s3.amazonaws.com"}}`,
		`{"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:root", "111122223333"]}}`,
	))
	want := []string{"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/alice", "111122223333"}
	if got := d.Principals(); !slices.Equal(got, want) {
		t.Errorf("Principals() = %q, want %q", got, want)
	}
}

// What a document names by ARN stands for the users and roles of the moment when it was
// put, not for later ones of the same name. Source: "AWS JSON policy elements: Principal".
func TestBind(t *testing.T) {
	withID := func(p policy.Principal, id string) policy.Principal {
		p.ID = id
		return p
	}
	const (
		user    = `"Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"}`
		role    = `"Principal": {"AWS": "arn:aws:iam::111122223333:role/service/App"}`
		run     = `"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/App/run-1"}`
		notUser = `"NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:user/alice", "111122223333"]}`
		notRole = `"NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:role/service/App", "arn:aws:sts::111122223333:assumed-role/App/run-1", "111122223333"]}`
	)
	first, later := withID(alice, "AIDAFIRST"), withID(alice, "AIDALATER")
	renamed := policy.Principal{ARN: "arn:aws:iam::111122223333:user/alicia", ID: "AIDAFIRST", Account: home}
	tests := []struct {
		rule, effect, principal string
		caller                  policy.Principal
		want                    policy.Outcome
	}{
		{"the user of then", "Allow", user, first, policy.AllowedByARN},
		{"a later user of the name", "Allow", user, later, policy.NoMatch},
		{"the user of then under another name", "Allow", user, renamed, policy.AllowedByARN},
		{"another name does not get around a Deny", "Deny", user, renamed, policy.Denied},
		{"nor into an Allow for others", "Allow", `"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/alice"}`, renamed, policy.NoMatch},
		{"a later user is not denied by name either", "Deny", user, later, policy.NoMatch},
		{"the role of then", "Allow", role, withID(session, "AROAFIRST"), policy.Allowed},
		{"a later role of the name", "Allow", role, withID(session, "AROALATER"), policy.NoMatch},
		{"a session of a later role: sessions have no id to tie to", "Allow", run, withID(session, "AROALATER"), policy.AllowedByARN},
		{"what has no id stays untied", "Allow", `"Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"}`, withID(bob, "AIDABOB"), policy.AllowedByARN},
		{"accounts are never tied", "Allow", `"Principal": {"AWS": "111122223333"}`, later, policy.Delegated},
		{"everybody is never tied", "Allow", `"Principal": "*"`, later, policy.AllowedByARN},
		{"Deny spares the user of then", "Deny", notUser, first, policy.NoMatch},
		{"Deny does not spare a later user", "Deny", notUser, later, policy.Denied},
		{"Deny spares sessions of the role of then", "Deny", notRole, withID(session, "AROAFIRST"), policy.NoMatch},
		{"Deny does not spare those of a later role", "Deny", notRole, withID(session, "AROALATER"), policy.Denied},
		{"Allow does not reach the user of then", "Allow", `"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/alice"}`, first, policy.NoMatch},
		{"Allow reaches a later user, who is somebody else", "Allow", `"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/alice"}`, later, policy.Allowed},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d := parse(t, statements(fmt.Sprintf(`{"Effect": %q, %s, "Action": "kms:*", "Resource": "*"}`, tt.effect, tt.principal)))
			d.Bind(map[string]string{"arn:aws:iam::111122223333:user/alice": "AIDAFIRST", "arn:aws:iam::111122223333:role/service/App": "AROAFIRST", "111122223333": "x", "*": "x"})
			if got := decide(d, tt.caller, nil).Outcome; got != tt.want {
				t.Errorf("%s %s for %s: %s, want %s", tt.effect, tt.principal, tt.caller.ID, got, tt.want)
			}
		})
	}
}
