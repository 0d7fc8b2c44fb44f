package clients

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	watchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// TestSceneSurvivesKills kills the server between a use of a key and the mail about it: at
// each stage on the way, and whenever chance has it. The mail must come all the same, once at
// least to each who has confirmed, and to nobody else; the event must be in the log group,
// once. KEYSTEAD_TEST_KILLS says how often chance has it.
func TestSceneSurvivesKills(t *testing.T) {
	for name, reached := range map[string]func(*killScene) bool{
		"the call is answered":            func(*killScene) bool { return true },
		"the event is in the history":     (*killScene).inHistory,
		"the event is in the log group":   (*killScene).inLogGroup,
		"the sample is in the metric":     (*killScene).counted,
		"the alarm has changed its state": (*killScene).alarmed,
		"a mail is on its way":            func(k *killScene) bool { return k.box.holding() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := setKillScene(t)
			if strings.HasPrefix(name, "a mail") {
				k.box.hold()
			}
			k.use()
			eventually(t, name, func() bool { return reached(k) })
			k.kill()
			if k.box.holding() {
				k.box.release()
			}
			k.s.start()
			k.wantAll(1)
		})
	}
	t.Run("by chance", func(t *testing.T) {
		t.Parallel()
		kills := 2
		if text := os.Getenv("KEYSTEAD_TEST_KILLS"); text != "" {
			var err error
			if kills, err = strconv.Atoi(text); err != nil {
				t.Fatal(err)
			}
		}
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		k := setKillScene(t)
		for n := range kills {
			k.use()
			for range 1 + r.IntN(3) {
				<-time.After(time.Duration(r.Int64N(int64(5 * time.Second)))) // what chance has is no wait for anything
				k.kill()
				k.s.start()
			}
			k.wantAll(n + 1)
		}
	})
}

// killScene is the security team's set-up made by a program, with a server at one address.
type killScene struct {
	t      *testing.T
	s      *node
	box    *mailbox
	trails *cloudtrail.Client
	logs   *logs.Client
	watch  *cloudwatch.Client
	kms    *kms.Client
	sns    *sns.Client
	key    string
	uses   int
	mails  int // that alice had before the last use
}

func setKillScene(t *testing.T) *killScene {
	t.Helper()
	box := startMailbox(t)
	s := start(t, "--smtp-url", box.URL, "--smtp-from", "alarms@kms.example", "--listen", freeAddress(t))
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"), config.WithBaseEndpoint(s.URL), config.WithSharedConfigFiles([]string{os.DevNull}),
		config.WithSharedCredentialsFiles([]string{filepath.Join(s.dataDir(), "credentials")}))
	if err != nil {
		t.Fatal(err)
	}
	k := &killScene{
		t: t, s: s, box: box, trails: cloudtrail.NewFromConfig(cfg), logs: logs.NewFromConfig(cfg), watch: cloudwatch.NewFromConfig(cfg),
		kms: kms.NewFromConfig(cfg), sns: sns.NewFromConfig(cfg),
	}
	topic := k.subscribe()
	k.setTrail(iam.NewFromConfig(cfg))
	must(t)(k.logs.PutMetricFilter(t.Context(), &logs.PutMetricFilterInput{
		LogGroupName: new(logGroup), FilterName: new("pending-deletion"), FilterPattern: new(pendingPattern),
		MetricTransformations: []logtypes.MetricTransformation{{
			MetricName: new("KMSKeyPendingDeletionErrorCount"), MetricNamespace: new("CloudTrailLogMetrics"), MetricValue: new("1"),
		}},
	}))
	must(t)(k.watch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: new(alarmName), Namespace: new("CloudTrailLogMetrics"), MetricName: new("KMSKeyPendingDeletionErrorCount"),
		Statistic: watchtypes.StatisticSum, Period: new(int32(10)), EvaluationPeriods: new(int32(1)), DatapointsToAlarm: new(int32(1)), Threshold: new(1.0),
		ComparisonOperator: watchtypes.ComparisonOperatorGreaterThanOrEqualToThreshold, TreatMissingData: new("notBreaching"), AlarmActions: []string{topic},
	}))
	made, err := k.kms.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	k.key = *made.KeyMetadata.Arn
	must(t)(k.kms.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &k.key, PendingWindowInDays: new(int32(7))}))
	eventually(t, "the alarm is OK", func() bool { return k.state() == watchtypes.StateValueOk })
	return k
}

// subscribe makes the topic and three subscriptions, of which two are confirmed.
func (k *killScene) subscribe() (topic string) {
	k.t.Helper()
	made, err := k.sns.CreateTopic(k.t.Context(), &sns.CreateTopicInput{Name: new("security")})
	if err != nil {
		k.t.Fatal(err)
	}
	sc := &scene{t: k.t, s: k.s, box: k.box, topic: *made.TopicArn}
	for _, who := range []string{alice, bob, carol} {
		must(k.t)(k.sns.Subscribe(k.t.Context(), &sns.SubscribeInput{TopicArn: made.TopicArn, Protocol: new("email"), Endpoint: &who}))
	}
	for _, who := range []string{alice, bob} {
		sc.confirm(k.box.wait(who, 1, patience)[0])
	}
	k.box.wait(carol, 1, patience)
	return sc.topic
}

func (k *killScene) setTrail(roles *iam.Client) {
	k.t.Helper()
	ctx, group := k.t.Context(), "arn:aws:logs:us-east-1:000000000000:log-group:"+logGroup+":*"
	must(k.t)(k.logs.CreateLogGroup(ctx, &logs.CreateLogGroupInput{LogGroupName: new(logGroup)}))
	role, err := roles.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName:                 new("trail"),
		AssumeRolePolicyDocument: new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	})
	if err != nil {
		k.t.Fatal(err)
	}
	must(k.t)(roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: new("trail"), PolicyName: new("logs"),
		PolicyDocument: new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"` + group + `"}]}`),
	}))
	must(k.t)(k.trails.CreateTrail(ctx, &cloudtrail.CreateTrailInput{
		Name: new("audit"), S3BucketName: new("audit-files"), CloudWatchLogsLogGroupArn: &group, CloudWatchLogsRoleArn: role.Role.Arn,
	}))
	must(k.t)(k.trails.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: new("audit")}))
}

// must fails the test if a call does.
func must(t *testing.T) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// kill ends the program as nobody should.
func (k *killScene) kill() {
	k.t.Helper()
	cmd := k.s.cmd
	k.s.cmd = nil
	if err := cmd.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
}

// use makes an attempt to use the key, which is refused and told of.
func (k *killScene) use() {
	k.t.Helper()
	k.uses++
	k.mails = len(k.box.to(alice))
	_, err := k.kms.Encrypt(k.t.Context(), &kms.EncryptInput{
		KeyId: &k.key, Plaintext: []byte("secret"), EncryptionContext: map[string]string{"attempt": strconv.Itoa(k.uses)},
	})
	if _, refused := errors.AsType[*kmstypes.KMSInvalidStateException](err); !refused {
		k.t.Fatalf("the use of a key that is pending deletion: %v", err)
	}
}

// attempt is how the record of the last use names it.
func (k *killScene) attempt() string { return fmt.Sprintf(`"attempt":"%d"`, k.uses) }

func (k *killScene) inHistory() bool {
	out, err := k.trails.LookupEvents(k.t.Context(), &cloudtrail.LookupEventsInput{LookupAttributes: []trailtypes.LookupAttribute{
		{AttributeKey: trailtypes.LookupAttributeKeyEventName, AttributeValue: new("Encrypt")},
	}})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, e := range out.Events {
		if strings.Contains(*e.CloudTrailEvent, k.attempt()) {
			return true
		}
	}
	return false
}

func (k *killScene) inLogGroup() bool { return k.logged() > 0 }

// logged is how often the log group has the last use.
func (k *killScene) logged() int {
	n := 0
	pages := logs.NewFilterLogEventsPaginator(k.logs, &logs.FilterLogEventsInput{
		LogGroupName: new(logGroup), FilterPattern: new(fmt.Sprintf(`{ $.requestParameters.encryptionContext.attempt = "%d" }`, k.uses)),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(k.t.Context())
		if err != nil {
			k.t.Fatal(err)
		}
		n += len(page.Events)
	}
	return n
}

// counted tells whether the metric has a sample of each use so far.
func (k *killScene) counted() bool {
	now := time.Now()
	out, err := k.watch.GetMetricStatistics(k.t.Context(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: new("CloudTrailLogMetrics"), MetricName: new("KMSKeyPendingDeletionErrorCount"), Period: new(int32(60)),
		StartTime: aws.Time(now.Add(-time.Hour)), EndTime: aws.Time(now.Add(time.Minute)), Statistics: []watchtypes.Statistic{watchtypes.StatisticSum},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	sum := 0.0
	for _, p := range out.Datapoints {
		sum += *p.Sum
	}
	return sum >= float64(k.uses)
}

func (k *killScene) alarmed() bool { return k.state() == watchtypes.StateValueAlarm }

func (k *killScene) state() watchtypes.StateValue {
	out, err := k.watch.DescribeAlarms(k.t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{alarmName}})
	if err != nil || len(out.MetricAlarms) != 1 {
		k.t.Fatalf("%+v, %v", out, err)
	}
	return out.MetricAlarms[0].StateValue
}

// wantAll waits for what must come of the last use, and for the alarm's end.
func (k *killScene) wantAll(uses int) {
	k.t.Helper()
	before := time.Now()
	for _, who := range []string{alice, bob} {
		all := k.box.wait(who, k.mails+1, 2*patience)
		for _, l := range all[1:] {
			if !strings.HasPrefix(l.Subject, `ALARM: "`+alarmName+`"`) {
				k.t.Errorf("%s got %q", who, l.Subject)
			}
		}
	}
	k.t.Logf("%d: the mails came %v after the start", uses, time.Since(before).Round(time.Millisecond))
	eventually(k.t, "the event in the log group", k.inLogGroup)
	if n := k.logged(); n != 1 {
		k.t.Errorf("the log group has the event %d times", n)
	}
	eventually(k.t, "the sample in the metric", k.counted)
	eventually(k.t, "the alarm is OK", func() bool { return k.state() == watchtypes.StateValueOk })
	if all := k.box.to(carol); len(all) != 1 {
		k.t.Errorf("carol, who has not confirmed, got %+v", all[1:])
	}
}
