package alarm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t))))
	})
}

func put(t *testing.T, c *cloudwatch.Client, in cloudwatch.PutMetricAlarmInput) error {
	t.Helper()
	in.Namespace, in.MetricName, in.Statistic, in.Period = new("Test"), new("Errors"), types.StatisticSum, new(int32(60))
	in.EvaluationPeriods, in.Threshold, in.ComparisonOperator = new(int32(1)), new(1.0), types.ComparisonOperatorGreaterThanOrEqualToThreshold
	in.TreatMissingData = new("breaching")
	_, err := c.PutMetricAlarm(t.Context(), &in)
	return err
}

// TestTopic takes an alarm without data to a topic of the same account, to one whose policy
// refuses it, and to one that is not there.
func TestTopic(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c, topics := cloudwatch.NewFromConfig(srv.Config()), sns.NewFromConfig(srv.Config())
		var arns []string
		for _, name := range []string{"open", "closed"} {
			out, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
			if err != nil {
				t.Fatal(err)
			}
			arns = append(arns, *out.TopicArn)
		}
		policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"SNS:Publish","Resource":%q,`+
			`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:*:*:alarm:Silence"}}}]}`, arns[1])
		if _, err := topics.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: &arns[1], AttributeName: new("Policy"), AttributeValue: &policy}); err != nil {
			t.Fatal(err)
		}
		missing := strings.Replace(arns[0], "open", "none", 1)
		if err := put(t, c, cloudwatch.PutMetricAlarmInput{AlarmName: new("Silence"), AlarmActions: []string{arns[0], arns[1], missing}}); err != nil {
			t.Fatal(err)
		}
		srv.Advance(62 * time.Second)
		out, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"Silence"}})
		if err != nil {
			t.Fatal(err)
		}
		a := out.MetricAlarms[0]
		if a.StateValue != types.StateValueAlarm || *a.StateReason != "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching]." {
			t.Errorf("the alarm is in the state %s, because %s", a.StateValue, *a.StateReason)
		}
		history, err := c.DescribeAlarmHistory(t.Context(), &cloudwatch.DescribeAlarmHistoryInput{AlarmName: new("Silence"), HistoryItemType: types.HistoryItemTypeAction})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"Failed to execute action " + missing + `. Received error: "Topic does not exist"`,
			"Failed to execute action " + arns[1] + `. Received error: "Resource: ` + *a.AlarmArn + " is not authorized to perform: SNS:Publish on resource: " + arns[1] + `"`,
			"Successfully executed action " + arns[0],
		}
		for i, item := range history.AlarmHistoryItems {
			if i >= len(want) || *item.HistorySummary != want[i] {
				t.Errorf("item %d is %s", i, *item.HistorySummary)
			}
		}
		if len(history.AlarmHistoryItems) != len(want) {
			t.Errorf("the history has %d items", len(history.AlarmHistoryItems))
		}
	})
}

// TestAuthorization checks that a user may do what its policies say, and nothing besides.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	admin := cloudwatch.NewFromConfig(srv.Config())
	for _, n := range []string{"mine", "theirs"} {
		if err := put(t, admin, cloudwatch.PutMetricAlarmInput{AlarmName: &n, Tags: []types.Tag{{Key: new("team"), Value: &n}}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := admin.PutCompositeAlarm(t.Context(), &cloudwatch.PutCompositeAlarmInput{AlarmName: new("composite"), AlarmRule: new("TRUE")}); err != nil {
		t.Fatal(err)
	}
	arn := func(name string) string { return "arn:aws:cloudwatch:us-east-1:" + srv.Account + ":alarm:" + name }
	type statement map[string]any
	allow := func(action, resource string, condition statement) statement {
		s := statement{"Effect": "Allow", "Action": action, "Resource": resource}
		if condition != nil {
			s["Condition"] = condition
		}
		return s
	}
	topic := "arn:aws:sns:us-east-1:" + srv.Account + ":good"
	for name, c := range map[string]struct {
		allow []statement
		do    func(*cloudwatch.Client) error
		ok    bool
	}{
		"nothing": {nil, func(c *cloudwatch.Client) error {
			return put(t, c, cloudwatch.PutMetricAlarmInput{AlarmName: new("mine")})
		}, false},
		"by name": {[]statement{allow("cloudwatch:PutMetricAlarm", arn("mine"), nil)}, func(c *cloudwatch.Client) error {
			return put(t, c, cloudwatch.PutMetricAlarmInput{AlarmName: new("mine")})
		}, true},
		"by another name": {[]statement{allow("cloudwatch:PutMetricAlarm", arn("mine"), nil)}, func(c *cloudwatch.Client) error {
			return put(t, c, cloudwatch.PutMetricAlarmInput{AlarmName: new("theirs")})
		}, false},
		"with tags": {[]statement{allow("cloudwatch:PutMetricAlarm", "*", nil)}, func(c *cloudwatch.Client) error {
			return put(t, c, cloudwatch.PutMetricAlarmInput{AlarmName: new("new"), Tags: []types.Tag{{Key: new("a"), Value: new("b")}}})
		}, false},
		"by the tag of the alarm": {[]statement{allow("cloudwatch:SetAlarmState", "*", statement{"StringEquals": statement{"aws:ResourceTag/team": "mine"}})}, func(c *cloudwatch.Client) error {
			_, err := c.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: new("mine"), StateValue: types.StateValueOk, StateReason: new("x")})
			return err
		}, true},
		"by the tag of another alarm": {[]statement{allow("cloudwatch:SetAlarmState", "*", statement{"StringEquals": statement{"aws:ResourceTag/team": "mine"}})}, func(c *cloudwatch.Client) error {
			_, err := c.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: new("theirs"), StateValue: types.StateValueOk, StateReason: new("x")})
			return err
		}, false},
		"by the actions": {[]statement{allow("cloudwatch:PutMetricAlarm", "*", statement{"ForAllValues:StringEquals": statement{"cloudwatch:AlarmActions": topic}})}, func(c *cloudwatch.Client) error {
			return put(t, c, cloudwatch.PutMetricAlarmInput{AlarmName: new("mine"), AlarmActions: []string{topic}})
		}, true},
		"by other actions": {[]statement{allow("cloudwatch:PutMetricAlarm", "*", statement{"ForAllValues:StringEquals": statement{"cloudwatch:AlarmActions": topic}})}, func(c *cloudwatch.Client) error {
			return put(t, c, cloudwatch.PutMetricAlarmInput{AlarmName: new("mine"), AlarmActions: []string{topic, topic + "2"}})
		}, false},
		"an alarm that is not there": {[]statement{allow("cloudwatch:SetAlarmState", arn("mine"), nil)}, func(c *cloudwatch.Client) error {
			_, err := c.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: new("none"), StateValue: types.StateValueOk, StateReason: new("x")})
			return err
		}, false},
		"delete two": {[]statement{allow("cloudwatch:DeleteAlarms", arn("mine"), nil)}, func(c *cloudwatch.Client) error {
			_, err := c.DeleteAlarms(t.Context(), &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"mine", "theirs"}})
			return err
		}, false},
		"a composite alarm by name": {[]statement{allow("cloudwatch:PutCompositeAlarm", arn("composite"), nil)}, func(c *cloudwatch.Client) error {
			_, err := c.PutCompositeAlarm(t.Context(), &cloudwatch.PutCompositeAlarmInput{AlarmName: new("composite"), AlarmRule: new("TRUE")})
			return err
		}, false},
		"a list of metric alarms": {[]statement{allow("cloudwatch:DescribeAlarms", arn("*"), nil)}, func(c *cloudwatch.Client) error {
			out, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"MetricAlarm", "CompositeAlarm"}})
			if err == nil && (len(out.MetricAlarms) == 0 || len(out.CompositeAlarms) != 0) {
				t.Errorf("the list has %d metric alarms and %d composite ones", len(out.MetricAlarms), len(out.CompositeAlarms))
			}
			return err
		}, true},
		"a named one of the list": {[]statement{allow("cloudwatch:DescribeAlarms", arn("mine"), nil)}, func(c *cloudwatch.Client) error {
			_, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"mine"}})
			return err
		}, true},
		"a named one that is denied": {[]statement{
			allow("cloudwatch:DescribeAlarms", "*", nil), {"Effect": "Deny", "Action": "cloudwatch:DescribeAlarms", "Resource": arn("theirs")},
		}, func(c *cloudwatch.Client) error {
			_, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"theirs"}})
			return err
		}, false},
		"the list with one name": {[]statement{allow("cloudwatch:DescribeAlarms", arn("mine"), nil)}, func(c *cloudwatch.Client) error {
			_, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{})
			return err
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			client := cloudwatch.NewFromConfig(user(t, srv, c.allow))
			err := c.do(client)
			if c.ok && err != nil || !c.ok && (err == nil || !strings.Contains(err.Error(), "is not authorized to perform: cloudwatch:")) {
				t.Errorf("the answer is %v", err)
			}
		})
	}
}

// user makes a user with a policy and returns the configuration of its clients.
func user(t *testing.T, srv *keysteadtest.Server, statements any) aws.Config {
	t.Helper()
	admin := iam.NewFromConfig(srv.Config())
	name := new("u" + strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return '-'
		}
		return r
	}, strings.ToLower(t.Name())))
	if _, err := admin.CreateUser(t.Context(), &iam.CreateUserInput{UserName: name}); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements}); err != nil {
		t.Fatal(err)
	} else if !strings.Contains(string(b), "null") {
		if _, err := admin.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: name, PolicyName: new("p"), PolicyDocument: new(string(b))}); err != nil {
			t.Fatal(err)
		}
	}
	key, err := admin.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		t.Fatal(err)
	}
	return srv.ConfigFor(aws.Credentials{AccessKeyID: *key.AccessKey.AccessKeyId, SecretAccessKey: *key.AccessKey.SecretAccessKey})
}
