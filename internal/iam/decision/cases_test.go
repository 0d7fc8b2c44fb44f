package decision_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// The table of decisions is testdata/cases/*.txt. A case is the rule that it shows, in a
// sentence, and behind a tab the request, the policies that bear on it, and what has to be
// decided. A line "source: …" names the page that the cases below it are written from. Lines
// with > are what is said of the decision; -update writes them anew, for review.
//
//	A user that the key policy names needs nothing else
//		alice Encrypt; key alice-use => allow resource
//		> allowed by statement 1 ("alice-use") of the key policy
//
// Policies are made of the statements of testdata/statements.txt, whose names become their
// Sids: + joins statements to a policy, a comma separates policies, and 2008 among them makes
// the policy one of that version. A statement may also stand there itself, as JSON, and
// if-OPERATOR-KEY-VALUE is one that allows all of kms under that condition.

var update = flag.Bool("update", false, "write what is said of the decisions of the table anew")

// aCase is one case of the table.
type aCase struct {
	at     string // file and line
	source string
	rule   string
	spec   string
	golden []string
}

// readCases calls f with each case of the files that the pattern fits. What f returns is
// written into the file if -update asks for it.
func readCases(t *testing.T, pattern string, f func(aCase) (golden []string)) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		c := aCase{}
		finish := func() {
			if c.spec != "" {
				for _, line := range f(c) {
					fmt.Fprintf(&out, "\t> %s\n", line)
				}
				c.spec, c.golden = "", nil
			}
		}
		for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			if golden, ok := strings.CutPrefix(line, "\t> "); ok {
				c.golden = append(c.golden, golden)
				continue
			}
			finish()
			fmt.Fprintln(&out, line)
			switch spec, ok := strings.CutPrefix(line, "\t"); {
			case ok:
				c.spec, c.at = spec, fmt.Sprintf("%s:%d", file, i+1)
			case strings.HasPrefix(line, "source: "):
				c.source = line
			case line != "" && line[0] != '#':
				c.rule = line
			}
		}
		finish()
		if *update && !bytes.Equal(text, out.Bytes()) {
			if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// statementsByName are the statements that the cases name.
func statementsByName(t *testing.T) map[string]string {
	text, err := os.ReadFile("testdata/statements.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		name, statement, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		if list[name] != "" {
			t.Fatalf("there are two statements %q", name)
		}
		list[name] = strings.Replace(strings.TrimSpace(statement), "{", `{"Sid": "`+name+`", `, 1)
	}
	return list
}

// question is a case made ready to be decided.
type question struct {
	request   decision.Request
	asked     decision.Asked
	documents map[decision.Layer][]string // the JSON of each layer's policies
	grant     grants
	values    map[string]naiveValue // of the condition keys
	want      string
}

// naiveValue is what a condition key has: one value or a list.
type naiveValue struct {
	list   []string
	isList bool
}

// callersByName are the callers that the cases name.
var callersByName = map[string]policy.Principal{
	"alice":   alice,
	"bob":     {ARN: "arn:aws:iam::111122223333:user/team/bob", ID: "AIDABOB", Account: home},
	"root":    {ARN: "arn:aws:iam::111122223333:root", Account: home},
	"session": session,
	"other-session": {
		ARN: "arn:aws:sts::111122223333:assumed-role/App/run-2", Role: session.Role, ID: session.ID, Account: home,
	},
	"recreated": {ARN: alice.ARN, ID: "AIDALATER", Account: home},
	"federated": {ARN: "arn:aws:sts::111122223333:federated-user/carol", Account: home},
	"stranger":  {ARN: "arn:aws:iam::444455556666:user/zoe", ID: "AIDAZOE", Account: elsewhere},
	"strange-session": {
		ARN: "arn:aws:sts::444455556666:assumed-role/Batch/run-1", Role: "arn:aws:iam::444455556666:role/Batch",
		ID: "AROABATCH", Account: elsewhere,
	},
	"strange-root": {ARN: "arn:aws:iam::444455556666:root", Account: elsewhere},
	"s3":           {Service: "s3.amazonaws.com"},
	"ec2":          {Service: "ec2.amazonaws.com"},
	"workload":     {Federated: "arn:aws:iam::111122223333:oidc-provider/token.example.com"},
	"other-idp":    {Federated: "arn:aws:iam::111122223333:oidc-provider/other.example.com"},
}

var resourcesByName = map[string]string{
	"key":       keyARN,
	"other-key": "arn:aws:kms:us-east-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab",
	"alias":     "arn:aws:kms:us-east-1:111122223333:alias/app",
	"role":      "arn:aws:iam::111122223333:role/service/App",
	"all":       "*",
}

// parseCase reads a case.
func parseCase(c aCase, named map[string]string) (q *question, err error) {
	spec, want, ok := strings.Cut(c.spec, " => ")
	if !ok || c.source == "" || c.rule == "" {
		return nil, fmt.Errorf("a case needs a source, a rule and a decision")
	}
	fields := strings.Split(spec, "; ")
	q = &question{want: want, documents: make(map[decision.Layer][]string)}
	if err := q.head(fields[0]); err != nil {
		return nil, err
	}
	q.values = valuesOf(q.request.Principal)
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, " ")
		if err := q.field(name, value, named); err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
	}
	q.request.Context = contextOf(q.values)
	q.asked = decision.Asked{User: q.asked.User, Action: q.request.Action, Resource: q.request.Request.Resource, InCiphertext: q.asked.InCiphertext}
	return q, nil
}

// head reads "alice Encrypt on key".
func (q *question) head(text string) error {
	words := strings.Fields(text)
	if len(words) != 2 && (len(words) != 4 || words[2] != "on") {
		return fmt.Errorf("%q is not a caller and an action", text)
	}
	principal, ok := callersByName[words[0]]
	if !ok {
		return fmt.Errorf("who is %q?", words[0])
	}
	action := words[1]
	if !strings.Contains(action, ":") {
		action = "kms:" + action
	}
	resource := keyARN
	if len(words) == 4 {
		if resource, ok = resourcesByName[words[3]]; !ok {
			return fmt.Errorf("what is %q?", words[3])
		}
	}
	q.request.Request = policy.Request{Principal: principal, Action: action, Resource: resource}
	q.request.Owner = home
	q.request.Root = strings.HasSuffix(principal.ARN, ":root")
	q.asked.User = principal.ARN
	if principal.Service != "" {
		q.asked.User = principal.Service
	}
	return nil
}

func (q *question) field(name, value string, named map[string]string) error {
	r := &q.request
	policies := func(layer decision.Layer, what string) ([]decision.Policy, error) {
		list := []decision.Policy{} // not nil: the layer is there
		if value == "none" {
			return list, nil
		}
		for _, text := range splitPolicies(value) {
			doc, err := compose(text, named)
			if err != nil {
				return nil, err
			}
			d, err := policy.Parse([]byte(doc))
			if err != nil {
				return nil, err
			}
			d.Bind(map[string]string{alice.ARN: alice.ID, session.Role: session.ID})
			list = append(list, decision.Policy{Document: d, Name: what})
			q.documents[layer] = append(q.documents[layer], doc)
		}
		return list, nil
	}
	one := func(layer decision.Layer, what string) (*decision.Policy, error) {
		list, err := policies(layer, what)
		if err != nil || len(list) != 1 {
			return nil, fmt.Errorf("%d policies instead of one: %w", len(list), err)
		}
		return &list[0], nil
	}
	var err error
	switch name {
	case "key":
		r.Resource, err = one(decision.Resource, "the key policy")
	case "trust":
		r.Trust = true
		r.Resource, err = one(decision.Resource, "the trust policy")
	case "identity":
		r.Identity, err = policies(decision.Identity, "the identity policy")
	case "boundary":
		r.Boundary, err = one(decision.Boundary, "the boundary")
	case "session":
		r.Session, err = policies(decision.Session, "the session policy")
	case "endpoint":
		r.Endpoint, err = one(decision.Endpoint, "the endpoint policy")
	case "control":
		r.Controls, err = policies(decision.Control, "the control policy")
	case "grant":
		by, ok := map[string]policy.Outcome{"account": policy.Delegated, "role": policy.Allowed, "name": policy.AllowedByARN, "none": policy.NoMatch}[value]
		if !ok {
			return fmt.Errorf("no such grant")
		}
		q.grant = grants{id: "grant-1", by: by}
		r.Grants = q.grant
	case "with":
		return addContext(q.values, value)
	case "owner":
		r.Owner = "" // of a ciphertext under no key that there is
	case "missing":
		r.Missing = true
	case "ciphertext":
		q.asked.InCiphertext = true
	default:
		return fmt.Errorf("no such field")
	}
	return err
}

// splitPolicies cuts at the commas that stand outside of JSON.
func splitPolicies(s string) []string {
	var list []string
	depth, start := 0, 0
	for i := range s {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	return append(list, strings.TrimSpace(s[start:]))
}

// compose makes a document of the names of statements.
func compose(text string, named map[string]string) (string, error) {
	version := "2012-10-17"
	var list []string
	if strings.HasPrefix(text, "{") {
		list = append(list, text)
	} else {
		for _, name := range strings.Split(text, "+") {
			switch statement := named[name]; {
			case name == "2008":
				version = "2008-10-17"
			case strings.HasPrefix(name, "if-"):
				part := strings.SplitN(name, "-", 4)
				list = append(list, fmt.Sprintf(`{"Sid": "if", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {%q: {%q: %q}}}`, part[1], part[2], part[3]))
			case statement == "":
				return "", fmt.Errorf("there is no statement %q", name)
			default:
				list = append(list, statement)
			}
		}
	}
	return `{"Version": "` + version + `", "Statement": [` + strings.Join(list, ", ") + `]}`, nil
}

// valuesOf has the condition keys that follow from who calls.
func valuesOf(p policy.Principal) map[string]naiveValue {
	c := make(map[string]naiveValue)
	set := func(name, value string) { c[name] = naiveValue{list: []string{value}} }
	set("aws:principalisawsservice", fmt.Sprint(p.Service != ""))
	if p.Account == "" {
		return c
	}
	last := p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	set("aws:principalaccount", p.Account)
	set("kms:calleraccount", p.Account)
	set("aws:principalarn", p.ARN)
	set("aws:userid", p.ID)
	if p.Role != "" {
		set("aws:principalarn", p.Role)
		set("aws:userid", p.ID+":"+last)
	}
	if strings.Contains(p.ARN, ":user/") {
		set("aws:username", last)
	}
	return c
}

// addContext reads "kms:ViaService=s3.us-east-1.amazonaws.com aws:TagKeys=[a b]".
func addContext(c map[string]naiveValue, text string) error {
	for text != "" {
		name, rest, ok := strings.Cut(text, "=")
		if !ok {
			return fmt.Errorf("no value in %q", text)
		}
		name = strings.ToLower(name)
		if list, ok := strings.CutPrefix(rest, "["); ok {
			values, rest, _ := strings.Cut(list, "]")
			c[name], text = naiveValue{strings.Fields(values), true}, strings.TrimPrefix(rest, " ")
			continue
		}
		value, rest, _ := strings.Cut(rest, " ")
		c[name], text = naiveValue{list: []string{value}}, rest
	}
	return nil
}

func contextOf(values map[string]naiveValue) keys {
	c := make(keys, len(values))
	for name, v := range values {
		if v.isList {
			c[name] = policy.Multi(v.list)
		} else {
			c[name] = policy.Single(v.list[0])
		}
	}
	return c
}

// decided is a decision as the cases write it.
func decided(r decision.Result) string {
	layer := map[decision.Layer]string{
		decision.Control: "control", decision.Endpoint: "endpoint", decision.Resource: "resource", decision.Identity: "identity",
		decision.Boundary: "boundary", decision.Session: "session", decision.Grant: "grant",
	}[r.Layer]
	switch {
	case r.Allowed:
		return "allow " + layer
	case r.Explicit:
		return "explicit " + layer
	}
	return "deny " + layer
}

func TestCases(t *testing.T) {
	t.Parallel()
	named := statementsByName(t)
	seen, count := make(map[string]string), 0
	readCases(t, "testdata/cases/*.txt", func(c aCase) []string {
		count++
		q, err := parseCase(c, named)
		if err != nil {
			t.Errorf("%s: %s: %v", c.at, c.rule, err)
			return c.golden
		}
		if before := seen[c.spec]; before != "" {
			t.Errorf("%s asks the same as %s", c.at, before)
		}
		seen[c.spec] = c.at
		result, err := decision.Decide(&q.request)
		if err != nil {
			t.Fatal(err)
		}
		if got := decided(result); got != q.want {
			t.Errorf("%s: %s\n%s\n\tdecided: %s (%s)", c.at, c.rule, c.spec, got, result.String())
		}
		if got := newNaive(q).decide(); got != q.want {
			t.Errorf("%s: %s\n%s\n\tdecided naively: %s", c.at, c.rule, c.spec, got)
		}
		said := []string{result.String()}
		if !result.Allowed {
			said = append(said, result.Message(q.asked))
		}
		if !*update && !slices.Equal(said, c.golden) {
			t.Errorf("%s: %s\n%s\n\tsaid: %s\n\twant: %s", c.at, c.rule, c.spec, strings.Join(said, "\n\t      "), strings.Join(c.golden, "\n\t      "))
		}
		return said
	})
	if count < 400 {
		t.Errorf("the table has %d cases, want 400 or more", count)
	}
}
