package kms

import (
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/iam"
)

// managedService is a service for which each account and Region can have an AWS managed key.
type managedService struct {
	alias    string // without "alias/aws/"
	via      string // the service's name in kms:ViaService, without what follows the Region
	title    string // as the key's policy calls it
	protects string // what the key is for, as its description says
	version  string // of the policy, in its Id
	grants   bool   // the service needs grants to go on by itself
}

// managedServices are the services with AWS managed keys, in the order of their aliases. The
// descriptions and policies are AWS's as far as they are known; ACM and Secrets Manager have
// statements of their own there.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-viewing.html
var managedServices = []managedService{
	{"acm", "acm", "ACM", "ACM private keys", "3", true},
	{"backup", "backup", "Backup", "Backup data", "1", true},
	{"dynamodb", "dynamodb", "Amazon DynamoDB", "DynamoDB data", "1", true},
	{"ebs", "ec2", "EBS", "EBS volumes", "2", true},
	{"elasticfilesystem", "elasticfilesystem", "EFS", "EFS filesystems", "1", true},
	{"es", "es", "Elasticsearch", "Elasticsearch data", "1", true},
	{"fsx", "fsx", "FSx", "FSx filesystems", "1", true},
	{"glue", "glue", "Glue", "Glue data", "1", false},
	{"kinesis", "kinesis", "Kinesis", "Kinesis data", "1", false},
	{"lambda", "lambda", "AWS Lambda", "Lambda functions", "1", true},
	{"rds", "rds", "RDS", "RDS database volumes", "2", true},
	{"redshift", "redshift", "Redshift", "Redshift clusters", "1", true},
	{"s3", "s3", "S3", "S3 objects", "2", false},
	{"secretsmanager", "secretsmanager", "AWS Secrets Manager", "Secrets Manager data", "2", true},
	{"sns", "sns", "SNS", "SNS data", "1", false},
	{"sqs", "sqs", "Simple Queue Service (SQS)", "SQS messages", "1", true},
	{"ssm", "ssm", "SSM", "SSM parameters", "1", false},
	{"workspaces", "workspaces", "WorkSpaces", "WorkSpaces volumes", "1", true},
	{"xray", "xray", "X-Ray", "X-Ray data", "1", false},
}

// managedBy finds the service whose keys have that alias name, or nil.
func managedBy(alias string) *managedService {
	name, reserved := strings.CutPrefix(alias, reservedPrefix)
	if !reserved {
		return nil
	}
	i, found := slices.BinarySearchFunc(managedServices, name, func(m managedService, name string) int { return strings.Compare(m.alias, name) })
	if !found {
		return nil
	}
	return &managedServices[i]
}

func (m *managedService) description() string {
	return "Default key that protects my " + m.protects + " when no other key is defined"
}

// policy is the policy of the service's key, in AWS's layout: every principal of the account
// may use the key, by way of the service; the account itself may look at it.
func (m *managedService) policy(account, region string) string {
	use, look := `"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", `, `"kms:Describe*", "kms:Get*", "kms:List*"`
	if m.grants {
		use += `"kms:CreateGrant", `
		look += `, "kms:RevokeGrant"`
	}
	use += `"kms:DescribeKey"`
	return `{
  "Version" : "2012-10-17",
  "Id" : "auto-` + m.alias + "-" + m.version + `",
  "Statement" : [ {
    "Sid" : "Allow access through ` + m.title + ` for all principals in the account that are authorized to use ` + m.title + `",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ ` + use + ` ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:CallerAccount" : "` + account + `",
        "kms:ViaService" : "` + m.via + "." + region + `.amazonaws.com"
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "` + iam.AccountRoot(iam.Partition(region), account) + `"
    },
    "Action" : [ ` + look + ` ],
    "Resource" : "*"
  } ]
}`
}
