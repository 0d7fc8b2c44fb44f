package policy

import "strings"

// pattern is a text in which * stands for any characters, ? for one, and ${key} for the
// value of a context key.
type pattern struct {
	source    string
	atoms     []atom
	variables bool // an atom is a variable
}

// atom is the smallest part of a pattern.
type atom struct {
	kind atomKind
	text string // of a literal; of a variable: the key, lower-case
	or   string // of a variable with a default: the default
}

type atomKind uint8

const (
	literal    atomKind = iota
	many                // *
	one                 // ?
	variable            // ${key}
	defaulting          // ${key, 'default'}
)

// compilePattern splits s into atoms. Without wildcards, * and ? are plain text.
func compilePattern(s string, wildcards, variables bool) (pattern, *Error) {
	p := pattern{source: s}
	for rest := s; rest != ""; {
		var a atom
		switch {
		case wildcards && rest[0] == '*':
			a, rest = atom{kind: many}, strings.TrimLeft(rest, "*")
		case wildcards && rest[0] == '?':
			a, rest = atom{kind: one}, rest[1:]
		case variables && strings.HasPrefix(rest, "${"):
			var err *Error
			if a, rest, err = parseVariable(rest); err != nil {
				return p, err
			}
			p.variables = p.variables || a.kind != literal
		default:
			n := literalLen(rest, wildcards, variables)
			a, rest = atom{text: rest[:n]}, rest[n:]
		}
		p.atoms = append(p.atoms, a)
	}
	return p, nil
}

// literalLen is the number of bytes of s before something that may have a meaning.
func literalLen(s string, wildcards, variables bool) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '*', '?':
			if wildcards {
				return i
			}
		case '$':
			if variables && strings.HasPrefix(s[i:], "${") {
				return i
			}
		}
	}
	return len(s)
}

// parseVariable reads the variable that s begins with, and returns what stands behind it.
// ${*}, ${?} and ${$} are the characters themselves.
func parseVariable(s string) (a atom, rest string, err *Error) {
	body := s[len("${"):]
	end := strings.IndexAny(body, ",}")
	if end < 0 {
		return a, "", errorf("The policy variable %.64q has no closing brace.", s)
	}
	key := strings.Trim(body[:end], " ")
	switch {
	case key == "":
		return a, "", errorf("A policy variable is empty.")
	case strings.Contains(key, " "):
		return a, "", errorf("The policy variable %.64q has a space in its name.", key)
	case body[end] == ',':
		return parseDefault(key, body[end+1:])
	case key == "*" || key == "?" || key == "$":
		return atom{text: key}, body[end+1:], nil
	}
	return atom{kind: variable, text: strings.ToLower(key)}, body[end+1:], nil
}

// parseDefault reads a variable's default value, which may hold a brace.
func parseDefault(key, s string) (a atom, rest string, err *Error) {
	value, opened := strings.CutPrefix(strings.TrimLeft(s, " "), "'")
	value, rest, closed := strings.Cut(value, "'")
	if !opened || !closed {
		return a, "", errorf("The default of the policy variable %.64q must stand between single quotation marks.", key)
	}
	rest, ended := strings.CutPrefix(strings.TrimLeft(rest, " "), "}")
	if !ended {
		return a, "", errorf("The policy variable %.64q has no closing brace.", key)
	}
	return atom{kind: defaulting, text: strings.ToLower(key), or: value}, rest, nil
}

// match says whether the pattern fits the whole of s. A variable without a value fits
// nothing; the value of one is plain text, whatever its characters.
func (p *pattern) match(s string, c Context) bool {
	if len(p.atoms) == 1 { // most are "*" or plain text
		switch a := &p.atoms[0]; a.kind {
		case many:
			return true
		case literal:
			return s == a.text
		}
	}
	if !p.variables {
		return matchAtoms(p.atoms, s)
	}
	var space [16]atom
	atoms, ok := p.resolve(space[:0], c)
	return ok && matchAtoms(atoms, s)
}

// resolve appends the atoms to buf with each variable replaced by its value.
func (p *pattern) resolve(buf []atom, c Context) (atoms []atom, ok bool) {
	for _, a := range p.atoms {
		if a.kind == variable || a.kind == defaulting {
			v, ok := lookup(c, a.text)
			switch {
			case ok && !v.multi:
				a.text = v.one
			case a.kind == defaulting:
				a.text = a.or
			default:
				return nil, false
			}
			if a.kind = literal; a.text == "" {
				continue // so that each atom takes up some of the text
			}
		}
		buf = append(buf, a)
	}
	return buf, true
}
