// Package search is the query language of metric math's SEARCH function: which metrics it
// finds. Begin with Parse.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
package search

import (
	"slices"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// Query is a parsed query.
type Query struct {
	schema *schema // nil if there is none
	term   term    // nil if there is none
}

// schema is the part in braces: a namespace, and the names of exactly the dimensions that a
// metric must have.
type schema struct {
	namespace  string
	dimensions []string
}

// Namespace is the only namespace that the query finds metrics of; "" if it says none.
func (q *Query) Namespace() string {
	if q.schema == nil {
		return ""
	}
	return q.schema.namespace
}

// Match says whether the query finds a metric.
func (q *Query) Match(m *metric.ID) bool {
	if q.schema != nil && !q.schema.match(m) {
		return false
	}
	return q.term == nil || q.term.match(m)
}

func (s *schema) match(m *metric.ID) bool {
	if m.Namespace != s.namespace || len(m.Dimensions) != len(s.dimensions) {
		return false
	}
	for _, d := range m.Dimensions {
		if !slices.Contains(s.dimensions, d.Name) {
			return false
		}
	}
	return true
}

// term is a node of the part after the braces.
type term interface{ match(m *metric.ID) bool }

type (
	all    []term            // AND
	some   []term            // OR
	not    struct{ of term } // NOT
	clause struct {
		property string // "MetricName", "Namespace", a dimension's name; "" looks everywhere
		text     matcher
	}
)

func (a all) match(m *metric.ID) bool {
	for _, t := range a {
		if !t.match(m) {
			return false
		}
	}
	return true
}

func (s some) match(m *metric.ID) bool {
	for _, t := range s {
		if t.match(m) {
			return true
		}
	}
	return false
}

func (n not) match(m *metric.ID) bool { return !n.of.match(m) }

// accountProperty finds the metrics of an account. There are only those of one's own here.
const accountProperty = ":aws.AccountId"

func (c *clause) match(m *metric.ID) bool {
	switch c.property {
	case "":
		return c.anywhere(m)
	case "MetricName":
		return c.text.match(m.Name)
	case "Namespace":
		return c.text.match(m.Namespace)
	case accountProperty:
		return c.text.text == "LOCAL" || c.text.text == m.Account
	}
	for _, d := range m.Dimensions {
		if d.Name == c.property {
			return c.text.match(d.Value)
		}
	}
	return false
}

func (c *clause) anywhere(m *metric.ID) bool {
	if c.text.match(m.Name) || c.text.match(m.Namespace) {
		return true
	}
	for _, d := range m.Dimensions {
		if c.text.match(d.Name) || c.text.match(d.Value) {
			return true
		}
	}
	return false
}
