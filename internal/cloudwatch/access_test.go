package cloudwatch_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/keysteadtest"
)

// user makes a user whose policy has these statements, and returns a client that is the user.
func user(t *testing.T, srv *keysteadtest.Server, statements ...map[string]any) *cloudwatch.Client {
	t.Helper()
	admin, name := iam.NewFromConfig(srv.Config()), new("user")
	if _, err := admin.CreateUser(t.Context(), &iam.CreateUserInput{UserName: name}); err != nil {
		t.Fatal(err)
	}
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: name, PolicyName: new("p"), PolicyDocument: new(string(policy))}); err != nil {
		t.Fatal(err)
	}
	key, err := admin.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		t.Fatal(err)
	}
	return cloudwatch.NewFromConfig(srv.ConfigFor(aws.Credentials{
		AccessKeyID: *key.AccessKey.AccessKeyId, SecretAccessKey: *key.AccessKey.SecretAccessKey,
	}))
}

// TestAccess is about what policies allow: nothing that they do not name.
func TestAccess(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	root := cloudwatch.NewFromConfig(srv.Config())
	const body = `{"widgets":[]}`
	for name, team := range map[string]string{"mine": "a", "theirs": "b"} {
		_, err := root.PutDashboard(t.Context(), &cloudwatch.PutDashboardInput{DashboardName: &name, DashboardBody: new(body), Tags: []types.Tag{{Key: new("Team"), Value: &team}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	allow := func(action, resource string, condition map[string]any) map[string]any {
		s := map[string]any{"Effect": "Allow", "Action": action, "Resource": resource}
		if condition != nil {
			s["Condition"] = map[string]any{"StringEquals": condition}
		}
		return s
	}
	c := user(t, srv,
		allow("cloudwatch:PutMetricData", "*", map[string]any{"cloudwatch:namespace": "App"}),
		allow("cloudwatch:GetDashboard", "arn:aws:cloudwatch::"+srv.Account+":dashboard/*", map[string]any{"aws:ResourceTag/Team": "a"}),
		allow("cloudwatch:PutDashboard", "arn:aws:cloudwatch::"+srv.Account+":dashboard/my-*", nil),
		allow("cloudwatch:TagResource", "*", map[string]any{"aws:RequestTag/Team": "a"}),
		allow("cloudwatch:ListMetrics", "*", nil),
	)
	one := []types.MetricDatum{{MetricName: new("M"), Value: new(1.0)}}
	ask := func(name string, team *string) error {
		in := &cloudwatch.PutDashboardInput{DashboardName: &name, DashboardBody: new(body)}
		if team != nil {
			in.Tags = []types.Tag{{Key: new("Team"), Value: team}}
		}
		_, err := c.PutDashboard(t.Context(), in)
		return err
	}
	now := time.Now()
	for name, x := range map[string]struct {
		call func() error
		may  bool
	}{
		"put into the namespace": {func() error {
			_, err := c.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: new("App"), MetricData: one})
			return err
		}, true},
		"put into another": {func() error {
			_, err := c.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: new("App2"), MetricData: one})
			return err
		}, false},
		"list": {func() error { _, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{}); return err }, true},
		"get data": {func() error {
			_, err := c.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{StartTime: new(now.Add(-time.Hour)), EndTime: &now, MetricDataQueries: []types.MetricDataQuery{stat("a", "M", "Sum", 60)}})
			return err
		}, false},
		"get statistics": {func() error {
			_, err := c.GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{Namespace: new("App"), MetricName: new("M"), StartTime: new(now.Add(-time.Hour)), EndTime: &now, Period: new(int32(60)), Statistics: []types.Statistic{types.StatisticSum}})
			return err
		}, false},
		"get a dashboard of the team": {func() error {
			_, err := c.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: new("mine")})
			return err
		}, true},
		"get one of others": {func() error {
			_, err := c.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: new("theirs")})
			return err
		}, false},
		"get one that is not there": {func() error {
			_, err := c.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: new("none")})
			return err
		}, false},
		"make a dashboard":          {func() error { return ask("my-1", nil) }, true},
		"make one of another name":  {func() error { return ask("x", nil) }, false},
		"make one for the team":     {func() error { return ask("my-2", new("a")) }, true},
		"make one for another team": {func() error { return ask("my-3", new("b")) }, false},
		"list dashboards":           {func() error { _, err := c.ListDashboards(t.Context(), &cloudwatch.ListDashboardsInput{}); return err }, false},
		"delete a dashboard": {func() error {
			_, err := c.DeleteDashboards(t.Context(), &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{"mine"}})
			return err
		}, false},
		"read a dashboard's tags": {func() error {
			_, err := c.ListTagsForResource(t.Context(), &cloudwatch.ListTagsForResourceInput{ResourceARN: new("arn:aws:cloudwatch::" + srv.Account + ":dashboard/mine")})
			return err
		}, false},
		"take a tag from a dashboard": {func() error {
			_, err := c.UntagResource(t.Context(), &cloudwatch.UntagResourceInput{ResourceARN: new("arn:aws:cloudwatch::" + srv.Account + ":dashboard/mine"), TagKeys: []string{"Team"}})
			return err
		}, false},
	} {
		switch err := x.call(); {
		case x.may && err != nil:
			t.Errorf("%s: %v", name, err)
		case !x.may:
			wantError(t, name, err, "AccessDenied", "")
		}
	}
}

// TestPartitions is about other accounts and Regions: they have metrics of their own.
func TestPartitions(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	home := cloudwatch.NewFromConfig(srv.Config())
	put(t, home, "App", types.MetricDatum{MetricName: new("M"), Value: new(1.0)})
	if _, err := home.PutDashboard(t.Context(), &cloudwatch.PutDashboardInput{DashboardName: new("d"), DashboardBody: new("{}")}); err != nil {
		t.Fatal(err)
	}
	elsewhere := cloudwatch.NewFromConfig(srv.Config(), func(o *cloudwatch.Options) { o.Region = "eu-west-1" })
	others := cloudwatch.NewFromConfig(srv.ConfigFor(srv.NewAccount("999999999999")))
	for name, x := range map[string]struct {
		client              *cloudwatch.Client
		metrics, dashboards int
	}{"at home": {home, 1, 1}, "in another Region": {elsewhere, 0, 1}, "in another account": {others, 0, 0}} {
		metrics, err := x.client.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
		if err != nil || len(ours(metrics.Metrics)) != x.metrics {
			t.Errorf("%s: metrics %v, %v", name, metrics, err)
		}
		data, err := x.client.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{
			StartTime: new(time.Now().Add(-time.Hour)), EndTime: new(time.Now().Add(time.Minute)),
			MetricDataQueries: []types.MetricDataQuery{stat("a", "M", "Sum", 60), formula("s", "SEARCH('M', 'Sum', 60)")},
		})
		if err != nil || len(data.MetricDataResults[0].Values) != x.metrics || len(data.MetricDataResults)-1 != x.metrics {
			t.Errorf("%s: data %v, %v", name, data, err)
		}
		list, err := x.client.ListDashboards(t.Context(), &cloudwatch.ListDashboardsInput{})
		if err != nil || len(list.DashboardEntries) != x.dashboards {
			t.Errorf("%s: dashboards %v, %v", name, list, err)
		}
	}
}

// TestDashboardTags is about the tags of a dashboard from the first to the last.
func TestDashboardTags(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := cloudwatch.NewFromConfig(srv.Config())
	arn := new("arn:aws:cloudwatch::" + srv.Account + ":dashboard/d")
	tag := func(key, value string) []types.Tag { return []types.Tag{{Key: &key, Value: &value}} }
	_, err := c.TagResource(t.Context(), &cloudwatch.TagResourceInput{ResourceARN: arn, Tags: tag("A", "1")})
	wantError(t, "no dashboard", err, "ResourceNotFoundException", "")
	put := func(tags []types.Tag) {
		t.Helper()
		if _, err := c.PutDashboard(t.Context(), &cloudwatch.PutDashboardInput{DashboardName: new("d"), DashboardBody: new("{}"), Tags: tags}); err != nil {
			t.Fatal(err)
		}
	}
	put(tag("A", "1"))
	put(tag("Ignored", "x")) // it is there already
	if _, err := c.TagResource(t.Context(), &cloudwatch.TagResourceInput{ResourceARN: arn, Tags: tag("B", "2")}); err != nil {
		t.Errorf("TagResource: %v", err)
	}
	_, err = c.TagResource(t.Context(), &cloudwatch.TagResourceInput{ResourceARN: arn, Tags: tag("aws:x", "2")})
	wantError(t, "a reserved key", err, "InvalidParameterValue", "reserved")
	if _, err := c.UntagResource(t.Context(), &cloudwatch.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"A", "none"}}); err != nil {
		t.Errorf("UntagResource: %v", err)
	}
	out, err := c.ListTagsForResource(t.Context(), &cloudwatch.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Key != "B" {
		t.Errorf("the tags are %+v, %v", out, err)
	}
}
