package policy_test

import (
	"fmt"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

func TestPrincipals(t *testing.T) {
	const (
		user      = `"Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"}`
		role      = `"Principal": {"AWS": "arn:aws:iam::111122223333:role/service/App"}`
		rootUser  = `"Principal": {"AWS": "arn:aws:iam::111122223333:root"}`
		number    = `"Principal": {"AWS": "111122223333"}`
		notAlice  = `"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/alice"}`
		notAlices = `"NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:user/alice", "111122223333"]}`
		notApps   = `"NotPrincipal": {"AWS": ["arn:aws:sts::111122223333:assumed-role/App/run-1", "arn:aws:iam::111122223333:role/service/App", "arn:aws:iam::111122223333:root"]}`
		notApp    = `"NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:role/service/App", "111122223333"]}`
	)
	tests := []struct {
		rule, effect, principal string
		caller                  policy.Principal
		want                    policy.Outcome
	}{
		{"a user by ARN", "Allow", user, alice, policy.AllowedByARN},
		{"another user", "Allow", user, bob, policy.NoMatch},
		{"a user of the same name elsewhere", "Allow", user, foreign, policy.NoMatch},
		{"a role reaches its sessions", "Allow", role, session, policy.Allowed},
		{"a session by its own ARN", "Allow", `"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/App/run-1"}`, session, policy.AllowedByARN},
		{"another session of the role", "Allow", `"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/App/run-2"}`, session, policy.NoMatch},
		{"an account delegates", "Allow", rootUser, alice, policy.Delegated},
		{"an account by its number delegates", "Allow", number, session, policy.Delegated},
		{"an account allows its root user", "Allow", rootUser, root, policy.Allowed},
		{"an account by its number allows its root user", "Allow", number, root, policy.Allowed},
		{"another account", "Allow", number, foreign, policy.NoMatch},
		{"a denied account denies all its principals", "Deny", rootUser, alice, policy.Denied},
		{"a denied account denies nobody else", "Deny", rootUser, foreign, policy.NoMatch},
		{"everyone", "Allow", `"Principal": "*"`, foreign, policy.AllowedByARN},
		{"everyone, as AWS", "Allow", `"Principal": {"AWS": "*"}`, s3, policy.AllowedByARN},
		{"everyone is not who is known to an identity provider", "Allow", `"Principal": "*"`, workload, policy.NoMatch},
		{"unless denied", "Deny", `"Principal": "*"`, workload, policy.Denied},
		{"everyone includes the anonymous", "Deny", `"Principal": "*"`, nobody, policy.Denied},
		{"one of several", "Allow", `"Principal": {"Service": "x.amazonaws.com", "AWS": ["444455556666", "*"]}`, alice, policy.AllowedByARN},
		{"by name is stronger than by account", "Allow", `"Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/alice"]}`, alice, policy.AllowedByARN},
		{"a service", "Allow", `"Principal": {"Service": "s3.amazonaws.com"}`, s3, policy.Allowed},
		{"another service", "Allow", `"Principal": {"Service": "sns.amazonaws.com"}`, s3, policy.NoMatch},
		{"a service is no AWS principal", "Allow", `"Principal": {"AWS": "s3.amazonaws.com"}`, s3, policy.NoMatch},
		{"a user is no service", "Allow", `"Principal": {"Service": "arn:aws:iam::111122223333:user/alice"}`, alice, policy.NoMatch},
		{"an identity provider", "Allow", `"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.example.com"}`, workload, policy.Allowed},
		{"a user is no identity provider", "Allow", `"Principal": {"Federated": "arn:aws:iam::111122223333:user/alice"}`, alice, policy.NoMatch},
		{"canonical users are nobody", "Allow", `"Principal": {"CanonicalUser": "arn:aws:iam::111122223333:user/alice"}`, alice, policy.NoMatch},
		{"a unique id is nobody", "Allow", `"Principal": {"AWS": "AIDAEXAMPLE"}`, alice, policy.NoMatch},
		{"no wildcard in a name", "Allow", `"Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}`, alice, policy.NoMatch},
		{"no principal, nobody", "Deny", `"Sid": "x"`, alice, policy.NoMatch},
		{"an empty principal, nobody", "Deny", `"Principal": {"AWS": []}`, alice, policy.NoMatch},
		{"an empty NotPrincipal has no effect", "Deny", `"NotPrincipal": {}`, alice, policy.NoMatch},
		{"Deny with NotPrincipal denies others", "Deny", notAlices, foreign, policy.Denied},
		{"Deny with NotPrincipal denies others of the account", "Deny", notAlices, bob, policy.Denied},
		{"Deny with NotPrincipal spares user and account", "Deny", notAlices, alice, policy.NoMatch},
		{"Deny with NotPrincipal needs the account too", "Deny", notAlice, alice, policy.Denied},
		{"Deny with NotPrincipal spares the root user", "Deny", notAlices, root, policy.NoMatch},
		{"Deny with NotPrincipal spares session, role and account", "Deny", notApps, session, policy.NoMatch},
		{"Deny with NotPrincipal needs the session too", "Deny", notApp, session, policy.Denied},
		{"Deny with NotPrincipal spares a service", "Deny", `"NotPrincipal": {"Service": "s3.amazonaws.com"}`, s3, policy.NoMatch},
		{"Deny with NotPrincipal denies the anonymous", "Deny", notAlices, nobody, policy.Denied},
		{"Deny with NotPrincipal everyone spares all", "Deny", `"NotPrincipal": {"AWS": "*"}`, session, policy.NoMatch},
		{"Deny with NotPrincipal spares nobody who has a boundary", "Deny", notAlices, bounded(alice), policy.Denied},
		{"though not all of it: empty", "Deny", `"NotPrincipal": {}`, bounded(alice), policy.NoMatch},
		{"all but everybody is nobody, not even the anonymous", "Allow", `"NotPrincipal": "*"`, nobody, policy.NoMatch},
		{"Deny with NotPrincipal everyone spares the anonymous", "Deny", `"NotPrincipal": "*"`, nobody, policy.NoMatch},
		{"Allow with NotPrincipal, with a boundary", "Allow", notAlice, bounded(alice), policy.NoMatch},
		{"Allow with NotPrincipal allows others", "Allow", notAlice, bob, policy.Allowed},
		{"Allow with NotPrincipal not whom it lists", "Allow", notAlice, alice, policy.NoMatch},
		{"Allow with NotPrincipal not whose account it lists", "Allow", notAlices, bob, policy.NoMatch},
		{"Allow with NotPrincipal not whose role it lists", "Allow", notApp, session, policy.NoMatch},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			doc := statements(fmt.Sprintf(`{"Effect": %q, %s, "Action": "kms:*", "Resource": "*"}`, tt.effect, tt.principal))
			if got := decide(parse(t, doc), tt.caller, nil).Outcome; got != tt.want {
				t.Errorf("%s\n%+v: %s, want %s", doc, tt.caller, got, tt.want)
			}
		})
	}
}

func bounded(p policy.Principal) policy.Principal {
	p.Bounded = true
	return p
}

func TestActionsAndResources(t *testing.T) {
	const everything = `"Action": "*", `
	tests := []struct {
		rule, elements string
		want           policy.Outcome
	}{
		{"the action itself", `"Action": "kms:Encrypt", "Resource": "*"`, policy.AllowedByARN},
		{"another action", `"Action": "kms:Decrypt", "Resource": "*"`, policy.NoMatch},
		{"actions are compared regardless of case", `"Action": "KMS:eNCRYPT", "Resource": "*"`, policy.AllowedByARN},
		{"one of several", `"Action": ["kms:Decrypt", "kms:Enc*"], "Resource": "*"`, policy.AllowedByARN},
		{"? is one character", `"Action": "kms:Encryp?", "Resource": "*"`, policy.AllowedByARN},
		{"? is not none", `"Action": "kms:Encrypt?", "Resource": "*"`, policy.NoMatch},
		{"* may be nothing", `"Action": "kms:Encrypt*", "Resource": "*"`, policy.AllowedByARN},
		{"* in the middle, more than once", `"Action": "*:*n*rypt", "Resource": "*"`, policy.AllowedByARN},
		{"an action is not a prefix", `"Action": "kms:Enc", "Resource": "*"`, policy.NoMatch},
		{"another service", `"Action": "s3:*", "Resource": "*"`, policy.NoMatch},
		{"NotAction", `"NotAction": ["kms:Decrypt", "s3:*"], "Resource": "*"`, policy.AllowedByARN},
		{"NotAction that lists it", `"NotAction": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"`, policy.NoMatch},
		{"no Action, no effect", `"Resource": "*"`, policy.NoMatch},
		{"an empty NotAction has no effect", `"NotAction": [], "Resource": "*"`, policy.NoMatch},
		{"no Resource, no effect", `"Action": "*"`, policy.NoMatch},
		{"an empty NotResource has no effect", everything + `"NotResource": []`, policy.NoMatch},
		{"the resource itself", everything + `"Resource": "` + keyARN + `"`, policy.AllowedByARN},
		{"resources are case-sensitive", everything + `"Resource": "ARN:aws:kms:*"`, policy.NoMatch},
		{"wildcards in a resource", everything + `"Resource": "arn:aws:kms:*:111122223333:key/1234????-*"`, policy.AllowedByARN},
		{"* at the end of a field reaches beyond the colon", everything + `"Resource": "arn:aws:kms:*"`, policy.AllowedByARN},
		{"an alias is another resource", everything + `"Resource": "arn:aws:kms:us-east-1:111122223333:alias/x"`, policy.NoMatch},
		{"one of several resources", everything + `"Resource": ["x", "*"]`, policy.AllowedByARN},
		{"NotResource", everything + `"NotResource": ["arn:aws:kms:us-east-1:111122223333:key/other"]`, policy.AllowedByARN},
		{"NotResource that lists it", everything + `"NotResource": ["x", "arn:aws:kms:us-east-1:*"]`, policy.NoMatch},
		{"a variable in a resource", everything + `"Resource": "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/*"`, policy.AllowedByARN},
		{"a variable without a value fits no resource", everything + `"Resource": "*${aws:username}*"`, policy.NoMatch},
		{"nor does it in NotResource", everything + `"NotResource": "*${aws:username}*"`, policy.AllowedByARN},
	}
	context := keys{"aws:principalaccount": policy.Single(home)}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			doc := statements(`{"Effect": "Allow", "Principal": "*", ` + tt.elements + `}`)
			if got := decide(parse(t, doc), alice, context).Outcome; got != tt.want {
				t.Errorf("%s: %s, want %s", doc, got, tt.want)
			}
		})
	}
}

// A role trust policy has no resources, and its actions have none.
func TestStatementWithoutResource(t *testing.T) {
	d := parse(t, statements(`{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}`))
	r := policy.Request{Principal: alice, Action: "sts:AssumeRole"}
	if got := d.Evaluate(&r).Outcome; got != policy.Delegated {
		t.Errorf("without a resource: %s, want delegated", got)
	}
	r.Resource = "arn:aws:iam::111122223333:role/App"
	if got := d.Evaluate(&r).Outcome; got != policy.NoMatch {
		t.Errorf("with a resource: %s, want no match", got)
	}
}

func TestStrongestStatementDecides(t *testing.T) {
	statement := func(sid, effect, principal, action string) string {
		return fmt.Sprintf(`{"Sid": %q, "Effect": %q, "Principal": {"AWS": %q}, "Action": %q, "Resource": "*"}`,
			sid, effect, principal, action)
	}
	var (
		other    = statement("other", "Deny", "*", "kms:Decrypt")
		delegate = statement("delegate", "Allow", home, "kms:*")
		named    = statement("named", "Allow", alice.ARN, "kms:*")
		again    = statement("again", "Allow", "*", "kms:*")
		deny     = statement("deny", "Deny", home, "kms:*")
		denyAll  = statement("denyAll", "Deny", "*", "*")
	)
	tests := []struct {
		rule       string
		statements []string
		want       policy.Decision
	}{
		{"nothing applies", []string{other}, policy.Decision{Statement: -1}},
		{"the one that applies", []string{other, delegate}, policy.Decision{Outcome: policy.Delegated, Statement: 1, Sid: "delegate"}},
		{"by name over by account", []string{delegate, named}, policy.Decision{Outcome: policy.AllowedByARN, Statement: 1, Sid: "named"}},
		{"the first of equals", []string{named, again, delegate}, policy.Decision{Outcome: policy.AllowedByARN, Sid: "named"}},
		{"deny over all, wherever it stands", []string{named, again, deny, denyAll}, policy.Decision{Outcome: policy.Denied, Statement: 2, Sid: "deny"}},
		{"deny before all", []string{denyAll, named}, policy.Decision{Outcome: policy.Denied, Sid: "denyAll"}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := decide(parse(t, statements(tt.statements...)), alice, nil); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestEvaluateIdentity(t *testing.T) {
	d := parse(t, statements(
		`{"Sid": "use", "Effect": "Allow", "Action": "kms:Encrypt", "Resource": "arn:aws:kms:*:*:key/*"}`,
		`{"Sid": "named", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}`,
		`{"Sid": "others", "Effect": "Deny", "NotAction": "kms:Encrypt", "Resource": "*"}`,
	))
	r := policy.Request{Principal: alice, Action: "kms:Encrypt", Resource: keyARN}
	if got, want := d.EvaluateIdentity(&r), (policy.Decision{Outcome: policy.Allowed, Sid: "use"}); got != want {
		t.Errorf("Encrypt: %+v, want %+v", got, want)
	}
	r.Action = "kms:Decrypt"
	if got, want := d.EvaluateIdentity(&r), (policy.Decision{Outcome: policy.Denied, Statement: 2, Sid: "others"}); got != want {
		t.Errorf("Decrypt: %+v, want %+v", got, want)
	}
	r.Action = "kms:Encrypt"
	if got := d.Evaluate(&r).Outcome; got != policy.Denied {
		t.Errorf("as a resource's policy: %s, want denied by the statement with a principal", got)
	}
}

// Without a context, no key has a value.
func TestNoContext(t *testing.T) {
	for condition, want := range map[string]policy.Outcome{
		`{"StringEquals": {"aws:x": ""}}`:                policy.NoMatch,
		`{"StringNotEquals": {"aws:x": ""}}`:             policy.AllowedByARN,
		`{"Null": {"aws:x": "true"}}`:                    policy.AllowedByARN,
		`{"StringNotLike": {"aws:x": "${aws:x}"}}`:       policy.AllowedByARN,
		`{"ForAnyValue:StringNotEquals": {"aws:x": ""}}`: policy.NoMatch,
	} {
		d := parse(t, statements(`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": `+condition+`}`))
		if got := decide(d, alice, nil).Outcome; got != want {
			t.Errorf("%s: %s, want %s", condition, got, want)
		}
	}
}
