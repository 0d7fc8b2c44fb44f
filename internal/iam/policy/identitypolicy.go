package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The texts of IAM for what is wrong with the policy of an identity.
const (
	syntaxErrors    = "Syntax errors in policy."
	noVendor        = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	manyColons      = "Actions/Condition can contain only one colon."
	hasPrincipal    = "Policy document should not specify a principal."
	oldVersion      = "Policy document must be version 2012-10-17 or greater."
	noActions       = "Policy statement must contain actions."
	noResources     = "Policy statement must contain resources."
	sidCharacters   = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	sidTwice        = "Statement IDs (SID) in a single policy must be unique."
	resourceVendor  = "Resource vendor must be fully qualified and cannot contain regexes."
	notInControl    = "The provided policy document does not meet the requirements of the specified policy type."
	prohibitedField = "Has prohibited field %s"
	missingField    = "Missing required field %s"
)

var (
	sidPattern    = regexp.MustCompile(`^[0-9A-Za-z]*$`)
	vendorPattern = regexp.MustCompile(`^[a-zA-Z0-9.-]+$`)
	partition     = regexp.MustCompile(`^aws(-[a-z]+)*$`)
)

// iamPaths are what the resources of IAM's own ARNs begin with.
var iamPaths = []string{
	"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
	"sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
}

// ValidateIdentityPolicy checks the rules for policies of users, groups and roles, for
// permissions boundaries and for session policies. The error is an *Error.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func (d *Document) ValidateIdentityPolicy() error {
	checks := []func(*statement) string{
		(*statement).checkNoPrincipal, (*statement).checkSid, nil, (*statement).checkHasActions,
		(*statement).checkHasResources, (*statement).checkResources, (*statement).checkVendors,
	}
	for _, check := range checks {
		if check == nil {
			if d.repeatsSid() {
				return errorf(sidTwice)
			}
			continue
		}
		for i := range d.statements {
			if text := check(&d.statements[i]); text != "" {
				return &Error{Message: text}
			}
		}
	}
	return nil
}

// ValidateManagedPolicy is ValidateIdentityPolicy for managed policies, which must be of
// the current version of the language.
func (d *Document) ValidateManagedPolicy() error {
	if d.version != "2012-10-17" {
		return errorf(oldVersion)
	}
	return d.ValidateIdentityPolicy()
}

// ValidateControlPolicy checks the rules for service control policies, which name no
// principals and may use the rest of the language. The error is an *Error with the one
// text that Organizations has for all of them.
//
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
func (d *Document) ValidateControlPolicy() error {
	if d.ValidateIdentityPolicy() != nil {
		return errorf(notInControl)
	}
	return nil
}

func (s *statement) checkNoPrincipal() string {
	if len(s.principals) > 0 || s.notPrincipal {
		return hasPrincipal
	}
	return ""
}

func (s *statement) checkSid() string {
	if !sidPattern.MatchString(s.sid) {
		return sidCharacters
	}
	return ""
}

func (d *Document) repeatsSid() bool {
	seen := make(map[string]bool)
	for i := range d.statements {
		sid := d.statements[i].sid
		if seen[sid] {
			return true
		}
		seen[sid] = sid != ""
	}
	return false
}

func (s *statement) checkHasActions() string {
	if len(s.actions) == 0 {
		return noActions
	}
	return ""
}

func (s *statement) checkHasResources() string {
	if len(s.resources) == 0 {
		return noResources
	}
	return ""
}

func (s *statement) checkVendors() string {
	for i := range s.actions {
		vendor, _, _ := strings.Cut(s.actions[i].source, ":")
		if vendor != "*" && !vendorPattern.MatchString(vendor) {
			return fmt.Sprintf("Vendor %.64s is not valid", vendor)
		}
	}
	return ""
}

func (s *statement) checkResources() string {
	for i := range s.resources {
		if text := checkResource(s.resources[i].source); text != "" {
			return text
		}
	}
	return ""
}

// maxQuoted bounds what an error repeats of a document: the longest ARN there is.
const maxQuoted = 2048

// checkResource says what is wrong with a resource of an identity policy. An ARN may stop
// early, as "arn:aws:kms:*" does, but names its service.
func checkResource(r string) string {
	if r == "*" {
		return ""
	}
	prefix, rest, found := strings.Cut(r, ":")
	if !found || prefix != "arn" {
		return fmt.Sprintf(`Resource %.*s must be in ARN format or "*".`, maxQuoted, r)
	}
	fields := strings.SplitN(rest, ":", 5) // partition, service, Region, account, resource
	if p := fields[0]; !partition.MatchString(p) && !strings.ContainsAny(p, "*?") {
		for len(fields) < 5 {
			fields = append(fields, "*")
		}
		return fmt.Sprintf(`Partition "%.64s" is not valid for resource "arn:%.*s".`, p, maxQuoted, strings.Join(fields, ":"))
	}
	if len(fields) < 3 || fields[1] == "" || strings.ContainsAny(fields[1], "*?") {
		return resourceVendor
	}
	return checkVendorResource(fields[1], fields[2:], r)
}

// checkVendorResource checks the fields behind the service.
func checkVendorResource(service string, fields []string, r string) string {
	switch region := fields[0]; {
	case service == "s3" && region != "":
		return fmt.Sprintf("Resource %.*s can not contain region information.", maxQuoted, r)
	case service == "iam" && region != "":
		return fmt.Sprintf("IAM resource %.*s cannot contain region information.", maxQuoted, r)
	case service != "iam" || len(fields) < 3:
		return ""
	}
	path := fields[2]
	if strings.HasPrefix(path, "*") || path == "root" ||
		slices.ContainsFunc(iamPaths, func(p string) bool { return strings.HasPrefix(path, p) }) {
		return ""
	}
	return `IAM resource path must either be "*" or start with ` + strings.Join(iamPaths, ", ") + "."
}
