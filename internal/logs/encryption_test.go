//lint:file-ignore SA1019 older clients call the deprecated operations

package logs_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/keysteadtest"
)

func metricSum(t *testing.T, srv *keysteadtest.Server, namespace, name string) (sum float64) {
	t.Helper()
	out := must[*cloudwatch.GetMetricStatisticsOutput](t)(cloudwatch.NewFromConfig(srv.Config()).GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: &namespace, MetricName: &name, Period: aws.Int32(3600), StartTime: aws.Time(time.Now().Add(-3 * time.Hour)), EndTime: aws.Time(time.Now().Add(time.Hour)),
		Statistics: []cwtypes.Statistic{cwtypes.StatisticSum},
	}))
	for _, p := range out.Datapoints {
		sum += *p.Sum
	}
	return sum
}

// keyPolicy is AWS's example of a key policy for log groups.
func keyPolicy(srv *keysteadtest.Server, group string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"logs.%[2]s.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",
		 "Condition":{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:%[2]s:%[1]s:log-group:%[3]s"}}}]}`, srv.Account, srv.Region, group)
}

func TestEncryption(t *testing.T) {
	onEngines(t, func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client) {
		k := srv.KMS()
		made := must[*kms.CreateKeyOutput](t)(k.CreateKey(t.Context(), &kms.CreateKeyInput{Policy: aws.String(keyPolicy(srv, "secret"))}))
		arn := made.KeyMetadata.Arn
		plain := must[*kms.CreateKeyOutput](t)(k.CreateKey(t.Context(), &kms.CreateKeyInput{})).KeyMetadata
		create := func(group, key string) error {
			_, err := c.CreateLogGroup(t.Context(), &sdk.CreateLogGroupInput{LogGroupName: &group, KmsKeyId: &key})
			return err
		}
		wantError(t, create("secret", *arn+"0"), "InvalidParameterException", "The specified KMS Key Id could not be found.")
		wantError(t, create("secret", "alias/none"), "InvalidParameterException", "The specified KMS Key Id could not be found.")
		wantError(t, create("secret", *plain.Arn), "AccessDeniedException", "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:"+srv.Region+":"+srv.Account+":log-group:secret'")
		wantError(t, create("other", *arn), "AccessDeniedException", "") // the policy names one group
		if err := create("secret", *arn); err != nil {
			t.Fatal(err)
		}
		makeStream(t, c, "secret", "s")
		put(t, c, "secret", "s", time.Now(), "the first", "the second")

		read := func() (string, error) {
			out, err := c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: aws.String("secret"), LogStreamName: aws.String("s")})
			if err != nil {
				return "", err
			}
			var texts []string
			for _, e := range out.Events {
				texts = append(texts, *e.Message)
			}
			return strings.Join(texts, ","), nil
		}
		write := func(text string) error {
			_, err := c.PutLogEvents(t.Context(), &sdk.PutLogEventsInput{LogGroupName: aws.String("secret"), LogStreamName: aws.String("s"), LogEvents: []types.InputLogEvent{{Message: &text, Timestamp: aws.Int64(time.Now().UnixMilli())}}})
			return err
		}
		readable := func(want string) {
			t.Helper()
			if got, err := read(); err != nil || got != want {
				t.Errorf("%q, %v", got, err)
			}
		}
		unusable := func() {
			t.Helper()
			_, err := read()
			wantError(t, err, "InvalidParameterException", "can't be used")
			_, err = c.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: aws.String("secret")})
			wantError(t, err, "InvalidParameterException", "can't be used")
			wantError(t, write("refused"), "InvalidParameterException", "can't be used")
		}
		readable("the first,the second")
		must[*kms.DisableKeyOutput](t)(k.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: arn}))
		unusable()
		must[*kms.EnableKeyOutput](t)(k.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: arn}))
		readable("the first,the second")
		if err := write("the third"); err != nil {
			t.Error(err)
		}
		must[*kms.ScheduleKeyDeletionOutput](t)(k.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: arn}))
		unusable()
		must[*kms.CancelKeyDeletionOutput](t)(k.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: arn}))
		must[*kms.EnableKeyOutput](t)(k.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: arn}))
		srv.Restart()
		c, k = sdk.NewFromConfig(srv.Config()), srv.KMS()
		readable("the first,the second,the third")

		// Without the key, what comes in is readable whatever happens to it; the rest is not.
		must[*sdk.DisassociateKmsKeyOutput](t)(c.DisassociateKmsKey(t.Context(), &sdk.DisassociateKmsKeyInput{LogGroupName: aws.String("secret")}))
		if err := write("the fourth"); err != nil {
			t.Error(err)
		}
		must[*sdk.AssociateKmsKeyOutput](t)(c.AssociateKmsKey(t.Context(), &sdk.AssociateKmsKeyInput{LogGroupName: aws.String("secret"), KmsKeyId: arn}))
		readable("the first,the second,the third,the fourth")
		must[*kms.DisableKeyOutput](t)(k.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: arn}))
		unusable()
		must[*sdk.DisassociateKmsKeyOutput](t)(c.DisassociateKmsKey(t.Context(), &sdk.DisassociateKmsKeyInput{LogGroupName: aws.String("secret")}))
		if err := write("the fifth"); err != nil {
			t.Error(err)
		}
		wantRecorded(t, srv, `"invokedBy":"logs.`+srv.Region+`.amazonaws.com"`, `"eventName":"GenerateDataKey"`, `"encryptionContext":{"aws:logs:arn":"arn:aws:logs:`+srv.Region+`:`+srv.Account+`:log-group:secret"}`)
		wantRecorded(t, srv, `"invokedBy":"logs.`+srv.Region+`.amazonaws.com"`, `"eventName":"Decrypt"`, `"errorCode":"DisabledException"`)
	})
}

// wantRecorded looks for a record with all of the texts in the journal.
func wantRecorded(t *testing.T, srv *keysteadtest.Server, texts ...string) {
	t.Helper()
	found := false
	err := filepath.WalkDir(srv.DataDir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "journal") && !strings.HasSuffix(path, ".jsonl") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
	lines:
		for line := range strings.SplitSeq(string(b), "\n") {
			for _, text := range texts {
				if !strings.Contains(line, text) {
					continue lines
				}
			}
			found = true
		}
		return nil
	})
	if err != nil || !found {
		t.Errorf("no record with %q: %v", texts, err)
	}
}

// TestDenials sees that each operation asks for its permission, on the resource that AWS's
// documentation has for it, and that nothing else of what is there gives it.
func TestDenials(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := sdk.NewFromConfig(srv.Config())
	makeStream(t, c, "g", "s")
	must[*sdk.TagLogGroupOutput](t)(c.TagLogGroup(t.Context(), &sdk.TagLogGroupInput{LogGroupName: aws.String("g"), Tags: map[string]string{"team": "red"}}))
	admin := iam.NewFromConfig(srv.Config())
	user := func(name, policy string) *sdk.Client {
		must[*iam.CreateUserOutput](t)(admin.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))
		if policy != "" {
			must[*iam.PutUserPolicyOutput](t)(admin.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: &name, PolicyDocument: &policy}))
		}
		key := must[*iam.CreateAccessKeyOutput](t)(admin.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})).AccessKey
		return sdk.NewFromConfig(srv.ConfigFor(aws.Credentials{AccessKeyID: *key.AccessKeyId, SecretAccessKey: *key.SecretAccessKey}))
	}
	arn := "arn:aws:logs:" + srv.Region + ":" + srv.Account + ":log-group:g"
	statement := func(action, resource, condition string) string {
		if condition != "" {
			condition = `,"Condition":` + condition
		}
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:` + action + `","Resource":"` + resource + `"` + condition + `}]}`
	}
	nobody := user("nobody", "")
	event := []types.InputLogEvent{{Message: aws.String("x"), Timestamp: aws.Int64(time.Now().UnixMilli())}}
	transformation := []types.MetricTransformation{{MetricName: aws.String("m"), MetricNamespace: aws.String("n"), MetricValue: aws.String("1")}}
	g, s := aws.String("g"), aws.String("s")
	for _, op := range []struct {
		action, resource string
		call             func(context.Context, *sdk.Client) error
	}{
		{"CreateLogStream", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.CreateLogStream(ctx, &sdk.CreateLogStreamInput{LogGroupName: g, LogStreamName: aws.String("new")})
			return err
		}},
		{"DescribeLogGroups", "arn:aws:logs:" + srv.Region + ":" + srv.Account + ":log-group:*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DescribeLogGroups(ctx, &sdk.DescribeLogGroupsInput{})
			return err
		}},
		{"ListLogGroups", "*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.ListLogGroups(ctx, &sdk.ListLogGroupsInput{})
			return err
		}},
		{"DescribeLogStreams", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DescribeLogStreams(ctx, &sdk.DescribeLogStreamsInput{LogGroupName: g})
			return err
		}},
		{"PutLogEvents", arn + ":log-stream:s", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.PutLogEvents(ctx, &sdk.PutLogEventsInput{LogGroupName: g, LogStreamName: s, LogEvents: event})
			return err
		}},
		{"GetLogEvents", arn + ":log-stream:s", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.GetLogEvents(ctx, &sdk.GetLogEventsInput{LogGroupName: g, LogStreamName: s})
			return err
		}},
		{"FilterLogEvents", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.FilterLogEvents(ctx, &sdk.FilterLogEventsInput{LogGroupName: g})
			return err
		}},
		{"PutRetentionPolicy", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.PutRetentionPolicy(ctx, &sdk.PutRetentionPolicyInput{LogGroupName: g, RetentionInDays: aws.Int32(30)})
			return err
		}},
		{"DeleteRetentionPolicy", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DeleteRetentionPolicy(ctx, &sdk.DeleteRetentionPolicyInput{LogGroupName: g})
			return err
		}},
		{"TagResource", arn, func(ctx context.Context, c *sdk.Client) error {
			_, err := c.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "b"}})
			return err
		}},
		{"UntagResource", arn, func(ctx context.Context, c *sdk.Client) error {
			_, err := c.UntagResource(ctx, &sdk.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a"}})
			return err
		}},
		{"ListTagsForResource", arn, func(ctx context.Context, c *sdk.Client) error {
			_, err := c.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceArn: &arn})
			return err
		}},
		{"TagLogGroup", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.TagLogGroup(ctx, &sdk.TagLogGroupInput{LogGroupName: g, Tags: map[string]string{"a": "b"}})
			return err
		}},
		{"UntagLogGroup", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.UntagLogGroup(ctx, &sdk.UntagLogGroupInput{LogGroupName: g, Tags: []string{"a"}})
			return err
		}},
		{"ListTagsLogGroup", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.ListTagsLogGroup(ctx, &sdk.ListTagsLogGroupInput{LogGroupName: g})
			return err
		}},
		{"PutMetricFilter", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.PutMetricFilter(ctx, &sdk.PutMetricFilterInput{LogGroupName: g, FilterName: s, FilterPattern: s, MetricTransformations: transformation})
			return err
		}},
		{"DescribeMetricFilters", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DescribeMetricFilters(ctx, &sdk.DescribeMetricFiltersInput{LogGroupName: g})
			return err
		}},
		{"DeleteMetricFilter", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DeleteMetricFilter(ctx, &sdk.DeleteMetricFilterInput{LogGroupName: g, FilterName: s})
			return err
		}},
		{"TestMetricFilter", "*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.TestMetricFilter(ctx, &sdk.TestMetricFilterInput{FilterPattern: s, LogEventMessages: []string{"x"}})
			return err
		}},
		{"PutResourcePolicy", "*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.PutResourcePolicy(ctx, &sdk.PutResourcePolicyInput{PolicyName: s, PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:*","Resource":"*"}]}`)})
			return err
		}},
		{"DescribeResourcePolicies", "*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DescribeResourcePolicies(ctx, &sdk.DescribeResourcePoliciesInput{})
			return err
		}},
		{"DeleteResourcePolicy", "*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DeleteResourcePolicy(ctx, &sdk.DeleteResourcePolicyInput{PolicyName: s})
			return err
		}},
		{"DisassociateKmsKey", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DisassociateKmsKey(ctx, &sdk.DisassociateKmsKeyInput{LogGroupName: g})
			return err
		}},
		{"AssociateKmsKey", "", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.AssociateKmsKey(ctx, &sdk.AssociateKmsKeyInput{LogGroupName: g, KmsKeyId: aws.String("x")})
			return err
		}},
		{"DeleteLogStream", arn + ":log-stream:new", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DeleteLogStream(ctx, &sdk.DeleteLogStreamInput{LogGroupName: g, LogStreamName: aws.String("new")})
			return err
		}},
		{"DeleteLogGroup", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.DeleteLogGroup(ctx, &sdk.DeleteLogGroupInput{LogGroupName: g})
			return err
		}},
		{"CreateLogGroup", arn + ":*", func(ctx context.Context, c *sdk.Client) error {
			_, err := c.CreateLogGroup(ctx, &sdk.CreateLogGroupInput{LogGroupName: g})
			return err
		}},
	} {
		wantError(t, op.call(t.Context(), nobody), "AccessDeniedException", "logs:"+op.action)
		if op.resource == "" {
			continue
		}
		if strings.HasPrefix(op.resource, arn) { // the group next to it is not enough
			next := user(op.action+"2", statement(op.action, strings.Replace(op.resource, ":log-group:g", ":log-group:gg", 1), ""))
			wantError(t, op.call(t.Context(), next), "AccessDeniedException", "logs:"+op.action)
		}
		if err := op.call(t.Context(), user(op.action, statement(op.action, op.resource, ""))); err != nil {
			t.Errorf("%s: %v", op.action, err)
		}
	}
	makeStream(t, c, "tagged", "s")
	must[*sdk.TagLogGroupOutput](t)(c.TagLogGroup(t.Context(), &sdk.TagLogGroupInput{LogGroupName: aws.String("tagged"), Tags: map[string]string{"team": "red"}}))
	for name, condition := range map[string]string{"red": "", "blue": "AccessDeniedException"} {
		_, err := user(name, statement("FilterLogEvents", "*", `{"StringEquals":{"aws:ResourceTag/team":"`+name+`"}}`)).FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: aws.String("tagged")})
		if condition == "" && err != nil {
			t.Error(err)
		} else if condition != "" {
			wantError(t, err, condition, "")
		}
	}
	// Somebody who may do nothing does not learn which groups there are.
	_, err := nobody.DescribeLogStreams(t.Context(), &sdk.DescribeLogStreamsInput{LogGroupName: aws.String("none")})
	wantError(t, err, "AccessDeniedException", "")
	other := sdk.NewFromConfig(srv.ConfigFor(srv.NewAccount("222222222222")))
	_, err = other.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupIdentifier: aws.String("arn:aws:logs:" + srv.Region + ":" + srv.Account + ":log-group:tagged")})
	wantError(t, err, "AccessDeniedException", "")
	out := must[*sdk.DescribeLogGroupsOutput](t)(other.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{}))
	if len(out.LogGroups) != 0 {
		t.Errorf("groups of another account: %+v", out.LogGroups)
	}
}
