package decision_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
)

// The naive evaluator below follows the text of the IAM User Guide sentence by sentence on
// JSON as it stands: nothing is compiled, nothing is fast, and it shares no code with what it
// is compared with. It decides in the words of the table of cases.

// naiveOrder is the order in which a denial is looked for.
var naiveOrder = []decision.Layer{
	decision.Control, decision.Endpoint, decision.Resource, decision.Identity, decision.Boundary, decision.Session,
}

var naiveNames = map[decision.Layer]string{
	decision.Control: "control", decision.Endpoint: "endpoint", decision.Resource: "resource", decision.Identity: "identity",
	decision.Boundary: "boundary", decision.Session: "session",
}

// naive is a request together with the documents that bear on it.
type naive struct {
	*question
	has map[decision.Layer]bool
}

func newNaive(q *question) *naive {
	r := &q.request
	return &naive{q, map[decision.Layer]bool{
		decision.Control: r.Controls != nil, decision.Endpoint: r.Endpoint != nil, decision.Resource: r.Resource != nil,
		decision.Identity: true, decision.Boundary: r.Boundary != nil, decision.Session: r.Session != nil,
	}}
}

// The ways in which a statement's Allow reaches a caller, the weakest first.
const (
	naiveNot = iota
	naiveAccount
	naiveRole
	naiveOwn
)

// decide: "By default, all requests are implicitly denied … An explicit deny overrides an
// explicit allow."
func (n *naive) decide() string {
	says := make(map[decision.Layer]int)
	for _, l := range naiveOrder {
		how, denied := n.ask(l)
		if denied {
			return "explicit " + naiveNames[l]
		}
		says[l] = how
	}
	for _, l := range naiveOrder[:2] {
		if n.has[l] && says[l] == naiveNot {
			return "deny " + naiveNames[l]
		}
	}
	p, root := n.request.Principal, strings.HasSuffix(n.request.Principal.ARN, ":root")
	own := p.Account == n.request.Owner
	// missing is the first of the caller's own layers that does not allow.
	missing := func(layers ...decision.Layer) string {
		for _, l := range layers {
			if n.has[l] && says[l] == naiveNot && !(l == decision.Identity && root) {
				return naiveNames[l]
			}
		}
		return ""
	}
	all := []decision.Layer{decision.Identity, decision.Boundary, decision.Session}
	if n.request.Resource == nil || n.request.Missing && own {
		switch lack := missing(all...); {
		case !own:
			return "deny resource"
		case lack != "":
			return "deny " + lack
		}
		return "allow identity"
	}
	lack := ""
	switch how := says[decision.Resource]; {
	case how == naiveNot:
		lack = "resource"
	case p.Account == "": // a service or a federated identity: nobody else has a say
		return "allow resource"
	case own && how == naiveOwn:
		return "allow resource"
	case own && how == naiveRole:
		if lack = missing(decision.Boundary, decision.Session); lack == "" {
			return "allow resource"
		}
	default:
		// "Both the resource-based policy and the identity-based policy must allow", and
		// so does a key policy that delegates to the account.
		if lack = missing(all...); lack == "" {
			return "allow identity"
		}
	}
	return n.granted(lack, missing)
}

// granted: a grant is one more way to allow, for whom it names: an account, whose policies
// decide; a role, within its limits; or the caller itself.
func (n *naive) granted(lack string, missing func(...decision.Layer) string) string {
	if n.request.Grants == nil || n.request.Missing || n.grant.by == policy.NoMatch {
		return "deny " + lack
	}
	short := ""
	switch n.grant.by {
	case policy.Delegated:
		short = missing(decision.Identity, decision.Boundary, decision.Session)
	case policy.Allowed:
		short = missing(decision.Boundary, decision.Session)
	}
	switch {
	case short == "":
		return "allow grant"
	case lack == "resource":
		return "deny " + short
	}
	return "deny " + lack
}

// ask evaluates the statements of all documents of a layer.
func (n *naive) ask(l decision.Layer) (how int, denied bool) {
	for _, text := range n.documents[l] {
		var d map[string]any
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			panic(err)
		}
		for _, s := range d["Statement"].([]any) {
			s := s.(map[string]any)
			v := &naiveStatement{n, s, d["Version"] == "2012-10-17", n.request.Principal}
			if l == decision.Endpoint && v.p.Federated != "" {
				v.p = policy.Principal{} // nobody has signed
			}
			reach := v.principal(l == decision.Resource || l == decision.Endpoint)
			if reach == naiveNot || !v.action() || !v.resource(l) || !v.conditions() {
				continue
			}
			if s["Effect"] == "Deny" {
				return 0, true
			}
			how = max(how, reach)
		}
	}
	return how, false
}

type naiveStatement struct {
	*naive
	s         map[string]any
	variables bool
	p         policy.Principal
}

// list is a value that may stand alone or in an array.
func list(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, e.(string))
		}
		return all
	}
	return nil
}

// principal: identity-based policies name none; resource-based policies must.
func (v *naiveStatement) principal(wanted bool) int {
	element, negated := v.s["Principal"], false
	if v.s["NotPrincipal"] != nil {
		element, negated = v.s["NotPrincipal"], true
	}
	if !wanted {
		if element != nil {
			return naiveNot
		}
		return naiveRole
	}
	if element == nil {
		return naiveNot
	}
	p := v.p
	listed := func(member, name, id string) bool {
		if element == "*" {
			return member == "AWS"
		}
		for _, value := range list(element.(map[string]any)[member]) {
			switch bound := map[string]string{alice.ARN: alice.ID, session.Role: session.ID}[value]; {
			case member == "AWS" && value == "*":
				return true
			case value == name && name != "" && (bound == "" || bound == id):
				return true
			}
		}
		return false
	}
	everybody := listed("AWS", "", "")
	account := p.Account != "" && (listed("AWS", p.Account, "") || listed("AWS", "arn:aws:iam::"+p.Account+":root", ""))
	isRoot := strings.HasSuffix(p.ARN, ":root")
	itself := p.ARN != "" && !isRoot && listed("AWS", p.ARN, p.ID)
	role := p.Role != "" && listed("AWS", p.Role, p.ID)
	outside := p.Service != "" && listed("Service", p.Service, "") || p.Federated != "" && listed("Federated", p.Federated, "")
	if negated {
		return v.notPrincipal(everybody, account, isRoot, itself, role, outside)
	}
	switch {
	case everybody && (p.Federated == "" || v.s["Effect"] == "Deny"), itself:
		return naiveOwn
	case role, outside, account && isRoot:
		return naiveRole
	case account:
		return naiveAccount
	}
	return naiveNot
}

// notPrincipal: "you must also specify the ARN of the account", and of the role beside its
// session; "will always deny any IAM principal that has a permissions boundary".
func (v *naiveStatement) notPrincipal(everybody, account, isRoot, itself, role, outside bool) int {
	if v.s["Effect"] != "Deny" {
		if everybody || account || itself || role || outside {
			return naiveNot
		}
		return naiveRole
	}
	spared := everybody || outside
	if v.p.Account != "" && !everybody {
		spared = account && (isRoot || itself) && (v.p.Role == "" || role)
	}
	if spared && v.request.Boundary == nil {
		return naiveNot
	}
	return naiveRole
}

func (v *naiveStatement) action() bool {
	matches := func(pattern string) bool {
		return fits(glob(strings.ToLower(pattern)), []rune(strings.ToLower(v.request.Action)))
	}
	if no := v.s["NotAction"]; no != nil {
		return !slices.ContainsFunc(list(no), matches)
	}
	return slices.ContainsFunc(list(v.s["Action"]), matches)
}

func (v *naiveStatement) resource(l decision.Layer) bool {
	trust := l == decision.Resource && v.request.Trust // which has no resource
	matches := func(text string) bool {
		pattern, ok := v.pattern(text, true)
		return ok && (trust && fits(pattern, nil) || !trust && fits(pattern, []rune(v.request.Request.Resource)))
	}
	switch {
	case v.s["NotResource"] != nil:
		return !slices.ContainsFunc(list(v.s["NotResource"]), matches)
	case v.s["Resource"] == nil:
		return trust
	}
	return slices.ContainsFunc(list(v.s["Resource"]), matches)
}

// The runes of a pattern that are no characters.
const (
	anyText = -1
	anyOne  = -2
)

func glob(s string) []rune {
	pattern := []rune(s)
	for i, r := range pattern {
		switch r {
		case '*':
			pattern[i] = anyText
		case '?':
			pattern[i] = anyOne
		}
	}
	return pattern
}

// fits tries everything that a star may stand for.
func fits(pattern, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	switch r := pattern[0]; {
	case r == anyText:
		return fits(pattern[1:], text) || len(text) > 0 && fits(pattern, text[1:])
	case len(text) == 0:
		return false
	case r == anyOne || r == text[0]:
		return fits(pattern[1:], text[1:])
	}
	return false
}

// pattern replaces variables by their values, which are text.
func (v *naiveStatement) pattern(s string, wildcards bool) (pattern []rune, ok bool) {
	for s != "" {
		before, after, found := strings.Cut(s, "${")
		if !v.variables {
			before, found = s, false
		}
		if wildcards {
			pattern = append(pattern, glob(before)...)
		} else {
			pattern = append(pattern, []rune(before)...)
		}
		if !found {
			break
		}
		name, rest, _ := strings.Cut(after, "}")
		s = rest
		if name == "*" || name == "?" || name == "$" {
			pattern = append(pattern, []rune(name)...)
			continue
		}
		name, or, defaulted := strings.Cut(name, ",")
		switch values := v.context(name); {
		case len(values) == 1 && !v.isList(name):
			pattern = append(pattern, []rune(values[0])...)
		case defaulted:
			pattern = append(pattern, []rune(strings.Trim(or, " '"))...)
		default:
			return nil, false
		}
	}
	return pattern, true
}

// context are the values of a key of the request.
func (v *naiveStatement) context(key string) []string {
	return v.values[strings.ToLower(key)].list
}

func (v *naiveStatement) isList(key string) bool { return v.values[strings.ToLower(key)].isList }

// conditions: all operators and keys must hold.
func (v *naiveStatement) conditions() bool {
	all, _ := v.s["Condition"].(map[string]any)
	for operator, keys := range all {
		for key, values := range keys.(map[string]any) {
			if !v.holds(operator, key, list(values)) {
				return false
			}
		}
	}
	return true
}

// holds: "If the key that you specify in a policy condition is not present in the request
// context, the values do not match and the condition is false. If the policy condition
// requires that the key is not matched … and the right key is not present, the condition is
// true."
func (v *naiveStatement) holds(operator, key string, wanted []string) bool {
	set, operator, ok := strings.Cut(operator, ":")
	if !ok {
		set, operator = "", set
	}
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	positive := strings.Replace(operator, "Not", "", 1)
	negated := positive != operator
	actual := v.context(key)
	if operator == "Null" {
		return slices.Contains(wanted, strconv.FormatBool(len(actual) == 0))
	}
	if set != "" && len(actual) == 1 && actual[0] == "" {
		actual = nil // "resolves to a null dataset"
	}
	matched := 0
	for _, a := range actual {
		if slices.ContainsFunc(wanted, func(w string) bool { return v.compare(positive, w, a) }) != negated {
			matched++
		}
	}
	switch {
	case len(actual) == 0 && ifExists:
		return true
	case set == "ForAllValues":
		return matched == len(actual)
	case set == "ForAnyValue":
		return matched > 0
	case len(actual) == 0:
		return negated
	case negated:
		return matched == len(actual)
	}
	return matched > 0
}

func (v *naiveStatement) compare(operator, wanted, actual string) bool {
	switch operator {
	case "StringEquals":
		pattern, ok := v.pattern(wanted, false)
		return ok && string(pattern) == actual
	case "StringEqualsIgnoreCase":
		pattern, ok := v.pattern(wanted, false)
		return ok && strings.EqualFold(string(pattern), actual)
	case "StringLike":
		pattern, ok := v.pattern(wanted, true)
		return ok && fits(pattern, []rune(actual))
	case "ArnEquals", "ArnLike":
		return v.compareARN(wanted, actual)
	case "Bool":
		return strings.EqualFold(wanted, actual)
	case "BinaryEquals":
		b, err := base64.StdEncoding.DecodeString(wanted)
		return err == nil && bytes.Equal(b, []byte(actual))
	case "IpAddress":
		return naiveContains(wanted, actual)
	}
	order, ok := 0, false
	if rest, isDate := strings.CutPrefix(operator, "Date"); isDate {
		a, okA := naiveTime(actual)
		w, okW := naiveTime(wanted)
		order, ok, operator = a.Compare(w), okA && okW, rest
	} else {
		operator = strings.TrimPrefix(operator, "Numeric")
		a, errA := strconv.ParseFloat(actual, 64)
		w, errW := strconv.ParseFloat(wanted, 64)
		ok = errA == nil && errW == nil
		if a < w {
			order = -1
		} else if a > w {
			order = 1
		}
	}
	switch operator {
	case "Equals":
		return ok && order == 0
	case "LessThan":
		return ok && order < 0
	case "LessThanEquals":
		return ok && order <= 0
	case "GreaterThan":
		return ok && order > 0
	case "GreaterThanEquals":
		return ok && order >= 0
	}
	panic("naive: no operator " + operator)
}

// compareARN: "Each of the six colon-delimited components of the ARN is checked separately".
func (v *naiveStatement) compareARN(wanted, actual string) bool {
	w, a := strings.SplitN(wanted, ":", 6), strings.SplitN(actual, ":", 6)
	if strings.Contains(wanted, "${") && v.variables { // the colon of a variable's name is none
		hidden := strings.ReplaceAll(wanted, "${aws:", "${aws\x00")
		w = strings.SplitN(hidden, ":", 6)
		for i := range w {
			w[i] = strings.ReplaceAll(w[i], "\x00", ":")
		}
	}
	if len(w) < 6 {
		pattern, ok := v.pattern(wanted, wanted == "*")
		return ok && fits(pattern, []rune(actual))
	}
	if len(a) < 6 {
		return false
	}
	for i := range w {
		pattern, ok := v.pattern(w[i], true)
		if !ok || !fits(pattern, []rune(a[i])) {
			return false
		}
	}
	return true
}

func naiveContains(wanted, actual string) bool {
	ip := net.ParseIP(actual)
	if ip == nil {
		return false
	}
	if !strings.Contains(wanted, "/") {
		return net.ParseIP(wanted).Equal(ip)
	}
	_, network, err := net.ParseCIDR(wanted)
	return err == nil && network.Contains(ip)
}

func naiveTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil
}
