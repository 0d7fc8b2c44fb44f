package eventbridge

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// checkInput checks what a target says about its input.
func (t *target) checkInput() error {
	given := 0
	for _, is := range []bool{t.Input != nil, t.InputPath != nil, t.Transform != nil} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return invalid("Only one of Input, InputPath, or InputTransformer must be provided for target %s.", t.ID)
	case t.Input != nil && !json.Valid([]byte(*t.Input)):
		return invalid("JSON syntax error in input for target %s.", t.ID)
	case t.InputPath != nil && *t.InputPath != "":
		if _, ok := parsePath(*t.InputPath); !ok {
			return invalid("Invalid InputPath for target %s.", t.ID)
		}
	case t.Transform != nil:
		return t.checkTransform()
	}
	return nil
}

// reservedPrefix begins the names of variables that are there without being defined.
const reservedPrefix = "aws."

func (t *target) checkTransform() error {
	for name, path := range t.Transform.InputPathsMap {
		if _, ok := parsePath(path); !ok {
			return invalid("Invalid InputPathsMap for target %s : key %s has the value %s, which is not a JSON path.", t.ID, name, path)
		}
		if strings.HasPrefix(strings.ToLower(name), reservedPrefix) {
			return invalid("Invalid InputPathsMap for target %s : keys that begin with AWS are reserved.", t.ID)
		}
	}
	template := *t.Transform.InputTemplate
	for _, name := range variables(template) {
		if _, ok := t.Transform.InputPathsMap[name]; !ok && !slices.Contains(reservedNames, name) {
			return invalid("InputTemplate for target %s contains placeholder <%s> which is not defined in InputPathsMap.", t.ID, name)
		}
	}
	// With any values in place of the variables it must be JSON.
	sample, _ := substitute(template, func(string) json.RawMessage { return json.RawMessage(`"x"`) })
	if !json.Valid(sample) {
		return invalid("Invalid InputTemplate for target %s : it is not JSON, nor a string in quotes.", t.ID)
	}
	return nil
}

// The variables that are there without being defined.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
var reservedNames = []string{"aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event", "aws.events.event.json"}

// matched is an event that a rule matched.
type matched struct {
	event    *Event
	text     []byte // the event as JSON
	ingested time.Time
	rule     *rule
}

// maxInput is the most that a target gets for one event: a template can repeat the event as
// often as there is room in it.
const maxInput = 1 << 20

// work is about how many bytes are read to make the input of an event: each path into it reads
// it anew.
func (t *target) work(m *matched) int {
	n := 1
	if t.Transform != nil {
		n += len(t.Transform.InputPathsMap)
	}
	if t.HTTP != nil {
		n += len(t.HTTP.PathParameterValues) + len(t.HTTP.HeaderParameters) + len(t.HTTP.QueryStringParameters)
	}
	return n * len(m.text)
}

// input is what the target gets for an event. ok is false if that is too large.
func (t *target) input(m *matched) (body []byte, ok bool) {
	switch {
	case t.Input != nil:
		return []byte(*t.Input), true
	case t.InputPath != nil && *t.InputPath != "":
		p, _ := parsePath(*t.InputPath)
		v, ok := p.find(m.text)
		if !ok {
			return []byte("null"), true
		}
		return v, true
	case t.Transform != nil:
		return t.transform(m)
	}
	return m.text, true
}

// transform fills the template in. Each path is followed once.
func (t *target) transform(m *matched) (out []byte, ok bool) {
	found := map[string]json.RawMessage{}
	return substitute(*t.Transform.InputTemplate, func(name string) json.RawMessage {
		switch name {
		case "aws.events.rule-arn":
			return encode(m.rule.arn())
		case "aws.events.rule-name":
			return encode(m.rule.name)
		case "aws.events.event.ingestion-time":
			return encode(m.ingested.UTC().Format(timeFormat))
		case "aws.events.event":
			return append(m.event.appendHead(nil), '}')
		case "aws.events.event.json":
			return m.text
		}
		if v, ok := found[name]; ok {
			return v
		}
		p, _ := parsePath(t.Transform.InputPathsMap[name])
		v, ok := p.find(m.text)
		if !ok {
			v = json.RawMessage(`""`)
		}
		found[name] = v
		return v
	})
}

// substitute puts values in place of the variables of a template. Outside of quotes a value
// stands as it is; inside, a string stands without its own quotes, and anything else as text. ok
// is false if it gets too large.
func substitute(template string, value func(name string) json.RawMessage) (out []byte, ok bool) {
	quoted := false
	for i := 0; i < len(template); i++ {
		if len(out) > maxInput {
			return nil, false
		}
		c := template[i]
		if name, size := variableAt(template[i:]); size > 0 {
			v := value(name)
			switch {
			case !quoted:
				out = append(out, v...)
			case len(v) > 0 && v[0] == '"':
				out = append(out, v[1:len(v)-1]...)
			default:
				var compact bytes.Buffer
				if json.Compact(&compact, v) == nil {
					v = compact.Bytes()
				}
				text := encode(string(v))
				out = append(out, text[1:len(text)-1]...)
			}
			i += size - 1
			continue
		}
		switch {
		case c == '\\' && quoted && i+1 < len(template):
			out = append(out, c, template[i+1])
			i++
			continue
		case c == '"':
			quoted = !quoted
		case c < 0x20 && quoted: // a template of several lines
			text := encode(string(c))
			out = append(out, text[1:len(text)-1]...)
			continue
		}
		out = append(out, c)
	}
	return out, len(out) <= maxInput
}

// variableAt returns the name of the variable that a text begins with, and how long it is.
func variableAt(s string) (name string, size int) {
	if s[0] != '<' {
		return "", 0
	}
	end := strings.IndexByte(s, '>')
	if end < 2 || strings.ContainsFunc(s[1:end], func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.')
	}) {
		return "", 0
	}
	return s[1:end], end + 1
}

// variables lists the variables of a template.
func variables(template string) []string {
	var names []string
	for i := range len(template) {
		if name, size := variableAt(template[i:]); size > 0 {
			names = append(names, name)
		}
	}
	return names
}
