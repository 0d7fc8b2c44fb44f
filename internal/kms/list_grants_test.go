package kms_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ids are the ids of grants, sorted.
func ids(list []types.GrantListEntry) []string {
	var out []string
	for _, g := range list {
		out = append(out, *g.GrantId)
	}
	slices.Sort(out)
	return out
}

// TestListGrants pages through grants and filters them.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
func TestListGrants(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		key, other := p.key(), p.key()
		want := map[string][]string{}
		var all []string
		for i := range 7 {
			name := fmt.Sprintf("u%d", i%3)
			p.newUserOnce(name)
			id := p.grantTo(key, userARN(ours, name), encryptOp)
			want[name], all = append(want[name], id), append(all, id)
			p.grantTo(other, userARN(ours, name), encryptOp)
		}
		slices.Sort(all)
		for _, limit := range []int32{1, 2, 3, 7, 100} {
			var got []types.GrantListEntry
			var marker *string
			for pages := 0; ; pages++ {
				out, err := p.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: &key, Limit: &limit, Marker: marker})
				must(t, "ListGrants", err)
				got = append(got, out.Grants...)
				if len(out.Grants) > int(limit) || out.Truncated != (out.NextMarker != nil) || pages > 7 {
					t.Fatalf("a page has %d grants, Truncated %v", len(out.Grants), out.Truncated)
				}
				if marker = out.NextMarker; marker == nil {
					break
				}
			}
			if !slices.Equal(ids(got), all) {
				t.Errorf("in pages of %d: %q, want %q", limit, ids(got), all)
			}
		}
		for name, mine := range want {
			slices.Sort(mine)
			out, err := p.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: &key, GranteePrincipal: new(userARN(ours, name))})
			must(t, "ListGrants", err)
			if !slices.Equal(ids(out.Grants), mine) {
				t.Errorf("the grants to %s are %q, want %q", name, ids(out.Grants), mine)
			}
		}
		out, err := p.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: &key, GrantId: &all[3]})
		must(t, "ListGrants", err)
		if !slices.Equal(ids(out.Grants), all[3:4]) {
			t.Errorf("by id: %q", ids(out.Grants))
		}
		for what, in := range map[string]*kms.ListGrantsInput{
			"ValidationException: GranteeServicePrincipal can be used by service principals only.":                                                                    {GranteeServicePrincipal: new("s3.amazonaws.com")},
			"ValidationException: You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.":                                                  {GranteeServicePrincipal: new("s3.amazonaws.com"), GranteePrincipal: new(userARN(ours, "u1"))},
			"InvalidGrantIdException: Invalid grant ID abc.":                                                                                                          {GrantId: new("abc")},
			"InvalidMarkerException: Invalid marker.":                                                                                                                 {Marker: new("abc")},
			"ValidationException: 1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100": {Limit: new(int32(101))},
		} {
			in.KeyId = &key
			_, err := p.ListGrants(t.Context(), in)
			wantOutcome(t, "ListGrants", err, what)
		}
	})
}

// newUserOnce makes a user unless there is one.
func (p *people) newUserOnce(name string) {
	if ids, err := p.iam.UniqueIDs(p.t.Context(), []string{userARN(ours, name)}); err != nil || len(ids) == 0 {
		p.newUser(ours, name)
	}
}

// TestListRetirableGrants lists by exact principal, of the caller's own account, on keys of
// all accounts in the Region.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
func TestListRetirableGrants(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		p.newUser(ours, "alice")
		p.newUser(ours, "alice2")
		them := p.rootOf(theirs)
		retirable := func(u user, key string, retiring string) string {
			id, _ := u.grant(&kms.CreateGrantInput{KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), RetiringPrincipal: &retiring, Operations: grantOps{encryptOp}})
			return id
		}
		want := []string{retirable(p.user, p.key(), userARN(ours, "alice")), retirable(p.user, p.key(), userARN(ours, "alice")), retirable(them, them.key(), userARN(ours, "alice"))}
		slices.Sort(want)
		retirable(p.user, p.key(), userARN(ours, "alice2"))
		retirable(p.user, p.key(), "arn:aws:iam::000000000000:root")
		elsewhere := p.in("eu-west-1")
		retirable(elsewhere, elsewhere.key(), userARN(ours, "alice"))
		var got []types.GrantListEntry
		var marker *string
		for {
			out, err := p.ListRetirableGrants(t.Context(), &kms.ListRetirableGrantsInput{RetiringPrincipal: new(userARN(ours, "alice")), Limit: new(int32(2)), Marker: marker})
			must(t, "ListRetirableGrants", err)
			got = append(got, out.Grants...)
			if marker = out.NextMarker; marker == nil {
				break
			}
		}
		if !slices.Equal(ids(got), want) {
			t.Errorf("the grants that alice may retire are %q, want %q", ids(got), want)
		}
		if i := slices.IndexFunc(got, func(g types.GrantListEntry) bool { return *g.IssuingAccount == "arn:aws:iam::111122223333:root" }); i < 0 || !slices.Contains(want, *got[i].GrantId) {
			t.Error("the grant of the other account is missing")
		}
		for in, want := range map[*kms.ListRetirableGrantsInput]string{
			{}: "ValidationException",
			{RetiringPrincipal: new(userARN(ours, "alice")), RetiringServicePrincipal: new("s3.amazonaws.com")}: "ValidationException",
			{RetiringPrincipal: new(userARN(theirs, "x"))}:                                                      "AccessDeniedException",
			{RetiringServicePrincipal: new("s3.amazonaws.com")}:                                                 "AccessDeniedException",
			{RetiringPrincipal: new(userARN(ours, "nobody"))}:                                                   "InvalidArnException",
			{RetiringPrincipal: new(userARN(ours, "alice")), Marker: new("x")}:                                  "InvalidMarkerException",
		} {
			if _, err := p.ListRetirableGrants(t.Context(), in); code(err) != want {
				t.Errorf("%+v: %v, want %s", in, err, want)
			}
		}
		_, err := p.newUser(ours, "bob").ListRetirableGrants(t.Context(), &kms.ListRetirableGrantsInput{RetiringPrincipal: new(userARN(ours, "bob"))})
		wantOutcome(t, "a user without a policy", err, "AccessDeniedException: User: "+userARN(ours, "bob")+" is not authorized to perform: kms:ListRetirableGrants on resource: * because no identity-based policy allows the kms:ListRetirableGrants action")
	})
}
