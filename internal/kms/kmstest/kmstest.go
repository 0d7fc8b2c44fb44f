// Package kmstest is what the tests of several packages share that work with KMS keys.
package kmstest

import "context"

// Everybody are principals in place of IAM's: all that anybody names are there, and have no
// unique ids.
type Everybody struct{}

// PrincipalIDs implements kms.Principals.
func (Everybody) PrincipalIDs(context.Context, []string) (map[string]string, string, error) {
	return nil, "", nil
}

// UniqueIDs implements kms.Principals.
func (Everybody) UniqueIDs(_ context.Context, arns []string) (map[string]string, error) {
	ids := map[string]string{}
	for _, arn := range arns {
		ids[arn] = ""
	}
	return ids, nil
}
