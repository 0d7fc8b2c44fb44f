// Package marker has the markers between the pages of lists: where the next page begins, as a
// text that callers send back. The one rule: a marker comes from outside, and what it says is
// a name to go on from, which gives nobody access to anything.
package marker

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
)

// Marker is what a marker says, before base64.
type Marker struct {
	After string `json:"after"` // the name of the last item of the page before
}

// Parse reads a marker. It takes only what String writes, and of that only what can be the name
// of something.
func Parse(text string) (Marker, bool) {
	var m Marker
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &m) != nil || m.After == "" || m.String() != text {
		return Marker{}, false
	}
	strange := strings.ContainsFunc(m.After, func(r rune) bool { return unicode.IsControl(r) || r == unicode.MaxRune })
	return m, !strange
}

// String returns the form in which callers see a marker.
func (m Marker) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic("marker: it does not encode: " + err.Error())
	}
	return base64.StdEncoding.EncodeToString(b)
}
