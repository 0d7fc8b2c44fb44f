package trail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/keysteadtest"
)

// TestOrganizationTrail: the trail of an organization delivers the events of all its accounts.
// They see it, and can't change it.
func TestOrganizationTrail(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		const account = "111122223333"
		c := cloudtrail.NewFromConfig(srv.Config())
		as := srv.ConfigFor(srv.NewAccount(account))
		member, keys := cloudtrail.NewFromConfig(as), kms.NewFromConfig(as)
		in := &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs"), IsOrganizationTrail: new(true)}
		if _, err := member.CreateTrail(t.Context(), in); code(err) != "NotOrganizationMasterAccountException" {
			t.Errorf("CreateTrail by a member: %v", err)
		}
		create := func(description string) {
			t.Helper()
			if _, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{Description: &description}); err != nil {
				t.Fatal(err)
			}
		}
		create("before")
		arn := newTrail(t, c, in)
		// The events of one that is not the organization's stay those of its own account.
		newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("own"), S3BucketName: new("own-logs")})
		create("after")
		srv.Advance(5 * time.Minute)

		text := ""
		for _, f := range filesIn(t, srv, "audit-logs", "/AWSLogs/"+iam.OrganizationID+"/"+account+"/CloudTrail/us-east-1/") {
			text += readGzip(t, f)
		}
		if strings.Contains(text, `"before"`) || !strings.Contains(text, `"after"`) {
			t.Errorf("the files have %s", text)
		}
		if f := filesIn(t, srv, "own-logs", account); len(f) != 0 {
			t.Errorf("the files of the trail of one account are %v", f)
		}
		got, err := member.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: &arn})
		if err != nil || !*got.Trail.IsOrganizationTrail {
			t.Errorf("GetTrail by a member: %+v, %v", got, err)
		}
		list, err := member.ListTrails(t.Context(), &cloudtrail.ListTrailsInput{})
		if err != nil || len(list.Trails) != 1 || *list.Trails[0].TrailARN != arn {
			t.Errorf("ListTrails by a member: %+v, %v", list, err)
		}
		if _, err := member.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: &arn}); code(err) != "NotOrganizationMasterAccountException" {
			t.Errorf("StopLogging by a member: %v", err)
		}
		if _, err := member.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: &arn}); code(err) != "NotOrganizationMasterAccountException" {
			t.Errorf("DeleteTrail by a member: %v", err)
		}
	})
}

// TestTopic: a trail tells a topic of its files while the topic's policy lets CloudTrail publish.
func TestTopic(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c, topics := cloudtrail.NewFromConfig(srv.Config()), sns.NewFromConfig(srv.Config())
		topic, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("files")})
		if err != nil {
			t.Fatal(err)
		}
		allow := func(action string) {
			t.Helper()
			policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"` + action + `","Resource":"` + *topic.TopicArn + `"}]}`
			if _, err := topics.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: topic.TopicArn, AttributeName: new("Policy"), AttributeValue: &policy}); err != nil {
				t.Fatal(err)
			}
		}
		in := &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs"), SnsTopicName: new("files")}
		if _, err := c.CreateTrail(t.Context(), in); code(err) != "InsufficientSnsTopicPolicyException" {
			t.Errorf("a topic whose policy says nothing of CloudTrail: %v", err)
		}
		allow("sns:Publish")
		arn := newTrail(t, c, in)
		status := func() *cloudtrail.GetTrailStatusOutput {
			t.Helper()
			createKey(t, srv, "x")
			srv.Advance(time.Second)
			srv.Advance(5 * time.Minute)
			out, err := c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &arn})
			if err != nil || out.LatestDeliveryTime == nil || out.LatestDeliveryError != nil {
				t.Fatalf("GetTrailStatus: %+v, %v", out, err)
			}
			return out
		}
		if st := status(); st.LatestNotificationTime == nil || st.LatestNotificationError != nil {
			t.Errorf("a notice: %+v", st)
		}
		allow("sns:GetTopicAttributes")
		if st := status(); st.LatestNotificationError == nil || *st.LatestNotificationError != "AuthorizationError" {
			t.Errorf("a notice that is refused: %+v", st)
		}
	})
}
