package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// TestIdentifiers calls every operation with each form of identifier, and with each kind
// of name that it must refuse.
func TestIdentifiers(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		stranger := newcomer(t, srv, "111122223333")
		theirs := newSituation(stranger, types.KeyStateEnabled)
		for _, op := range operations {
			if op.takes == none {
				continue
			}
			t.Run(op.name, func(t *testing.T) {
				t.Parallel()
				u := root(t, srv)
				for _, form := range []func(situation) string{
					func(s situation) string { return s.key },
					func(s situation) string { return u.keyARN(s.key) },
					func(s situation) string { return s.alias },
					func(s situation) string { return u.aliasARN(s.alias) },
				} {
					s := newSituation(u, types.KeyStateEnabled)
					want := strings.Replace(results[op.enabled], "%s", u.keyARN(s.key), 1)
					s.key = form(s)
					if op.takes == keys && strings.Contains(s.key, "alias/") {
						want = refusedAlias(op, s.key)
					}
					wantOutcome(t, s.key, op.call(t.Context(), u.Client, s), want)
				}
				s := newSituation(u, types.KeyStateEnabled)
				for name, want := range refusals(u, stranger, theirs, op) {
					s.key, s.dryRun = name, false
					wantOutcome(t, name, op.call(t.Context(), u.Client, s), want)
					s.dryRun = true
					wantOutcome(t, name+" with DryRun", op.call(t.Context(), u.Client, s), want)
				}
			})
		}
	})
}

func invalidKeyID(name string) string { return "NotFoundException: Invalid keyId '" + name + "'" }

// refusedAlias is the answer to the name of an alias where only a key can stand.
func refusedAlias(op operation, name string) string {
	if strings.HasPrefix(op.name, "CreateAlias") || strings.HasPrefix(op.name, "UpdateAlias") {
		return "ValidationException: Aliases must refer to keys. Not aliases"
	}
	return invalidKeyID(name)
}

// refusals are names that no operation takes, each with the answer. What belongs to
// another account is answered alike whether it exists or not.
func refusals(u, stranger user, theirs situation, op operation) map[string]string {
	const unknown = "12345678-1234-4234-8234-123456789abc"
	const unknownMulti = "mrk-12345678123442348234123456789abc"
	elsewhere := user{region: "eu-west-1", account: u.account}
	denied := denial(u, op)
	answers := map[string]string{
		unknown:                          "NotFoundException: Key '" + u.keyARN(unknown) + "' does not exist",
		unknownMulti:                     "NotFoundException: Key '" + u.keyARN(unknownMulti) + "' does not exist",
		u.keyARN(unknown):                "NotFoundException: Key '" + u.keyARN(unknown) + "' does not exist",
		theirs.key:                       "NotFoundException: Key '" + u.keyARN(theirs.key) + "' does not exist",
		elsewhere.keyARN(unknown):        "NotFoundException: Invalid arn eu-west-1",
		elsewhere.aliasARN(theirs.alias): "NotFoundException: Invalid arn eu-west-1",
		stranger.keyARN(theirs.key):      denied,
		stranger.keyARN(unknown):         denied,
		"arn:aws:iam::000000000000:root": "InvalidArnException: Invalid arn arn:aws:iam::000000000000:root",
		"arn:aws:kms:us-east-1":          "InvalidArnException: Invalid arn arn:aws:kms:us-east-1",
	}
	for _, name := range []string{
		"fake-key-id", "12345678123442348234123456789abc", strings.ToUpper(unknown), "mrk-" + unknown, "key/" + unknown, " " + unknown,
		u.keyARN("fake-key-id"), u.keyARN("alias/x"), u.aliasARN(unknown), "ALIAS/x", "alias",
	} {
		answers[name] = invalidKeyID(name)
	}
	for _, a := range []string{"alias/none", strings.ToLower(theirs.alias), "alias/", "alias/aws/none", "alias/a\x01b"} {
		for _, name := range []string{a, u.aliasARN(a)} {
			answers[name] = "NotFoundException: Alias " + u.aliasARN(a) + " is not found."
			if op.takes == keys {
				answers[name] = refusedAlias(op, name)
			}
		}
	}
	for _, name := range []string{stranger.aliasARN(theirs.alias), stranger.aliasARN("alias/none")} {
		answers[name] = denied
		if op.takes == keys {
			answers[name] = refusedAlias(op, name)
		}
	}
	return answers
}

// denial is the answer to u when op is called with a key of another account.
func denial(u user, op operation) string {
	action, _, _ := strings.Cut(op.name, " ")
	action += map[string]string{"ReEncrypt from": "From", "ReEncrypt to": "To"}[op.name]
	return "AccessDeniedException: User: arn:aws:iam::" + u.account + ":root is not authorized to perform: kms:" + action +
		" on this resource because the resource does not exist in this Region, no resource-based policies allow access, " +
		"or a resource-based policy explicitly denies access"
}
