package policy

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

// Parse reads a document, checks its grammar and compiles it. The error is an *Error.
// What only some kinds of policy forbid is not checked: see ValidateKeyPolicy.
func Parse(doc []byte) (*Document, error) {
	if len(doc) > MaxSize {
		return nil, errorf("The policy is larger than %d bytes.", MaxSize)
	}
	if !utf8.Valid(doc) {
		return nil, errorf("Syntax errors in policy: the text is not UTF-8.").ofGrammar()
	}
	p := &parser{dec: json.NewDecoder(bytes.NewReader(doc))}
	p.dec.UseNumber()
	d, err := p.document()
	if err != nil {
		return nil, errorf("%s", message(err)).ofGrammar()
	}
	if err := d.compile(); err != nil {
		return nil, err
	}
	return d, nil
}

// parser reads the grammar token by token. It calls itself only as deep as the grammar
// goes, so that deep nesting is an error at the first bracket that should not be there.
type parser struct{ dec *json.Decoder }

func (p *parser) document() (*Document, error) {
	d := new(Document)
	statements := false
	err := p.object("The policy", func(name string) (err error) {
		switch name {
		case "Version":
			if d.version, err = p.string(name); err == nil && d.version != "2012-10-17" && d.version != "2008-10-17" {
				err = errorf("Version must be 2012-10-17 or 2008-10-17, not %.64q.", d.version)
			}
		case "Id":
			d.id, err = p.string(name)
		case "Statement":
			statements = true
			d.statements, err = p.statements()
		default:
			err = errorf("Unknown field %.64q.", name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := p.dec.Token(); err != io.EOF {
		return nil, errorf("Syntax errors in policy: text follows the policy.")
	}
	switch {
	case !statements:
		return nil, errorf("Missing required field Statement.")
	case len(d.statements) == 0:
		return nil, errorf("The policy has no statements.")
	}
	return d, nil
}

func (p *parser) statements() ([]statement, error) {
	var list []statement
	err := p.list("Statement", func(t json.Token) error {
		s, err := p.statement(t)
		if err != nil {
			return errorf("Statement %d: %s", len(list)+1, message(err))
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

func (p *parser) statement(open json.Token) (statement, error) {
	var s statement
	seen := make(map[string]bool, 8)
	err := p.members(open, "A statement", func(name string) (err error) {
		seen[name] = true
		switch name {
		case "Sid":
			s.sid, err = p.string(name)
		case "Effect":
			s.deny, err = p.effect()
		case "Principal", "NotPrincipal":
			s.notPrincipal = name == "NotPrincipal"
			s.principals, err = p.principals(name)
		case "Action", "NotAction":
			s.notAction = name == "NotAction"
			s.actions, err = p.actions(name)
		case "Resource", "NotResource":
			s.notResource = name == "NotResource"
			s.resources, err = p.resources(name)
		case "Condition":
			s.conditions, err = p.conditions()
		default:
			err = errorf("Unknown field %.64q.", name)
		}
		return err
	})
	if err != nil {
		return s, err
	}
	for _, name := range [...]string{"Principal", "Action", "Resource"} {
		if seen[name] && seen["Not"+name] {
			return s, errorf("%s and Not%s can not be used in the same statement.", name, name)
		}
	}
	if !seen["Effect"] {
		return s, errorf("Missing required field Effect.")
	}
	return s, nil
}

func (p *parser) effect() (deny bool, err error) {
	effect, err := p.string("Effect")
	if err == nil && effect != "Allow" && effect != "Deny" {
		err = errorf("Effect must be Allow or Deny, not %.64q.", effect)
	}
	return effect == "Deny", err
}

func (p *parser) principals(name string) ([]principal, error) {
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	if t == "*" {
		return []principal{{kind: everyone, source: "*"}}, nil
	}
	if _, ok := t.(string); ok {
		return nil, errorf(`%s must be "*" or an object such as {"AWS": "111122223333"}.`, name)
	}
	var list []principal
	err = p.members(t, name, func(kind string) error {
		values, err := p.strings(kind)
		if err != nil {
			return err
		}
		for _, v := range values {
			one, err := newPrincipal(kind, v)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	return list, err
}

func (p *parser) actions(name string) ([]action, error) {
	list, err := p.strings(name)
	if err != nil {
		return nil, err
	}
	actions := make([]action, len(list))
	for i, a := range list {
		actions[i].source = a
	}
	return actions, nil
}

func (p *parser) resources(name string) ([]pattern, error) {
	list, err := p.strings(name)
	if err != nil {
		return nil, err
	}
	patterns := make([]pattern, len(list))
	for i, r := range list {
		patterns[i].source = r
	}
	return patterns, nil
}

func (p *parser) conditions() ([]condition, error) {
	var list []condition
	err := p.object("Condition", func(operator string) error {
		like, err := newCondition(operator)
		if err != nil {
			return err
		}
		return p.object(operator, func(key string) error {
			c := like
			c.key, c.name = key, strings.ToLower(key)
			err := p.list(key, func(t json.Token) error {
				v, err := conditionValue(t)
				if err != nil {
					return err
				}
				c.values = append(c.values, operand{source: v})
				return nil
			})
			list = append(list, c)
			return err
		})
	})
	return list, err
}

// conditionValue takes numbers and Booleans with or without quotation marks.
func conditionValue(t json.Token) (string, error) {
	switch t := t.(type) {
	case string:
		return t, nil
	case json.Number:
		return t.String(), nil
	case bool:
		if t {
			return "true", nil
		}
		return "false", nil
	}
	return "", errorf("A condition value must be a string, a number or a Boolean.")
}
