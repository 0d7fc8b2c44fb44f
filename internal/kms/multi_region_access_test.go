package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// multiRegionCase is what a policy of a user lets it do with a primary key and in the Region of
// the replica.
type multiRegionCase struct {
	name   string
	policy string // of the user
	tags   []types.Tag
	denied string // the action that is denied; "" if all are allowed
}

// replicating are the permissions that ReplicateKey takes.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-auth.html#mrk-auth-replicate
var replicating = []multiRegionCase{
	{"both", document(statement("Allow", "kms:ReplicateKey", "*", ""), statement("Allow", "kms:CreateKey", "*", "")), nil, ""},
	{"none on the primary", document(statement("Allow", "kms:CreateKey", "*", "")), nil, "kms:ReplicateKey"},
	{"none in the replica's Region", document(statement("Allow", "kms:ReplicateKey", "*", "")), nil, "kms:CreateKey"},
	{
		"each in its Region",
		document(statement("Allow", "kms:ReplicateKey", "*", region("us-east-1")), statement("Allow", "kms:CreateKey", "*", region(ireland))), nil, "",
	},
	{
		"to create keys in the primary's Region",
		document(statement("Allow", "kms:ReplicateKey", "*", ""), statement("Allow", "kms:CreateKey", "*", region("us-east-1"))), nil, "kms:CreateKey",
	},
	{
		"to replicate in the replica's Region",
		document(statement("Allow", "kms:ReplicateKey", "*", region(ireland)), statement("Allow", "kms:CreateKey", "*", "")), nil, "kms:ReplicateKey",
	},
	{
		"no tags",
		document(statement("Allow", "kms:ReplicateKey", "*", ""), statement("Allow", "kms:CreateKey", "*", "")), tags("a=1"), "kms:TagResource",
	},
	{
		"tags of keys in the replica's Region",
		document(statement("Allow", "kms:ReplicateKey", "*", ""), statement("Allow", "kms:CreateKey", "*", ""),
			statement("Allow", "kms:TagResource", "arn:aws:kms:eu-west-1:*:key/*", "")), tags("a=1"), "",
	},
	{
		"the Region of the replica",
		document(statement("Allow", "kms:ReplicateKey", "*", test("StringEquals", "kms:ReplicaRegion", `"eu-west-1"`)), statement("Allow", "kms:CreateKey", "*", "")), nil, "",
	},
	{
		"another Region of the replica",
		document(statement("Allow", "kms:ReplicateKey", "*", test("StringEquals", "kms:ReplicaRegion", `"eu-west-2"`)), statement("Allow", "kms:CreateKey", "*", "")), nil,
		"kms:ReplicateKey",
	},
	{
		"replicas only",
		document(statement("Allow", "kms:ReplicateKey", "*", ""), statement("Allow", "kms:CreateKey", "*", test("StringEquals", "kms:MultiRegionKeyType", `"REPLICA"`))), nil, "",
	},
	{
		"primary keys only",
		document(statement("Allow", "kms:ReplicateKey", "*", ""), statement("Allow", "kms:CreateKey", "*", test("StringEquals", "kms:MultiRegionKeyType", `"PRIMARY"`))), nil,
		"kms:CreateKey",
	},
}

func region(name string) string { return test("StringEquals", "aws:RequestedRegion", `"`+name+`"`) }

func TestReplicateKeyPermissions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		for i, c := range replicating {
			key := p.primary()
			name := "alice-" + strings.Repeat("i", i+1)
			alice := p.newUser(ours, name, by(c.policy))
			_, err := alice.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: new(ireland), Tags: c.tags})
			wantDenied(t, c.name, err, c.denied)
			if got := p.relations(key); (got == "PRIMARY of us-east-1") != (c.denied != "") {
				t.Errorf("%s: the key is %s", c.name, got)
			}
		}
	})
}

// wantDenied fails the test unless the action of a call was denied; "" is none.
func wantDenied(t testing.TB, what string, err error, action string) {
	t.Helper()
	got := outcome(err)
	if action == "" && got != "ok" || action != "" && (!strings.HasPrefix(got, "AccessDeniedException") || !strings.Contains(got, "to perform: "+action+" on")) {
		t.Errorf("%s: %s; want a denial of %q", what, got, action)
	}
}

// TestUpdatePrimaryRegionPermissions: both keys must let the caller, each in its Region.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-auth.html#mrk-auth-update
func TestUpdatePrimaryRegionPermissions(t *testing.T) {
	const action = "kms:UpdatePrimaryRegion"
	peopled(t, func(t *testing.T, p *people) {
		key := p.primary()
		there := p.replicate(p.srv, key, ireland)
		alice := p.newUser(ours, "alice")
		for _, c := range []struct{ name, policy, denied string }{
			{"nowhere", document(statement("Allow", "kms:DescribeKey", "*", "")), p.keyARN(key)},
			{"the primary", document(statement("Allow", action, p.keyARN(key), "")), there.keyARN(key)},
			{"the replica", document(statement("Allow", action, there.keyARN(key), "")), p.keyARN(key)},
			{"the Region of the primary", document(statement("Allow", action, "*", region("us-east-1"))), there.keyARN(key)},
			{"another primary Region", document(statement("Allow", action, "*", test("StringEquals", "kms:PrimaryRegion", `"us-east-1"`))), p.keyARN(key)},
			{"all but the replica", document(statement("Allow", action, "*", ""), statement("Deny", action, "*", region(ireland))), there.keyARN(key)},
		} {
			p.permit(ours, "alice", c.policy)
			err := alice.makePrimary(key, ireland)
			if got := outcome(err); !strings.HasPrefix(got, "AccessDeniedException") || !strings.Contains(got, " on resource: "+c.denied+" ") {
				t.Errorf("%s: %s", c.name, got)
			}
		}
		// The policy of the replica has a say of its own.
		p.permit(ours, "alice", document(statement("Allow", action, "*", test("StringEquals", "kms:PrimaryRegion", `"eu-west-1"`))))
		must(t, "PutKeyPolicy", there.putPolicy(key, document(keyStatement("Allow", ours, "kms:*", ""), keyStatement("Deny", userARN(ours, "alice"), action, "")), false))
		wantDenied(t, "the policy of the replica", alice.makePrimary(key, ireland), action)
		if got := p.relations(key); got != "PRIMARY of us-east-1 + eu-west-1" {
			t.Errorf("after the denied calls it is %s", got)
		}
		must(t, "PutKeyPolicy", there.putPolicy(key, document(keyStatement("Allow", ours, "kms:*", "")), false))
		must(t, "UpdatePrimaryRegion", alice.makePrimary(key, ireland))

		// Somebody from another account finds out nothing.
		stranger := p.newUser(theirs, "bob", by(allowAll))
		_, err := stranger.ReplicateKey(t.Context(), &kms.ReplicateKeyInput{KeyId: new(p.keyARN(key)), ReplicaRegion: new(tokyo)})
		wantDenied(t, "ReplicateKey from another account", err, "kms:ReplicateKey")
		wantDenied(t, "UpdatePrimaryRegion from another account", stranger.makePrimary(p.keyARN(key), tokyo), action)
	})
}
