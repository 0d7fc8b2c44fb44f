package decision

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam/policy"
)

// The bounds of an explanation.
const (
	maxSentences  = 20
	maxSentence   = 500 // bytes
	maxNearMisses = 4   // of one policy
	maxValues     = 4   // of one condition
)

// Explain says why a request was decided as it was, and for a denied one what is missing:
// which layer allows nothing, which statements nearly do, and why they do not. It tells what
// the caller of the request may not know, and it is slow; both are for whoever shows it to
// mind.
func Explain(r *Request, res Result) []string {
	e := explainer{r: r, res: &res}
	e.say("%s", res.Plain())
	switch {
	case res.Allowed:
	case res.Explicit:
		e.explicit()
	default:
		e.missing()
	}
	return e.sentences
}

type explainer struct {
	r         *Request
	res       *Result
	sentences []string
}

// say adds a sentence as long as there is room.
func (e *explainer) say(format string, args ...any) {
	if len(e.sentences) >= maxSentences {
		return
	}
	s := fmt.Sprintf(format, args...)
	if len(s) > maxSentence {
		cut := maxSentence - len("…")
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	e.sentences = append(e.sentences, s)
}

// explicit says by which conditions a statement denies.
func (e *explainer) explicit() {
	for _, c := range e.res.By.Policy.CheckConditions(e.res.By.Statement, e.seenBy(e.res.Layer).Context) {
		e.say("Its condition %s holds: %s.", written(&c), requested(&c))
	}
	e.say("A deny in any policy beats everything that allows, grants too.")
}

// seenBy is the request as policies of a layer see it.
func (e *explainer) seenBy(l Layer) *policy.Request {
	if l == Resource || l == Endpoint {
		return e.r.adapted(l)
	}
	return &e.r.Request
}

// missing goes through the layers that would have to allow.
func (e *explainer) missing() {
	e.limit(Control)
	e.limit(Endpoint)
	if e.r.Missing {
		e.say("There is no resource %s.", e.r.Request.Resource)
	}
	delegated := e.resource()
	switch allows := e.r.ask(Identity); {
	case delegated && allows.Outcome == policy.NoMatch && e.r.needs(Identity):
		e.lacks(Identity)
	case !delegated && allows.Outcome == policy.Allowed:
		m := allows.match()
		e.say("%s allows it, which has no effect on its own.", capital(string(m.append(nil))))
	}
	e.limit(Boundary)
	e.limit(Session)
	if e.r.Grants != nil && !e.r.Missing {
		e.say("No grant makes up for it.")
	}
}

// resource says what the resource's own policy lacks, and whether identity-based policies
// count: always, where it has no say.
func (e *explainer) resource() (delegated bool) {
	r := e.r
	if r.Resource == nil || r.Missing && !e.res.Foreign {
		if e.res.Foreign {
			e.say("Only principals of account %s can have access.", r.Owner)
		}
		return !e.res.Foreign
	}
	f := r.ask(Resource)
	switch m := f.match(); {
	case f.Outcome == policy.Delegated, f.Outcome != policy.NoMatch && e.res.Foreign:
		e.say("%s leaves it to account %s to allow it.", capital(string(m.append(nil))), r.Principal.Account)
		return true
	case f.Outcome != policy.NoMatch:
		e.say("%s allows it.", capital(string(m.append(nil))))
		return false
	case r.Principal.Account == "":
		e.say("%s does not allow %s to %s.", capital(r.Resource.Name), r.Action, e.caller())
	default:
		e.say("%s neither allows %s to %s nor leaves it to account %s to allow it.", capital(r.Resource.Name), r.Action, e.caller(), r.Principal.Account)
	}
	e.nearMisses(Resource, r.Resource)
	return false
}

// limit says what a layer lacks that limits what others allow.
func (e *explainer) limit(l Layer) {
	if e.r.needs(l) && e.r.ask(l).Outcome == policy.NoMatch {
		e.lacks(l)
	}
}

// lacks says that no policy of a layer allows, and which nearly do.
func (e *explainer) lacks(l Layer) {
	r := e.r
	list := map[Layer][]Policy{Control: r.Controls, Identity: r.Identity, Session: r.Session}[l]
	one := map[Layer]*Policy{Endpoint: r.Endpoint, Boundary: r.Boundary}[l]
	switch {
	case one != nil:
		e.say("%s does not allow %s.", capital(one.Name), r.Action)
		e.nearMisses(l, one)
	case len(list) == 0:
		e.say("There is no %s at all.", l)
	case len(list) == 1:
		e.say("The one %s does not allow %s.", l, r.Action)
	default:
		e.say("None of the %d %sies allows %s.", len(list), strings.TrimSuffix(l.String(), "y"), r.Action)
	}
	for i := range list {
		e.nearMisses(l, &list[i])
	}
}

func (e *explainer) nearMisses(l Layer, p *Policy) {
	its := e.seenBy(l)
	find := p.NearMissesIdentity
	if l == Resource || l == Endpoint {
		find = p.NearMisses
	}
	for _, miss := range find(its, maxNearMisses) {
		m := Match{p, miss.Statement, miss.Sid}
		where := capital(string(m.append(nil)))
		switch miss.Element {
		case "Resource":
			e.say("%s allows %s, but not on %s.", where, e.r.Action, e.r.Request.Resource)
		case "Principal":
			e.say("%s allows %s, but not to %s.", where, e.r.Action, e.caller())
		case "Condition":
			for _, c := range p.CheckConditions(miss.Statement, its.Context) {
				if !c.Holds {
					e.say("%s would allow it, but its condition %s does not hold: %s.", where, written(&c), requested(&c))
				}
			}
		}
	}
}

// caller is the caller by the name that there is.
func (e *explainer) caller() string {
	p := &e.r.Principal
	for _, name := range []string{p.ARN, p.Service, p.Federated} {
		if name != "" {
			return name
		}
	}
	return "an anonymous caller"
}

// written is a condition as its policy has it: `StringEquals kms:ViaService "a" or "b"`.
func written(c *policy.ConditionCheck) string {
	if len(c.Values) == 0 {
		return fmt.Sprintf("%.64s %.128s without a value", c.Operator, c.Key)
	}
	return fmt.Sprintf("%.64s %.128s %s", c.Operator, c.Key, values(c.Values, " or "))
}

// requested is what the request has for a condition.
func requested(c *policy.ConditionCheck) string {
	if len(c.Request) == 0 {
		return "the key is absent from the request"
	}
	return "the request has " + values(c.Request, " and ")
}

func values(list []string, between string) string {
	quoted := make([]string, 0, maxValues)
	for _, v := range list[:min(len(list), maxValues)] {
		quoted = append(quoted, fmt.Sprintf("%.80q", v))
	}
	s := strings.Join(quoted, between)
	if more := len(list) - maxValues; more > 0 {
		s += fmt.Sprintf("%s%d more", between, more)
	}
	return s
}

// capital begins a sentence, unless with an ARN.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' || strings.HasPrefix(s, "arn:") {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
