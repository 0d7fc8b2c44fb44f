package kms_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// TestStates calls every operation on a key in every state, and those that have it with
// DryRun first, which must give the same answer and never do it.
func TestStates(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		for _, op := range operations {
			for state, result := range map[types.KeyState]string{
				types.KeyStateEnabled:         op.enabled,
				types.KeyStateDisabled:        op.disabled,
				types.KeyStatePendingDeletion: op.pending,
			} {
				t.Run(op.name+"/"+string(state), func(t *testing.T) {
					t.Parallel()
					callIn(root(t, srv), op, state, result)
				})
			}
		}
	})
}

func callIn(u user, op operation, state types.KeyState, result string) {
	s := newSituation(u, state)
	before := u.describe(s.key)
	want := strings.Replace(results[result], "%s", *before.Arn, 1)
	if op.dry {
		s.dryRun = true
		wantDry := want
		if want == "ok" {
			wantDry = dryRun
		}
		wantOutcome(u.t, "with DryRun", op.call(u.t.Context(), u.Client, s), wantDry)
		s.dryRun = false
	}
	wantOutcome(u.t, "in earnest", op.call(u.t.Context(), u.Client, s), want)
	if diff := cmp.Diff(before, u.describe(s.key), cmpopts.IgnoreUnexported(*before)); want != "ok" && diff != "" {
		u.t.Errorf("the refused call changed the key:\n%s", diff)
	}
}

// newSituation makes a key with an alias and a ciphertext, and another one, and then puts
// the first into a state.
func newSituation(u user, state types.KeyState) situation {
	u.t.Helper()
	s := situation{key: u.key(), other: u.key()}
	s.alias, s.others = u.alias(s.key), u.alias(s.other)
	s.blob = u.encrypt(s.key, "text", nil)
	s.grant = u.grantTo(s.key, "arn:aws:iam::"+u.account+":root", types.GrantOperationEncrypt)
	switch state {
	case types.KeyStateDisabled:
		u.disable(s.key)
	case types.KeyStatePendingDeletion:
		u.scheduleDeletion(s.key, 7)
	}
	if got := u.describe(s.key); got.KeyState != state || got.Enabled != (state == types.KeyStateEnabled) {
		u.t.Fatalf("the key is %s, Enabled %v; want %s", got.KeyState, got.Enabled, state)
	}
	return s
}
