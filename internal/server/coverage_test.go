package server_test

import (
	"flag"
	"os"
	"testing"

	sdkcloudhsm "github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	sdkcloudtrail "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	sdkcloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	sdklogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	sdkevents "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	sdkkms "github.com/aws/aws-sdk-go-v2/service/kms"
	sdkorganizations "github.com/aws/aws-sdk-go-v2/service/organizations"
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/server"
)

var update = flag.Bool("update", false, "rewrite golden files and generated documents")

// ec2Operations are those of the EC2 API about interface endpoints and their tags. The SDK
// of EC2 is not among our dependencies.
var ec2Operations = []string{
	"CreateTags", "CreateVpcEndpoint", "DeleteTags", "DeleteVpcEndpoints", "DescribePrefixLists", "DescribeTags",
	"DescribeVpcEndpointServices", "DescribeVpcEndpoints", "ModifyVpcEndpoint",
}

// TestCoverage compares docs/api-coverage.md with the tables and the SDK.
func TestCoverage(t *testing.T) {
	const path = "../../docs/api-coverage.md"
	want, err := awsapi.Coverage(server.Services(server.Parts{}), map[string][]string{
		"cloudhsm":      awsapi.OperationsOf((*sdkcloudhsm.Client)(nil)),
		"cloudtrail":    awsapi.OperationsOf((*sdkcloudtrail.Client)(nil)),
		"ec2":           ec2Operations,
		"events":        awsapi.OperationsOf((*sdkevents.Client)(nil)),
		"iam":           awsapi.OperationsOf((*sdkiam.Client)(nil)),
		"kms":           awsapi.OperationsOf((*sdkkms.Client)(nil)),
		"logs":          awsapi.OperationsOf((*sdklogs.Client)(nil)),
		"monitoring":    awsapi.OperationsOf((*sdkcloudwatch.Client)(nil)),
		"organizations": awsapi.OperationsOf((*sdkorganizations.Client)(nil)),
		"sns":           awsapi.OperationsOf((*sdksns.Client)(nil)),
		"sts":           awsapi.OperationsOf((*sdksts.Client)(nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the tables say; run make golden", path)
	}
}
