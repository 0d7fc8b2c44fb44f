package awsapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// pair is one parameter of a form.
type pair struct{ key, value string }

// form holds the parameters of a query request, sorted by key.
type form []pair

// maxParameters bounds a form: a megabyte of short names takes a hundred times the work of
// one of long values. The largest batch of samples has less.
const maxParameters = 1 << 16

// maxUnsignedParameters bounds the form of somebody whom nobody knows.
const maxUnsignedParameters = 4096

// minForm is how many bytes of a form are read even if no service takes forms, so that its
// sender gets an answer that says so.
const minForm = 64 << 10

// only returns the parameter with the name, which must not be there twice, out of a form
// that is not read yet. A name that is spelled with escapes is not found.
func only(source, name string) (value string, found, ok bool) {
	for part := range strings.SplitSeq(source, "&") {
		k, v, _ := strings.Cut(part, "=")
		if k != name {
			continue
		}
		var err error
		if value, err = url.QueryUnescape(v); err != nil || found {
			return "", true, false
		}
		found = true
	}
	return value, found, true
}

// parseForm reads application/x-www-form-urlencoded bytes. A parameter that is given twice
// is refused: which of the two counts would be anybody's guess.
func parseForm(s string, most int) (form, bool) {
	var f form
	if strings.Count(s, "&") >= most {
		return nil, false
	}
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return nil, false
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, false
		}
		f = append(f, pair{strings.ToValidUTF8(key, "\ufffd"), strings.ToValidUTF8(value, "\ufffd")})
	}
	slices.SortStableFunc(f, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	for i := 1; i < len(f); i++ {
		if f[i-1].key == f[i].key {
			return nil, false
		}
	}
	return f, true
}

// get returns the parameter with the key.
func (f form) get(key string) (string, bool) {
	i, ok := f.search(key)
	if !ok {
		return "", false
	}
	return f[i].value, true
}

func (f form) search(key string) (int, bool) {
	return slices.BinarySearchFunc(f, key, func(p pair, key string) int { return strings.Compare(p.key, key) })
}

// under returns the parameters whose keys begin with prefix and a dot.
func (f form) under(prefix string) form {
	from, _ := f.search(prefix + ".")
	to, _ := f.search(prefix + "/") // the byte after the dot
	return f[from:to]
}

// item is an element of a list: the prefix its keys begin with.
type item struct {
	n      int
	prefix string
}

// items finds the elements under prefix: "prefix.1", "prefix.2.Key", …, by number. Gaps are
// closed, as AWS does. It is false if a key has no number where one belongs.
func (f form) items(prefix string) ([]item, bool) {
	var all []item
	for _, p := range f.under(prefix) { // those of one element stand together: '.' sorts before digits
		digits, _, _ := strings.Cut(p.key[len(prefix)+1:], ".")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || digits[0] == '0' || digits[0] == '+' {
			return nil, false
		}
		full := p.key[:len(prefix)+1+len(digits)]
		if len(all) == 0 || all[len(all)-1].prefix != full {
			all = append(all, item{n, full})
		}
	}
	slices.SortFunc(all, func(a, b item) int { return a.n - b.n })
	return all, true
}
