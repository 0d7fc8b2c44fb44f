package cloudhsm

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// keys are condition keys of a request, by their names in lower case.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_cloudhsm.html
type keys map[string]policy.Value

// Lookup implements policy.Context.
func (k keys) Lookup(name string) (policy.Value, bool) {
	v, ok := k[name]
	return v, ok
}

// requested adds the tags in a request.
func (k keys) requested(tags []iam.Tag) keys {
	if len(tags) == 0 {
		return k
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Key
		k["aws:requesttag/"+strings.ToLower(t.Key)] = policy.Single(t.Value)
	}
	k["aws:tagkeys"] = policy.Multi(names)
	return k
}

// of adds the tags of a resource.
func (k keys) of(tags []iam.Tag) keys {
	for _, t := range tags {
		k["aws:resourcetag/"+strings.ToLower(t.Key)] = policy.Single(t.Value)
	}
	return k
}

// authorize decides about an action that has no resource of its own.
func authorize(c *iam.Caller, action string, k keys) error {
	return c.Authorize(&iam.Access{Action: "cloudhsm:" + action, ARN: "*", Account: c.Principal.Account, Context: k})
}

// admitCluster finds a cluster of the caller's account that the caller may do something with.
func (s *Service) admitCluster(get getter, c *iam.Caller, action, id string, k keys) (*cluster, error) {
	ref := ClusterRef{c.Principal.Account, c.Region, id}
	found, err := s.find(get, ref)
	if err != nil {
		return nil, err
	}
	if found != nil && found.State == types.ClusterStateDeleted {
		found = nil
	}
	if k == nil {
		k = keys{}
	}
	if found != nil {
		k.of(found.Tags)
	}
	err = c.Authorize(&iam.Access{Action: "cloudhsm:" + action, ARN: ref.arn(), Account: ref.Account, Missing: found == nil, Context: k})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, noCluster(id)
	}
	return found, nil
}

// admitBackup finds a backup of the caller's account that the caller may do something with.
func (s *Service) admitBackup(get getter, c *iam.Caller, action, id string, k keys) (*backup, error) {
	ref := ClusterRef{c.Principal.Account, c.Region, id}
	found, err := findBackup(get, ref)
	if err != nil {
		return nil, err
	}
	if k == nil {
		k = keys{}
	}
	if found != nil {
		k.of(found.Tags)
	}
	err = c.Authorize(&iam.Access{
		Action: "cloudhsm:" + action, ARN: backupARN(ref), Account: ref.Account, Missing: found == nil, Context: k,
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, noBackup(id)
	}
	return found, nil
}

// newTags reads the tags of a request.
func newTags(in []types.Tag) ([]iam.Tag, error) {
	var list []iam.Tag
	for _, t := range in {
		if strings.HasPrefix(strings.ToLower(*t.Key), "aws:") {
			return nil, badTags("Tag keys that begin with aws: are reserved for system use.")
		}
		if slices.ContainsFunc(list, hasKey(*t.Key)) {
			return nil, badTags("The tag key %s is there more than once.", *t.Key)
		}
		list = append(list, iam.Tag{Key: *t.Key, Value: *t.Value})
	}
	return sortedTags(list), nil
}

func hasKey(key string) func(iam.Tag) bool {
	return func(t iam.Tag) bool { return t.Key == key }
}

func sortedTags(tags []iam.Tag) []iam.Tag {
	slices.SortFunc(tags, func(a, b iam.Tag) int { return cmp.Compare(a.Key, b.Key) })
	return tags
}

func tagShapes(tags []iam.Tag) []types.Tag {
	out := []types.Tag{}
	for _, t := range tags {
		out = append(out, types.Tag{Key: &t.Key, Value: &t.Value})
	}
	return out
}
