package policy_test

import (
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

func single(s string) *policy.Value   { v := policy.Single(s); return &v }
func multi(s ...string) *policy.Value { v := policy.Multi(s); return &v }

// conditionHolds evaluates one condition on the key aws:x, which has the value unless it
// is nil.
func conditionHolds(t testing.TB, condition string, value *policy.Value) bool {
	t.Helper()
	context := keys{
		"aws:username":          policy.Single("alice"),
		"aws:principaltag/star": policy.Single("*"),
		"aws:empty":             policy.Single(""),
		"aws:tagkeys":           policy.Multi([]string{"alice"}),
	}
	if value != nil {
		context["aws:x"] = *value
	}
	d := parse(t, statements(`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": `+condition+`}`))
	return decide(d, alice, context).Outcome == policy.AllowedByARN
}

func TestOperators(t *testing.T) {
	tests := []struct {
		condition string
		value     string
		want      bool
	}{
		{`{"StringEquals": {"aws:x": "abc"}}`, "abc", true},
		{`{"StringEquals": {"aws:x": "abc"}}`, "ABC", false},
		{`{"StringEquals": {"aws:x": "a*?"}}`, "abc", false}, // wildcards are for Like
		{`{"StringEquals": {"aws:x": "a*?"}}`, "a*?", true},
		{`{"StringEquals": {"aws:x": ["x", "abc"]}}`, "abc", true}, // values are alternatives
		{`{"StringEquals": {"aws:x": []}}`, "abc", false},
		{`{"StringEquals": {"aws:x": 5}}`, "5", true},
		{`{"StringEquals": {"AWS:X": "abc"}}`, "abc", true}, // names of keys regardless of case
		{`{"StringNotEquals": {"aws:x": "abc"}}`, "abd", true},
		{`{"StringNotEquals": {"aws:x": ["x", "abc"]}}`, "abc", false}, // none of the values
		{`{"StringEqualsIgnoreCase": {"aws:x": "aBc"}}`, "AbC", true},
		{`{"StringEqualsIgnoreCase": {"aws:x": "aBc"}}`, "AbCd", false},
		{`{"StringNotEqualsIgnoreCase": {"aws:x": "aBc"}}`, "AbC", false},
		{`{"StringLike": {"aws:x": "a*c?"}}`, "abbcd", true},
		{`{"StringLike": {"aws:x": "a*c?"}}`, "abbc", false},
		{`{"StringLike": {"aws:x": "A*"}}`, "abc", false},
		{`{"StringLike": {"aws:x": "?"}}`, "é", true}, // a character, not a byte
		{`{"StringLike": {"aws:x": "?"}}`, "", false},
		{`{"StringLike": {"aws:x": "?"}}`, "ab", false},
		{`{"StringLike": {"aws:x": "a*b??"}}`, "ab1", false},
		{`{"StringLike": {"aws:x": "*"}}`, "", true},
		{`{"StringLike": {"aws:x": ""}}`, "", true},
		{`{"StringLike": {"aws:x": "a:*:c"}}`, "a:b:b:c", true}, // strings have no fields
		{`{"StringNotLike": {"aws:x": "a*"}}`, "abc", false},
		{`{"StringNotLike": {"aws:x": "b*"}}`, "abc", true},
		{`{"NumericEquals": {"aws:x": "10"}}`, "10.0", true},
		{`{"NumericEquals": {"aws:x": 1e1}}`, "10", true},
		{`{"NumericEquals": {"aws:x": "10"}}`, "ten", false},
		{`{"NumericNotEquals": {"aws:x": "10"}}`, "11", true},
		{`{"NumericNotEquals": {"aws:x": "10"}}`, "ten", true}, // negated: not equal
		{`{"NumericLessThan": {"aws:x": "10"}}`, "9", true},    // not as text
		{`{"NumericLessThan": {"aws:x": "10"}}`, "10", false},
		{`{"NumericLessThanEquals": {"aws:x": "10"}}`, "10", true},
		{`{"NumericLessThanEquals": {"aws:x": "10"}}`, "10.5", false},
		{`{"NumericGreaterThan": {"aws:x": "-10"}}`, "-9", true},
		{`{"NumericGreaterThan": {"aws:x": "10"}}`, "10", false},
		{`{"NumericGreaterThanEquals": {"aws:x": "10"}}`, "10", true},
		{`{"NumericGreaterThanEquals": {"aws:x": "10"}}`, "9", false},
		{`{"NumericLessThan": {"aws:x": "10"}}`, "nan", false},
		{`{"DateEquals": {"aws:x": "2023-05-01T12:00:00Z"}}`, "2023-05-01T14:00:00+02:00", true},
		{`{"DateEquals": {"aws:x": "2023-05-01T12:00Z"}}`, "1682942400", true}, // epoch seconds
		{`{"DateEquals": {"aws:x": "1682942400"}}`, "2023-05-01T12:00+00:00", true},
		{`{"DateEquals": {"aws:x": "2023-05-01T12:00:00.5Z"}}`, "1682942400.5", true},
		{`{"DateEquals": {"aws:x": "2023"}}`, "2023-01-01", true}, // a year
		{`{"DateEquals": {"aws:x": "2023-05"}}`, "2023-05-01T00:00:00Z", true},
		{`{"DateNotEquals": {"aws:x": "2023-05"}}`, "2023-06", true},
		{`{"DateLessThan": {"aws:x": "2023-05-01"}}`, "2023-04-30T23:59:59Z", true},
		{`{"DateLessThan": {"aws:x": "2023-05-01"}}`, "2023-05-01T00:00:00Z", false},
		{`{"DateLessThan": {"aws:x": "2023-05-01"}}`, "yesterday", false},
		{`{"DateLessThan": {"aws:x": "2023-05-01"}}`, "-1", true}, // before 1970
		{`{"DateLessThanEquals": {"aws:x": "2023-05-01"}}`, "2023-05-01", true},
		{`{"DateGreaterThan": {"aws:x": "2023-05-01"}}`, "2023-05-02", true},
		{`{"DateGreaterThanEquals": {"aws:x": "2023-05-01"}}`, "2023-04-30", false},
		{`{"Bool": {"aws:x": true}}`, "true", true},
		{`{"Bool": {"aws:x": "True"}}`, "true", true},
		{`{"Bool": {"aws:x": "false"}}`, "true", false},
		{`{"BinaryEquals": {"aws:x": "AAH/"}}`, "\x00\x01\xff", true},
		{`{"BinaryEquals": {"aws:x": "AAH/"}}`, "AAH/", false},
		{`{"IpAddress": {"aws:x": "203.0.113.0/24"}}`, "203.0.113.9", true},
		{`{"IpAddress": {"aws:x": "203.0.113.77/24"}}`, "203.0.113.9", true}, // host bits do not count
		{`{"IpAddress": {"aws:x": "203.0.113.0/24"}}`, "203.0.114.9", false},
		{`{"IpAddress": {"aws:x": "203.0.113.9"}}`, "203.0.113.9", true},
		{`{"IpAddress": {"aws:x": "203.0.113.0/24"}}`, "::ffff:203.0.113.9", true}, // IPv4 in IPv6
		{`{"IpAddress": {"aws:x": "2001:DB8::/32"}}`, "2001:db8:1::1", true},
		{`{"IpAddress": {"aws:x": ["10.0.0.0/8", "fe80::/10"]}}`, "fe80::1%eth0", true},
		{`{"IpAddress": {"aws:x": "0.0.0.0/0"}}`, "2001:db8::1", false},
		{`{"IpAddress": {"aws:x": "0.0.0.0/0"}}`, "host", false},
		{`{"NotIpAddress": {"aws:x": "203.0.113.0/24"}}`, "198.51.100.1", true},
		{`{"NotIpAddress": {"aws:x": ["10.0.0.0/8", "203.0.113.0/24"]}}`, "203.0.113.1", false},
		{`{"ArnEquals": {"aws:x": "arn:aws:s3:::bucket/*"}}`, "arn:aws:s3:::bucket/a:b", true}, // the last field has colons
		{`{"ArnLike": {"aws:x": "arn:aws:s3:*:*:buck?t"}}`, "arn:aws:s3:::bucket", true},
		{`{"ArnLike": {"aws:x": "arn:aws:x:*:111122223333:finance/*"}}`, "arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/document.txt", false}, // the guide's example
		{`{"StringLike": {"aws:x": "arn:aws:x:*:111122223333:finance/*"}}`, "arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/document.txt", true},
		{`{"ArnLike": {"aws:x": "arn:aws:s3:::bucket"}}`, "arn:aws:s3:::Bucket", false},
		{`{"ArnLike": {"aws:x": "arn:aws:kms:*"}}`, keyARN, false}, // too few fields
		{`{"ArnLike": {"aws:x": "*"}}`, keyARN, true},
		{`{"ArnLike": {"aws:x": "*:*:*:*:*:*"}}`, "no:arn", false},
		{`{"ArnNotEquals": {"aws:x": "arn:aws:s3:::*"}}`, "arn:aws:s3:::bucket", false},
		{`{"ArnNotLike": {"aws:x": "arn:aws:s3:::*"}}`, keyARN, true},
		{`{"Null": {"aws:x": "false"}}`, "abc", true},
		{`{"Null": {"aws:x": true}}`, "abc", false},
		{`{"Null": {"aws:x": ["true", "false"]}}`, "abc", true},
		{`{"StringEquals": {"aws:x": "abc"}, "StringLike": {"aws:x": "b*"}}`, "abc", false}, // operators all hold
		{`{"StringEquals": {"aws:x": "abc", "aws:username": "bob"}}`, "abc", false},         // keys all hold
		{`{"StringEquals": {"aws:x": "abc", "aws:username": "alice"}}`, "abc", true},
		{`{}`, "abc", true},
		{`{"StringEquals": {}}`, "abc", true},
	}
	for _, tt := range tests {
		if got := conditionHolds(t, tt.condition, single(tt.value)); got != tt.want {
			t.Errorf("%s with %q holds: %v, want %v", tt.condition, tt.value, got, tt.want)
		}
	}
}

func TestMissingKeys(t *testing.T) {
	tests := []struct {
		rule, condition string
		want            bool
	}{
		{"no value, no match", `{"StringEquals": {"aws:x": ""}}`, false},
		{"not even anything", `{"StringLike": {"aws:x": "*"}}`, false},
		{"negated operators match", `{"StringNotEquals": {"aws:x": "a"}}`, true},
		{"NotIpAddress is negated", `{"NotIpAddress": {"aws:x": "10.0.0.0/8"}}`, true},
		{"ArnNotLike is negated", `{"ArnNotLike": {"aws:x": "*"}}`, true},
		{"IfExists", `{"StringEqualsIfExists": {"aws:x": "a"}}`, true},
		{"IfExists, negated", `{"StringNotEqualsIfExists": {"aws:x": "a"}}`, true},
		{"Bool", `{"Bool": {"aws:x": "false"}}`, false},
		{"BoolIfExists", `{"BoolIfExists": {"aws:x": "false"}}`, true},
		{"Null", `{"Null": {"aws:x": "true"}}`, true},
		{"Null of a key that should exist", `{"Null": {"aws:x": "false"}}`, false},
		{"set operators do not change Null", `{"ForAllValues:Null": {"aws:x": "false"}}`, false},
		{"ForAllValues", `{"ForAllValues:StringEquals": {"aws:x": "a"}}`, true},
		{"ForAnyValue", `{"ForAnyValue:StringEquals": {"aws:x": "a"}}`, false},
		{"ForAnyValue, negated", `{"ForAnyValue:StringNotEquals": {"aws:x": "a"}}`, false},
		{"ForAnyValue with IfExists", `{"ForAnyValue:StringEqualsIfExists": {"aws:x": "a"}}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := conditionHolds(t, tt.condition, nil); got != tt.want {
				t.Errorf("%s without the key holds: %v, want %v", tt.condition, got, tt.want)
			}
			if got := conditionHolds(t, tt.condition, multi()); got != tt.want {
				t.Errorf("%s with an empty list holds: %v, want %v", tt.condition, got, tt.want)
			}
		})
	}
}

func TestSetOperators(t *testing.T) {
	tests := []struct {
		rule, condition string
		value           *policy.Value
		want            bool
	}{
		{"all in the list", `{"ForAllValues:StringEquals": {"aws:x": ["a", "b"]}}`, multi("b", "a"), true},
		{"not all in the list", `{"ForAllValues:StringEquals": {"aws:x": ["a", "b"]}}`, multi("a", "c"), false},
		{"all outside the list", `{"ForAllValues:StringNotEquals": {"aws:x": ["a", "b"]}}`, multi("c", "d"), true},
		{"not all outside the list", `{"ForAllValues:StringNotEquals": {"aws:x": ["a", "b"]}}`, multi("c", "a"), false},
		{"one in the list", `{"ForAnyValue:StringLike": {"aws:x": ["a*", "b"]}}`, multi("c", "ab"), true},
		{"none in the list", `{"ForAnyValue:StringLike": {"aws:x": ["a*", "b"]}}`, multi("c", "d"), false},
		{"one outside the list", `{"ForAnyValue:StringNotEquals": {"aws:x": ["a", "b"]}}`, multi("a", "c"), true},
		{"none outside the list", `{"ForAnyValue:StringNotEquals": {"aws:x": ["a", "b"]}}`, multi("a", "b"), false},
		{"a single value is a set of one", `{"ForAnyValue:StringEquals": {"aws:x": "a"}}`, single("a"), true},
		{"an empty string is an empty set, for all", `{"ForAllValues:StringEquals": {"aws:x": "a"}}`, single(""), true},
		{"an empty string is an empty set, for any", `{"ForAnyValue:StringEquals": {"aws:x": ""}}`, multi(""), false},
		{"without a set operator, any value", `{"StringEquals": {"aws:x": "a"}}`, multi("b", "a"), true},
		{"without a set operator, negated: no value", `{"StringNotEquals": {"aws:x": "a"}}`, multi("b", "a"), false},
		{"without a set operator, negated: all differ", `{"StringNotEquals": {"aws:x": "a"}}`, multi("b", "c"), true},
		{"IfExists does not matter if it does", `{"ForAllValues:StringEqualsIfExists": {"aws:x": "a"}}`, multi("b"), false},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := conditionHolds(t, tt.condition, tt.value); got != tt.want {
				t.Errorf("%s holds: %v, want %v", tt.condition, got, tt.want)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	tests := []struct {
		rule, condition, value string
		want                   bool
	}{
		{"a value", `{"StringEquals": {"aws:x": "home/${aws:username}/"}}`, "home/alice/", true},
		{"names regardless of case", `{"StringEquals": {"aws:x": "${AWS:UserName}"}}`, "alice", true},
		{"with wildcards around", `{"StringLike": {"aws:x": "*/${aws:username}/*"}}`, "home/alice/x", true},
		{"wildcards in a value are text", `{"StringLike": {"aws:x": "a${aws:PrincipalTag/star}"}}`, "abc", false},
		{"wildcards in a value fit themselves", `{"StringLike": {"aws:x": "a${aws:PrincipalTag/star}"}}`, "a*", true},
		{"ignoring case", `{"StringEqualsIgnoreCase": {"aws:x": "I am ${aws:username}"}}`, "i AM Alice", true},
		{"an empty value", `{"StringLike": {"aws:x": "*${aws:empty}?${aws:empty}*"}}`, "x", true},
		{"only empty values", `{"StringLike": {"aws:x": "*${aws:empty}${aws:empty}*"}}`, "", true},
		{"only an empty value, ignoring case", `{"StringEqualsIgnoreCase": {"aws:x": "${aws:empty}"}}`, "", true},
		{"in an ARN", `{"ArnLike": {"aws:x": "arn:aws:iam::*:user/${aws:username}"}}`, alice.ARN, true},
		{"in an ARN with a default that has colons", `{"ArnLike": {"aws:x": "arn:aws:iam::${aws:none, ':}'}:user/alice"}}`, alice.ARN, false},
		{"a value does not reach across fields", `{"ArnLike": {"aws:x": "arn:aws:iam::${aws:x}:user/alice"}}`, alice.ARN, false},
		{"an ARN that is a variable", `{"ArnEquals": {"aws:x": "${aws:x}"}}`, alice.ARN, true},
		{"no value, no match", `{"StringLike": {"aws:x": "*${aws:none}"}}`, "x", false},
		{"no value, ignoring case", `{"StringEqualsIgnoreCase": {"aws:x": "${aws:none}"}}`, "", false},
		{"no value, in an ARN", `{"ArnLike": {"aws:x": "arn:aws:iam::*:user/${aws:none}"}}`, "arn:aws:iam::x:user/", false},
		{"no value, negated: a match", `{"StringNotEquals": {"aws:x": "${aws:none}"}}`, "x", true},
		{"a key with several values has none", `{"StringEquals": {"aws:x": ["${aws:TagKeys}", "x${aws:TagKeys}"]}}`, "x", false},
		{"a default", `{"StringEquals": {"aws:x": "team-${aws:none, 'company wide'}"}}`, "team-company wide", true},
		{"a value is better than a default", `{"StringEquals": {"aws:x": "${aws:username, 'nobody'}"}}`, "alice", true},
		{"the wildcards of a default are text", `{"StringLike": {"aws:x": "${aws:none, '*'}"}}`, "x", false},
		{"${*}", `{"StringLike": {"aws:x": "a${*}"}}`, "ab", false},
		{"${*} is an asterisk", `{"StringLike": {"aws:x": "a${*}*"}}`, "a*b", true},
		{"${?} and ${$}", `{"StringLike": {"aws:x": "${?}${$}{aws:username}"}}`, "?${aws:username}", true},
		{"a dollar sign alone is text", `{"StringEquals": {"aws:x": "$5$"}}`, "$5$", true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := conditionHolds(t, tt.condition, single(tt.value)); got != tt.want {
				t.Errorf("%s with %q holds: %v, want %v", tt.condition, tt.value, got, tt.want)
			}
		})
	}
}

func TestNoVariablesBefore2012(t *testing.T) {
	for version, want := range map[string]bool{"2012-10-17": false, "2008-10-17": true} {
		d := parse(t, `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
			"Condition": {"StringLike": {"aws:x": "${aws:username}*"}}}, "Version": "`+version+`"}`)
		context := keys{"aws:x": policy.Single("${aws:username}!"), "aws:username": policy.Single("alice")}
		if got := decide(d, alice, context).Outcome == policy.AllowedByARN; got != want {
			t.Errorf("version %s takes the variable for text: %v, want %v", version, got, want)
		}
	}
}
