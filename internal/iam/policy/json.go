package policy

import "encoding/json"

// token returns the next token. Its errors hide what the decoder says, which is worded
// for Go programs.
func (p *parser) token() (json.Token, error) {
	t, err := p.dec.Token()
	if err != nil {
		return nil, errorf("Syntax errors in policy at byte %d.", p.dec.InputOffset())
	}
	return t, nil
}

// object reads an object and calls member behind each name; member reads the value.
func (p *parser) object(what string, member func(name string) error) error {
	t, err := p.token()
	if err != nil {
		return err
	}
	return p.members(t, what, member)
}

// members is object behind its first token. A name that occurs twice is an error.
func (p *parser) members(open json.Token, what string, member func(name string) error) error {
	if open != json.Delim('{') {
		return errorf("%.64s must be an object.", what)
	}
	seen := make(map[string]bool)
	for p.dec.More() {
		t, err := p.token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // the decoder lets nothing else be a name
		if seen[name] {
			return errorf("%.64q occurs twice in the same object.", name)
		}
		seen[name] = true
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := p.token()
	return err
}

// list reads an array, or a single value, which means an array of one. It calls element
// with the first token of each.
func (p *parser) list(what string, element func(json.Token) error) error {
	t, err := p.token()
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return element(t)
	}
	for p.dec.More() {
		t, err := p.token()
		if err != nil {
			return err
		}
		if err := element(t); err != nil {
			return err
		}
	}
	_, err = p.token()
	return err
}

func (p *parser) strings(what string) ([]string, error) {
	var list []string
	err := p.list(what, func(t json.Token) error {
		s, ok := t.(string)
		if !ok {
			return errorf("%.64s must be a string or a list of strings.", what)
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

func (p *parser) string(what string) (string, error) {
	t, err := p.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", errorf("%.64s must be a string.", what)
	}
	return s, nil
}

// message is the text of an error of this package without its prefix.
func message(err error) string {
	if e, ok := err.(*Error); ok {
		return e.Message
	}
	return err.Error()
}
