package policy

import (
	"encoding/json"
	"strings"
)

// String prints the document as JSON in one normal form: every element that may be a list
// is one, and empty elements are left out. What it prints parses to an equal document.
func (d *Document) String() string {
	out := printedDocument{Version: d.version, ID: d.id}
	for i := range d.statements {
		out.Statement = append(out.Statement, d.statements[i].printed())
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		panic("policy: print: " + err.Error()) // strings and lists of them always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

type printedDocument struct {
	Version   string `json:",omitempty"`
	ID        string `json:"Id,omitempty"`
	Statement []printedStatement
}

type printedStatement struct {
	Sid          string `json:",omitempty"`
	Effect       string
	Principal    map[string][]string            `json:",omitempty"`
	NotPrincipal map[string][]string            `json:",omitempty"`
	Action       []string                       `json:",omitempty"`
	NotAction    []string                       `json:",omitempty"`
	Resource     []string                       `json:",omitempty"`
	NotResource  []string                       `json:",omitempty"`
	Condition    map[string]map[string][]string `json:",omitempty"`
}

func (s *statement) printed() printedStatement {
	out := printedStatement{Sid: s.sid, Effect: "Allow", Condition: s.printedConditions()}
	if s.deny {
		out.Effect = "Deny"
	}
	principals, actions, resources := &out.Principal, &out.Action, &out.Resource
	if s.notPrincipal {
		principals = &out.NotPrincipal
	}
	if s.notAction {
		actions = &out.NotAction
	}
	if s.notResource {
		resources = &out.NotResource
	}
	*principals = s.printedPrincipals()
	for i := range s.actions {
		*actions = append(*actions, s.actions[i].source)
	}
	for i := range s.resources {
		*resources = append(*resources, s.resources[i].source)
	}
	return out
}

func (s *statement) printedPrincipals() map[string][]string {
	out := make(map[string][]string)
	for _, p := range s.principals {
		out[p.member()] = append(out[p.member()], p.source)
	}
	return out
}

func (s *statement) printedConditions() map[string]map[string][]string {
	out := make(map[string]map[string][]string)
	for _, c := range s.conditions {
		if out[c.operator] == nil {
			out[c.operator] = make(map[string][]string)
		}
		values := make([]string, len(c.values))
		for i, v := range c.values {
			values[i] = v.source
		}
		out[c.operator][c.key] = values
	}
	return out
}
