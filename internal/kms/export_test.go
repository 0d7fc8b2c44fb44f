package kms

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// StateError returns the error that a state of the key "KEY" means for an operation.
func StateError(name string, state types.KeyState) error {
	for _, op := range append(slices.Clone(keyOperations), opListAliases, opRetireGrant) {
		if op.name == name {
			return op.states.check(&key{arn: "KEY", State: state})
		}
	}
	panic("no operation " + name)
}

// PredefinedAliases are the aliases of AWS managed keys, which every account has.
func PredefinedAliases() []string {
	var names []string
	for _, m := range managedServices {
		names = append(names, reservedPrefix+m.alias)
	}
	return names
}
