package kms_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/keysteadtest"
)

// list is a list operation: its default and largest limit, what it has to show, and how to
// ask for a page.
type list struct {
	name        string
	usual, most int
	all         []string
	ask         func(limit *int32, marker *string) (page []string, truncated bool, next *string, err error)
}

// lists fills the account of u and returns all lists over it.
func lists(u user) []list {
	u.t.Helper()
	tagged, full := u.key(), u.key()
	_, err := u.TagResource(u.t.Context(), &kms.TagResourceInput{KeyId: &tagged, Tags: manyTags(0, 7)})
	must(u.t, "TagResource", err)
	keyIDs := concurrently(101, func(int) string { return u.key() })
	names := concurrently(60, func(i int) string {
		if i < 50 {
			return u.alias(full)
		}
		return u.alias(tagged)
	})
	ofFull := slices.Sorted(slices.Values(names[:50]))
	slices.Sort(names)
	grants := concurrently(60, func(int) string {
		return u.grantTo(full, "arn:aws:iam::"+u.account+":root", types.GrantOperationEncrypt)
	})
	slices.Sort(grants)
	var tagKeys []string
	for _, t := range manyTags(0, 7) {
		tagKeys = append(tagKeys, *t.TagKey)
	}
	return []list{
		{"ListKeys", 100, 1000, slices.Sorted(slices.Values(append(keyIDs, tagged, full))), u.listKeys},
		{"ListAliases", 50, 100, slices.Sorted(slices.Values(append(names, rules.PredefinedAliases()...))), u.listAliases(nil)},
		{"ListAliases of a key", 50, 100, ofFull, u.listAliases(&full)},
		{"ListResourceTags", 50, 50, tagKeys, u.listTags(tagged)},
		{"ListGrants", 50, 100, grants, u.listGrants(full)},
		{"ListKeyPolicies", 100, 1000, []string{"default"}, u.listPolicies(tagged)},
	}
}

func TestPaging(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		for _, l := range lists(root(t, srv)) {
			var wg sync.WaitGroup
			n := len(l.all)
			for _, limit := range []int{0, 1, 2, 3, n - 1, n, n + 1, l.most} {
				wg.Go(func() { walk(t, l, limit) })
			}
			wg.Wait()
			for limit, want := range map[int]string{
				-1:         tooSmallLimit(-1),
				0:          tooSmallLimit(0),
				l.most + 1: tooLargeLimit(l.most+1, l.most),
				1001:       tooLargeLimit(1001, 1000),
			} {
				if l.name == "ListResourceTags" && limit == 1001 {
					continue // the model has no bound of its own here
				}
				_, _, _, err := l.ask(new(int32(limit)), nil)
				wantOutcome(t, fmt.Sprintf("%s with limit %d", l.name, limit), err, want)
			}
		}
	})
}

func tooSmallLimit(n int) string {
	return fmt.Sprintf("ValidationException: 1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", n)
}

func tooLargeLimit(n, most int) string {
	return fmt.Sprintf("ValidationException: 1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value less than or equal to %d", n, most)
}

// walk pages through a list; limit 0 asks for none.
func walk(t *testing.T, l list, limit int) {
	size, ask := l.usual, (*int32)(nil)
	if limit > 0 {
		size = min(limit, l.most)
		ask = new(int32(size))
	}
	var got []string
	for marker := (*string)(nil); ; {
		page, truncated, next, err := l.ask(ask, marker)
		if err != nil {
			t.Errorf("%s with limit %d: %v", l.name, limit, err)
			return
		}
		got = append(got, page...)
		if truncated != (next != nil) || truncated != (len(got) < len(l.all)) || truncated && len(page) != size {
			t.Errorf("%s with limit %d: %d of %d shown, %d on this page, Truncated %v, NextMarker %q", l.name, limit, len(got), len(l.all), len(page), truncated, aws.ToString(next))
			return
		}
		if marker = next; !truncated {
			break
		}
	}
	if !slices.Equal(got, l.all) {
		t.Errorf("%s with limit %d shows %q, want %q", l.name, limit, got, l.all)
	}
}

func TestBadMarkers(t *testing.T) {
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		for _, l := range lists(root(t, srv)) {
			for _, marker := range []string{
				"x", "????", encode("x"), encode("{}"), encode(`{"after":""}`), encode(`{"after":7}`), encode(`{"after":"a\u0000b"}`),
				encode(`{"after":"a\u0001b"}`), encode(`{"after":"\ud800"}`), encode(`{"after":"\udbff\udfff"}`), encode(`["after"]`),
			} {
				_, _, _, err := l.ask(nil, &marker)
				if got := outcome(err); got != "InvalidMarkerException: Invalid marker." {
					t.Errorf("%s with marker %q: %s", l.name, marker, got)
				}
			}
		}
	})
}

// concurrently calls f n times at once, so that the store commits in groups, and returns
// the results in order.
func concurrently(n int, f func(i int) string) []string {
	out := make([]string, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { out[i] = f(i) })
	}
	wg.Wait()
	return out
}
