package xksproxy

import (
	"fmt"
	"slices"

	"github.com/keystead/keystead/internal/xks"
)

// maxPattern is as long as the longest ARN that a proxy has to take. What is longer fits no pattern:
// matching costs as much as the product of the lengths.
const maxPattern = 2048

// field is a list of patterns and the value that they are for.
type field struct {
	name     string
	patterns []string
	value    func(*xks.RequestMetadata) string
}

func (r *Rule) fields() [6]field {
	return [...]field{
		{"awsPrincipalArn", r.AWSPrincipalARN, func(m *xks.RequestMetadata) string { return m.PrincipalARN }},
		{"kmsOperation", r.KMSOperation, func(m *xks.RequestMetadata) string { return m.Operation }},
		{"kmsKeyArn", r.KMSKeyARN, func(m *xks.RequestMetadata) string { return m.KeyARN }},
		{"awsSourceVpc", r.AWSSourceVPC, func(m *xks.RequestMetadata) string { return m.SourceVPC }},
		{"awsSourceVpce", r.AWSSourceVPCE, func(m *xks.RequestMetadata) string { return m.SourceVPCE }},
		{"kmsViaService", r.KMSViaService, func(m *xks.RequestMetadata) string { return m.ViaService }},
	}
}

func (r *Rule) fits(m *xks.RequestMetadata) bool {
	for _, f := range r.fields() {
		if len(f.patterns) == 0 {
			continue
		}
		v := f.value(m)
		if v == "" || len(v) > maxPattern || !slices.ContainsFunc(f.patterns, func(p string) bool { return fits(p, v) }) {
			return false
		}
	}
	return true
}

// authorize returns which rule allows a request, for the journal. Without rules all is allowed.
func authorize(rules *[]Rule, m *xks.RequestMetadata) (by string, ok bool) {
	if rules == nil {
		return "", true
	}
	for i := range *rules {
		if (*rules)[i].fits(m) {
			return fmt.Sprintf("allow[%d]", i), true
		}
	}
	return "", false
}

// fits reports whether a text fits a pattern with "*" and "?". It takes at most as many steps as
// the product of their lengths.
func fits(pattern, text string) bool {
	p, t := 0, 0
	star, again := -1, 0 // behind the last "*", and where the text goes on if that takes more
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			p++
			star, again = p, t
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			again++
			p, t = star, again
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
