package search

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxQuery is how many characters a query may have.
const MaxQuery = 1024

// maxDepth bounds nested parentheses.
const maxDepth = 50

// Parse reads a query.
func Parse(text string) (*Query, error) {
	if utf8.RuneCountInString(text) > MaxQuery {
		return nil, fmt.Errorf("the search query is longer than %d characters", MaxQuery)
	}
	p := &parser{rest: text}
	p.next()
	q := new(Query)
	if p.token == "{" {
		q.schema = p.schema()
		if p.token == "," {
			p.next()
		}
	}
	if p.err == nil && p.token != "" {
		q.term = p.or(0)
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case p.token != "":
		return nil, fmt.Errorf("unexpected %q in the search query", p.token)
	case q.schema == nil && q.term == nil:
		return nil, errors.New("the search query is empty")
	}
	return q, nil
}

// parser reads tokens: "{", "}", "(", ")", ",", "=", a quoted or a bare word.
type parser struct {
	rest   string
	token  string // "" at the end
	word   bool   // token is a word
	quoted bool
	text   string // of a word, without quotes and escapes
	err    error
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.rest, p.token, p.word = "", "", false
}

func (p *parser) next() {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
	p.word, p.quoted, p.text = false, false, ""
	switch {
	case p.rest == "":
		p.token = ""
	case strings.IndexByte("{}(),=", p.rest[0]) >= 0:
		p.token, p.rest = p.rest[:1], p.rest[1:]
	case p.rest[0] == '"':
		p.quote()
	default:
		n := strings.IndexFunc(p.rest, func(r rune) bool {
			return unicode.IsSpace(r) || strings.ContainsRune(`{}(),="`, r)
		})
		if n < 0 {
			n = len(p.rest)
		}
		p.token, p.text, p.word, p.rest = p.rest[:n], p.rest[:n], true, p.rest[n:]
	}
}

func (p *parser) quote() {
	var text strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.token, p.text, p.word, p.quoted = p.rest[:i+1], text.String(), true, true
			p.rest = p.rest[i+1:]
			return
		case c == '\\' && i+1 < len(p.rest):
			i++
			text.WriteByte(p.rest[i])
		default:
			text.WriteByte(c)
		}
	}
	p.fail(errors.New("a quote in the search query is not closed"))
}

// expect reads one token.
func (p *parser) expect(token string) {
	if p.token != token || p.word {
		p.fail(fmt.Errorf("%q is missing in the search query", token))
		return
	}
	p.next()
}

func (p *parser) schema() *schema {
	p.expect("{")
	s := new(schema)
	for first := true; p.err == nil; first = false {
		if !p.word {
			p.fail(errors.New("a name is missing in the metric schema of the search query"))
			return nil
		}
		if first {
			s.namespace = p.text
		} else {
			s.dimensions = append(s.dimensions, p.text)
		}
		p.next()
		if p.token != "," {
			break
		}
		p.next()
	}
	p.expect("}")
	return s
}

// keyword says whether the token is that operator.
func (p *parser) keyword(name string) bool { return p.word && !p.quoted && p.text == name }

func (p *parser) or(depth int) term {
	if depth > maxDepth {
		p.fail(errors.New("the search query is nested too deeply"))
		return nil
	}
	terms := some{p.and(depth)}
	for p.keyword("OR") {
		p.next()
		terms = append(terms, p.and(depth))
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return terms
}

func (p *parser) and(depth int) term {
	terms := all{p.unary(depth)}
	for p.err == nil {
		if p.keyword("AND") {
			p.next()
		} else if p.keyword("OR") || !p.word && p.token != "(" {
			break
		}
		terms = append(terms, p.unary(depth))
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return terms
}

func (p *parser) unary(depth int) term {
	negated := false
	for p.keyword("NOT") {
		p.next()
		negated = !negated
	}
	t := p.primary(depth)
	if negated {
		return not{t}
	}
	return t
}

func (p *parser) primary(depth int) term {
	if p.token == "(" && !p.word {
		p.next()
		t := p.or(depth + 1)
		p.expect(")")
		return t
	}
	if !p.word || p.keyword("AND") || p.keyword("OR") {
		p.fail(errors.New("a term is missing in the search query"))
		return nil
	}
	text, quoted := p.text, p.quoted
	p.next()
	if p.token != "=" || p.word {
		return &clause{text: newMatcher(text, quoted)}
	}
	p.next()
	if !p.word {
		p.fail(fmt.Errorf("a value is missing behind %q in the search query", text+"="))
		return nil
	}
	c := &clause{property: text, text: newMatcher(strings.Trim(p.text, "'"), p.quoted)}
	p.next()
	return c
}
