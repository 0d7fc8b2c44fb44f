package awsapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

const webIdentity = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=pod&RoleArn=arn:aws:iam::111122223333:role/app&WebIdentityToken="

// newUnsignedWorld knows AssumeRoleWithWebIdentity, for which the token "good" is good.
func newUnsignedWorld(t *testing.T) *world {
	t.Helper()
	s := awsapi.Service{
		Name: "sts", QueryVersion: "2011-06-15", MaxBody: 1 << 20, Names: models.STSNames,
		Constraints: map[string][]awsapi.Constraint{"AssumeRoleWithWebIdentity": models.STS["AssumeRoleWithWebIdentity"]},
		Operations: []awsapi.Operation{
			awsapi.Op("AssumeRoleWithWebIdentity", true, func(_ context.Context, c *iam.Caller, in *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
				c.Event.Identity.Type = "WebIdentityUser"
				c.Event.RecipientAccountID = "111122223333"
				if *in.WebIdentityToken != "good" {
					return nil, &smithy.GenericAPIError{Code: "InvalidIdentityToken"}
				}
				return &sts.AssumeRoleWithWebIdentityOutput{Audience: aws.String("sts.amazonaws.com")}, nil
			}).WithoutSignature().WithAnswerRecorded(),
			awsapi.Op("GetCallerIdentity", true, func(context.Context, *iam.Caller, *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
				return nil, errors.New("nobody may come here")
			}),
		},
	}
	return newWorld(t, s)
}

// TestUnsigned: an operation that needs no signature runs without one, and is recorded.
func TestUnsigned(t *testing.T) {
	w := newUnsignedWorld(t)
	w.auth.err = refusal{} // of whatever is signed
	if answer := w.send(formRequest(webIdentity + "good")); answer.Code != http.StatusOK {
		t.Errorf("an unsigned call: %d %s", answer.Code, answer.Body)
	}
	e := w.recorder.last(t)
	if e.Identity.Type != "WebIdentityUser" || e.RecipientAccountID != "111122223333" || e.Region != "eu-west-1" {
		t.Errorf("the record says %+v", e)
	}
	if got := string(e.ResponseElements); got != `{"audience":"sts.amazonaws.com"}` {
		t.Errorf("the record has the answer %s", got)
	}
	if got := string(e.RequestParameters); strings.Contains(got, "good") || !strings.Contains(got, "role/app") {
		t.Errorf("the record has the parameters %s", got)
	}
	if answer := w.send(formRequest(webIdentity + "wrong")); answer.Code != http.StatusBadRequest {
		t.Errorf("a wrong token: %d %s", answer.Code, answer.Body)
	}
	if e := w.recorder.last(t); e.ErrorCode != "InvalidIdentityToken" || e.ResponseElements != nil {
		t.Errorf("the record of a wrong token says %+v", e)
	}
	signed := formRequest(webIdentity + "good")
	signed.Header.Set("Authorization", "AWS4-HMAC-SHA256 …")
	if answer := w.send(signed); answer.Code != http.StatusForbidden {
		t.Errorf("a wrong signature: %d %s", answer.Code, answer.Body)
	}
	if answer := w.send(formRequest("Action=GetCallerIdentity&Version=2011-06-15")); answer.Code != http.StatusForbidden {
		t.Errorf("another operation without a signature: %d %s", answer.Code, answer.Body)
	}
	if answer := w.send(formRequest(webIdentity + strings.Repeat("x", 64<<10))); answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 64 KiB: %d %s", answer.Code, answer.Body)
	}
	if len(w.recorder.events) != 0 {
		t.Errorf("calls that were not let in left %d records", len(w.recorder.events))
	}
}

// TestUnsignedRation: failing calls of one source are rationed; those that succeed are not,
// and other sources have rations of their own.
func TestUnsignedRation(t *testing.T) {
	w := newUnsignedWorld(t)
	call := func(from, token string) int {
		r := formRequest(webIdentity + token)
		r.RemoteAddr = from
		return w.send(r).Code
	}
	throttled := func(from string) (after int) {
		for after = range 10_000 {
			r := formRequest(webIdentity + "wrong")
			r.RemoteAddr = from
			if answer := w.send(r); strings.Contains(answer.Body.String(), "<Code>Throttling</Code><Message>Rate exceeded</Message>") {
				return after
			}
		}
		return after
	}
	for range 1000 {
		if code := call("192.0.2.1:1", "good"); code != http.StatusOK {
			t.Fatalf("a good call is answered with %d", code)
		}
	}
	if n := throttled("192.0.2.1:1"); n < 200 || n > 220 {
		t.Errorf("one source is throttled after %d calls", n)
	}
	recorded := len(w.recorder.events)
	if call("192.0.2.1:2", "good") != http.StatusBadRequest || len(w.recorder.events) != recorded {
		t.Errorf("a throttled call ran")
	}
	if code := call("192.0.2.2:1", "good"); code != http.StatusOK {
		t.Errorf("another source is answered with %d", code)
	}
	if n := throttled("[2001:db8::1]:1"); n < 200 {
		t.Errorf("a source is throttled after %d calls", n)
	}
	if n := throttled("[2001:db8::ffff]:1"); n > 10 {
		t.Errorf("another address of the same network is throttled after %d calls", n)
	}
	w.clock.Advance(time.Second)
	if n := throttled("192.0.2.1:1"); n < 15 || n > 60 {
		t.Errorf("a second later the source is throttled after %d calls", n)
	}
	w.clock.Advance(time.Minute)
	total := 0
	for i := range 100 {
		total += throttled(fmt.Sprintf("198.51.100.%d:1", i))
	}
	if total < 2000 || total > 4000 {
		t.Errorf("all sources together are throttled after %d calls", total)
	}
}

// TestSharedEvent: the other account of a call across accounts gets a record of its own,
// which does not tell who it was.
func TestSharedEvent(t *testing.T) {
	s := awsapi.Service{Name: "sts", QueryVersion: "2011-06-15", MaxBody: 1 << 20, Operations: []awsapi.Operation{
		awsapi.Op("GetCallerIdentity", true, func(_ context.Context, c *iam.Caller, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
			c.Event.SharedWith = "444455556666"
			c.Event.Identity.PrincipalID = "AIDAEXAMPLE"
			c.Event.Identity.ARN = "arn:aws:iam::111122223333:user/alice"
			c.Event.AdditionalEventData = []cloudtrail.Field{{Name: "authorization", Value: "by a policy of the caller's"}}
			return nil, nil
		}),
	}}
	w := newWorld(t, s)
	w.send(formRequest("Action=GetCallerIdentity&Version=2011-06-15"))
	if len(w.recorder.events) != 2 {
		t.Fatalf("%d records", len(w.recorder.events))
	}
	own, shared := w.recorder.events[0], w.recorder.events[1]
	if own.RecipientAccountID != "111122223333" || own.Identity.ARN == "" || own.AdditionalEventData == nil || own.SharedEventID == "" {
		t.Errorf("the caller's record is %+v", own)
	}
	same(t, cloudtrail.Identity{Type: "AWSAccount", PrincipalID: "AIDAEXAMPLE", AccountID: "111122223333"}, shared.Identity)
	if shared.RecipientAccountID != "444455556666" || shared.AdditionalEventData != nil || shared.SharedEventID != own.SharedEventID {
		t.Errorf("the other account's record is %+v", shared)
	}
}
