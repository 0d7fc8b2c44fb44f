package iam

import (
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/iam/decision"
)

// awsManagedTexts are the documents of the AWS managed policies. Their texts are ours, and
// grant what AWS's of the same name grant for the services that Keystead has.
//
//go:embed awsmanaged/*.json
var awsManagedTexts embed.FS

// awsManagedDescriptions are the AWS managed policies that are of use here, by path and name.
var awsManagedDescriptions = map[string]string{
	"/AdministratorAccess":              "Allows everything.",
	"/PowerUserAccess":                  "Allows everything but the administration of users, groups and accounts.",
	"/ReadOnlyAccess":                   "Allows reading everything.",
	"/SecurityAudit":                    "Allows reading what an audit of the configuration needs.",
	"/job-function/ViewOnlyAccess":      "Allows listing resources, and little of what is in them.",
	"/IAMFullAccess":                    "Allows everything in IAM.",
	"/IAMReadOnlyAccess":                "Allows reading everything in IAM.",
	"/IAMUserChangePassword":            "Allows users to change their own password.",
	"/AWSDenyAll":                       "Denies everything.",
	"/AWSKeyManagementServicePowerUser": "Allows creating keys, and reading about all of them.",
	"/CloudWatchFullAccess":             "Allows everything in CloudWatch, CloudWatch Logs and SNS.",
	"/CloudWatchFullAccessV2":           "Allows everything in CloudWatch and CloudWatch Logs, and subscribing to topics.",
	"/CloudWatchReadOnlyAccess":         "Allows reading everything in CloudWatch and CloudWatch Logs.",
	"/CloudWatchLogsFullAccess":         "Allows everything in CloudWatch Logs.",
	"/CloudWatchLogsReadOnlyAccess":     "Allows reading everything in CloudWatch Logs.",
	"/AWSCloudTrail_FullAccess":         "Allows everything in CloudTrail, and making what trails deliver to.",
	"/AWSCloudTrail_ReadOnlyAccess":     "Allows reading everything in CloudTrail.",
	"/AmazonSNSFullAccess":              "Allows everything in SNS.",
	"/AmazonSNSReadOnlyAccess":          "Allows reading everything in SNS.",
	"/AmazonEventBridgeFullAccess":      "Allows everything in EventBridge, and passing roles to it.",
	"/AmazonEventBridgeReadOnlyAccess":  "Allows reading everything in EventBridge.",
	"/AWSCloudHSMFullAccess":            "Allows everything in CloudHSM.",
	"/AWSCloudHSMReadOnlyAccess":        "Allows reading everything in CloudHSM.",
	"/AWSOrganizationsFullAccess":       "Allows everything in Organizations.",
	"/AWSOrganizationsReadOnlyAccess":   "Allows reading everything in Organizations.",
	"/AmazonVPCFullAccess":              "Allows everything with private endpoints.",
	"/AmazonVPCReadOnlyAccess":          "Allows reading about private endpoints.",
}

// awsManagedSince is when the texts of the AWS managed policies were written.
var awsManagedSince = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// AWSAccount stands in the ARNs of AWS managed policies in place of an account.
const AWSAccount = "aws"

// awsManagedSet is made once.
type awsManagedSet struct {
	list     []*ManagedPolicy // in the order of their names
	byARN    map[string]*ManagedPolicy
	compiled map[string]decision.Policy // by ARN
}

var awsManaged = sync.OnceValue(func() *awsManagedSet {
	set := &awsManagedSet{byARN: map[string]*ManagedPolicy{}, compiled: map[string]decision.Policy{}}
	for where, description := range awsManagedDescriptions {
		slash := strings.LastIndexByte(where, '/') + 1
		p := newAWSManaged(where[:slash], where[slash:], description)
		arn := PolicyARN(AWSAccount, p.Path, p.Name)
		doc, err := compiled(p.Versions[0].Document, arn)
		if err != nil {
			panic("iam: AWS managed policy " + err.Error())
		}
		set.list = append(set.list, p)
		set.byARN[arn], set.compiled[arn] = p, doc
	}
	slices.SortFunc(set.list, func(a, b *ManagedPolicy) int { return strings.Compare(a.Name, b.Name) })
	return set
})

func newAWSManaged(path, name, description string) *ManagedPolicy {
	text, err := awsManagedTexts.ReadFile("awsmanaged/" + name + ".json")
	if err != nil {
		panic("iam: AWS managed policy: " + err.Error())
	}
	return &ManagedPolicy{
		Name: name, Path: path, ID: awsManagedID(name), Created: awsManagedSince, Updated: awsManagedSince,
		Description: description, Default: "v1", Next: 2,
		Versions: []PolicyVersion{{ID: "v1", Document: string(text), Created: awsManagedSince}},
	}
}

// awsManagedID makes a unique id that is the same everywhere.
func awsManagedID(name string) string {
	sum := sha256.Sum256([]byte(AWSAccount + "/" + name))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// AWSManagedPolicies lists the AWS managed policies in the order of their names. They are
// shared: nobody may change them.
func AWSManagedPolicies() []*ManagedPolicy { return awsManaged().list }

// AWSManagedPolicy finds an AWS managed policy by its ARN.
func AWSManagedPolicy(arn string) (*ManagedPolicy, bool) {
	p, ok := awsManaged().byARN[arn]
	return p, ok
}
