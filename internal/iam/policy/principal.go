package policy

import (
	"regexp"
	"slices"
	"strings"
)

// Principal is who makes a request, by every name that a policy may call them.
type Principal struct {
	ARN       string // of the user, root user, role session or federated user itself
	ID        string // the unique id of the user, or of the session's role: "AIDA…", "AROA…"
	Role      string // for a role session: the ARN of the role, path included
	Account   string // 12 digits; the account of ARN
	Service   string // "s3.amazonaws.com" when a service calls for itself
	Federated string // the identity provider, when a role is assumed through one
	Bounded   bool   // the user or role has a permissions boundary
}

// kind tells apart the ways in which a statement names principals, so that a service
// can't be taken for a user of the same name.
type kind uint8

const (
	everyone  kind = iota // "*"
	account               // "111122223333" or its root user's ARN
	named                 // any other value of "AWS"; compared with ARNs
	service               // a value of "Service"
	federated             // a value of "Federated"
	canonical             // a value of "CanonicalUser"; matches nobody here
)

// principalMembers are the members of a Principal object.
var principalMembers = map[string]kind{
	"AWS": named, "Service": service, "Federated": federated, "CanonicalUser": canonical,
}

// principal is one entry of Principal or NotPrincipal.
type principal struct {
	kind   kind
	name   string // the account's number, an ARN, or the service's or provider's name
	id     string // the unique id that the name must still stand for; "" if any will do
	source string // as written
}

// rootARN is the ARN that stands for an account.
var rootARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):root$`)

var accountID = regexp.MustCompile(`^\d{12}$`)

func newPrincipal(member, value string) (principal, error) {
	kind, ok := principalMembers[member]
	p := principal{kind: kind, name: value, source: value}
	switch {
	case !ok:
		return p, errorf("Invalid principal type %.64q.", member)
	case value == "":
		return p, errorf("A principal must not be empty.")
	case kind != named:
	case value == "*":
		p.kind = everyone
	case accountID.MatchString(value):
		p.kind = account
	default:
		if m := rootARN.FindStringSubmatch(value); m != nil {
			p.kind, p.name = account, m[1]
		}
	}
	return p, nil
}

// reach is how a statement's principals include a caller.
type reach uint8

const (
	unreached    reach = iota
	byDelegation       // through the account, which decides further
	directly           // as the root user, through the role, or as a service
	byARN              // by the caller's own ARN, that of a user or a session, or as everybody
)

// reaches says how the statement includes the caller. A statement without principals
// includes nobody.
func (s *statement) reaches(p *Principal) reach {
	if s.notPrincipal {
		return s.reachesAllBut(p)
	}
	best := unreached
	for i := range s.principals {
		if r := s.principals[i].reaches(p); r > best {
			best = r
		}
	}
	if p.Federated != "" && !s.deny && best != directly {
		return unreached // "everybody" means principals of AWS
	}
	return best
}

func (e *principal) reaches(p *Principal) reach {
	switch e.kind {
	case everyone:
		return byARN
	case account:
		switch {
		case e.name != p.Account:
			return unreached
		case isRoot(p.ARN):
			return directly
		}
		return byDelegation
	case named:
		switch {
		case e.id != "" && e.id != p.ID: // another one of the same name
		case e.id != "" && p.Role != "":
			return directly
		case e.id != "", e.name == p.ARN: // the id stays when a user is given another name
			return byARN
		case e.name == p.Role:
			return directly
		}
	case service:
		if e.name == p.Service {
			return directly
		}
	case federated:
		if e.name == p.Federated {
			return directly
		}
	}
	return unreached
}

// isRoot relies on no other caller's ARN ending so: names of users and sessions have
// no colon.
func isRoot(arn string) bool { return strings.HasSuffix(arn, ":root") }

// reachesAllBut is reaches for NotPrincipal. A caller is several principals at once (the
// session, its role, the account), each of which AWS may check by itself ("AWS JSON policy
// elements: NotPrincipal"). So a Deny spares only whom it lists by all of them, and an
// Allow reaches only whom it lists by none. A Deny spares nobody who has a permissions
// boundary ("Permissions boundaries for IAM entities").
func (s *statement) reachesAllBut(p *Principal) reach {
	if s.deny && p.Bounded && len(s.principals) > 0 {
		return directly
	}
	if slices.ContainsFunc(s.principals, func(e principal) bool { return e.kind == everyone }) {
		return unreached // all but everybody is nobody
	}
	names := [...]principal{
		{kind: named, name: p.ARN, id: p.ID},
		{kind: named, name: p.Role, id: p.ID},
		{kind: account, name: p.Account},
		{kind: service, name: p.Service},
		{kind: federated, name: p.Federated},
	}
	if isRoot(p.ARN) {
		names[0].name = "" // the account's own name stands for it
	}
	if p.Role != "" {
		names[0].id = "" // which is the role's, not the session's
	}
	listed, total := 0, 0
	for i := range names {
		if names[i].name == "" {
			continue
		}
		total++
		if s.lists(&names[i]) {
			listed++
		}
	}
	switch {
	case len(s.principals) == 0, s.deny && total > 0 && listed == total, !s.deny && listed > 0:
		return unreached
	}
	return directly
}

// lists goes by the unique ids of those who are tied to one: they stay when a user is given
// another name.
func (s *statement) lists(name *principal) bool {
	for i := range s.principals {
		e := &s.principals[i]
		if e.kind == name.kind && (e.id != "" && e.id == name.id || e.id == "" && e.name == name.name) {
			return true
		}
	}
	return false
}
