package awsapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// TestLinks: what a subscriber opens is a GET without a version and without a signature.
func TestLinks(t *testing.T) {
	var got *sns.ConfirmSubscriptionInput
	s := snsTable
	s.Operations = []awsapi.Operation{
		awsapi.Op("ConfirmSubscription", false, func(_ context.Context, c *iam.Caller, in *sns.ConfirmSubscriptionInput) (*sns.ConfirmSubscriptionOutput, error) {
			got = in
			return &sns.ConfirmSubscriptionOutput{SubscriptionArn: new("arn:s")}, nil
		}).WithoutSignature(),
		awsapi.Op("Publish", false, func(context.Context, *iam.Caller, *sns.PublishInput) (*sns.PublishOutput, error) {
			return nil, nil
		}).AsDataEvent(),
	}
	s.EmptyResults = nil
	var failure error
	w := newWorld(t, s, stsService(&failure))
	const link = "/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:111122223333:alarms&Token=2336412f37"
	want := &sns.ConfirmSubscriptionInput{TopicArn: new("arn:aws:sns:eu-west-1:111122223333:alarms"), Token: new("2336412f37")}
	for name, tt := range map[string]struct {
		method, path string
		status       int
		want         *sns.ConfirmSubscriptionInput
		says         string
	}{
		"a link":                  {"GET", link, 200, want, "<SubscriptionArn>arn:s</SubscriptionArn>"},
		"with a version":          {"GET", link + "&Version=2010-03-31", 200, want, "<SubscriptionArn>"},
		"with another version":    {"GET", link + "&Version=2010-03-30", 400, nil, "InvalidAction"},
		"a look at the headers":   {"HEAD", link, 403, nil, ""},
		"a method of another API": {"DELETE", link, 403, nil, "AccessDeniedException"},
		"an action of nobody":     {"GET", strings.Replace(link, "Confirm", "Refuse", 1), 400, nil, "InvalidAction"},
		"another service's":       {"GET", "/?Action=GetCallerIdentity", 400, nil, "NO_VERSION_SPECIFIED"},
		"a parameter twice":       {"GET", link + "&Token=2", 400, nil, "MalformedInput"},
	} {
		t.Run(name, func(t *testing.T) {
			got = nil
			answer := w.send(httptest.NewRequest(tt.method, "http://sns.example"+tt.path, nil))
			if answer.Code != tt.status || !strings.Contains(answer.Body.String(), tt.says) {
				t.Errorf("got %d %s", answer.Code, answer.Body)
			}
			if tt.want == nil && got != nil || tt.want != nil && !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v", got)
			}
		})
	}
	w.recorder.events = nil
	if answer := w.send(httptest.NewRequest(http.MethodGet, "http://sns.example"+link, nil)); answer.Code != 200 {
		t.Fatal(answer.Body)
	}
	if e := w.recorder.last(t); e.Category != "" {
		t.Errorf("category %q", e.Category)
	}
	if answer := w.send(formRequest("Action=Publish&Version=2010-03-31&Message=m")); answer.Code != 200 {
		t.Fatal(answer.Body)
	}
	if e := w.recorder.last(t); e.Category != cloudtrail.DataCategory {
		t.Errorf("category %q of a data event", e.Category)
	}
}
