package alarm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/store"
)

func TestPutMetricAlarmRefusals(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		query := func(id string) types.MetricDataQuery {
			return types.MetricDataQuery{Id: &id, ReturnData: new(false), MetricStat: &types.MetricStat{
				Metric: &types.Metric{Namespace: new("Test"), MetricName: new("Errors")}, Period: new(int32(60)), Stat: new("Sum"),
			}}
		}
		math := func(q ...types.MetricDataQuery) func(*sdk.PutMetricAlarmInput) {
			return func(in *sdk.PutMetricAlarmInput) {
				in.Namespace, in.MetricName, in.Statistic, in.Period, in.Metrics = nil, nil, "", nil, q
			}
		}
		expression := func(e string) types.MetricDataQuery {
			return types.MetricDataQuery{Id: new("e1"), Expression: &e}
		}
		var six []string
		for i := range 6 {
			six = append(six, fmt.Sprintf("%s%d", topic, i))
		}
		for name, c := range map[string]struct {
			change     func(*sdk.PutMetricAlarmInput)
			code, want string
		}{
			"no metric":           {func(in *sdk.PutMetricAlarmInput) { in.MetricName = nil }, "ValidationError", "MetricName"},
			"no namespace":        {func(in *sdk.PutMetricAlarmInput) { in.Namespace = nil }, "MissingRequiredParameterException", "Namespace"},
			"no period":           {func(in *sdk.PutMetricAlarmInput) { in.Period = nil }, "MissingRequiredParameterException", "Period"},
			"no periods":          {func(in *sdk.PutMetricAlarmInput) { in.EvaluationPeriods = nil }, "MissingRequiredParameterException", "EvaluationPeriods"},
			"no threshold":        {func(in *sdk.PutMetricAlarmInput) { in.Threshold = nil }, "MissingRequiredParameterException", "Threshold"},
			"no comparison":       {func(in *sdk.PutMetricAlarmInput) { in.ComparisonOperator = "" }, "MissingRequiredParameterException", "ComparisonOperator"},
			"no statistic":        {func(in *sdk.PutMetricAlarmInput) { in.Statistic = "" }, "MissingRequiredParameterException", "Statistic"},
			"two statistics":      {func(in *sdk.PutMetricAlarmInput) { in.ExtendedStatistic = new("p99") }, "InvalidParameterCombinationException", "Statistic"},
			"a strange statistic": {func(in *sdk.PutMetricAlarmInput) { in.Statistic, in.ExtendedStatistic = "", new("p200") }, "ValidationError", "The value p200 for parameter ExtendedStatistic is not supported."},
			"period 15":           {func(in *sdk.PutMetricAlarmInput) { in.Period = new(int32(15)) }, "ValidationError", "multiple of 60"},
			"period 90":           {func(in *sdk.PutMetricAlarmInput) { in.Period = new(int32(90)) }, "ValidationError", "multiple of 60"},
			"M over N":            {func(in *sdk.PutMetricAlarmInput) { in.DatapointsToAlarm = new(int32(2)) }, "ValidationError", "DatapointsToAlarm"},
			"more than a day":     {func(in *sdk.PutMetricAlarmInput) { in.EvaluationPeriods = new(int32(1441)) }, "ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."},
			"more than a week":    {func(in *sdk.PutMetricAlarmInput) { in.Period, in.EvaluationPeriods = new(int32(86400)), new(int32(8)) }, "ValidationError", "more than a week"},
			"missing data":        {func(in *sdk.PutMetricAlarmInput) { in.TreatMissingData = new("bad") }, "ValidationError", "TreatMissingData"},
			"low samples":         {func(in *sdk.PutMetricAlarmInput) { in.EvaluateLowSampleCountPercentile = new("bad") }, "ValidationError", "EvaluateLowSampleCountPercentile"},
			"six actions":         {func(in *sdk.PutMetricAlarmInput) { in.OKActions = six }, "ValidationError", "more than 5"},
			"no ARN":              {func(in *sdk.PutMetricAlarmInput) { in.OKActions = []string{"mail"} }, "ValidationError", "Invalid arn syntax: mail"},
			"a control character": {func(in *sdk.PutMetricAlarmInput) { in.AlarmName = new("a\nb") }, "ValidationError", "control characters"},
			"a reserved tag":      {func(in *sdk.PutMetricAlarmInput) { in.Tags = []types.Tag{{Key: new("aws:x"), Value: new("")}} }, "ValidationError", "reserved"},
			"the same dimension": {func(in *sdk.PutMetricAlarmInput) {
				d := types.Dimension{Name: new("a"), Value: new("b")}
				in.Dimensions = []types.Dimension{d, d}
			}, "ValidationError", "same dimension twice"},
			"anomalies": {func(in *sdk.PutMetricAlarmInput) { in.ThresholdMetricId = new("m1") }, "InvalidParameterValueException", "anomaly detection"},
			"bands": {func(in *sdk.PutMetricAlarmInput) {
				in.ComparisonOperator = types.ComparisonOperatorGreaterThanUpperThreshold
			}, "InvalidParameterValueException", "anomaly detection"},
			"wall clock": {func(in *sdk.PutMetricAlarmInput) {
				in.EvaluationWindow = &types.EvaluationWindowMemberWallClockWindow{}
			}, "InvalidParameterValueException", "EvaluationWindow"},
			"PromQL":              {func(in *sdk.PutMetricAlarmInput) { in.EvaluationInterval = new(int32(60)) }, "InvalidParameterValueException", "PromQL"},
			"metric and math":     {func(in *sdk.PutMetricAlarmInput) { in.Metrics = []types.MetricDataQuery{query("m1")} }, "InvalidParameterCombinationException", "Metrics"},
			"nothing returned":    {math(query("m1")), "ValidationError", "Exactly one element of the metrics list should return data."},
			"two returned":        {math(query("m1"), expression("m1"), types.MetricDataQuery{Id: new("e2"), Expression: new("m1")}), "ValidationError", "Exactly one element"},
			"a band":              {math(query("m1"), expression("ANOMALY_DETECTION_BAND(m1)")), "InvalidParameterValueException", "ANOMALY_DETECTION_BAND"},
			"a query of insights": {math(expression(`SELECT MAX(x) FROM "y"`)), "InvalidParameterValueException", "Metrics Insights"},
			"no period known":     {math(expression("1")), "ValidationError", "Period"},
			"an empty element":    {math(types.MetricDataQuery{Id: new("m1")}), "ValidationError", "either a MetricStat or an Expression"},
			"another account":     {math(types.MetricDataQuery{Id: new("m1"), Expression: new("1"), AccountId: new("999999999999")}), "InvalidParameterValueException", "another account"},
		} {
			in := &sdk.PutMetricAlarmInput{
				AlarmName: new("A"), Namespace: new("Test"), MetricName: new("Errors"), Statistic: types.StatisticSum, Period: new(int32(60)),
				EvaluationPeriods: new(int32(1)), Threshold: new(1.0), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			}
			c.change(in)
			if _, err := b.PutMetricAlarm(t.Context(), b.caller, in); codeOf(err) != c.code || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s and %q in it", name, err, c.code, c.want)
			}
		}
	})
}

// TestUpdate checks what an update keeps: the state and the tags.
func TestUpdate(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("A", func(in *sdk.PutMetricAlarmInput) { in.Tags = []types.Tag{{Key: new("team"), Value: new("red")}} })
		b.set("A", alarmed)
		b.watch("A", func(in *sdk.PutMetricAlarmInput) {
			in.Tags, in.AlarmDescription, in.AlarmActions = []types.Tag{{Key: new("team"), Value: new("blue")}}, new("new"), nil
		})
		a := b.alarm("A")
		if a.State.Value != alarmed || *a.Description != "new" || len(a.AlarmActions) != 0 || !slices.Equal(a.Tags, []tag{{"team", "red"}}) {
			t.Errorf("after an update: %+v", a)
		}
		arn := a.arn()
		if _, err := b.TagResource(t.Context(), b.caller, &sdk.TagResourceInput{ResourceARN: &arn, Tags: []types.Tag{{Key: new("team"), Value: new("blue")}, {Key: new("x"), Value: new("")}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.UntagResource(t.Context(), b.caller, &sdk.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"x", "y"}}); err != nil {
			t.Fatal(err)
		}
		out, err := b.ListTagsForResource(t.Context(), b.caller, &sdk.ListTagsForResourceInput{ResourceARN: &arn})
		if err != nil || len(out.Tags) != 1 || *out.Tags[0].Value != "blue" {
			t.Errorf("the tags are %+v, %v", out, err)
		}
		for arn, code := range map[string]string{
			alarmARN(account, region, "none"): "ResourceNotFoundException", alarmARN(account, "eu-west-1", "A"): "ResourceNotFoundException",
			alarmARN("999999999999", region, "A"): "AccessDeniedException", "nonsense": "InvalidParameterValueException",
		} {
			if _, err := b.ListTagsForResource(t.Context(), b.caller, &sdk.ListTagsForResourceInput{ResourceARN: &arn}); codeOf(err) != code {
				t.Errorf("the tags of %s: %v, want %s", arn, err, code)
			}
		}
	})
}

func TestDescribe(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		for _, n := range []string{"a1", "a2", "a3", "b1"} {
			b.watch(n, nil)
		}
		b.watch("a3\u200d", nil) // invisible, but AWS takes it
		b.watch("b2", func(in *sdk.PutMetricAlarmInput) { in.AlarmActions, in.Period = nil, new(int32(300)) })
		b.combine("c1", "ALARM(a1) OR ALARM(b2)", nil)
		b.set("a2", alarmed)
		here := b.caller
		b.caller = root("eu-west-1")
		b.watch("a1", nil)
		b.caller = here
		for _, c := range []struct {
			name string
			in   sdk.DescribeAlarmsInput
			want string
		}{
			{"all", sdk.DescribeAlarmsInput{}, "a1 a2 a3 a3\u200d b1 b2"},
			{"composite", sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}}, "c1"},
			{"names", sdk.DescribeAlarmsInput{AlarmNames: []string{"b1", "a1", "c1", "none"}}, "a1 b1"},
			{"names of both types", sdk.DescribeAlarmsInput{AlarmNames: []string{"b1", "c1"}, AlarmTypes: []types.AlarmType{"MetricAlarm", "CompositeAlarm"}}, "b1 c1"},
			{"a prefix", sdk.DescribeAlarmsInput{AlarmNamePrefix: new("b")}, "b1 b2"},
			{"a state", sdk.DescribeAlarmsInput{StateValue: alarmed}, "a2"},
			{"an action", sdk.DescribeAlarmsInput{ActionPrefix: new("arn:aws:sns")}, "a1 a2 a3 a3\u200d b1"},
			{"children", sdk.DescribeAlarmsInput{ChildrenOfAlarmName: new("c1")}, "a1 b2"},
			{"parents", sdk.DescribeAlarmsInput{ParentsOfAlarmName: new("a1")}, "c1"},
			{"pages", sdk.DescribeAlarmsInput{MaxRecords: new(int32(2))}, "a1 a2 / a3 a3\u200d / b1 b2"},
			{"pages of a prefix", sdk.DescribeAlarmsInput{MaxRecords: new(int32(3)), AlarmNamePrefix: new("a")}, "a1 a2 a3 / a3\u200d"},
		} {
			var pages []string
			for more := true; more; more = c.in.NextToken != nil {
				out, err := b.DescribeAlarms(t.Context(), b.caller, &c.in)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				var names []string
				for _, a := range out.MetricAlarms {
					names = append(names, *a.AlarmName)
				}
				for _, a := range out.CompositeAlarms {
					names = append(names, *a.AlarmName)
				}
				pages = append(pages, strings.Join(names, " "))
				c.in.NextToken = out.NextToken
			}
			if got := strings.Join(pages, " / "); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		for name, c := range map[string]struct {
			in   sdk.DescribeAlarmsInput
			code string
		}{
			"a bad token":        {sdk.DescribeAlarmsInput{NextToken: new("x")}, "InvalidNextToken"},
			"names and a prefix": {sdk.DescribeAlarmsInput{AlarmNames: []string{"a"}, AlarmNamePrefix: new("a")}, "InvalidParameterCombinationException"},
			"children and more":  {sdk.DescribeAlarmsInput{ChildrenOfAlarmName: new("c1"), StateValue: ok}, "ValidationError"},
			"parents and more":   {sdk.DescribeAlarmsInput{ParentsOfAlarmName: new("c1"), StateValue: ok}, "ValidationError"},
			"children of none":   {sdk.DescribeAlarmsInput{ChildrenOfAlarmName: new("none")}, "ResourceNotFound"},
		} {
			if _, err := b.DescribeAlarms(t.Context(), b.caller, &c.in); codeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		out, err := b.DescribeAlarmsForMetric(t.Context(), b.caller, &sdk.DescribeAlarmsForMetricInput{Namespace: new("Test"), MetricName: new("Errors"), Period: new(int32(300))})
		if err != nil || len(out.MetricAlarms) != 1 || *out.MetricAlarms[0].AlarmName != "b2" {
			t.Errorf("DescribeAlarmsForMetric: %+v, %v", out, err)
		}
	})
}

func TestDelete(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("a", nil)
		b.watch("b", nil)
		b.combine("c", "ALARM(a)", nil)
		b.combine("d", "TRUE", nil)
		for _, c := range []struct {
			names []string
			want  string
		}{
			{[]string{"c", "d"}, "at most one composite alarm"}, {[]string{"b", "a"}, "Cannot delete a as there are composite alarm(s) depending on it."},
			{[]string{"c"}, ""}, {[]string{"a", "b", "none"}, ""}, {[]string{"a"}, ""},
		} {
			_, err := b.DeleteAlarms(t.Context(), b.caller, &sdk.DeleteAlarmsInput{AlarmNames: c.names})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("delete %q: %v, want %q", c.names, err, c.want)
			}
		}
		out, err := b.DescribeAlarms(t.Context(), b.caller, &sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"MetricAlarm", "CompositeAlarm"}})
		if err != nil || len(out.MetricAlarms) != 0 || len(out.CompositeAlarms) != 1 {
			t.Errorf("left are %+v, %v", out, err)
		}
	})
}

func TestHistory(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("a", nil)
		b.watch("a/b", nil)
		b.combine("c", "TRUE", func(in *sdk.PutCompositeAlarmInput) { in.OKActions, in.AlarmActions = nil, nil })
		for _, v := range []types.StateValue{alarmed, ok, alarmed} {
			b.clock.Advance(time.Second)
			b.set("a", v)
		}
		b.clock.Advance(time.Second)
		if _, err := b.DeleteAlarms(t.Context(), b.caller, &sdk.DeleteAlarmsInput{AlarmNames: []string{"a"}}); err != nil {
			t.Fatal(err)
		}
		const all = `Alarm "a" deleted | Successfully executed action T | Alarm updated from OK to ALARM | Alarm updated from ALARM to OK | ` +
			`Successfully executed action T | Alarm updated from INSUFFICIENT_DATA to ALARM | Alarm "a" created`
		reversed := strings.Split(all, " | ")
		slices.Reverse(reversed)
		for _, c := range []struct {
			name string
			in   sdk.DescribeAlarmHistoryInput
			want string
		}{
			{"of one alarm, although it is deleted", sdk.DescribeAlarmHistoryInput{AlarmName: new("a")}, all},
			{"the oldest first", sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), ScanBy: types.ScanByTimestampAscending}, strings.Join(reversed, " | ")},
			{"in pages", sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), MaxRecords: new(int32(2))}, all},
			{"in pages, the oldest first", sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), MaxRecords: new(int32(2)), ScanBy: types.ScanByTimestampAscending}, strings.Join(reversed, " | ")},
			{"changes of the state", sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), HistoryItemType: types.HistoryItemTypeStateUpdate}, "Alarm updated from OK to ALARM | Alarm updated from ALARM to OK | Alarm updated from INSUFFICIENT_DATA to ALARM"},
			{"from then on", sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), StartDate: new(start.Add(4 * time.Second))}, `Alarm "a" deleted`},
			{"until then", sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), EndDate: new(start)}, `Alarm "a" created`},
			{"between", sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), StartDate: new(start.Add(2 * time.Second)), EndDate: new(start.Add(2 * time.Second))}, "Alarm updated from ALARM to OK"},
			{"of all composite alarms", sdk.DescribeAlarmHistoryInput{AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}}, `Alarm "c" created`},
			{"of all metric alarms", sdk.DescribeAlarmHistoryInput{EndDate: new(start)}, `Alarm "a/b" created | Alarm "a" created`},
			{"of none", sdk.DescribeAlarmHistoryInput{AlarmName: new("none")}, ""},
		} {
			var got []string
			for more := true; more; more = c.in.NextToken != nil {
				out, err := b.DescribeAlarmHistory(t.Context(), b.caller, &c.in)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				for _, i := range out.AlarmHistoryItems {
					got = append(got, strings.ReplaceAll(*i.HistorySummary, topic, "T"))
					if !json.Valid([]byte(*i.HistoryData)) {
						t.Errorf("%s: %s", *i.HistorySummary, *i.HistoryData)
					}
				}
				c.in.NextToken = out.NextToken
			}
			if s := strings.Join(got, " | "); s != c.want {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, s, c.want)
			}
		}
		out, err := b.DescribeAlarmHistory(t.Context(), b.caller, &sdk.DescribeAlarmHistoryInput{AlarmName: new("a"), ScanBy: types.ScanByTimestampAscending, MaxRecords: new(int32(2))})
		if err != nil {
			t.Fatal(err)
		}
		want := `{"version":"1.0","type":"Create","createdAlarm":{"alarmName":"a","alarmDescription":"","alarmArn":"` + alarmARN(account, region, "a") + `",` +
			`"alarmConfigurationUpdatedTimestamp":"2026-05-20T20:00:00.000+0000","namespace":"Test","metricName":"Errors","statistic":"Sum","period":60,` +
			`"threshold":1.0,"comparisonOperator":"GreaterThanOrEqualToThreshold","evaluationPeriods":1,"datapointsToAlarm":1,"treatMissingData":"notBreaching",` +
			`"stateValue":"INSUFFICIENT_DATA","stateUpdatedTimestamp":"2026-05-20T20:00:00.000+0000","actionsEnabled":true,"alarmActions":["` + topic + `"],"insufficientDataActions":[],"okactions":[]}}`
		if got := *out.AlarmHistoryItems[0].HistoryData; got != want {
			t.Errorf("the creation is\n%s\nwant\n%s", got, want)
		}
		want = `{"version":"1.0","oldState":{"stateValue":"INSUFFICIENT_DATA","stateReason":"Unchecked: Initial alarm creation"},"newState":{"stateValue":"ALARM","stateReason":"testing"}}`
		if got := *out.AlarmHistoryItems[1].HistoryData; got != want {
			t.Errorf("the change is\n%s\nwant\n%s", got, want)
		}

		b.clock.Advance(31 * 24 * time.Hour)
		if err := b.forgetHistory(t.Context()); err != nil {
			t.Fatal(err)
		}
		left, err := b.DescribeAlarmHistory(t.Context(), b.caller, &sdk.DescribeAlarmHistoryInput{AlarmName: new("a")})
		if err != nil || len(left.AlarmHistoryItems) != 0 {
			t.Errorf("after a month: %+v, %v", left, err)
		}
	})
}

// TestHistoryOfMany: alarms that change in one transaction do not vie for a place in the history,
// which would cost a statement for each that is taken.
func TestHistoryOfMany(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		names := []string{"a", "b", "a/b"}
		for _, n := range names {
			b.watch(n, nil)
		}
		b.clock.Advance(time.Second)
		if _, err := b.DeleteAlarms(t.Context(), b.caller, &sdk.DeleteAlarmsInput{AlarmNames: names}); err != nil {
			t.Fatal(err)
		}
		records, err := b.db.Scan(t.Context(), historyKind, store.Range{})
		if err != nil || len(records) != 2*len(names) {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for _, r := range records {
			if !strings.Contains(r.Key, "-99999-") {
				t.Errorf("%s is not the first of its alarm", r.Key)
			}
		}
	})
}

// TestMessage has the message and the mail of the scene.
func TestMessage(t *testing.T) {
	s := &Service{publicURL: func() string { return "https://kms.example.com/" }}
	at := time.Date(2026, 5, 20, 20, 46, 2, 123e6, time.UTC)
	a := &alarm{
		Name: "KMS pending deletion", Description: new("A key is used"), ActionsEnabled: true, AlarmActions: []string{topic}, Configured: start, account: account, region: region,
		State: state{Value: alarmed, Reason: "Threshold Crossed: …", Updated: at, Transitioned: at},
		Metric: &metricAlarm{
			Namespace: "CloudTrailLogMetrics", MetricName: "KMSKeyPendingDeletionErrorCount", Statistic: types.StatisticSum, Period: 300, EvaluationPeriods: 1,
			DatapointsToAlarm: 1, Threshold: 1, Comparison: types.ComparisonOperatorGreaterThanOrEqualToThreshold, TreatMissingData: treatNotBreaching,
		},
	}
	n := s.notice(a, state{Value: ok}, nil, topic)
	want := `{"AlarmName":"KMS pending deletion","AlarmDescription":"A key is used","AWSAccountId":"111122223333","AlarmConfigurationUpdatedTimestamp":"2026-05-20T20:00:00.000+0000",` +
		`"NewStateValue":"ALARM","NewStateReason":"Threshold Crossed: …","StateChangeTime":"2026-05-20T20:46:02.123+0000","Region":"US East (N. Virginia)",` +
		`"AlarmArn":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:KMS pending deletion","OldStateValue":"OK","OKActions":[],"AlarmActions":["` + topic + `"],"InsufficientDataActions":[],` +
		`"Trigger":{"MetricName":"KMSKeyPendingDeletionErrorCount","Namespace":"CloudTrailLogMetrics","StatisticType":"Statistic","Statistic":"SUM","Unit":null,"Dimensions":[],` +
		`"Period":300,"EvaluationPeriods":1,"DatapointsToAlarm":1,"ComparisonOperator":"GreaterThanOrEqualToThreshold","Threshold":1.0,"TreatMissingData":"notBreaching","EvaluateLowSampleCountPercentile":""}}`
	if n.Message != want {
		t.Errorf("the message is\n%s\nwant\n%s", n.Message, want)
	}
	if n.Subject != `ALARM: "KMS pending deletion" in US East (N. Virginia)` {
		t.Errorf("the subject is %s", n.Subject)
	}
	mail := `You are receiving this email because your Amazon CloudWatch Alarm "KMS pending deletion" in the US East (N. Virginia) region has entered the ALARM state, because "Threshold Crossed: …" at "Wednesday 20 May, 2026 20:46:02 UTC".

View this alarm in the console:
https://kms.example.com/console/us-east-1/cloudwatch/alarms/KMS%20pending%20deletion

Alarm Details:
- Name:                       KMS pending deletion
- Description:                A key is used
- State Change:               OK -> ALARM
- Reason for State Change:    Threshold Crossed: …
- Timestamp:                  Wednesday 20 May, 2026 20:46:02 UTC
- AWS Account:                111122223333
- Alarm Arn:                  arn:aws:cloudwatch:us-east-1:111122223333:alarm:KMS pending deletion

Threshold:
- The alarm is in the ALARM state when the metric is GreaterThanOrEqualToThreshold 1.0 for at least 1 of the last 1 period(s) of 300 seconds.

Monitored Metric:
- MetricNamespace:            CloudTrailLogMetrics
- MetricName:                 KMSKeyPendingDeletionErrorCount
- Dimensions:                 
- Period:                     300 seconds
- Statistic:                  Sum
- Unit:                       not specified
- TreatMissingData:           notBreaching

State Change Actions:
- OK: 
- ALARM: [arn:aws:sns:us-east-1:111122223333:alerts]
- INSUFFICIENT_DATA: 
`
	if n.Email != mail {
		t.Errorf("the mail is\n%s", n.Email)
	}
	a.Name = strings.Repeat("é", 200)
	if n := s.notice(a, state{Value: ok}, nil, topic); len(n.Subject) > maxSubject {
		t.Errorf("the subject is %d bytes long", len(n.Subject))
	}
}
