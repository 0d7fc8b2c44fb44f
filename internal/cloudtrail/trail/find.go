package trail

import (
	"context"
	"strings"

	"github.com/keystead/keystead/internal/iam"
)

// Names of trails.
const (
	minName = 3
	maxName = 128
)

// checkName reports what is wrong with the name of a trail.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
func checkName(name string) error {
	switch {
	case len(name) < minName:
		return badName("Trail name too short. Minimum allowed length: %d characters. Specified name length: %d characters.", minName, len(name))
	case len(name) > maxName:
		return badName("Trail name too long. Maximum allowed length: %d characters. Specified name length: %d characters.", maxName, len(name))
	case strings.ContainsFunc(name, func(r rune) bool { return !letterOrDigit(r) && !strings.ContainsRune("._-", r) }):
		return badName("Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).")
	case !letterOrDigit(rune(name[0])):
		return badName("Trail name must starts with a letter or number.")
	case !letterOrDigit(rune(name[len(name)-1])):
		return badName("Trail name must ends with a letter or number.")
	}
	for i := 1; i < len(name); i++ {
		if !letterOrDigit(rune(name[i])) && !letterOrDigit(rune(name[i-1])) {
			return badName("Trail name must not have adjacent periods, underscores or hyphens.")
		}
	}
	if strings.Count(name, ".") == 3 && strings.Trim(name, "0123456789.") == "" {
		return badName("Trail name must not be in IP address format.")
	}
	return nil
}

func letterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// name is a trail as a request names it.
type name struct {
	text                  string // as it was written
	account, region, last string
	byARN                 bool
}

func (n *name) arn() string { return trailARN(n.account, n.region, n.last) }

// parseName reads the name or ARN of a trail.
func parseName(c *iam.Caller, text string) (name, error) {
	n := name{text: text, account: c.Principal.Account, region: c.Region, last: text}
	if strings.HasPrefix(text, "arn:") {
		a, ok := iam.ParseARN(text)
		kind, last, _ := strings.Cut(a.Resource, "/")
		if !ok || a.Service != "cloudtrail" || kind != "trail" || a.Region == "" || len(a.Account) != 12 {
			return n, badARN(text)
		}
		n.byARN, n.account, n.region, n.last = true, a.Account, a.Region, last
	}
	return n, checkName(n.last)
}

// find reads the trail that n names as it is seen in the caller's Region; nil if there is
// none: a trail of several Regions has shadows in the others, which go by its ARN.
func (s *Service) find(ctx context.Context, r reader, c *iam.Caller, n name) (*trail, error) {
	t, err := trailAt(r, n.account, n.region, n.last)
	if err != nil || t == nil {
		return nil, err
	}
	seen, err := s.sees(ctx, c, t)
	if err != nil || !seen {
		return nil, err
	}
	return t, nil
}

// sees reports whether a trail is one of the caller's account in its Region, or a shadow of
// one: of another Region, or of the account that manages the organization.
func (s *Service) sees(ctx context.Context, c *iam.Caller, t *trail) (bool, error) {
	if t.Home != c.Region && !t.Multi {
		return false, nil
	}
	if t.Account == c.Principal.Account {
		return true, nil
	}
	if !t.Org {
		return false, nil
	}
	members, err := s.members(ctx, t.Account)
	return members[c.Principal.Account], err
}

// visible lists the trails that the caller sees in its Region.
func (s *Service) visible(ctx context.Context, c *iam.Caller) ([]*trail, error) {
	r := inDB{ctx, s.db}
	own, err := trailsOf(r, c.Principal.Account+"/")
	if err != nil {
		return nil, err
	}
	management, err := s.iam.ManagementAccount(ctx)
	if err != nil {
		return nil, err
	}
	if management != c.Principal.Account {
		all, err := trailsOf(r, management+"/")
		if err != nil {
			return nil, err
		}
		own = append(own, all...)
	}
	var seen []*trail
	for _, t := range own {
		ok, err := s.sees(ctx, c, t)
		if err != nil {
			return nil, err
		}
		if ok {
			seen = append(seen, t)
		}
	}
	return seen, nil
}

// read finds a trail for an operation that only reads, once the caller may.
func (s *Service) read(ctx context.Context, c *iam.Caller, action, text string) (*trail, error) {
	n, err := parseName(c, text)
	if err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	t, err := s.find(ctx, inDB{ctx, s.db}, c, n)
	if err != nil {
		return nil, err
	}
	if err := s.authorizeTrail(c, action, n, t, nil); err != nil {
		return nil, err
	}
	if t == nil {
		return nil, unknownTrail(text, c.Principal.Account)
	}
	return t, nil
}

// authorizeTrail decides about an action on a trail that may be missing. One of the account
// that manages the organization is also looked at by its members, as if it were theirs.
func (s *Service) authorizeTrail(c *iam.Caller, action string, n name, t *trail, request []iam.Tag) error {
	var tags []iam.Tag
	if t != nil {
		tags = t.Tags
	}
	return c.Authorize(&iam.Access{
		Action: "cloudtrail:" + action, ARN: n.arn(), Account: c.Principal.Account, Missing: t == nil, Context: ofTags(request, tags),
	})
}

// own finds a trail for an operation that changes it: one of the caller's own account, in its
// home Region. It may run inside a transaction.
func (s *Service) own(r reader, c *iam.Caller, action string, n name, request []iam.Tag) (*trail, error) {
	t, err := trailAt(r, n.account, n.region, n.last)
	if err != nil {
		return nil, err
	}
	if t != nil && (t.Home != c.Region && !t.Multi || t.Account != c.Principal.Account && !t.Org) {
		t = nil // not to be seen from here
	}
	if err := s.authorizeTrail(c, action, n, t, request); err != nil {
		return nil, err
	}
	switch {
	case t == nil:
		return nil, unknownTrail(n.text, c.Principal.Account)
	case t.Account != c.Principal.Account:
		return nil, notManagement()
	case t.Home != c.Region:
		return nil, notHome(t)
	}
	return t, nil
}
