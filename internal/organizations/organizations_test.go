package organizations_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t))))
	})
}

func create(t *testing.T, c *organizations.Client, name, email string) *types.CreateAccountStatus {
	t.Helper()
	out, err := c.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: &name, Email: &email})
	if err != nil {
		t.Fatalf("CreateAccount: %v", err)
	}
	return out.CreateAccountStatus
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestAccounts(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := organizations.NewFromConfig(srv.Config())
		made := create(t, c, "Payments", "payments@example.com")
		if made.State != types.CreateAccountStateSucceeded || !regexp.MustCompile(`^[1-9]\d{11}$`).MatchString(*made.AccountId) {
			t.Fatalf("the status is %s, account %s", made.State, *made.AccountId)
		}
		again := create(t, c, "Other", "Payments@example.com")
		if again.State != types.CreateAccountStateFailed || again.FailureReason != types.CreateAccountFailureReasonEmailAlreadyExists || again.AccountId != nil {
			t.Errorf("a second account with the address: %+v", again)
		}
		status, err := c.DescribeCreateAccountStatus(t.Context(), &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: made.Id})
		if err != nil || *status.CreateAccountStatus.AccountId != *made.AccountId {
			t.Errorf("DescribeCreateAccountStatus: %+v, %v", status, err)
		}
		_, err = c.DescribeCreateAccountStatus(t.Context(), &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: new("car-00000000")})
		if code(err) != "CreateAccountStatusNotFoundException" {
			t.Errorf("the status of no request: %v", err)
		}
		failed, err := c.ListCreateAccountStatus(t.Context(), &organizations.ListCreateAccountStatusInput{States: []types.CreateAccountState{types.CreateAccountStateFailed}})
		if err != nil || len(failed.CreateAccountStatuses) != 1 || *failed.CreateAccountStatuses[0].Id != *again.Id {
			t.Errorf("the failed requests: %+v, %v", failed, err)
		}

		account, err := c.DescribeAccount(t.Context(), &organizations.DescribeAccountInput{AccountId: made.AccountId})
		if err != nil || *account.Account.Name != "Payments" || *account.Account.Email != "payments@example.com" ||
			*account.Account.Arn != "arn:aws:organizations::"+srv.Account+":account/o-keystead00/"+*made.AccountId {
			t.Errorf("DescribeAccount: %+v, %v", account, err)
		}
		_, err = c.DescribeAccount(t.Context(), &organizations.DescribeAccountInput{AccountId: new("999999999999")})
		if code(err) != "AccountNotFoundException" {
			t.Errorf("no such account: %v", err)
		}
		organization, err := c.DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
		if err != nil || *organization.Organization.MasterAccountId != srv.Account {
			t.Errorf("DescribeOrganization: %+v, %v", organization, err)
		}
	})
}

func TestListAccountsPages(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := organizations.NewFromConfig(srv.Config())
		want := []string{srv.Account}
		for i := range 4 {
			want = append(want, *create(t, c, "A", fmt.Sprintf("a%d@example.com", i)).AccountId)
		}
		slices.Sort(want)
		var got []string
		pages := organizations.NewListAccountsPaginator(c, &organizations.ListAccountsInput{MaxResults: new(int32(2))})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Accounts) > 2 {
				t.Errorf("a page of %d", len(page.Accounts))
			}
			for _, a := range page.Accounts {
				got = append(got, *a.Id)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the accounts are %v, want %v", got, want)
		}
		if _, err := c.ListAccounts(t.Context(), &organizations.ListAccountsInput{NextToken: new("?")}); code(err) != "InvalidInputException" {
			t.Errorf("a bad token: %v", err)
		}
	})
}

func TestMembersManageNothing(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := organizations.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
		_, err := c.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: new("x"), Email: new("x@example.com")})
		if code(err) != "AccessDeniedException" {
			t.Errorf("CreateAccount by a member: %v", err)
		}
		if _, err := c.ListAccounts(t.Context(), &organizations.ListAccountsInput{}); code(err) != "AccessDeniedException" {
			t.Errorf("ListAccounts by a member: %v", err)
		}
		organization, err := c.DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
		if err != nil || *organization.Organization.MasterAccountId != srv.Account {
			t.Errorf("DescribeOrganization by a member: %+v, %v", organization, err)
		}
	})
}

// TestFirstAccountManages: the account that was made first manages the organization, even if
// it was changed after another was made, and before anybody asked.
func TestFirstAccountManages(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		other := organizations.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
		_, err := iam.NewFromConfig(srv.Config()).CreateAccountAlias(t.Context(), &iam.CreateAccountAliasInput{AccountAlias: new("changed")})
		if err != nil {
			t.Fatalf("CreateAccountAlias: %v", err)
		}
		got, err := other.DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
		if err != nil || *got.Organization.MasterAccountId != srv.Account {
			t.Errorf("DescribeOrganization: %+v, %v", got, err)
		}
		_, err = other.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: new("n"), Email: new("n@example.com")})
		if code(err) != "AccessDeniedException" {
			t.Errorf("CreateAccount by the second account: %v", err)
		}
	})
}
