package clients

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// TestGoWatch puts and gets samples as the AWS SDK for Go does, which speaks CBOR to
// CloudWatch, and does what Debian's CLI is too old for.
func TestGoWatch(t *testing.T) {
	t.Parallel()
	s := start(t)
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"), config.WithBaseEndpoint(s.URL), config.WithSharedConfigFiles([]string{os.DevNull}),
		config.WithSharedCredentialsFiles([]string{filepath.Join(s.dataDir(), "credentials")}))
	if err != nil {
		t.Fatal(err)
	}
	watch, ctx, now := cloudwatch.NewFromConfig(cfg), t.Context(), time.Now()
	for _, value := range []float64{1.5, 2.5} {
		must(t)(watch.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: new("Go"), MetricData: []types.MetricDatum{
			{MetricName: new("Latency"), Value: &value, Unit: types.StandardUnitMilliseconds, Timestamp: new(now.Add(-time.Minute))},
		}}))
	}
	out, err := watch.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: new("Go"), MetricName: new("Latency"), Period: new(int32(3600)), StartTime: new(now.Add(-2 * time.Hour)), EndTime: new(now.Add(2 * time.Hour)),
		Statistics: []types.Statistic{types.StatisticSum, types.StatisticSampleCount},
	})
	if err != nil || len(out.Datapoints) != 1 || *out.Datapoints[0].Sum != 4 || *out.Datapoints[0].SampleCount != 2 {
		t.Errorf("got %+v, %v", out, err)
	}
	_, err = watch.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: new("none")})
	if e, ok := errors.AsType[*types.DashboardNotFoundError](err); !ok || e.ErrorCode() != "ResourceNotFound" {
		t.Errorf("a dashboard that is not there: %v", err)
	}
	groups := logs.NewFromConfig(cfg)
	must(t)(groups.CreateLogGroup(ctx, &logs.CreateLogGroupInput{LogGroupName: new("/go/one")}))
	listed, err := groups.ListLogGroups(ctx, &logs.ListLogGroupsInput{LogGroupNamePattern: new("go/one")})
	if err != nil || len(listed.LogGroups) != 1 || *listed.LogGroups[0].LogGroupName != "/go/one" {
		t.Errorf("list log groups: %+v, %v", listed, err)
	}
	buses := eventbridge.NewFromConfig(cfg)
	must(t)(buses.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: new("go")}))
	updated, err := buses.UpdateEventBus(ctx, &eventbridge.UpdateEventBusInput{Name: new("go"), Description: new("für 🗝")})
	if err != nil || *updated.Description != "für 🗝" {
		t.Errorf("update a bus: %+v, %v", updated, err)
	}
}
