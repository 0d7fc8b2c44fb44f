package iam

import (
	"sync"

	"github.com/keystead/keystead/internal/iam/decision"
)

// awsManagedPolicies are the AWS managed policies that are of use here, by name. Their
// texts are ours, and grant what AWS's of the same name grant for the services that
// Keystead has.
var awsManagedPolicies = map[string]string{
	"AdministratorAccess": `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`,
	"PowerUserAccess": `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
		{"Effect": "Allow", "Action": ["account:GetAccountInformation", "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles", "organizations:DescribeOrganization"], "Resource": "*"}]}`,
}

const awsManagedPrefix = "arn:aws:iam::aws:policy/"

// awsManaged are the AWS managed policies by ARN.
var awsManaged = sync.OnceValue(func() map[string]decision.Policy {
	all := make(map[string]decision.Policy, len(awsManagedPolicies))
	for name, text := range awsManagedPolicies {
		p, err := compiled(text, awsManagedPrefix+name)
		if err != nil {
			panic("iam: AWS managed policy " + err.Error())
		}
		all[awsManagedPrefix+name] = p
	}
	return all
})
