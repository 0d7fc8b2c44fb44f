package pattern_test

import (
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/logs/pattern"
)

// encryptEvent is a record of CloudTrail as most are: nobody is alarmed by it.
const encryptEvent = `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE01:app","arn":"arn:aws:sts::111122223333:assumed-role/app/app","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE01","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE01","arn":"arn:aws:iam::111122223333:role/app","accountId":"111122223333","userName":"app"},"attributes":{"creationDate":"2026-05-20T20:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-05-20T20:45:08Z","eventSource":"kms.amazonaws.com","eventName":"Encrypt","awsRegion":"us-west-2","sourceIPAddress":"192.0.2.0","userAgent":"aws-sdk-go-v2/1.30","requestParameters":{"keyId":"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,"requestID":"3f5a1c2e-0000-4000-8000-000000000001","eventID":"3f5a1c2e-0000-4000-8000-000000000002","readOnly":true,"resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-west-2:111122223333:key/1234abcd"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`

// controls are filters that auditors look for.
//
// Source: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
var controls = []string{
	`{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}`,
	`{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}`,
	`{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}`,
	`{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}`,
	`{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") }`,
	`{($.eventSource=iam.amazonaws.com) && (($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || ($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || ($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || ($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || ($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy))}`,
	`{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}`,
	`{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}`,
	`{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || ($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}`,
	`{($.eventSource=organizations.amazonaws.com) && (($.eventName="AcceptHandshake") || ($.eventName="AttachPolicy") || ($.eventName="CreateAccount") || ($.eventName="LeaveOrganization"))}`,
}

func parseControls(tb testing.TB) []*pattern.Pattern {
	var list []*pattern.Pattern
	for _, text := range controls {
		p, err := pattern.Parse(text)
		if err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
		list = append(list, p)
	}
	return list
}

func BenchmarkTenFiltersNoMatch(b *testing.B) {
	list, event := parseControls(b), []byte(encryptEvent)
	b.SetBytes(int64(len(event)))
	for b.Loop() {
		for _, p := range list {
			if _, ok := p.Match(event); ok {
				b.Fatal(p)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	p := parseControls(b)[0]
	event := []byte(strings.Replace(encryptEvent, `"readOnly"`, `"errorMessage":"arn:aws:kms:us-west-2:111122223333:key/1 is pending deletion.","readOnly"`, 1))
	b.SetBytes(int64(len(event)))
	for b.Loop() {
		if _, ok := p.Match(event); !ok {
			b.Fatal("no match")
		}
	}
}
