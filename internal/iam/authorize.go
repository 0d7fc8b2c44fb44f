package iam

import (
	"fmt"

	"github.com/aws/smithy-go"
)

// Target is what an action is asked for.
type Target struct {
	Account string // the owner
	ARN     string // "*" for actions that have no resource of their own
	// Exists is false if there is no such resource. The caller must not learn that from
	// the answer unless it may know.
	Exists bool
	// InCiphertext says that the caller did not name the resource: it was found from a
	// ciphertext.
	InCiphertext bool
}

// Authorize decides whether the caller may do action to the target. It returns nil or
// AWS's AccessDeniedException.
//
// Today the principals are the root users of accounts (and their sessions): each may do
// everything in its own account and nothing in another.
func (c *Caller) Authorize(action string, t Target) error {
	if t.Account == c.Principal.Account {
		return nil
	}
	on := "this resource"
	if t.InCiphertext {
		on = "the resource associated with this ciphertext"
	}
	return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: fmt.Sprintf(
		"User: %s is not authorized to perform: %s on %s because the resource does not exist in this Region, "+
			"no resource-based policies allow access, or a resource-based policy explicitly denies access",
		c.Principal.ARN, action, on)}
}
