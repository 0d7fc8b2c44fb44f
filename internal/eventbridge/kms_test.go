package eventbridge_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/material/materialtest"
	"github.com/keystead/keystead/keysteadtest"
)

// entries waits until a log group has n events and returns them, with their streams' names.
func entries(t *testing.T, srv *keysteadtest.Server, group string, n int) (messages []string, streams map[string]bool) {
	t.Helper()
	c := cloudwatchlogs.NewFromConfig(srv.Config())
	for range 60 {
		out := must[*cloudwatchlogs.FilterLogEventsOutput](t)(c.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group}))
		messages, streams = nil, map[string]bool{}
		for _, e := range out.Events {
			messages = append(messages, *e.Message)
			streams[*e.LogStreamName] = true
		}
		if len(messages) >= n {
			return messages, streams
		}
		srv.Advance(time.Second)
	}
	t.Fatalf("%s has %d events, want %d: %v", group, len(messages), n, messages)
	return nil, nil
}

// logTarget makes a log group that the service may write to, and returns its ARN.
func logTarget(t *testing.T, srv *keysteadtest.Server, group string) string {
	t.Helper()
	c := cloudwatchlogs.NewFromConfig(srv.Config())
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(c.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group}))
	arn := "arn:aws:logs:" + srv.Region + ":" + srv.Account + ":log-group:" + group
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","delivery.logs.amazonaws.com"]},
		"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"` + arn + `:*"}]}`
	must[*cloudwatchlogs.PutResourcePolicyOutput](t)(c.PutResourcePolicy(t.Context(), &cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String("p-" + strings.ReplaceAll(group, "/", "")), PolicyDocument: &doc}))
	return arn
}

// importExpiring makes a key whose imported material expires after a time.
func importExpiring(t *testing.T, k *kms.Client, after time.Duration) *kmstypes.KeyMetadata {
	t.Helper()
	ctx := t.Context()
	key := must[*kms.CreateKeyOutput](t)(k.CreateKey(ctx, &kms.CreateKeyInput{Origin: kmstypes.OriginTypeExternal})).KeyMetadata
	p := must[*kms.GetParametersForImportOutput](t)(k.GetParametersForImport(ctx, &kms.GetParametersForImportInput{
		KeyId: key.KeyId, WrappingAlgorithm: kmstypes.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: kmstypes.WrappingKeySpecRsa2048,
	}))
	must[*kms.ImportKeyMaterialOutput](t)(k.ImportKeyMaterial(ctx, &kms.ImportKeyMaterialInput{
		KeyId: key.KeyId, ImportToken: p.ImportToken, ValidTo: aws.Time(time.Now().Add(after)),
		EncryptedKeyMaterial: materialtest.Wrap(t, p.PublicKey, kmstypes.AlgorithmSpecRsaesOaepSha256, make([]byte, 32)),
	}))
	return must[*kms.DescribeKeyOutput](t)(k.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key.KeyId})).KeyMetadata
}

var (
	eventID   = regexp.MustCompile(`"id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"`)
	eventTime = regexp.MustCompile(`"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`)
)

// TestKMSEvents has the events that KMS itself sends, as AWS's documentation shows them, in a
// log group, through a restart.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
func TestKMSEvents(t *testing.T) {
	engines(t, func(t *testing.T, start func(...keysteadtest.Option) *keysteadtest.Server) {
		srv := start()
		c, k, ctx := client(srv), srv.KMS(), t.Context()
		arn := logTarget(t, srv, "/aws/events/kms")
		putRule(t, c, &eventbridge.PutRuleInput{Name: aws.String("kms"), EventPattern: aws.String(`{"source":["aws.kms"],"detail-type":[{"prefix":"KMS "}]}`)},
			types.Target{Id: aws.String("log"), Arn: aws.String(arn + ":*")})
		var want []string
		expect := func(what string, key *kmstypes.KeyMetadata, detail string) {
			t.Helper()
			want = append(want, `{"version":"0","id":"ID","detail-type":"`+what+`","source":"aws.kms","account":"`+srv.Account+`","time":"TIME","region":"`+srv.Region+
				`","resources":["`+*key.Arn+`"],"detail":{`+detail+`}}`)
			messages, streams := entries(t, srv, "/aws/events/kms", len(want))
			for i := range messages {
				messages[i] = eventTime.ReplaceAllString(eventID.ReplaceAllString(messages[i], `"id":"ID"`), `"time":"TIME"`)
			}
			if !slices.Equal(messages, want) || len(streams) != 1 {
				t.Errorf("in %v:\n%s\nwant\n%s", streams, strings.Join(messages, "\n"), strings.Join(want, "\n"))
			}
		}
		key := must[*kms.CreateKeyOutput](t)(k.CreateKey(ctx, &kms.CreateKeyInput{})).KeyMetadata
		must[*kms.RotateKeyOnDemandOutput](t)(k.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: key.KeyId}))
		srv.Restart()
		k = srv.KMS()
		srv.Advance(time.Minute)
		rotated := must[*kms.DescribeKeyOutput](t)(k.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key.KeyId})).KeyMetadata
		expect("KMS CMK Rotation", key, `"current-key-material-id":"`+*rotated.CurrentKeyMaterialId+`","key-id":"`+*key.KeyId+
			`","key-origin":"AWS_KMS","previous-key-material-id":"`+*key.CurrentKeyMaterialId+`","rotation-type":"ON_DEMAND"`)
		imported := importExpiring(t, k, 24*time.Hour)
		srv.Advance(48 * time.Hour)
		expect("KMS Imported Key Material Expiration", imported, `"key-id":"`+*imported.KeyId+`","key-material-id":"`+*imported.CurrentKeyMaterialId+`"`)
		must[*kms.ScheduleKeyDeletionOutput](t)(k.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: key.KeyId, PendingWindowInDays: aws.Int32(7)}))
		srv.Advance(8 * 24 * time.Hour)
		expect("KMS CMK Deletion", key, `"key-id":"`+*key.KeyId+`"`)
	})
}

// TestPolicies has targets whose own policies don't let the service in: what they don't get goes
// to the dead letters.
func TestPolicies(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	srv := keysteadtest.Start(t, keysteadtest.WithWebhooks(s.Certificate()))
	c, ctx := client(srv), t.Context()
	dead := logTarget(t, srv, "/dead")
	logs := cloudwatchlogs.NewFromConfig(srv.Config())
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("closed")}))
	topics := sns.NewFromConfig(srv.Config())
	topic := *must[*sns.CreateTopicOutput](t)(topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("t")})).TopicArn
	letters := &types.DeadLetterConfig{Arn: &dead}
	putRule(t, c, &eventbridge.PutRuleInput{Name: aws.String("r"), EventPattern: aws.String(`{"source":["s"]}`)},
		types.Target{Id: aws.String("closed"), Arn: aws.String("arn:aws:logs:" + srv.Region + ":" + srv.Account + ":log-group:closed"), DeadLetterConfig: letters},
		types.Target{Id: aws.String("topic"), Arn: &topic, DeadLetterConfig: letters})
	put := func() {
		t.Helper()
		must[*eventbridge.PutEventsOutput](t)(c.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry("s", "t", `{"n":1}`)}}))
	}
	put()
	messages, _ := entries(t, srv, "/dead", 2)
	slices.Sort(messages)
	if !strings.Contains(messages[0], "no resource policy") || !strings.Contains(messages[1], "the topic's policy does not let the service publish") || !strings.Contains(messages[1], `"detail":{"n":1}`) {
		t.Errorf("dead letters: %v", messages)
	}

	// The topic's owner lets the rule in.
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"` + topic +
		`","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:events:` + srv.Region + `:` + srv.Account + `:rule/r"}}}]}`
	must[*sns.SetTopicAttributesOutput](t)(topics.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: aws.String("Policy"), AttributeValue: &doc}))
	must[*sns.SubscribeOutput](t)(topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("https"), Endpoint: aws.String(s.URL + "/sns")}))
	var m struct{ Token, Type, Message string }
	if err := json.Unmarshal([]byte(s.wait(t, 1)[0].body), &m); err != nil || m.Type != "SubscriptionConfirmation" {
		t.Fatalf("%v: %+v", err, m)
	}
	must[*sns.ConfirmSubscriptionOutput](t)(topics.ConfirmSubscription(ctx, &sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: &m.Token}))
	put()
	if err := json.Unmarshal([]byte(s.wait(t, 2)[1].body), &m); err != nil || m.Type != "Notification" || !strings.Contains(m.Message, `"source":"s"`) {
		t.Errorf("%v: %+v", err, m)
	}
}
