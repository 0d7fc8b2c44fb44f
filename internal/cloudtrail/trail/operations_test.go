package trail_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/keysteadtest"
)

// TestTrailErrors: what AWS refuses is refused with its errors.
func TestTrailErrors(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := cloudtrail.NewFromConfig(srv.Config())
		make := func(in cloudtrail.CreateTrailInput) error {
			_, err := c.CreateTrail(t.Context(), &in)
			return err
		}
		if err := make(cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs")}); err != nil {
			t.Fatal(err)
		}
		const allowed = "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_)."
		for name, tt := range map[string]struct {
			in         cloudtrail.CreateTrailInput
			code, text string
		}{
			"short":          {cloudtrail.CreateTrailInput{Name: new("ab")}, "InvalidTrailNameException", "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters."},
			"long":           {cloudtrail.CreateTrailInput{Name: new(strings.Repeat("a", 129))}, "InvalidTrailNameException", "Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters."},
			"characters":     {cloudtrail.CreateTrailInput{Name: new("a b c")}, "InvalidTrailNameException", allowed},
			"begins":         {cloudtrail.CreateTrailInput{Name: new("-abc")}, "InvalidTrailNameException", "Trail name must starts with a letter or number."},
			"ends":           {cloudtrail.CreateTrailInput{Name: new("abc-")}, "InvalidTrailNameException", "Trail name must ends with a letter or number."},
			"address":        {cloudtrail.CreateTrailInput{Name: new("192.168.5.4")}, "InvalidTrailNameException", ""},
			"again":          {cloudtrail.CreateTrailInput{Name: new("all")}, "TrailAlreadyExistsException", "Trail all already exists for customer: " + srv.Account},
			"bucket":         {cloudtrail.CreateTrailInput{Name: new("two"), S3BucketName: new("No_Bucket")}, "InvalidS3BucketNameException", ""},
			"prefix":         {cloudtrail.CreateTrailInput{Name: new("two"), S3KeyPrefix: new("a/../b")}, "InvalidS3PrefixException", ""},
			"long prefix":    {cloudtrail.CreateTrailInput{Name: new("two"), S3KeyPrefix: new(strings.Repeat("a", 201))}, "InvalidS3PrefixException", ""},
			"key":            {cloudtrail.CreateTrailInput{Name: new("two"), KmsKeyId: new("alias/x")}, "KmsException", ""},
			"multi":          {cloudtrail.CreateTrailInput{Name: new("two"), IsMultiRegionTrail: new(true), IncludeGlobalServiceEvents: new(false)}, "InvalidParameterCombinationException", "Multi-Region trail must include global service events."},
			"group only":     {cloudtrail.CreateTrailInput{Name: new("two"), CloudWatchLogsLogGroupArn: new("arn:aws:logs:us-east-1:000000000000:log-group:g:*")}, "InvalidParameterCombinationException", ""},
			"no role":        {cloudtrail.CreateTrailInput{Name: new("two"), CloudWatchLogsLogGroupArn: new("arn:aws:logs:us-east-1:000000000000:log-group:g:*"), CloudWatchLogsRoleArn: new("arn:aws:iam::000000000000:role/none")}, "InvalidCloudWatchLogsRoleArnException", "Access denied. Check the trust relationships for your role."},
			"no topic":       {cloudtrail.CreateTrailInput{Name: new("two"), SnsTopicName: new("none")}, "InsufficientSnsTopicPolicyException", "SNS Topic does not exist or the topic policy is incorrect!"},
			"duplicate tags": {cloudtrail.CreateTrailInput{Name: new("two"), TagsList: []types.Tag{{Key: new("a"), Value: new("1")}, {Key: new("a"), Value: new("2")}}}, "InvalidTagParameterException", ""},
		} {
			if tt.in.S3BucketName == nil {
				tt.in.S3BucketName = new("audit-logs")
			}
			if err := make(tt.in); code(err) != tt.code || tt.text != "" && message(err) != tt.text {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, name := range []string{"two", "three", "four", "five"} {
			if err := make(cloudtrail.CreateTrailInput{Name: &name, S3BucketName: new("audit-logs")}); err != nil {
				t.Fatal(err)
			}
		}
		if err := make(cloudtrail.CreateTrailInput{Name: new("six"), S3BucketName: new("audit-logs")}); code(err) != "MaximumNumberOfTrailsExceededException" {
			t.Errorf("the sixth trail: %v", err)
		}
		_, err := c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: new("none")})
		if code(err) != "TrailNotFoundException" || message(err) != "Unknown trail: none for the user: "+srv.Account {
			t.Errorf("no trail: %v", err)
		}
		if _, err := c.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("arn:aws:kms:us-east-1:000000000000:key/x")}); code(err) != "CloudTrailARNInvalidException" {
			t.Errorf("no ARN of a trail: %v", err)
		}
	})
}

// TestShadowTrails: a trail of several Regions is seen in all, and changed in its home alone.
// Another account sees nothing of it.
func TestShadowTrails(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := cloudtrail.NewFromConfig(srv.Config())
		abroad := srv.Config()
		abroad.Region = "eu-central-1"
		other := cloudtrail.NewFromConfig(abroad)
		arn := newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs"), IsMultiRegionTrail: new(true)})
		newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("one"), S3BucketName: new("audit-logs")})
		shadow, err := other.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
		if err != nil || len(shadow.TrailList) != 1 || *shadow.TrailList[0].TrailARN != arn || *shadow.TrailList[0].HomeRegion != "us-east-1" {
			t.Errorf("DescribeTrails abroad: %+v, %v", shadow, err)
		}
		none, err := other.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: new(false)})
		if err != nil || len(none.TrailList) != 0 {
			t.Errorf("DescribeTrails without shadows: %+v, %v", none, err)
		}
		if _, err := other.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &arn}); err != nil {
			t.Errorf("GetTrailStatus of a shadow: %v", err)
		}
		if _, err := other.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: &arn}); code(err) != "InvalidHomeRegionException" {
			t.Errorf("StopLogging of a shadow: %v", err)
		}
		list, err := other.ListTrails(t.Context(), &cloudtrail.ListTrailsInput{})
		if err != nil || len(list.Trails) != 2 {
			t.Errorf("ListTrails: %+v, %v", list, err)
		}
		stranger := cloudtrail.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
		seen, err := stranger.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
		if err != nil || len(seen.TrailList) != 0 {
			t.Errorf("another account sees %+v, %v", seen, err)
		}
		if _, err := stranger.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: &arn}); err == nil {
			t.Error("another account deletes the trail")
		}
		// A call abroad is in the files of the trail of all Regions.
		if _, err := other.ListTrails(t.Context(), &cloudtrail.ListTrailsInput{}); err != nil {
			t.Fatal(err)
		}
		srv.Advance(time.Second)
		srv.Advance(5 * time.Minute)
		if f := filesIn(t, srv, "audit-logs", "/CloudTrail/eu-central-1/"); len(f) == 0 {
			t.Error("there is no file of the other Region")
		}
		if _, err := c.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: &arn}); err != nil {
			t.Errorf("DeleteTrail: %v", err)
		}
	})
}

func TestEventSelectors(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := cloudtrail.NewFromConfig(srv.Config())
		newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs")})
		got, err := c.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: new("all")})
		if err != nil || len(got.EventSelectors) != 1 || got.EventSelectors[0].ReadWriteType != types.ReadWriteTypeAll || !*got.EventSelectors[0].IncludeManagementEvents {
			t.Errorf("the default: %+v, %v", got, err)
		}
		for name, in := range map[string]cloudtrail.PutEventSelectorsInput{
			"none":    {},
			"exclude": {EventSelectors: []types.EventSelector{{ExcludeManagementEventSources: []string{"iam.amazonaws.com"}}}},
			"no category": {AdvancedEventSelectors: []types.AdvancedEventSelector{{FieldSelectors: []types.AdvancedFieldSelector{
				{Field: new("readOnly"), Equals: []string{"true"}}}}}},
			"source equals": {AdvancedEventSelectors: []types.AdvancedEventSelector{{FieldSelectors: []types.AdvancedFieldSelector{
				{Field: new("eventCategory"), Equals: []string{"Management"}}, {Field: new("eventSource"), Equals: []string{"kms.amazonaws.com"}}}}}},
		} {
			in.TrailName = new("all")
			if _, err := c.PutEventSelectors(t.Context(), &in); code(err) != "InvalidEventSelectorsException" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = c.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: new("all"), EventSelectors: []types.EventSelector{
			{ReadWriteType: types.ReadWriteTypeAll, ExcludeManagementEventSources: []string{"kms.amazonaws.com"}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		createKey(t, srv, "left-out")
		if _, err := c.ListTrails(t.Context(), &cloudtrail.ListTrailsInput{}); err != nil {
			t.Fatal(err)
		}
		srv.Advance(time.Second)
		srv.Advance(5 * time.Minute)
		text := ""
		for _, f := range filesIn(t, srv, "audit-logs", "/CloudTrail/") {
			text += readGzip(t, f)
		}
		if strings.Contains(text, "left-out") || !strings.Contains(text, "ListTrails") {
			t.Errorf("the files have %s", text)
		}
		d, err := c.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("all")})
		if err != nil || !*d.Trail.HasCustomEventSelectors {
			t.Errorf("GetTrail: %+v, %v", d, err)
		}
	})
}

func TestTags(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := cloudtrail.NewFromConfig(srv.Config())
		arn := newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs"), TagsList: []types.Tag{{Key: new("a"), Value: new("1")}}})
		if _, err := c.AddTags(t.Context(), &cloudtrail.AddTagsInput{ResourceId: &arn, TagsList: []types.Tag{{Key: new("b"), Value: new("2")}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.RemoveTags(t.Context(), &cloudtrail.RemoveTagsInput{ResourceId: &arn, TagsList: []types.Tag{{Key: new("a")}}}); err != nil {
			t.Fatal(err)
		}
		got, err := c.ListTags(t.Context(), &cloudtrail.ListTagsInput{ResourceIdList: []string{arn}})
		if err != nil || len(got.ResourceTagList) != 1 || len(got.ResourceTagList[0].TagsList) != 1 || *got.ResourceTagList[0].TagsList[0].Key != "b" {
			t.Errorf("ListTags: %+v, %v", got, err)
		}
		if _, err := c.ListTags(t.Context(), &cloudtrail.ListTagsInput{ResourceIdList: []string{arn + "x"}}); code(err) != "ResourceNotFoundException" {
			t.Errorf("no trail: %v", err)
		}
	})
}

// TestLogGroup: a trail's events come to its log group, once its role lets CloudTrail write.
func TestLogGroup(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c, groups, users := cloudtrail.NewFromConfig(srv.Config()), logs.NewFromConfig(srv.Config()), iam.NewFromConfig(srv.Config())
		if _, err := groups.CreateLogGroup(t.Context(), &logs.CreateLogGroupInput{LogGroupName: new("audit")}); err != nil {
			t.Fatal(err)
		}
		role, err := users.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("trail"), AssumeRolePolicyDocument: new(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		in := &cloudtrail.CreateTrailInput{
			Name: new("all"), S3BucketName: new("audit-logs"), CloudWatchLogsRoleArn: role.Role.Arn,
			CloudWatchLogsLogGroupArn: new("arn:aws:logs:us-east-1:" + srv.Account + ":log-group:audit:*"),
		}
		if _, err := c.CreateTrail(t.Context(), in); code(err) != "InvalidCloudWatchLogsLogGroupArnException" || message(err) != "Access denied. Check the permissions for your role." {
			t.Errorf("a role without permissions: %v", err)
		}
		_, err = users.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: new("trail"), PolicyName: new("write"), PolicyDocument: new(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:` + srv.Account + `:log-group:audit:log-stream:*"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		createKey(t, srv, "before")
		arn := newTrail(t, c, in)
		createKey(t, srv, "after")
		srv.Advance(time.Second)
		srv.Advance(time.Second)
		events, err := groups.GetLogEvents(t.Context(), &logs.GetLogEventsInput{
			LogGroupName: new("audit"), LogStreamName: new(srv.Account + "_CloudTrail_us-east-1"), StartFromHead: new(true),
		})
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, e := range events.Events {
			text += *e.Message
		}
		if !strings.Contains(text, `"after"`) || strings.Contains(text, `"before"`) || strings.Contains(text, `"authorization"`) {
			t.Errorf("the log group has %s", text)
		}
		st, err := c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &arn})
		if err != nil || st.LatestCloudWatchLogsDeliveryTime == nil || st.LatestCloudWatchLogsDeliveryError != nil {
			t.Errorf("GetTrailStatus: %+v, %v", st, err)
		}

		// What the role may no longer do, the trail may not either; the events wait.
		write := &iam.PutRolePolicyInput{RoleName: new("trail"), PolicyName: new("write"), PolicyDocument: new(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`)}
		if _, err := users.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: new("trail"), PolicyName: new("write")}); err != nil {
			t.Fatal(err)
		}
		createKey(t, srv, "forbidden")
		srv.Advance(time.Second)
		if logged(t, groups, srv.Account, "forbidden") {
			t.Error("an event is in the log group that the role may not write to")
		}
		st, err = c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &arn})
		if err != nil || st.LatestCloudWatchLogsDeliveryError == nil {
			t.Errorf("GetTrailStatus: %+v, %v", st, err)
		}
		if _, err := users.PutRolePolicy(t.Context(), write); err != nil {
			t.Fatal(err)
		}
		srv.Advance(5 * time.Minute)
		srv.Advance(time.Second)
		if !logged(t, groups, srv.Account, "forbidden") {
			t.Error("the event that waited is not in the log group")
		}
	})
}

// logged reports whether the log group has an event with a text.
func logged(t *testing.T, groups *logs.Client, account, text string) bool {
	t.Helper()
	out, err := groups.GetLogEvents(t.Context(), &logs.GetLogEventsInput{
		LogGroupName: new("audit"), LogStreamName: new(account + "_CloudTrail_us-east-1"), StartFromHead: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(out.Events, func(e logstypes.OutputLogEvent) bool { return strings.Contains(*e.Message, `"`+text+`"`) })
}
