// Package filter is the language of filter policies: it says which messages of a topic a
// subscription gets.
//
// A policy is an object. Each of its members names an attribute of the message, or a member of
// its body, and lists conditions of which one has to hold; all members have to.
//
// The one rule to know: a policy has bounds (Parse), so that what it costs to match a message is
// bounded too; and what is not of the type that a condition is about does not match.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// The scopes of a policy.
const (
	Attributes = "MessageAttributes"
	Body       = "MessageBody"
)

// Bounds of a policy.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
const (
	maxSize         = 256 << 10 // bytes
	maxKeys         = 5
	maxCombinations = 150
	maxDepth        = 32
)

// LimitError says which bound a policy exceeds.
type LimitError struct{ text string }

// Error implements error.
func (e *LimitError) Error() string { return e.text }

// Policy is a compiled filter policy. It may be used by several goroutines at once.
type Policy struct {
	scope string
	root  object
}

// object is what an object of the message has to satisfy.
type object struct {
	fields []field
	either [][]object // of each list, one
}

type field struct {
	name  string
	under *object // nil for a field with conditions
	conds []condition
}

// compiler keeps count.
type compiler struct {
	scope        string
	keys         int
	combinations int
}

// Parse compiles a policy. scope is one of the two, or "" for Attributes. The error is for
// whoever wrote the policy; it is a *LimitError if the policy is too large.
func Parse(text, scope string) (*Policy, error) {
	if len(text) > maxSize {
		return nil, &LimitError{fmt.Sprintf("Filter policy is larger than %d bytes", maxSize)}
	}
	if scope == "" {
		scope = Attributes
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, errors.New("failed to parse JSON. A filter policy must be a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("failed to parse JSON. There is text after the object")
	}
	c := compiler{scope: scope, combinations: 1}
	root, err := c.object(v, 1)
	if err != nil {
		return nil, err
	}
	return &Policy{scope, root}, nil
}

func (c *compiler) object(v map[string]any, depth int) (object, error) {
	var o object
	if depth > maxDepth {
		return o, errors.New("the policy is nested too deeply")
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if name == "$or" {
			list, ok, err := c.either(v[name], depth)
			if err != nil {
				return o, err
			}
			if ok {
				o.either = append(o.either, list)
				continue
			}
		}
		f, err := c.field(name, v[name], depth)
		if err != nil {
			return o, err
		}
		o.fields = append(o.fields, f)
	}
	return o, nil
}

// either is an $or: two objects or more. Anything else of that name is a field.
func (c *compiler) either(v any, depth int) (list []object, ok bool, err error) {
	items, isList := v.([]any)
	if !isList || len(items) < 2 {
		return nil, false, nil
	}
	for _, item := range items {
		if m, isObject := item.(map[string]any); !isObject || len(m) == 0 {
			return nil, false, nil
		}
	}
	// The alternatives add up; those of other members multiply.
	before, total := c.combinations, 0
	for _, item := range items {
		c.combinations = before
		o, err := c.object(item.(map[string]any), depth)
		if err != nil {
			return nil, false, err
		}
		list = append(list, o)
		if total += c.combinations; total > maxCombinations {
			return nil, false, tooComplex()
		}
	}
	c.combinations = total
	return list, true, nil
}

func tooComplex() error {
	return &LimitError{fmt.Sprintf("Filter policy is too complex: it has more than %d combinations of values", maxCombinations)}
}

func (c *compiler) field(name string, v any, depth int) (field, error) {
	f := field{name: name}
	switch v := v.(type) {
	case map[string]any:
		if c.scope == Attributes {
			//lint:ignore ST1005 AWS words it so
			return f, fmt.Errorf("Filter policy scope %s does not support nested filter policy", Attributes)
		}
		if len(v) == 0 {
			return f, fmt.Errorf("%q has an empty object", name)
		}
		under, err := c.object(v, depth+1)
		f.under = &under
		return f, err
	case []any:
		if len(v) == 0 {
			//lint:ignore ST1005 AWS words it so
			return f, errors.New("Empty arrays are not allowed")
		}
		if c.keys++; c.keys > maxKeys {
			return f, &LimitError{fmt.Sprintf("Filter policy can not have more than %d keys", maxKeys)}
		}
		if c.combinations *= len(v) * depth; c.combinations > maxCombinations {
			return f, tooComplex()
		}
		for _, item := range v {
			cond, err := newCondition(item)
			if err != nil {
				return f, fmt.Errorf("%q: %w", name, err)
			}
			f.conds = append(f.conds, cond)
		}
		return f, nil
	}
	return f, fmt.Errorf("%q must be an object or an array", name)
}
