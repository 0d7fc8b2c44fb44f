// Package statistic adds up the samples of a metric and tells CloudWatch's statistics of them:
// sum, average, extremes, count, percentiles and what is made of them. The one rule: what is
// kept of samples is small, whatever their number, and may be merged in any order.
//
// Begin with Summary, which is what is kept, and Parse, which reads the name of a statistic.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
package statistic

import (
	"errors"
	"strconv"
	"strings"
)

// Statistic is a parsed name: "Sum", "p99.9", "TM(10%:90%)".
type Statistic struct {
	kind   kind
	text   string
	lo, hi bound
}

type kind byte

const (
	sampleCount kind = iota
	sum
	average
	minimum
	maximum
	percentile
	trimmedMean
	winsorizedMean
	trimmedCount
	trimmedSum
	percentileRank
)

// bound is one end of a range of samples: a percentage of their number, or a value.
type bound struct {
	given   bool
	percent bool
	at      float64
}

var simple = map[string]kind{
	"SampleCount": sampleCount, "Sum": sum, "Average": average, "Minimum": minimum, "Maximum": maximum,
}

var trimming = map[string]kind{
	"p": percentile, "tm": trimmedMean, "wm": winsorizedMean, "tc": trimmedCount, "ts": trimmedSum, "pr": percentileRank,
}

// ErrName says that there is no statistic of a name.
var ErrName = errors.New("there is no such statistic")

// maxName bounds the names that are looked at.
const maxName = 100

// Parse reads the name of a statistic.
func Parse(name string) (Statistic, error) {
	s := Statistic{text: name}
	if k, ok := simple[name]; ok {
		s.kind = k
		return s, nil
	}
	if len(name) > maxName {
		return Statistic{}, ErrName
	}
	lower := strings.ToLower(name)
	if lower == "iqm" {
		s.kind, s.lo, s.hi = trimmedMean, bound{true, true, 25}, bound{true, true, 75}
		return s, nil
	}
	letters := strings.TrimRight(lower, "0123456789.%:()- ")
	k, ok := trimming[letters]
	if !ok {
		return Statistic{}, ErrName
	}
	s.kind = k
	rest := lower[len(letters):]
	if strings.HasPrefix(rest, "(") && strings.HasSuffix(rest, ")") && k != percentile {
		return s.within(rest[1 : len(rest)-1])
	}
	return s.below(rest)
}

// below reads the number of "p99" and "tm90": what is above that percentage does not count.
func (s Statistic) below(text string) (Statistic, error) {
	at, ok := number(text, true)
	if !ok || s.kind == percentileRank {
		return Statistic{}, ErrName
	}
	s.hi = bound{true, true, at}
	return s, nil
}

// within reads the bounds of "TM(10%:90%)", "TM(:95%)" or "PR(100:2000)".
func (s Statistic) within(text string) (Statistic, error) {
	from, to, ok := strings.Cut(text, ":")
	if !ok {
		return Statistic{}, ErrName
	}
	var okLo, okHi bool
	s.lo, okLo = readBound(strings.TrimSpace(from))
	s.hi, okHi = readBound(strings.TrimSpace(to))
	switch {
	case !okLo || !okHi || !s.lo.given && !s.hi.given:
		return Statistic{}, ErrName
	case s.lo.given && s.hi.given && (s.lo.percent != s.hi.percent || s.lo.at >= s.hi.at):
		return Statistic{}, ErrName
	case s.kind == percentileRank && (s.lo.percent || s.hi.percent):
		return Statistic{}, ErrName
	}
	return s, nil
}

func readBound(text string) (bound, bool) {
	if text == "" {
		return bound{}, true
	}
	digits, percent := strings.CutSuffix(text, "%")
	at, ok := number(digits, percent)
	return bound{true, percent, at}, ok
}

// number reads a decimal number with at most ten decimal places; a percentage is not above 100.
func number(text string, percent bool) (float64, bool) {
	whole, decimals, _ := strings.Cut(text, ".")
	if whole == "" || len(decimals) > 10 || strings.Trim(whole+decimals, "0123456789") != "" {
		return 0, false
	}
	at, err := strconv.ParseFloat(text, 64)
	return at, err == nil && !(percent && at > 100)
}

// String is the name that was parsed.
func (s Statistic) String() string { return s.text }

// Extended says that the statistic is not one of the five simple ones.
func (s Statistic) Extended() bool { return s.kind >= percentile }
