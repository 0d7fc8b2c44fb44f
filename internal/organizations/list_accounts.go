package organizations

import (
	"context"
	"encoding/base64"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/keystead/keystead/internal/iam"
)

// pageSize is the most entries of a page, and their number if the caller does not say.
const pageSize = 20

// ListAccounts lists the accounts of the organization.
//
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
func (s *Service) ListAccounts(ctx context.Context, c *iam.Caller, in *organizations.ListAccountsInput) (*organizations.ListAccountsOutput, error) {
	management, err := s.manage(ctx, c, "ListAccounts", "")
	if err != nil {
		return nil, err
	}
	after, limit, err := page(in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	all, err := s.iam.OrganizationAccounts(ctx)
	if err != nil {
		return nil, err
	}
	out := &organizations.ListAccountsOutput{Accounts: []types.Account{}}
	for _, a := range all {
		switch {
		case a.ID <= after:
		case len(out.Accounts) == limit:
			out.NextToken = token(*out.Accounts[limit-1].Id)
			return out, nil
		default:
			out.Accounts = append(out.Accounts, entry(management, a))
		}
	}
	return out, nil
}

// DescribeAccount tells about one account.
//
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html
func (s *Service) DescribeAccount(ctx context.Context, c *iam.Caller, in *organizations.DescribeAccountInput) (*organizations.DescribeAccountOutput, error) {
	management, err := s.manage(ctx, c, "DescribeAccount", "account/"+iam.OrganizationID+"/"+*in.AccountId)
	if err != nil {
		return nil, err
	}
	all, err := s.iam.OrganizationAccounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.ID == *in.AccountId {
			return &organizations.DescribeAccountOutput{Account: new(entry(management, a))}, nil
		}
	}
	return nil, &types.AccountNotFoundException{Message: new("You specified an account that doesn't exist.")}
}

func entry(management string, a iam.Account) types.Account {
	e := types.Account{
		Id: &a.ID, Arn: new(accountARN(management, a.ID)), Email: new(emailOf(a)), Name: &a.Name,
		State: types.AccountStateActive, Status: types.AccountStatusActive,
		JoinedMethod: types.AccountJoinedMethodCreated, JoinedTimestamp: &a.Created,
		Paths: []string{iam.OrganizationID + "/" + rootID + "/" + a.ID + "/"},
	}
	if a.Name == "" { // made by the operator
		e.Name = &a.ID
	}
	if a.ID == management {
		e.JoinedMethod = types.AccountJoinedMethodInvited
	}
	return e
}

// emailOf is the address of an account. Those that the operator made have none, and clients
// expect one.
func emailOf(a iam.Account) string {
	if a.Email != "" {
		return a.Email
	}
	return a.ID + "@keystead.invalid"
}

// page reads the members of a request that say which page it asks for.
func page(next *string, results *int32) (after string, limit int, err error) {
	limit = pageSize
	if results != nil {
		limit = int(*results)
	}
	if next == nil {
		return "", limit, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*next)
	if err != nil {
		return "", 0, &types.InvalidInputException{
			Message: new("You provided an invalid pagination token."), Reason: types.InvalidInputExceptionReasonInvalidPaginationToken,
		}
	}
	return string(b), limit, nil
}

// token continues behind the entry with the key after.
func token(after string) *string { return new(base64.RawURLEncoding.EncodeToString([]byte(after))) }
