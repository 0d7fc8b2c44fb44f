package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// iamMessage is what IAM says of a document: "" if it is valid.
func iamMessage(doc string, validate func(*policy.Document) error) string {
	d, err := policy.Parse([]byte(doc))
	if err == nil {
		err = validate(d)
	}
	if err == nil {
		return ""
	}
	return err.(*policy.Error).IAMMessage()
}

const notAnARNFormat = `Resource bucket must be in ARN format or "*".`

func TestValidateIdentityPolicy(t *testing.T) {
	const ok = ""
	with := func(elements string) string { return statements(`{"Effect": "Allow", ` + elements + `}`) }
	resource := func(r string) string { return with(`"Action": "kms:*", "Resource": ` + quote(r)) }
	action := func(a string) string { return with(`"Action": ` + quote(a) + `, "Resource": "*"`) }
	const full = `"Action": "kms:*", "Resource": "*"`
	tests := []struct{ rule, doc, want string }{
		{"all of it", with(`"Sid": "Use1", "NotAction": ["kms:Put*", "s3:Get?bject"], "NotResource": ["` + keyARN + `"], "Condition": {"Bool": {"aws:x": true}}`), ok},
		{"a document of 2008", strings.Replace(with(full), "2012", "2008", 1), ok},
		{"a document without a version", `{"Statement": {"Effect": "Deny", ` + full + `}}`, ok},
		{"no JSON", `{"Statement": [`, "Syntax errors in policy."},
		{"an unknown element", with(full + `, "Resources": "*"`), "Syntax errors in policy."},
		{"a wrong effect", statements(`{"Effect": "allow", ` + full + `}`), "Syntax errors in policy."},
		{"an unknown operator", with(full + `, "Condition": {"StringIs": {"aws:x": "y"}}`), "Syntax errors in policy."},
		{"not UTF-8", with(full + `, "Sid": "` + "\xff" + `"`), "Syntax errors in policy."},
		{"Action and NotAction", with(full + `, "NotAction": "kms:*"`), "Syntax errors in policy."},
		{"a principal", with(full + `, "Principal": "*"`), "Policy document should not specify a principal."},
		{"NotPrincipal", with(full + `, "NotPrincipal": {"AWS": "111122223333"}`), "Policy document should not specify a principal."},
		{"a Sid with a space", with(full + `, "Sid": "Use the key"`), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"},
		{"a Sid with a hyphen", with(full + `, "Sid": "use-key"`), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"},
		{"a Sid twice", statements(`{"Sid": "A", "Effect": "Allow", `+full+`}`, `{"Sid": "A", "Effect": "Deny", `+full+`}`), "Statement IDs (SID) in a single policy must be unique."},
		{"Sids that differ by case", statements(`{"Sid": "A", "Effect": "Allow", `+full+`}`, `{"Sid": "a", "Effect": "Deny", `+full+`}`), ok},
		{"empty Sids", statements(`{"Sid": "", "Effect": "Allow", `+full+`}`, `{"Sid": "", "Effect": "Deny", `+full+`}`), ok},
		{"no action", with(`"Resource": "*"`), "Policy statement must contain actions."},
		{"an empty list of actions", with(`"NotAction": [], "Resource": "*"`), "Policy statement must contain actions."},
		{"no resource", with(`"Action": "*"`), "Policy statement must contain resources."},
		{"an empty list of resources", with(`"Action": "*", "Resource": []`), "Policy statement must contain resources."},
		{"no resource in one of two", statements(`{"Effect": "Allow", `+full+`}`, `{"Effect": "Allow", "Action": "*"}`), "Policy statement must contain resources."},
		{"all actions", action("*"), ok},
		{"all actions of all services", action("*:*"), ok},
		{"wildcards in an action", action("KMS:?ncrypt*"), ok},
		{"an action without a service", action("Encrypt"), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"an action with two colons", action("kms:key:Encrypt"), "Actions/Condition can contain only one colon."},
		{"a wildcard in a service", action("k*:Encrypt"), "Vendor k* is not valid"},
		{"an action without the service's name", action(":Encrypt"), "Vendor  is not valid"},
		{"a key", resource(keyARN), ok},
		{"keys of a Region", resource("arn:aws:kms:us-east-?:111122223333:key/*"), ok},
		{"an ARN that stops early", resource("arn:aws:kms:*"), ok},
		{"another partition", resource("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/*"), ok},
		{"any partition", resource("arn:*:kms:*:*:*"), ok},
		{"a variable", resource("arn:aws:s3:::home/${aws:username}/*"), ok},
		{"no ARN", resource("bucket"), notAnARNFormat},
		{"an empty resource", resource(""), `Resource  must be in ARN format or "*".`},
		{"two stars", resource("**"), `Resource ** must be in ARN format or "*".`},
		{"a wildcard instead of arn", resource("*:aws:s3:::bucket"), `Resource *:aws:s3:::bucket must be in ARN format or "*".`},
		{"no such partition", resource("arn:error:s3:::bucket"), `Partition "error" is not valid for resource "arn:error:s3:::bucket".`},
		{"an empty partition", resource("arn::kms"), `Partition "" is not valid for resource "arn::kms:*:*:*".`},
		{"an ARN of one field", resource("arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes."},
		{"an ARN without a service", resource("arn:aws::us-east-1:111122223333:key/*"), "Resource vendor must be fully qualified and cannot contain regexes."},
		{"a wildcard for the service", resource("arn:aws:*:us-east-1:111122223333:key/*"), "Resource vendor must be fully qualified and cannot contain regexes."},
		{"a Region of S3", resource("arn:aws:s3:us-east-1::bucket"), "Resource arn:aws:s3:us-east-1::bucket can not contain region information."},
		{"a Region of IAM", resource("arn:aws:iam:us-east-1:111122223333:user/alice"), "IAM resource arn:aws:iam:us-east-1:111122223333:user/alice cannot contain region information."},
		{"a role", resource("arn:aws:iam::111122223333:role/App*"), ok},
		{"all of IAM", resource("arn:aws:iam::111122223333:*"), ok},
		{"no kind of IAM resource", resource("arn:aws:iam::111122223333:key/x"), `IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.`},
		{"NotResource is checked too", with(`"Action": "*", "NotResource": ["*", "bucket"]`), notAnARNFormat},
		{"a condition key without a service", with(full + `, "Condition": {"Bool": {"x": true}}`), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := iamMessage(tt.doc, (*policy.Document).ValidateIdentityPolicy); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.doc, got, tt.want)
			}
			want := tt.want
			switch {
			case strings.Contains(want, "must be prefaced"), strings.Contains(want, "only one colon"), want == "Syntax errors in policy.":
			case want != ok:
				want = "The provided policy document does not meet the requirements of the specified policy type."
			}
			if got := iamMessage(tt.doc, (*policy.Document).ValidateControlPolicy); got != want {
				t.Errorf("as a service control policy %s: %q, want %q", tt.doc, got, want)
			}
		})
	}
}

func TestValidateManagedPolicy(t *testing.T) {
	const rest = `"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`
	const old = "Policy document must be version 2012-10-17 or greater."
	for doc, want := range map[string]string{
		`{"Version": "2012-10-17", ` + rest: "",
		`{"Version": "2008-10-17", ` + rest: old,
		`{` + rest:                          old,
		`{"Version": "2012-10-17", "Statement": {"Effect": "Allow"}}`: "Policy statement must contain actions.",
	} {
		if got := iamMessage(doc, (*policy.Document).ValidateManagedPolicy); got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}

func TestValidateTrustPolicy(t *testing.T) {
	const (
		ok    = ""
		wrong = "AssumeRole policy may only specify STS AssumeRole actions."
		alice = `"Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"}`
		act   = `"Action": "sts:AssumeRole"`
	)
	invalid := func(member, name string) string {
		return `Invalid principal in policy: "` + member + `":"` + name + `"`
	}
	tests := []struct{ rule, elements, want string }{
		{"a user", alice + `,` + act, ok},
		{"a Sid of any characters", alice + `,` + act + `, "Sid": "let alice in"`, ok},
		{"everyone", `"Principal": "*",` + act, ok},
		{"accounts, in both forms", `"Principal": {"AWS": ["111122223333", "arn:aws:iam::444455556666:root"]},` + act, ok},
		{"a session of a role", `"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/App/run-1"},` + act, ok},
		{"a service", `"Principal": {"Service": "ec2.amazonaws.com"},` + act, ok},
		{"an OIDC provider", `"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.example.com/a"}, "Action": "sts:AssumeRoleWithWebIdentity"`, ok},
		{"a SAML provider", `"Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/x"}, "Action": "sts:AssumeRoleWithSAML"`, ok},
		{"a provider that everybody knows", `"Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity"`, ok},
		{"session tags and source identity", alice + `, "Action": ["sts:AssumeRole", "sts:TagSession", "STS:SetSourceIdentity"]`, ok},
		{"a condition", alice + `,` + act + `, "Condition": {"StringEquals": {"sts:ExternalId": "x"}}`, ok},
		{"a resource", alice + `,` + act + `, "Resource": "*"`, "Has prohibited field Resource"},
		{"NotResource", alice + `,` + act + `, "NotResource": "*"`, "Has prohibited field NotResource"},
		{"NotPrincipal", `"NotPrincipal": {"AWS": "111122223333"},` + act, "Has prohibited field NotPrincipal"},
		{"no principal", act, "Missing required field Principal"},
		{"an empty principal", `"Principal": {},` + act, "Missing required field Principal"},
		{"no action", alice, "Missing required field Action"},
		{"another service's action", alice + `, "Action": ["sts:AssumeRole", "kms:Decrypt"]`, wrong},
		{"every action", alice + `, "Action": "*"`, wrong},
		{"a service that begins alike", alice + `, "Action": "stsx:AssumeRole"`, wrong},
		{"NotAction", alice + `, "NotAction": "sts:AssumeRole"`, wrong},
		{"a wildcard in a name", `"Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:role/*"]},` + act, invalid("AWS", "arn:aws:iam::111122223333:role/*")},
		{"the id of a deleted role", `"Principal": {"AWS": "AROAEXAMPLE"},` + act, invalid("AWS", "AROAEXAMPLE")},
		{"a group", `"Principal": {"AWS": "arn:aws:iam::111122223333:group/admins"},` + act, invalid("AWS", "arn:aws:iam::111122223333:group/admins")},
		{"any service", `"Principal": {"Service": "*"},` + act, invalid("Service", "*")},
		{"any provider", `"Principal": {"Federated": "*"},` + act, invalid("Federated", "*")},
		{"a canonical user", `"Principal": {"CanonicalUser": "79a5"},` + act, invalid("CanonicalUser", "79a5")},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			doc := statements(`{"Effect": "Allow", ` + tt.elements + `}`)
			if got := iamMessage(doc, (*policy.Document).ValidateTrustPolicy); got != tt.want {
				t.Errorf("%s: %q, want %q", doc, got, tt.want)
			}
		})
	}
}

func TestValidateEndpointPolicy(t *testing.T) {
	const full = `"Action": "kms:*", "Resource": "*"`
	tests := []struct{ rule, elements, want string }{
		{"the default", `"Principal": "*", "Action": "*", "Resource": "*"`, ""},
		{"NotPrincipal", `"NotPrincipal": {"AWS": "111122223333"},` + full, ""},
		{"a user", `"Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},` + full, ""},
		{"no principal", full, "Policy statement must contain a principal."},
		{"no action", `"Principal": "*", "Resource": "*"`, "Policy statement must contain actions."},
		{"no resource", `"Principal": "*", "Action": "*"`, "Policy statement must contain resources."},
		{"a wildcard in a name", `"Principal": {"AWS": "arn:aws:iam::111122223333:user/*"},` + full, `Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/*"`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			doc := statements(`{"Effect": "Allow", ` + tt.elements + `}`)
			if got := iamMessage(doc, (*policy.Document).ValidateEndpointPolicy); got != tt.want {
				t.Errorf("%s: %q, want %q", doc, got, tt.want)
			}
		})
	}
}

// What a document repeats is cut.
func TestValidateMessagesAreShort(t *testing.T) {
	long := strings.Repeat("x", 100000)
	for _, r := range []string{long, "arn:" + long + ":s3:::b", "arn:aws:s3:" + long, "arn:aws:iam:" + long} {
		if got := iamMessage(statements(`{"Effect": "Allow", "Action": "*", "Resource": `+quote(r)+`}`), (*policy.Document).ValidateIdentityPolicy); got == "" || len(got) > 2500 {
			t.Errorf("message of %d bytes for %.20s…", len(got), r)
		}
	}
}

func TestContextKeys(t *testing.T) {
	const elements = `"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:s3:::${aws:username}/${*}${AWS:PrincipalTag/team, 'x'}", "*"],
		"Condition": {"StringLike": {"kms:ViaService": ["${ aws:PrincipalAccount }", "${aws:UserName}"]}, "Null": {"aws:MultiFactorAuthAge": "true"},
			"ForAnyValue:StringEquals": {"KMS:viaservice": "x", "aws:TagKeys": []}}`
	want := []string{"AWS:PrincipalTag/team", "aws:MultiFactorAuthAge", "aws:PrincipalAccount", "aws:TagKeys", "aws:username", "kms:ViaService"}
	if got := parse(t, statements(`{`+elements+`}`)).ContextKeys(); !slices.Equal(got, want) {
		t.Errorf("keys are %q, want %q", got, want)
	}
	want = []string{"aws:MultiFactorAuthAge", "aws:TagKeys", "kms:ViaService"} // no variables yet
	if got := parse(t, `{"Version": "2008-10-17", "Statement": {`+elements+`}}`).ContextKeys(); !slices.Equal(got, want) {
		t.Errorf("keys of a document of 2008 are %q, want %q", got, want)
	}
}
