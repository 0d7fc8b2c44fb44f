package pattern_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/eventbridge/pattern"
)

// record is an event about a call, as long as they are.
var record = []byte(`{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","detail-type":"AWS API Call via CloudTrail","source":"aws.kms","account":"111122223333","time":"2026-05-20T20:45:08Z","region":"us-west-2","resources":[],"detail":` +
	`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/Alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","userName":"Alice"},` +
	`"eventTime":"2026-05-20T20:45:08Z","eventSource":"kms.amazonaws.com","eventName":"Encrypt","awsRegion":"us-west-2","sourceIPAddress":"192.0.2.0","userAgent":"aws-sdk-go-v2/1.48.0",` +
	`"requestParameters":{"keyId":"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"Department":"Engineering"}},` +
	`"responseElements":null,"requestID":"f3c4b0b4-1d3c-4a06-9d3c-4d1f6a4d8a3f","eventID":"0a1b2c3d-1d3c-4a06-9d3c-4d1f6a4d8a3f","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}`)

func BenchmarkMatch(b *testing.B) {
	for name, p := range map[string]string{
		"rejected": `{"source":["aws.kms"],"detail":{"eventName":["DisableKey","ScheduleKeyDeletion"]}}`,
		"matched":  `{"source":["aws.kms"],"detail":{"eventName":["Encrypt"]}}`,
	} {
		b.Run(name, func(b *testing.B) {
			compiled, err := pattern.Parse([]byte(p))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if compiled.Match(pattern.NewEvent(record)) != (name == "matched") {
					b.Fatal("wrong")
				}
			}
		})
	}
}

// TestHostile gives the matcher the worst that fits: it must not take longer than a read of the
// event for each rule.
func TestHostile(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	var rules []string
	for i := range 100 {
		rules = append(rules, fmt.Sprintf(`{"wildcard":"*%da*a*a*a*b"}`, i))
	}
	p, err := pattern.Parse([]byte(`{"a":[` + strings.Join(rules, ",") + `],"b":{"c":[{"exists":false}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range [][]byte{
		[]byte(`{"a":"` + strings.Repeat("1a", 128<<10) + `"}`),
		[]byte(`{"a":` + deep + `}`),
		append(append([]byte(`{"b":[`), bytes.Repeat([]byte(`{"x":0},`), 30000)...), []byte(`{}],"a":"\u0000"}`)...),
	} {
		start := time.Now()
		if p.Match(pattern.NewEvent(event)) {
			t.Error("matches")
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("took %v", d)
		}
	}
}
