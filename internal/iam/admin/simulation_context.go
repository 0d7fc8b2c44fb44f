package admin

import (
	"encoding/base64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// simulatedContext has the condition keys that the input brings, and those that follow from
// who the simulated caller is. What else a real request would have is missing.
type simulatedContext struct {
	values map[string]policy.Value // by name in lower case
	caller policy.Context          // nil if nobody was named
}

func newSimulatedContext(entries []types.ContextEntry, caller *iam.Caller) (*simulatedContext, error) {
	x := &simulatedContext{values: map[string]policy.Value{}}
	if caller != nil {
		x.caller = caller.PolicyContext()
	}
	for _, e := range entries {
		if e.ContextKeyName == nil {
			return nil, errInvalidInput("A context entry has no key name.")
		}
		v, err := entryValue(*e.ContextKeyName, e)
		if err != nil {
			return nil, err
		}
		x.values[strings.ToLower(*e.ContextKeyName)] = v
	}
	return x, nil
}

// entryValue is the value of a context entry. One of a type that is no list has one value.
func entryValue(name string, e types.ContextEntry) (policy.Value, error) {
	values := e.ContextKeyValues
	if strings.HasPrefix(string(e.ContextKeyType), "binary") {
		values = make([]string, len(e.ContextKeyValues))
		for i, text := range e.ContextKeyValues {
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return policy.Value{}, errInvalidInput("The value of context key %s is not base64.", name)
			}
			values[i] = string(b)
		}
	}
	switch {
	case strings.HasSuffix(string(e.ContextKeyType), "List"):
		return policy.Multi(values), nil
	case len(values) != 1:
		return policy.Value{}, errInvalidInput("Context key %s must have exactly one value.", name)
	}
	return policy.Single(values[0]), nil
}

// ofCaller are the condition keys that follow from who calls.
var ofCaller = map[string]bool{
	"aws:principalarn": true, "aws:principalaccount": true, "aws:principaltype": true, "aws:principalorgid": true,
	"aws:principalisawsservice": true, "aws:userid": true, "aws:username": true, "kms:calleraccount": true,
}

// Lookup implements policy.Context.
func (x *simulatedContext) Lookup(name string) (policy.Value, bool) {
	if v, ok := x.values[name]; ok {
		return v, true
	}
	if x.caller != nil && (ofCaller[name] || strings.HasPrefix(name, "aws:principaltag/")) {
		return x.caller.Lookup(name)
	}
	return policy.Value{}, false
}
