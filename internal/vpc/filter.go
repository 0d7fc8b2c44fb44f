package vpc

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"

	"github.com/keystead/keystead/internal/iam"
)

// filters limit what is described: all must fit, and of the values of one filter any. In
// values, "*" stands for any characters and "?" for one.
type filters []Filter

const tagFilter = "tag:"

// newFilters takes filters of the given names, and those of tags.
func newFilters(in []Filter, names ...string) (filters, error) {
	for _, f := range in {
		if f.Name == nil {
			return nil, errMissing("Filter.Name")
		}
		if !slices.Contains(names, *f.Name) && *f.Name != "tag-key" && !strings.HasPrefix(*f.Name, tagFilter) {
			return nil, errValue("The filter '%s' is invalid", *f.Name)
		}
		if len(f.Values) == 0 {
			return nil, errValue("The filter '%s' has no values", *f.Name)
		}
	}
	return in, nil
}

// match says whether something with these attributes and tags is wanted.
func (fs filters) match(attributes map[string]string, tags []iam.Tag) bool {
	for _, f := range fs {
		if !f.match(attributes, tags) {
			return false
		}
	}
	return true
}

func (f *Filter) match(attributes map[string]string, tags []iam.Tag) bool {
	fits := func(s string) bool {
		return slices.ContainsFunc(f.Values, func(pattern string) bool { return like(pattern, s) })
	}
	if *f.Name == "tag-key" {
		return slices.ContainsFunc(tags, func(t iam.Tag) bool { return fits(t.Key) })
	}
	if key, ok := strings.CutPrefix(*f.Name, tagFilter); ok {
		return slices.ContainsFunc(tags, func(t iam.Tag) bool { return t.Key == key && fits(t.Value) })
	}
	return fits(attributes[*f.Name])
}

// like matches a pattern. It goes back to the last "*" only, so that it takes no more than
// the product of both lengths.
func like(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// page is one page of a list.
type page struct {
	limit int
	after string // the last element of the page before
}

// maxPage is the most that one answer has, whatever was asked for.
const maxPage = 1000

func newPage(limit *int32, token *string) (page, error) {
	p := page{limit: maxPage}
	if limit != nil {
		if *limit < 1 {
			return p, errValue("Value ( %d ) for parameter maxResults is invalid. Parameter may not be less than 1.", *limit)
		}
		p.limit = min(int(*limit), maxPage)
	}
	if token == nil {
		return p, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*token)
	strange := strings.ContainsFunc(string(b), func(r rune) bool { return !unicode.IsGraphic(r) })
	if err != nil || len(b) == 0 || len(b) > 256 || strange || nextToken(string(b)) != *token {
		return p, errNextToken()
	}
	p.after = string(b)
	return p, nil
}

func nextToken(after string) string { return base64.RawURLEncoding.EncodeToString([]byte(after)) }
