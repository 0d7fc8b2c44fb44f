// Package organizations is the part of the AWS Organizations API that makes and lists the
// accounts of a deployment. All of them are in one organization, which the first account
// manages. The one rule: only the management account may do more than look at the
// organization, and what it makes belongs to the new account from the start.
//
// Service control policies are the operator's: see the command "keystead account scp".
// Begin with create_account.go.
//
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html
package organizations

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Service answers the operations. Its methods may be called at once.
type Service struct {
	db    *store.DB
	clock *clock.Clock
	iam   *iam.Service
}

// New returns a Service over the accounts of i.
func New(db *store.DB, clk *clock.Clock, i *iam.Service) *Service { return &Service{db, clk, i} }

// manage decides on an action that only the management account has, on the resource that
// follows its id in the ARN.
func (s *Service) manage(ctx context.Context, c *iam.Caller, action, resource string) (management string, err error) {
	if err := s.db.Sync(ctx); err != nil {
		return "", err
	}
	if management, err = s.iam.ManagementAccount(ctx); err != nil {
		return "", err
	}
	arn := "*"
	if resource != "" {
		arn = organizationARN(management, resource)
	}
	if err := c.Authorize(&iam.Access{Action: "organizations:" + action, ARN: arn, Account: c.Principal.Account}); err != nil {
		return "", err
	}
	if c.Principal.Account != management {
		return "", &types.AccessDeniedException{Message: new("You don't have permissions to access this resource.")}
	}
	return management, nil
}

// organizationARN is the ARN of a resource of the organization: "account/ORGANIZATION/ID".
func organizationARN(management, resource string) string {
	return "arn:aws:organizations::" + management + ":" + resource
}

func accountARN(management, id string) string {
	return organizationARN(management, "account/"+iam.OrganizationID+"/"+id)
}

// rootID is the id of the one root that all accounts are in.
const rootID = "r-keys"

// DescribeOrganization tells about the organization. Every account in it may ask.
//
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
func (s *Service) DescribeOrganization(ctx context.Context, c *iam.Caller, _ *organizations.DescribeOrganizationInput) (*organizations.DescribeOrganizationOutput, error) {
	management, err := s.iam.ManagementAccount(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.Authorize(&iam.Access{Action: "organizations:DescribeOrganization", ARN: "*", Account: c.Principal.Account}); err != nil {
		return nil, err
	}
	accounts, err := s.iam.OrganizationAccounts(ctx)
	if err != nil {
		return nil, err
	}
	o := &types.Organization{
		Id: new(iam.OrganizationID), FeatureSet: types.OrganizationFeatureSetAll,
		Arn:             new(organizationARN(management, "organization/"+iam.OrganizationID)),
		MasterAccountId: &management, MasterAccountArn: new(accountARN(management, management)),
		AvailablePolicyTypes: []types.PolicyTypeSummary{{Type: types.PolicyTypeServiceControlPolicy, Status: types.PolicyTypeStatusEnabled}},
	}
	for _, a := range accounts {
		if a.ID == management {
			o.MasterAccountEmail = new(emailOf(a))
		}
	}
	return &organizations.DescribeOrganizationOutput{Organization: o}, nil
}
