package awsapi_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
	"github.com/aws/smithy-go/transport/http/protocol/rpcv2"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
)

// The tables of the services around KMS, as far as the wire needs them.
var (
	cloudtrailTable = awsapi.Service{
		Name: "cloudtrail", TargetPrefix: "CloudTrail_20131101", JSONVersion: "1.1", MaxBody: 1 << 20, Names: models.CloudTrailNames,
	}
	logsTable   = awsapi.Service{Name: "logs", TargetPrefix: "Logs_20140328", JSONVersion: "1.1", LowerNames: true, MaxBody: 1 << 20, Names: models.LogsNames}
	eventsTable = awsapi.Service{Name: "events", TargetPrefix: "AWSEvents", JSONVersion: "1.1", MaxBody: 1 << 20, Names: models.EventBridgeNames}
	snsTable    = awsapi.Service{
		Name: "sns", QueryVersion: "2010-03-31", XMLNamespace: "http://sns.amazonaws.com/doc/2010-03-31/", MaxBody: 1 << 20,
		Names: models.SNSNames, Entries: models.SNSEntries, VersionOptional: true,
		EmptyResults: map[string]bool{
			"CreateSMSSandboxPhoneNumber": true, "DeleteSMSSandboxPhoneNumber": true, "OptInPhoneNumber": true, "SetSMSAttributes": true,
			"TagResource": true, "UntagResource": true, "VerifySMSSandboxPhoneNumber": true,
		},
	}
	monitoringTable = awsapi.Service{
		Name: "monitoring", TargetPrefix: "GraniteServiceVersion20100801", JSONVersion: "1.0", RPCv2: true,
		QueryVersion: "2010-08-01", XMLNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", MaxBody: 1 << 20,
		QueryCodes: map[string]string{
			"InvalidParameterValueException": "InvalidParameterValue", "ValidationException": "ValidationError",
			"AccessDeniedException": "AccessDenied", "InternalServiceFault": "InternalServiceError",
		},
		InternalCode: "InternalServiceFault", Status: map[string]int{"AccessDenied": http.StatusForbidden},
	}
)

// unsendable are the operations that the test can't call: their answers are streams of
// events, or they require a union.
var unsendable = map[string]bool{"StartLiveTail": true, "GetLogObject": true, "PutIntegration": true}

// The clients of the SDK, which all are made of the same parts.
var (
	testCredentials = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")
	testRegion      = "eu-west-1"
)

func serve(t *testing.T, h http.Handler) *string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &srv.URL
}

// monitoringProtocols are those that CloudWatch's clients speak, of today and before.
var monitoringProtocols = map[string]smithyhttp.ClientProtocol{
	"cbor":  rpcv2.NewCBOR(schemas.GraniteServiceVersion20100801),
	"json":  awsjson.New10(schemas.GraniteServiceVersion20100801),
	"query": awsquery.New(schemas.GraniteServiceVersion20100801),
}

func monitoringClient(t *testing.T, h http.Handler, p smithyhttp.ClientProtocol) *cloudwatch.Client {
	return cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: serve(t, h), Region: testRegion, Retryer: aws.NopRetryer{}, Credentials: testCredentials, Protocol: p,
	})
}

// TestClients lets the SDK's own clients call every operation of each service, with every
// member set: what they send is what the operation gets, and the other way around.
func TestClients(t *testing.T) {
	for name, try := range map[string]struct {
		table  awsapi.Service
		client func(*testing.T, http.Handler) any
	}{
		"cloudtrail": {cloudtrailTable, func(t *testing.T, h http.Handler) any {
			return cloudtrail.New(cloudtrail.Options{BaseEndpoint: serve(t, h), Region: testRegion, Retryer: aws.NopRetryer{}, Credentials: testCredentials})
		}},
		"logs": {logsTable, func(t *testing.T, h http.Handler) any {
			return logs.New(logs.Options{BaseEndpoint: serve(t, h), Region: testRegion, Retryer: aws.NopRetryer{}, Credentials: testCredentials})
		}},
		"events": {eventsTable, func(t *testing.T, h http.Handler) any {
			return eventbridge.New(eventbridge.Options{BaseEndpoint: serve(t, h), Region: testRegion, Retryer: aws.NopRetryer{}, Credentials: testCredentials})
		}},
		"sns": {snsTable, func(t *testing.T, h http.Handler) any {
			return sns.New(sns.Options{BaseEndpoint: serve(t, h), Region: testRegion, Retryer: aws.NopRetryer{}, Credentials: testCredentials})
		}},
		"monitoring cbor":  {monitoringTable, func(t *testing.T, h http.Handler) any { return monitoringClient(t, h, monitoringProtocols["cbor"]) }},
		"monitoring json":  {monitoringTable, func(t *testing.T, h http.Handler) any { return monitoringClient(t, h, monitoringProtocols["json"]) }},
		"monitoring query": {monitoringTable, func(t *testing.T, h http.Handler) any { return monitoringClient(t, h, monitoringProtocols["query"]) }},
	} {
		t.Run(name, func(t *testing.T) {
			e := &echo{r: rand.New(rand.NewPCG(7, 8))}
			client := try.client(t, http.NotFoundHandler())
			e.check(t, try.client(t, newWorld(t, echoService(try.table, client, e.answer))))
		})
	}
}
