package admin_test

import (
	"path/filepath"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	rules "github.com/keystead/keystead/internal/iam/admin"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestSimulateServiceControlPolicies: they limit a simulation as they limit calls, and the
// result tells no more of them than whether they allow.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_OrganizationsDecisionDetail.html
func TestSimulateServiceControlPolicies(t *testing.T) {
	t.Parallel()
	sealer, err := seal.Create(t.Context(), seal.File(filepath.Join(t.TempDir(), "root.key")))
	must(t, "make a root key", err)
	db := storetest.Open(t, store.Options{URL: storetest.SQLite(t), Sealer: sealer})
	principals := iam.New(db, new(clock.Clock), sealer)
	s := rules.New(rules.Options{DB: db, IAM: principals, Clock: new(clock.Clock)})
	const account = "111122223333"
	must(t, "CreateAccount", principals.CreateAccount(t.Context(), account, iam.NewAccessKey()))
	root, err := principals.CallerFor(t.Context(), account)
	must(t, "CallerFor", err)
	_, err = s.CreateUser(t.Context(), root, &sdkiam.CreateUserInput{UserName: new("Bob")})
	must(t, "CreateUser", err)
	_, err = s.AttachUserPolicy(t.Context(), root, &sdkiam.AttachUserPolicyInput{UserName: new("Bob"), PolicyArn: new("arn:aws:iam::aws:policy/AdministratorAccess")})
	must(t, "AttachUserPolicy", err)
	simulate := func(action string) string {
		t.Helper()
		out, err := s.SimulatePrincipalPolicy(t.Context(), root, &sdkiam.SimulatePrincipalPolicyInput{
			PolicySourceArn: new(iam.UserARN(account, "/", "Bob")), ActionNames: []string{action},
		})
		must(t, "SimulatePrincipalPolicy", err)
		return shown(out.EvaluationResults[0])
	}
	if got, want := simulate("kms:Decrypt"), "kms:Decrypt * allowed AdministratorAccess@3:17-8:6"; got != want {
		t.Errorf("without any: %s, want %s", got, want)
	}
	must(t, "PutControl", principals.PutControl(t.Context(), account, iam.ControlPolicy{Name: "keys only", Document: `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}, {"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}]}`}))
	must(t, "DeleteControl", principals.DeleteControl(t.Context(), account, "FullAWSAccess"))
	for action, want := range map[string]string{
		"kms:Decrypt":             "kms:Decrypt * allowed AdministratorAccess@3:17-8:6",
		"kms:ScheduleKeyDeletion": "kms:ScheduleKeyDeletion * explicitDeny not by organization",
		"s3:GetObject":            "s3:GetObject * implicitDeny AdministratorAccess@3:17-8:6 not by organization",
	} {
		if got := simulate(action); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
