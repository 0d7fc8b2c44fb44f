package clients

import (
	"strings"
	"testing"
	"time"
)

// cliMetrics puts samples and reads them. Debian's CLI speaks awsQuery to CloudWatch.
func cliMetrics(t *testing.T, c cli) {
	now := time.Now().UTC().Truncate(time.Minute)
	at := func(minutes int) string { return now.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339) }
	for _, value := range []string{"2", "4"} {
		c.text("cloudwatch", "put-metric-data", "--namespace", "CLI/Metrics", "--metric-data",
			"MetricName=Latency,Unit=Milliseconds,Timestamp="+at(-10)+",Value="+value+",Dimensions=[{Name=Host,Value=a}]")
	}
	c.text("cloudwatch", "put-metric-data", "--namespace", "CLI/Metrics", "--metric-name", "Size", "--timestamp", at(-10),
		"--statistic-values", "SampleCount=3,Sum=12,Minimum=1,Maximum=8")
	if got := c.query("Metrics[].[MetricName,Dimensions[0].Value]", "cloudwatch", "list-metrics", "--namespace", "CLI/Metrics", "--metric-name", "Latency"); got != "Latency\ta" {
		t.Errorf("list-metrics: %q", got)
	}
	if got := c.query("Datapoints[].[Sum,Average,Minimum,Maximum,SampleCount,Unit]", "cloudwatch", "get-metric-statistics", "--namespace", "CLI/Metrics", "--metric-name", "Latency",
		"--dimensions", "Name=Host,Value=a", "--start-time", at(-15), "--end-time", at(0), "--period", "60",
		"--statistics", "Sum", "Average", "Minimum", "Maximum", "SampleCount"); got != "6.0\t3.0\t2.0\t4.0\t2.0\tMilliseconds" {
		t.Errorf("get-metric-statistics: %q", got)
	}
	if got := c.query("MetricDataResults[?Id=='twice'].Values[]", "cloudwatch", "get-metric-data", "--start-time", at(-15), "--end-time", at(0), "--metric-data-queries",
		`[{"Id":"m","MetricStat":{"Metric":{"Namespace":"CLI/Metrics","MetricName":"Size"},"Period":60,"Stat":"Sum"},"ReturnData":false},{"Id":"twice","Expression":"m*2"}]`); got != "24.0" {
		t.Errorf("get-metric-data: %q", got)
	}
	c.fails("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.",
		"cloudwatch", "put-metric-data", "--namespace", "AWS/KMS", "--metric-name", "a", "--value", "1")
}

// cliAlarms does what there is to do with alarms.
func cliAlarms(t *testing.T, c cli) {
	c.text("cloudwatch", "put-metric-alarm", "--alarm-name", "cli-metric", "--namespace", "CLI/Alarms", "--metric-name", "Errors", "--statistic", "Sum",
		"--period", "60", "--evaluation-periods", "3", "--datapoints-to-alarm", "2", "--threshold", "1", "--comparison-operator", "GreaterThanThreshold",
		"--treat-missing-data", "missing", "--tags", "Key=team,Value=red")
	c.text("cloudwatch", "put-composite-alarm", "--alarm-name", "cli-composite", "--alarm-rule", `ALARM("cli-metric") OR FALSE`)
	if got := c.query("MetricAlarms[].[AlarmName,StateValue,ActionsEnabled,DatapointsToAlarm]", "cloudwatch", "describe-alarms", "--alarm-name-prefix", "cli-metric"); got != "cli-metric\tINSUFFICIENT_DATA\tTrue\t2" {
		t.Errorf("describe-alarms: %q", got)
	}
	if got := c.query("CompositeAlarms[].AlarmRule", "cloudwatch", "describe-alarms", "--alarm-types", "CompositeAlarm", "--alarm-names", "cli-composite"); got != `ALARM("cli-metric") OR FALSE` {
		t.Errorf("describe-alarms of composites: %q", got)
	}
	if got := c.query("MetricAlarms[].AlarmName", "cloudwatch", "describe-alarms-for-metric", "--namespace", "CLI/Alarms", "--metric-name", "Errors"); got != "cli-metric" {
		t.Errorf("describe-alarms-for-metric: %q", got)
	}
	c.text("cloudwatch", "disable-alarm-actions", "--alarm-names", "cli-metric")
	c.text("cloudwatch", "enable-alarm-actions", "--alarm-names", "cli-metric")
	c.text("cloudwatch", "set-alarm-state", "--alarm-name", "cli-metric", "--state-value", "ALARM", "--state-reason", "a test")
	history := c.query("AlarmHistoryItems[].HistorySummary", "cloudwatch", "describe-alarm-history", "--alarm-name", "cli-metric")
	for _, want := range []string{`Alarm "cli-metric" created`, "Alarm updated from INSUFFICIENT_DATA to ALARM"} {
		if !strings.Contains(history, want) {
			t.Errorf("describe-alarm-history has no %q: %s", want, history)
		}
	}
	const arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:cli-metric"
	c.text("cloudwatch", "tag-resource", "--resource-arn", arn, "--tags", "Key=stage,Value=prod")
	c.text("cloudwatch", "untag-resource", "--resource-arn", arn, "--tag-keys", "team")
	if got := c.query("Tags[].join('=',[Key,Value])", "cloudwatch", "list-tags-for-resource", "--resource-arn", arn); got != "stage=prod" {
		t.Errorf("list-tags-for-resource: %q", got)
	}
	c.text("cloudwatch", "delete-alarms", "--alarm-names", "cli-composite")
	c.text("cloudwatch", "delete-alarms", "--alarm-names", "cli-metric")
	c.fails("ValidationError", "Period must be 10, 20, 30 or a multiple of 60.", "cloudwatch", "put-metric-alarm", "--alarm-name", "x", "--namespace", "CLI/Alarms",
		"--metric-name", "Errors", "--statistic", "Sum", "--period", "7", "--evaluation-periods", "1", "--threshold", "1", "--comparison-operator", "GreaterThanThreshold")
}

// cliDashboards keeps a dashboard.
func cliDashboards(t *testing.T, c cli) {
	const body = `{"widgets":[{"type":"text","x":0,"y":0,"width":3,"height":3,"properties":{"markdown":"für 🗝"}}]}`
	c.text("cloudwatch", "put-dashboard", "--dashboard-name", "cli", "--dashboard-body", body)
	if got := c.query("DashboardBody", "cloudwatch", "get-dashboard", "--dashboard-name", "cli"); got != body {
		t.Errorf("get-dashboard: %s", got)
	}
	if got := c.query("DashboardEntries[?DashboardName=='cli'].DashboardArn", "cloudwatch", "list-dashboards"); got != "arn:aws:cloudwatch::000000000000:dashboard/cli" {
		t.Errorf("list-dashboards: %q", got)
	}
	c.text("cloudwatch", "delete-dashboards", "--dashboard-names", "cli")
	if _, errs, status := c.run("cloudwatch", "get-dashboard", "--dashboard-name", "cli"); status != statusService || !strings.Contains(errs, "(ResourceNotFound)") {
		t.Errorf("a dashboard that is gone: exit status %d, %s", status, errs)
	}
}
