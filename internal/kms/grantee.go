package kms

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// granteeName is a name by which a grant may call a principal: the ARN of a user, role,
// session, federated user or account's root user, or the name of a service.
type granteeName struct {
	name string
	id   string // the unique id of the user or role that the name stood for; "" for others
}

// callerName is a name of a caller, and what it means for the decision if a grant uses it.
type callerName struct {
	granteeName
	by policy.Outcome
}

// namesOf are the names of a caller, those first that nothing limits.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grantee-principal
func namesOf(c *iam.Caller) []callerName {
	p := &c.Principal
	switch p.Type {
	case iam.TypeService:
		return []callerName{{granteeName{name: p.Name}, policy.Allowed}}
	case iam.TypeRoot:
		return []callerName{{accountName(p.Account), policy.Allowed}}
	}
	names := make([]callerName, 0, 3)
	names = append(names, callerName{granteeName{p.ARN, p.EntityID()}, policy.AllowedByARN})
	if p.Role != "" {
		names = append(names, callerName{granteeName{p.Role, p.RoleID}, policy.Allowed})
	}
	return append(names, callerName{accountName(p.Account), policy.Delegated})
}

// called says how a grant's principal is one of the names of a caller: NoMatch if it is
// none.
func called(names []callerName, who granteeName) policy.Outcome {
	for _, n := range names {
		if who.name != "" && n.granteeName == who {
			return n.by
		}
	}
	return policy.NoMatch
}

// accountName stands for an account in all partitions.
func accountName(account string) granteeName {
	return granteeName{name: iam.AccountRoot("aws", account)}
}

// rootARN is the ARN of a root user, in any partition.
var rootARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):root$`)

// nameOf is the name under which a grant for a principal is found.
func nameOf(arn, id string) granteeName {
	if m := rootARN.FindStringSubmatch(arn); m != nil {
		return accountName(m[1])
	}
	return granteeName{arn, id}
}

// granteeHash is the first part of the ids of all grants to a grantee, so that those of
// one key are one range of records. Two grantees with the same hash are only read
// together.
type granteeHash [8]byte

func (n granteeName) hash() granteeHash {
	sum := sha256.Sum256([]byte(n.name))
	return granteeHash(sum[:8])
}

func (h granteeHash) String() string { return hex.EncodeToString(h[:]) }
