package awsapi_test

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
)

// models under test, each with the SDK's client of its service.
var tables = map[string]struct {
	client      any
	constraints map[string][]awsapi.Constraint
}{
	"cloudhsm":    {cloudhsmv2.New(cloudhsmv2.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.CloudHSM},
	"cloudtrail":  {cloudtrail.New(cloudtrail.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.CloudTrail},
	"cloudwatch":  {cloudwatch.New(cloudwatch.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.CloudWatch},
	"eventbridge": {eventbridge.New(eventbridge.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.EventBridge},
	"logs":        {logs.New(logs.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.Logs},
	"sns":         {sns.New(sns.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.SNS},
	"iam":         {iam.New(iam.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.IAM},
	"kms":         {kms.New(kms.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.KMS},
	"sts":         {sts.New(sts.Options{Region: "us-east-1", HTTPClient: offline{}, Retryer: aws.NopRetryer{}}), models.STS},
}

// partial are the tables that have the operations that there are, not all of the API.
var partial = map[string]bool{"cloudtrail": true, "cloudwatch": true, "eventbridge": true, "logs": true, "sns": true}

// offline sends nothing.
type offline struct{}

func (offline) Do(*http.Request) (*http.Response, error) { return nil, errors.New("offline") }

// TestModelsFitTheSDK: every row names a member of the SDK's input, and fits its type.
func TestModelsFitTheSDK(t *testing.T) {
	for service, table := range tables {
		known := awsapi.OperationsOf(table.client)
		for operation, rows := range table.constraints {
			if !slices.Contains(known, operation) {
				t.Errorf("%s: the SDK has no operation %s", service, operation)
				continue
			}
			in := reflect.New(inputType(table.client, operation)).Interface()
			if _, err := awsapi.NewCodec(awsapi.Service{}, in, rows); err != nil {
				t.Errorf("%s %s: %v", service, operation, err)
			}
		}
	}
}

// TestModelsRequire holds the required members beside what the SDK's client refuses to send
// a request without.
func TestModelsRequire(t *testing.T) {
	for service, table := range tables {
		for _, operation := range awsapi.OperationsOf(table.client) {
			if len(table.constraints[operation]) == 0 && partial[service] {
				continue
			}
			var got []string
			for _, row := range table.constraints[operation] {
				if row.Required && !strings.Contains(row.Path, ".") {
					got = append(got, row.Path)
				}
			}
			want := requiredBySDK(t, table.client, operation)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s requires %v, the SDK %v", service, operation, got, want)
			}
		}
	}
}

func inputType(client any, operation string) reflect.Type {
	return reflect.ValueOf(client).MethodByName(operation).Type().In(1).Elem()
}

// requiredBySDK calls the operation with an empty input; the client refuses to send
// that, and names the members that it misses.
func requiredBySDK(t *testing.T, client any, operation string) []string {
	t.Helper()
	out := reflect.ValueOf(client).MethodByName(operation).Call([]reflect.Value{
		reflect.ValueOf(t.Context()), reflect.New(inputType(client, operation)),
	})
	var invalid smithy.InvalidParamsError
	if err, _ := out[1].Interface().(error); !errors.As(err, &invalid) {
		return nil
	}
	var names []string
	for _, e := range invalid.Errs() {
		missing, ok := e.(smithy.InvalidParamError)
		if !ok {
			t.Fatalf("%s: %v", operation, e)
		}
		name := strings.TrimPrefix(missing.Field(), operation+"Input.")
		names = append(names, strings.ToLower(name[:1])+name[1:])
	}
	return names
}

// TestModelsCountOperations guards against an operation that is left out by mistake: only
// those without constrained members may have no rows.
func TestModelsCountOperations(t *testing.T) {
	for service, free := range map[string][]string{
		"iam": {
			"DeleteAccountPasswordPolicy", "DisableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootSessions",
			"DisableOutboundWebIdentityFederation", "EnableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootSessions",
			"EnableOutboundWebIdentityFederation", "GenerateCredentialReport", "GetAccountPasswordPolicy", "GetAccountProperties",
			"GetAccountSummary", "GetCredentialReport", "GetOutboundWebIdentityFederationInfo", "ListOpenIDConnectProviders",
			"ListOrganizationsFeatures", "ListSAMLProviders",
		},
		"kms": nil,
		"sts": {"GetCallerIdentity"},
	} {
		table := tables[service]
		for _, operation := range awsapi.OperationsOf(table.client) {
			if len(table.constraints[operation]) == 0 && !slices.Contains(free, operation) {
				t.Errorf("%s: no constraints of %s", service, operation)
			}
		}
	}
}

// TestIAMPattern: the model forbids two hyphens in a row by looking ahead.
func TestIAMPattern(t *testing.T) {
	for alias, want := range map[string]bool{
		"example": true, "a-b": true, "a1-b2-c3": true, "1-1": true,
		"a--b": false, "-ab": false, "ab-": false, "Ab1": false, "a_b": false, "ab": false, "a\nb": false, "abc\n": false,
		strings.Repeat("a", 63): true, strings.Repeat("a", 64): false,
	} {
		in := &iam.CreateAccountAliasInput{AccountAlias: &alias}
		got := codec(t, in, models.IAM["CreateAccountAlias"]).Validate(in)
		if (got == "") != want {
			t.Errorf("%q: %s", alias, got)
		}
	}
}

// TestEventBridgePattern: the model forbids values of nothing but space by looking ahead.
func TestEventBridgePattern(t *testing.T) {
	for value, want := range map[string]bool{"a": true, " a ": true, "a\nb": true, "": false, "  ": false, "\t\n": false} {
		in := &eventbridge.PutTargetsInput{Targets: []eventtypes.Target{{
			HttpParameters: &eventtypes.HttpParameters{PathParameterValues: []string{value}},
		}}}
		rows := []awsapi.Constraint{{Path: "targets.member.httpParameters.pathParameterValues.member", Pattern: `^(?!\s*$).+`}}
		if !slices.Contains(models.EventBridge["PutTargets"], rows[0]) {
			t.Fatal("the model has another pattern")
		}
		if got := codec(t, in, rows).Validate(in); (got == "") != want {
			t.Errorf("%q: %s", value, got)
		}
	}
}

// TestSTSPattern: the model writes the planes above the first as \u10000-\u10FFFF.
func TestSTSPattern(t *testing.T) {
	for arn, want := range map[string]bool{
		"arn:aws:iam::111122223333:role/日本": true, "arn:aws:iam::111122223333:role/😀": true,
		"arn:aws:iam::111122223333:role/\x01": false,
	} {
		in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: &arn}
		got := codec(t, in, models.STS["AssumeRole"][:1]).Validate(in)
		if (got == "") != want {
			t.Errorf("%q: %s", arn, got)
		}
	}
}
