package decision

import (
	"strconv"
)

// Asked says who asked for what, in the words of error messages.
type Asked struct {
	User     string // ARN of the caller; of the session, for a role
	Action   string // "kms:Encrypt"
	Resource string // ARN, or "*"

	// InCiphertext says that the caller did not name the resource: it was found from a
	// ciphertext.
	InCiphertext bool
}

// Message is the text of AWS's access-denied error for a denied request.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (r *Result) Message(a Asked) string {
	who := "User: " + a.User + " is not authorized to perform: " + a.Action
	if r.Layer == Resource && (r.Foreign || a.InCiphertext) {
		// Nothing in this text tells whether there is such a resource.
		on := " on this resource"
		if a.InCiphertext {
			on = " on the resource associated with this ciphertext"
		}
		return who + on + " because the resource does not exist in this Region, " +
			"no resource-based policies allow access, or a resource-based policy explicitly denies access"
	}
	if a.InCiphertext && r.Foreign && (r.Explicit || r.Layer < Resource) {
		who += " on the resource associated with this ciphertext" // which may not exist
	} else {
		if r.Foreign && a.InCiphertext {
			who += " on the resource associated with this ciphertext"
		} else {
			who += " on resource: " + a.Resource
		}
	}
	if !r.Explicit {
		return who + " because no " + r.Layer.String() + " allows the " + a.Action + " action"
	}
	article := " with an explicit deny in a "
	if r.Layer == Identity {
		article = " with an explicit deny in an "
	}
	return who + article + r.Layer.String()
}

// String says what decided, in one line: `allowed by statement 1 ("Use") of the key policy`.
func (r *Result) String() string { return string(r.Append(nil)) }

// Append appends String to b.
func (r *Result) Append(b []byte) []byte {
	switch {
	case r.Allowed && r.Layer == Grant:
		b = append(append(b, "allowed by grant "...), r.GrantID...)
		if r.By.Policy != nil {
			b = r.By.append(append(b, " and "...))
		}
		return b
	case r.Allowed && r.By.Policy == nil:
		b = append(b, "allowed to the root user"...)
	case r.Allowed:
		b = r.By.append(append(b, "allowed by "...))
	case r.Explicit:
		return r.By.append(append(b, "denied by "...))
	default:
		return append(append(append(b, "denied because no "...), r.Layer.String()...), " allows it"...)
	}
	if r.Delegated.Policy != nil {
		b = r.Delegated.append(append(b, ", which may decide by "...))
	}
	return b
}

func (m *Match) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, "statement "...), int64(m.Statement)+1, 10)
	if m.Sid != "" {
		b = append(append(append(b, ` ("`...), m.Sid...), `")`...)
	}
	return append(append(b, " of "...), m.Policy.Name...)
}

// Plain is String as a sentence.
func (r *Result) Plain() string {
	return capital(r.String()) + "."
}
