package policy

import (
	"regexp"
	"slices"
	"strings"
)

// The texts of the API for what is wrong with a key policy.
const (
	invalidPrincipals = "Policy contains a statement with one or more invalid principals."
	overlyPermissive  = "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key " +
		"matches requests without the specified %[1]s or with an unspecified %[1]s. To fix, remove ForAllValues."
)

// identityARN has the principals of a key policy that an ARN can name: users, roles, role
// sessions and federated users. Groups are none, and wildcards are not allowed in names.
var identityARN = regexp.MustCompile(`^arn:aws[a-z-]*:(` +
	`iam::\d{12}:(user|role)/([!-)+->@-~]*/)?[\w+=,.@-]+|` +
	`sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|` +
	`sts::\d{12}:federated-user/[\w+=,.@-]+)$`)

// serviceName is the shape of a service principal: "s3.amazonaws.com".
var serviceName = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)

// singleValued are the prefixes of the condition keys that ForAllValues is refused for,
// with what the message calls them.
var singleValued = map[string]string{
	"kms:encryptioncontext:": "encryption context",
	"aws:requesttag/":        "tag",
}

// ValidateKeyPolicy checks the rules for key policies that need nothing but the document.
// The error is an *Error. Whether the principals exist is for the caller to find out.
func (d *Document) ValidateKeyPolicy() error {
	for i := range d.statements {
		s := &d.statements[i]
		if len(s.principals) == 0 {
			return errorf("Statement %d: Missing required field Principal.", i+1)
		}
		if !slices.ContainsFunc(s.principals, func(p principal) bool { return !p.inKeyPolicy() }) {
			continue
		}
		return errorf(invalidPrincipals)
	}
	for i := range d.statements {
		for _, c := range d.statements[i].conditions {
			if err := c.validateForAllValues(); err != nil {
				return err
			}
		}
	}
	return nil
}

// inKeyPolicy says whether a key policy may name the principal.
func (e *principal) inKeyPolicy() bool {
	switch e.kind {
	case everyone, account:
		return true
	case named:
		return identityARN.MatchString(e.name)
	case service:
		return serviceName.MatchString(e.name)
	}
	return false
}

func (c *condition) validateForAllValues() error {
	if c.set != forAllValues {
		return nil
	}
	for prefix, what := range singleValued {
		if strings.HasPrefix(c.name, prefix) {
			return errorf(overlyPermissive, what)
		}
	}
	return nil
}

// Principals lists the ARNs and account numbers that the document names in Principal and
// NotPrincipal, each once, in order of appearance and as written: what has to exist.
func (d *Document) Principals() []string {
	var list []string
	seen := make(map[string]bool)
	for i := range d.statements {
		for _, p := range d.statements[i].principals {
			if (p.kind == account || p.kind == named) && !seen[p.source] {
				seen[p.source] = true
				list = append(list, p.source)
			}
		}
	}
	return list
}

// AllowsFuturePutKeyPolicy is the lockout safety check: whether the caller could change the
// policy of the key again if this document were its policy. Delegation to the caller's
// account is enough. The context is that of the request that puts the document in place.
func (d *Document) AllowsFuturePutKeyPolicy(caller Principal, keyARN string, c Context) bool {
	r := Request{Principal: caller, Action: "kms:PutKeyPolicy", Resource: keyARN, Context: c}
	switch d.Evaluate(&r).Outcome {
	case Allowed, AllowedByARN, Delegated:
		return true
	}
	return false
}

// Bind ties the users and roles that the document names to their unique ids, so that a
// later one of the same name is not taken for them. ids holds the unique id of each ARN as
// written; names without one stay untied. It must be called before the document is shared.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (d *Document) Bind(ids map[string]string) {
	for i := range d.statements {
		for j := range d.statements[i].principals {
			if p := &d.statements[i].principals[j]; p.kind == named {
				p.id = ids[p.source]
			}
		}
	}
}
