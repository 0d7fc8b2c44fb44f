package policy

import (
	"encoding/base64"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// relation is a set of outcomes of a comparison.
type relation uint8

const (
	less relation = 1 << iota
	equal
	greater
)

// includes says whether the outcome (-1, 0, +1) is in the set.
func (r relation) includes(outcome int) bool { return r>>(outcome+1)&1 != 0 }

type numberMatcher struct {
	relation relation
	limit    float64
}

func number(r relation) func(string, bool) (matcher, *Error) {
	return func(value string, _ bool) (matcher, *Error) {
		n, ok := parseNumber(value)
		if !ok {
			return nil, errorf("%.64q is not a number.", value)
		}
		return numberMatcher{r, n}, nil
	}
}

func (m numberMatcher) match(value string, _ Context) bool {
	n, ok := parseNumber(value)
	return ok && m.relation.includes(compare(n, m.limit))
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return +1
	}
	return 0
}

// parseNumber reads a decimal number; Go's own notations beside it are none.
func parseNumber(s string) (float64, bool) {
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

type dateMatcher struct {
	relation relation
	limit    time.Time
}

func date(r relation) func(string, bool) (matcher, *Error) {
	return func(value string, _ bool) (matcher, *Error) {
		t, ok := parseDate(value)
		if !ok {
			return nil, errorf("%.64q is not a date.", value)
		}
		return dateMatcher{r, t}, nil
	}
}

func (m dateMatcher) match(value string, _ Context) bool {
	t, ok := parseDate(value)
	return ok && m.relation.includes(t.Compare(m.limit))
}

// parseDate reads a date of the W3C profile of ISO 8601, or epoch seconds. Four digits
// are a year.
func parseDate(s string) (time.Time, bool) {
	const minutes = "2006-01-02T15:04"
	layout := time.RFC3339 // takes fractions of a second too
	switch {
	case len(s) == len("2006"):
		layout = "2006"
	case strings.LastIndexByte(s, '-') <= 0:
		return parseEpoch(s)
	case len(s) == len("2006-01"):
		layout = "2006-01"
	case len(s) == len(time.DateOnly):
		layout = time.DateOnly
	case len(s) > len(minutes) && s[len(minutes)] != ':':
		layout = minutes + "Z07:00"
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// maxEpoch keeps a date within what time.Time can hold: the year 10000 and some.
const maxEpoch = 1 << 38

func parseEpoch(s string) (time.Time, bool) {
	n, ok := parseNumber(s)
	if !ok || math.Abs(n) > maxEpoch {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(n)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), true
}

func boolean(value string, _ bool) (matcher, *Error) {
	if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
		return nil, errorf("%.64q is neither true nor false.", value)
	}
	return ignoringCase(value, false)
}

type binaryMatcher string

func binary(value string, _ bool) (matcher, *Error) {
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, errorf("%.64q is not base64.", value)
	}
	return binaryMatcher(b), nil
}

func (m binaryMatcher) match(value string, _ Context) bool { return value == string(m) }

type addressMatcher struct{ netip.Prefix }

// addresses reads a range in CIDR notation, or one address.
func addresses(value string, _ bool) (matcher, *Error) {
	if p, err := netip.ParsePrefix(value); err == nil {
		return addressMatcher{p}, nil
	}
	a, err := netip.ParseAddr(value)
	if err != nil || a.Zone() != "" {
		return nil, errorf("%.64q is not an IP address or range.", value)
	}
	return addressMatcher{netip.PrefixFrom(a, a.BitLen())}, nil
}

func (m addressMatcher) match(value string, _ Context) bool {
	a, err := netip.ParseAddr(value)
	return err == nil && m.Contains(a.Unmap().WithZone(""))
}
