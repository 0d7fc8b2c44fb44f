package policy

import (
	"fmt"
	"regexp"
	"strings"
)

const notAssumeRole = "AssumeRole policy may only specify STS AssumeRole actions."

// providerName has the identity providers that a trust policy can name: those of an account
// by their ARN, and the ones that every account knows by a host name.
var providerName = regexp.MustCompile(`^(arn:aws[a-z-]*:iam::\d{12}:(oidc|saml)-provider/[!-~]+|[a-z0-9-]+(\.[a-z0-9-]+)+)$`)

// ValidateTrustPolicy checks the rules for the trust policies of roles that need nothing but
// the document. The error is an *Error. Whether the principals exist is for the caller to
// find out; InvalidPrincipal is the error for one that does not.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
func (d *Document) ValidateTrustPolicy() error {
	for i := range d.statements {
		if text := d.statements[i].checkTrust(); text != "" {
			return &Error{Message: text}
		}
	}
	return d.validatePrincipals((*principal).inTrustPolicy)
}

func (s *statement) checkTrust() string {
	switch {
	case s.notPrincipal:
		return fmt.Sprintf(prohibitedField, "NotPrincipal")
	case len(s.principals) == 0:
		return fmt.Sprintf(missingField, "Principal")
	case s.notResource:
		return fmt.Sprintf(prohibitedField, "NotResource")
	case len(s.resources) > 0:
		return fmt.Sprintf(prohibitedField, "Resource")
	case s.notAction:
		return notAssumeRole
	case len(s.actions) == 0:
		return fmt.Sprintf(missingField, "Action")
	}
	for i := range s.actions {
		a := s.actions[i].source
		if len(a) < len("sts:") || !strings.EqualFold(a[:len("sts:")], "sts:") {
			return notAssumeRole
		}
	}
	return ""
}

func (e *principal) inTrustPolicy() bool {
	if e.kind == federated {
		return providerName.MatchString(e.name)
	}
	return e.inKeyPolicy()
}

// ValidateEndpointPolicy checks the rules for policies of private endpoints that need
// nothing but the document. The error is an *Error.
//
// Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
func (d *Document) ValidateEndpointPolicy() error {
	for i := range d.statements {
		s := &d.statements[i]
		switch {
		case len(s.principals) == 0:
			return errorf("Policy statement must contain a principal.")
		case len(s.actions) == 0:
			return errorf(noActions)
		case len(s.resources) == 0:
			return errorf(noResources)
		}
	}
	return d.validatePrincipals((*principal).inTrustPolicy)
}

// validatePrincipals finds the first principal that may not stand in this kind of policy.
func (d *Document) validatePrincipals(valid func(*principal) bool) error {
	for i := range d.statements {
		for j := range d.statements[i].principals {
			if p := &d.statements[i].principals[j]; !valid(p) {
				return InvalidPrincipal(p.member(), p.source)
			}
		}
	}
	return nil
}

// InvalidPrincipal is IAM's error for a principal that does not exist or may not stand where
// it does. The member is that of the Principal element: "AWS".
func InvalidPrincipal(member, name string) *Error {
	return errorf(`Invalid principal in policy: "%s":"%.*s"`, member, maxQuoted, name)
}

// member is the member of the Principal element that the principal stands in.
func (e *principal) member() string {
	for name, kind := range principalMembers {
		if kind == e.kind {
			return name
		}
	}
	return "AWS" // also of everyone and of accounts
}
