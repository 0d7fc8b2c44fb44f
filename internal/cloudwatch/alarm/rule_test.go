package alarm

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// states has alarms whose names begin with their states.
func states(child string) types.StateValue {
	name := child[strings.LastIndex(child, ":")+1:]
	switch {
	case strings.HasPrefix(name, "Bad"):
		return types.StateValueAlarm
	case strings.HasPrefix(name, "Good"):
		return types.StateValueOk
	}
	return types.StateValueInsufficientData
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule string
		want bool
	}{
		{"TRUE", true}, {"FALSE", false}, {"false", false}, {" TRUE\n", true},
		{"ALARM(Bad)", true}, {"ALARM(Good)", false}, {`OK("Good one")`, true}, {"OK(Good one)", true}, {"INSUFFICIENT_DATA(Unknown)", true},
		{`ALARM("arn:aws:cloudwatch:us-east-1:111122223333:alarm:Bad")`, true}, {"ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:Bad)", true},
		{"ALARM(Bad) AND ALARM(Bad2)", true}, {"ALARM(Bad) AND ALARM(Good)", false}, {"ALARM(Good) OR ALARM(Bad)", true},
		{"ALARM(Bad) AND NOT ALARM(Good)", true}, {"NOT NOT ALARM(Bad)", true}, {"NOT (ALARM(Good) OR ALARM(Bad))", false},
		{"(ALARM(Bad) OR ALARM(Bad2)) AND OK(Good)", true},
		{"TRUE OR TRUE AND FALSE", true}, // AND binds more tightly
		{"NOT FALSE AND FALSE", false},
		{"AT_LEAST(2, ALARM, (Bad1, Bad2, Good))", true}, {"AT_LEAST(3, ALARM, (Bad1, Bad2, Good))", false},
		{"AT_LEAST(50%, OK, (Good1, Good2, Bad1, Bad2))", true}, {"AT_LEAST(51%, OK, (Good1, Good2, Bad1, Bad2))", false},
		{`AT_LEAST(1, NOT ALARM, ("Bad1", "Good"))`, true}, {"AT_LEAST(2,NOT OK,(Bad,Good)) OR TRUE", true},
	} {
		r, err := parseRule(c.rule)
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if got := r.root.eval(states); got != c.want {
			t.Errorf("%s is %v", c.rule, got)
		}
	}
	r, err := parseRule(`ALARM(a) AND (OK("b") OR NOT ALARM(a))`)
	if err != nil || !slices.Equal(r.children, []string{"a", "b"}) {
		t.Errorf("the children are %v, %v", r, err)
	}
}

func TestWrongRules(t *testing.T) {
	for rule, want := range map[string]string{
		"": "unexpected end", "ALARM": `expected "(" but found end`, "ALARM()": "the name of an alarm is missing", `ALARM("a)`: "a quote is not closed",
		"ALARM(a": `expected ")"`, "ALARM(a) ALARM(b)": `unexpected "ALARM"`, "ALARM(a) AND": "unexpected end", "alarm(a)": `unexpected "alarm"`,
		"(TRUE": `expected ")"`, "TRUE)": `unexpected ")"`, "ALARMS(a)": `unexpected "ALARMS"`, "TRUEX": `unexpected "TRUEX"`,
		"AT_LEAST(0, ALARM, (a))": "between 1 and", "AT_LEAST(3, ALARM, (a, b))": "between 1 and", "AT_LEAST(101%, ALARM, (a))": "more than 100",
		"AT_LEAST(x, ALARM, (a))":                "expected a number",
		strings.Repeat("(", 200) + "TRUE":        "nested too deeply",
		strings.Repeat("NOT ", 200) + "TRUE":     "nested too deeply",
		strings.Repeat("TRUE OR ", 500) + "TRUE": "more than 500 elements",
		"TRUE" + strings.Repeat(" ", maxRule):    "too long",
		manyChildren(101):                        "more than 100 alarms",
	} {
		if _, err := parseRule(rule); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: the error is %v, want %q in it", rule, err, want)
		}
	}
	if _, err := parseRule(manyChildren(100)); err != nil {
		t.Errorf("100 children: %v", err)
	}
}

func manyChildren(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, "ALARM(a"+strings.Repeat("x", i)+")")
	}
	return strings.Join(parts, " OR ")
}

// FuzzRule checks that a rule that is taken can be evaluated, within its bounds.
func FuzzRule(f *testing.F) {
	for _, s := range []string{"TRUE", `ALARM("a b") AND NOT OK(c)`, "AT_LEAST(50%, NOT ALARM, (a, b))", "((FALSE))", `ALARM(")`, "NOT", "OK(é)", "\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRule(text)
		if err != nil {
			return
		}
		r.root.eval(states)
		if len(r.children) > maxChildren || slices.Contains(r.children, "") {
			t.Errorf("%q has the children %q", text, r.children)
		}
	})
}
