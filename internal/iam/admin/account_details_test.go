package admin_test

import (
	"slices"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

func TestAccountAuthorizationDetails(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		newcomer(t, srv, "111122223333").user("Stranger")
		a.user("Alice", "Bob")
		a.group("Clerks")
		a.join("Bob", "Clerks")
		a.role("Worker")
		arn := a.policy("Keys")
		a.allow("Bob", useKeys)
		must(t, "AttachRolePolicy", errOf(a.AttachRolePolicy(ctx, &sdkiam.AttachRolePolicyInput{RoleName: new("Worker"), PolicyArn: new(adminARN)})))
		must(t, "PutUserPermissionsBoundary", errOf(a.PutUserPermissionsBoundary(ctx, &sdkiam.PutUserPermissionsBoundaryInput{UserName: new("Bob"), PermissionsBoundary: &arn})))

		list := func(size int32, filter ...types.EntityType) (names []string, last *sdkiam.GetAccountAuthorizationDetailsOutput) {
			pages := sdkiam.NewGetAccountAuthorizationDetailsPaginator(a.Client, &sdkiam.GetAccountAuthorizationDetailsInput{Filter: filter, MaxItems: &size})
			for pages.HasMorePages() {
				out, err := pages.NextPage(ctx)
				must(t, "GetAccountAuthorizationDetails", err)
				before := len(names)
				for _, u := range out.UserDetailList {
					names = append(names, "user "+*u.UserName)
				}
				for _, g := range out.GroupDetailList {
					names = append(names, "group "+*g.GroupName)
				}
				for _, r := range out.RoleDetailList {
					names = append(names, "role "+*r.RoleName)
				}
				for _, p := range out.Policies {
					names = append(names, "policy "+*p.PolicyName)
				}
				if len(names)-before > int(size) {
					t.Errorf("a page of %d items", len(names)-before)
				}
				last = out
			}
			return names, last
		}
		want := []string{"user Alice", "user Bob", "group Clerks", "role Worker", "policy Keys", "policy AdministratorAccess"}
		for _, size := range []int32{1, 2, 3, 5, 6, 1000} {
			if got, _ := list(size); !slices.Equal(got, want) {
				t.Errorf("in pages of %d: %v, want %v", size, got, want)
			}
		}
		for filter, want := range map[types.EntityType]string{
			types.EntityTypeUser: "user Alice user Bob", types.EntityTypeGroup: "group Clerks", types.EntityTypeRole: "role Worker",
			types.EntityTypeLocalManagedPolicy: "policy Keys", types.EntityTypeAWSManagedPolicy: "policy AdministratorAccess",
		} {
			if got, _ := list(1, filter); strings.Join(got, " ") != want {
				t.Errorf("only %s: %v, want %s", filter, got, want)
			}
		}

		_, all := list(1000)
		bob, worker := all.UserDetailList[1], all.RoleDetailList[0]
		if len(bob.GroupList) != 1 || bob.GroupList[0] != "Clerks" || len(bob.UserPolicyList) != 1 || decoded(t, bob.UserPolicyList[0].PolicyDocument) != useKeys ||
			*bob.PermissionsBoundary.PermissionsBoundaryArn != arn {
			t.Errorf("Bob is %+v", bob)
		}
		if decoded(t, worker.AssumeRolePolicyDocument) != trustEC2 || len(worker.AttachedManagedPolicies) != 1 || *worker.AttachedManagedPolicies[0].PolicyName != "AdministratorAccess" {
			t.Errorf("Worker is %+v", worker)
		}
		keys := all.Policies[0]
		if *keys.PermissionsBoundaryUsageCount != 1 || *keys.AttachmentCount != 0 || len(keys.PolicyVersionList) != 1 || decoded(t, keys.PolicyVersionList[0].Document) != readKeys {
			t.Errorf("Keys is %+v", keys)
		}
		_, err := a.GetAccountAuthorizationDetails(ctx, &sdkiam.GetAccountAuthorizationDetailsInput{Marker: new("MQ==")})
		wantOutcome(t, "a marker that nobody made", err, "ValidationError: Invalid Marker.")
	})
}
