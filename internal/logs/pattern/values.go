package pattern

import "strconv"

// Values are what can be taken from a text that matched.
type Values struct {
	kind  Kind
	text  []byte
	form  *fieldsForm
	parts [][]byte
}

// Extracted are the fields of a line by their names, or their numbers if the pattern does not
// name them, as TestMetricFilter answers. Other kinds of patterns extract nothing.
func (v *Values) Extracted() map[string]string {
	if v.kind != Fields {
		return nil
	}
	m := make(map[string]string, len(v.parts))
	names := make([]string, len(v.parts))
	for i := range v.form.fields {
		names[v.form.position(i, len(v.parts))] = v.form.fields[i].name
	}
	for i, part := range v.parts {
		name := names[i]
		if name == "" {
			name = strconv.Itoa(i + 1)
		}
		m["$"+name] = string(part)
	}
	return m
}

// Selector names a value of a text: $.latency or $.users[0].id of JSON, $bytes or $7 of a
// line.
type Selector struct {
	kind Kind
	path path
	name string
}

// ParseSelector reads a selector. It must choose one value: wildcards are none.
func ParseSelector(text string) (Selector, bool) {
	if len(text) < 2 || text[0] != '$' {
		return Selector{}, false
	}
	if text[1] == '.' || text[1] == '[' {
		c := &cursor{text: text}
		p, err := c.path()
		return Selector{kind: JSON, path: p}, err == nil && c.done() && !p.hasWildcard()
	}
	for i := 1; i < len(text); i++ {
		if !isName(text[i]) {
			return Selector{}, false
		}
	}
	return Selector{kind: Fields, name: text[1:]}, true
}

// Has says whether texts that match have such a value, or may have it.
func (p *Pattern) Has(s Selector) bool {
	if f, ok := p.form.(*fieldsForm); ok && s.kind == Fields {
		return f.named(s.name, maxFields) >= 0
	}
	return p.kind == s.kind && s.kind == JSON
}

// Get is the value that a selector chooses: a string or a number. It reports whether there is
// one.
func (v *Values) Get(s Selector) (string, bool) {
	switch {
	case v.kind != s.kind:
	case v.kind == Fields:
		if i := v.form.named(s.name, len(v.parts)); i >= 0 {
			return string(v.parts[i]), true
		}
	case v.kind == JSON:
		wanted := []condition{{s.path, equal, &literal{pieces: split("*")}}}
		scan := scanner{text: v.text, conditions: wanted}
		if scan.object(newTree(wanted)) && scan.true.has(0) {
			return string(scan.last), true
		}
	}
	return "", false
}

// Number is the value that a selector chooses, if it is a number or a string that is one.
func (v *Values) Number(s Selector) (float64, bool) {
	text, ok := v.Get(s)
	if !ok {
		return 0, false
	}
	return parseNumber([]byte(text))
}

// ParseNumber reads a number as the language has it.
func ParseNumber(text string) (float64, bool) { return parseNumber([]byte(text)) }
