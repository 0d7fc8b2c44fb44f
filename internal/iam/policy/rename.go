package policy

import (
	"encoding/json"
	"strings"
)

// Rename replaces principals in the text of a document, which must be valid: where
// Principal or NotPrincipal names an AWS principal as names has it, it gets the other name.
// All else stays as it was written.
func Rename(text string, names map[string]string) string {
	r := &renamer{text: text, names: names, dec: json.NewDecoder(strings.NewReader(text))}
	r.value(0, false)
	r.out.WriteString(text[r.done:])
	return r.out.String()
}

// principalPath is where the names of principals stand in a document.
var principalPath = [...]map[string]bool{
	{"Statement": true},
	{"Principal": true, "NotPrincipal": true},
	{"AWS": true},
}

type renamer struct {
	text  string
	names map[string]string
	dec   *json.Decoder
	out   strings.Builder
	done  int // so much of the text is in out
}

// value copies a value that stands at a depth of objects. On says whether the names that
// lead to it are those of principalPath. It returns false where the text is not JSON.
func (r *renamer) value(depth int, on bool) bool {
	start := int(r.dec.InputOffset())
	t, err := r.dec.Token()
	if err != nil {
		return false
	}
	switch t := t.(type) {
	case json.Delim:
		return r.members(t, depth, on)
	case string:
		if other, ok := r.names[t]; ok && on && depth == len(principalPath) {
			start += strings.IndexByte(r.text[start:], '"') // behind the comma or colon, and space
			quoted, _ := json.Marshal(other)                // a string always encodes
			r.out.WriteString(r.text[r.done:start])
			r.out.Write(quoted)
			r.done = int(r.dec.InputOffset())
		}
	}
	return true
}

// members is value for an array or object, behind its opening bracket.
func (r *renamer) members(open json.Delim, depth int, on bool) bool {
	for r.dec.More() {
		if open == '[' {
			if !r.value(depth, on) {
				return false
			}
			continue
		}
		t, err := r.dec.Token()
		name, _ := t.(string) // the decoder lets nothing else be a name
		along := (on || depth == 0) && depth < len(principalPath) && principalPath[depth][name]
		if err != nil || !r.value(depth+1, along) {
			return false
		}
	}
	_, err := r.dec.Token()
	return err == nil
}
