package policy_test

import (
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

// allow is a complete statement.
const allow = `{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}`

func TestParseAccepts(t *testing.T) {
	tests := []struct{ rule, doc string }{
		{"Version may be absent", `{"Statement": [` + allow + `]}`},
		{"Version 2008-10-17", `{"Version": "2008-10-17", "Statement": [` + allow + `]}`},
		{"Statement may be one object", `{"Statement": ` + allow + `}`},
		{"blocks may appear in any order", `{"Statement": ` + allow + `, "Id": "x", "Version": "2012-10-17"}`},
		{"Sid may contain spaces", statements(`{"Sid": "Enable IAM User Permissions", "Effect": "Allow"}`)},
		{"equal Sids", statements(`{"Sid": "a", "Effect": "Allow"}`, `{"Sid": "a", "Effect": "Deny"}`)},
		{"Action, Resource and Principal may be absent", statements(`{"Effect": "Allow"}`)},
		{"NotPrincipal, NotAction, NotResource", statements(`{"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "NotAction": "kms:Get*", "NotResource": "x"}`)},
		{"Principal in every form", statements(`{"Effect": "Allow", "Principal": {"AWS": ["*", "111122223333", "AIDAEXAMPLE"], "Service": "s3.amazonaws.com", "Federated": "x", "CanonicalUser": ["y"]}}`)},
		{"empty lists", statements(`{"Effect": "Allow", "Principal": {"AWS": []}, "Action": [], "Resource": [], "Condition": {"Bool": {}, "StringEquals": {"aws:x": []}}}`)},
		{"Action * alone has no service", statements(`{"Effect": "Allow", "Action": ["*", "kms:*", "*:*"]}`)},
		{"values without quotation marks", statements(`{"Effect": "Allow", "Condition": {"Bool": {"aws:a": true}, "NumericEquals": {"aws:b": [1, -2.5e3, "3"]}}}`)},
		{"operators whatever their case", statements(`{"Effect": "Allow", "Condition": {"bool": {"aws:a": "true"}, "forAnyValue:stringLikeifexists": {"aws:b": "*"}}}`)},
		{"variables are text before 2012-10-17", `{"Statement": {"Effect": "Allow", "Resource": "${", "Condition": {"StringEquals": {"aws:a": "${}"}}}}`},
		{"variables are text for other types", statements(`{"Effect": "Allow", "Condition": {"StringEquals": {"aws:a": ["$", "$x", "${aws:username}", "${*}${?}${$}", "${ aws:a , 'no {one}' }"]}}}`)},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d := parse(t, tt.doc)
			if again := parse(t, d.String()); again.String() != d.String() {
				t.Errorf("printed and parsed again: %s, want %s", again, d)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	effect := func(rest string) string { return statements(`{"Effect": "Allow", ` + rest + `}`) }
	condition := func(c string) string { return effect(`"Condition": ` + c) }
	tests := []struct{ rule, doc, message string }{
		{"not JSON", `{"Statement": `, "Syntax errors in policy"},
		{"empty text", ``, "Syntax errors in policy at byte 0."},
		{"a comma too many", `{"Statement": [` + allow + `,]}`, "Syntax errors in policy"},
		{"text behind the policy", `{"Statement": ` + allow + `} {}`, "text follows the policy"},
		{"not UTF-8", "{\"Id\": \"\xff\", \"Statement\": " + allow + "}", "not UTF-8"},
		{"not an object", `[` + allow + `]`, "The policy must be an object."},
		{"null", `null`, "The policy must be an object."},
		{"unknown element", `{"Statement": ` + allow + `, "Effect": "Deny"}`, `Unknown field "Effect".`},
		{"names of elements are case-sensitive", `{"statement": ` + allow + `}`, `Unknown field "statement".`},
		{"unknown Version", `{"Version": "2020-01-01", "Statement": ` + allow + `}`, `not "2020-01-01"`},
		{"empty Version", `{"Version": "", "Statement": ` + allow + `}`, "Version must be"},
		{"Version is a string", `{"Version": 20121017, "Statement": ` + allow + `}`, "Version must be a string."},
		{"Id is a string", `{"Id": ["x"], "Statement": ` + allow + `}`, "Id must be a string."},
		{"no Statement", `{"Version": "2012-10-17"}`, "Missing required field Statement."},
		{"empty list of statements", statements(), "no statements"},
		{"statement is an object", statements(allow, `"Allow"`), "Statement 2: A statement must be an object."},
		{"lists do not nest", statements(`[` + allow + `]`), "Statement 1: A statement must be an object."},
		{"unknown element of a statement", effect(`"Conditions": {}`), `Statement 1: Unknown field "Conditions".`},
		{"no Effect", statements(`{"Action": "kms:*"}`), "Missing required field Effect."},
		{"bad Effect", statements(`{"Effect": "Permit"}`), `Effect must be Allow or Deny, not "Permit".`},
		{"Effect is case-sensitive", statements(`{"Effect": "allow"}`), `not "allow"`},
		{"duplicate element", statements(`{"Effect": "Allow", "Effect": "Deny"}`), `"Effect" occurs twice`},
		{"duplicate element, written differently", statements(`{"Effect": "Allow", "\u0045ffect": "Deny"}`), `"Effect" occurs twice`},
		{"duplicate element of the policy", `{"Statement": ` + allow + `, "Statement": ` + allow + `}`, `"Statement" occurs twice`},
		{"duplicate operator", condition(`{"Bool": {"aws:a": true}, "Bool": {"aws:b": true}}`), `"Bool" occurs twice`},
		{"duplicate key", condition(`{"Bool": {"aws:a": true, "aws:a": false}}`), `"aws:a" occurs twice`},
		{"Principal with NotPrincipal", effect(`"Principal": "*", "NotPrincipal": {"AWS": "*"}`), "Principal and NotPrincipal"},
		{"Action with NotAction", effect(`"Action": "*", "NotAction": "*"`), "Action and NotAction"},
		{"Resource with NotResource", effect(`"Resource": [], "NotResource": "*"`), "Resource and NotResource"},
		{"Principal needs its type", effect(`"Principal": "111122223333"`), `Principal must be "*" or an object`},
		{"Principal is no list", effect(`"Principal": ["*"]`), "Principal must be an object."},
		{"unknown type of principal", effect(`"Principal": {"aws": "*"}`), `Invalid principal type "aws".`},
		{"empty principal", effect(`"Principal": {"Service": ""}`), "must not be empty"},
		{"principals are strings", effect(`"Principal": {"AWS": 111122223333}`), "AWS must be a string"},
		{"actions are strings", effect(`"Action": ["kms:*", 1]`), "Action must be a string or a list of strings."},
		{"resources are strings", effect(`"Resource": {"x": "y"}`), "Resource must be a string or a list of strings."},
		{"action without a service", effect(`"Action": "Encrypt"`), "must be prefaced by a vendor"},
		{"action with two colons", effect(`"NotAction": "arn:aws:kms"`), "Actions/Condition can contain only one colon."},
		{"Condition is an object", condition(`[]`), "Condition must be an object."},
		{"operator holds an object", condition(`{"Bool": "true"}`), "Bool must be an object."},
		{"condition value is no object", condition(`{"Bool": {"aws:a": {}}}`), "A condition value must be"},
		{"condition value is not null", condition(`{"Bool": {"aws:a": null}}`), "A condition value must be"},
		{"condition values do not nest", condition(`{"Bool": {"aws:a": [["true"]]}}`), "A condition value must be"},
		{"condition key without a service", condition(`{"Bool": {"a": true}}`), "must be prefaced by a vendor"},
		{"unknown operator", condition(`{"StringMatches": {"aws:a": "x"}}`), `Invalid condition operator "StringMatches".`},
		{"unknown set operator", condition(`{"ForSomeValues:StringLike": {"aws:a": "x"}}`), "Invalid condition operator"},
		{"two set operators", condition(`{"ForAnyValue:ForAllValues:StringLike": {"aws:a": "x"}}`), "Invalid condition operator"},
		{"IfExists twice", condition(`{"BoolIfExistsIfExists": {"aws:a": "true"}}`), "Invalid condition operator"},
		{"Null takes no IfExists", condition(`{"NullIfExists": {"aws:a": "true"}}`), "Invalid condition operator"},
		{"Bool is not negated", condition(`{"NotBool": {"aws:a": "true"}}`), "Invalid condition operator"},
		{"unknown operator without keys", condition(`{"StringMatches": {}}`), "Invalid condition operator"},
		{"Boolean value", condition(`{"Bool": {"aws:a": "yes"}}`), `"yes" is neither true nor false.`},
		{"Null value", condition(`{"Null": {"aws:a": "${aws:b}"}}`), "neither true nor false"},
		{"number", condition(`{"NumericEquals": {"aws:a": "0x10"}}`), `"0x10" is not a number.`},
		{"infinite number", condition(`{"NumericEquals": {"aws:a": "1e999"}}`), "is not a number"},
		{"date", condition(`{"DateLessThan": {"aws:a": "tomorrow"}}`), `"tomorrow" is not a date.`},
		{"date that is none", condition(`{"DateLessThan": {"aws:a": "2023-02-30"}}`), "is not a date"},
		{"date beyond time", condition(`{"DateLessThan": {"aws:a": "100000000000000000000"}}`), "is not a date"},
		{"address", condition(`{"IpAddress": {"aws:a": "10.0.0.0/33"}}`), "is not an IP address or range"},
		{"address with wildcard", condition(`{"NotIpAddress": {"aws:a": "10.0.*"}}`), "is not an IP address or range"},
		{"binary", condition(`{"BinaryEquals": {"aws:a": "%%"}}`), "is not base64"},
		{"variable without brace", condition(`{"StringEquals": {"aws:a": "${aws:b"}}`), "no closing brace"},
		{"empty variable", effect(`"Resource": "x${ }"`), "variable is empty"},
		{"space in variable", effect(`"Resource": "${aws:user name}"`), "space in its name"},
		{"default without quotation marks", condition(`{"ArnLike": {"aws:a": "a:b:c:d:e:${aws:b, x}"}}`), "single quotation marks"},
		{"default that does not end", condition(`{"ArnLike": {"aws:a": "${aws:b, 'x}"}}`), "single quotation marks"},
		{"text behind the default", condition(`{"StringLike": {"aws:a": "${aws:b, 'x'y}"}}`), "no closing brace"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d, err := policy.Parse([]byte(tt.doc))
			if err == nil {
				t.Fatalf("Parse(%s) = %s, want an error", tt.doc, d)
			}
			wantMessage(t, err, tt.message)
		})
	}
}

// A message quotes no more of the document than a reader needs.
func TestParseMessagesAreShort(t *testing.T) {
	long := strings.Repeat("x", 10000)
	for _, doc := range []string{
		`{"` + long + `": 1}`,
		`{"Version": "` + long + `"}`,
		statements(`{"Effect": "` + long + `"}`),
		statements(`{"Effect": "Allow", "Action": "` + long + `"}`),
		statements(`{"Effect": "Allow", "Principal": {"` + long + `": "x"}}`),
		statements(`{"Effect": "Allow", "Resource": "${` + long + `"}`),
		statements(`{"Effect": "Allow", "Condition": {"` + long + `": 1}}`),
		statements(`{"Effect": "Allow", "Condition": {"` + long + `": {"` + long + `": 1}}}`),
		statements(`{"Effect": "Allow", "Condition": {"Bool": {"aws:` + long + `": "` + long + `"}}}`),
	} {
		_, err := policy.Parse([]byte(doc))
		if err == nil || len(err.Error()) > 400 {
			t.Errorf("Parse(%.40s…) = %v, want an error of at most 400 bytes", doc, err)
		}
	}
}

func TestParseLimits(t *testing.T) {
	pad := func(size int) []byte {
		doc := statements(allow)
		return []byte(doc + strings.Repeat(" ", size-len(doc)))
	}
	if _, err := policy.Parse(pad(policy.MaxSize)); err != nil {
		t.Errorf("a document of MaxSize: %v", err)
	}
	for _, size := range []int{policy.MaxSize + 1, 6 << 20} {
		_, err := policy.Parse(pad(size))
		wantMessage(t, err, "larger than")
	}
	for _, open := range []string{"[", `{"Statement":`, `{"Statement":[{"Condition":{"Bool":{"aws:a":[`} {
		_, err := policy.Parse([]byte(strings.Repeat(open, policy.MaxSize/len(open))))
		wantMessage(t, err, "")
	}
}
