package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	topic   = "arn:aws:sns:us-east-1:111122223333:alerts"
)

// start is when the tests' clock stands at first: a full hour.
var start = time.Date(2026, 5, 20, 20, 0, 0, 0, time.UTC)

// bench is the service over a store and a metric store of its own, with a clock that stands
// still, and topics that keep in the store what was published.
type bench struct {
	*Service
	t       testing.TB
	db      *store.DB
	clock   *clock.Clock
	metrics *cloudwatch.Service
	topics  *topics
	caller  *iam.Caller
}

// topics is a topic that writes what it gets into the transaction, as the real one does.
type topics struct {
	db     *store.DB
	refuse error
	lost   error  // ends the transaction
	poison string // ends that of an alarm whose ARN ends in it
}

func (s *topics) PublishAs(tx *store.Tx, n Notice) error {
	if s.refuse != nil {
		return s.refuse
	}
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	key := time.Now().UTC().Format("20060102150405.000000000") + n.SourceARN
	if err := tx.Upsert(store.Record{Kind: "test-notice", Key: key, Body: body}); err != nil {
		return err
	}
	if s.poison != "" && strings.HasSuffix(n.SourceARN, s.poison) {
		return errors.New("it can't be published")
	}
	return s.lost
}

// notices are what has been published.
func (b *bench) notices() []Notice {
	b.t.Helper()
	records, err := b.db.Scan(context.Background(), "test-notice", store.Range{})
	if err != nil {
		b.t.Fatal(err)
	}
	var all []Notice
	for _, r := range records {
		var n Notice
		if err := json.Unmarshal(r.Body, &n); err != nil {
			b.t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

func newBench(t testing.TB, url string) *bench {
	t.Helper()
	db := storetest.Open(t, store.Options{URL: url, Sealer: storetest.Sealer(t)})
	b := &bench{t: t, db: db, clock: clock.At(start), topics: &topics{db: db}, caller: root(region)}
	log := slog.New(slog.DiscardHandler)
	b.metrics = cloudwatch.New(cloudwatch.Options{DB: db, Clock: b.clock, Log: log})
	b.restart()
	return b
}

// restart makes the service anew, as after a kill.
func (b *bench) restart() {
	b.Service = New(Options{
		DB: b.db, Clock: b.clock, Log: slog.New(slog.DiscardHandler), Metrics: b.metrics, Topics: b.topics, PublicURL: func() string { return "https://kms.example.com" },
	})
}

func root(region string) *iam.Caller {
	return &iam.Caller{
		Principal: iam.Principal{Type: iam.TypeRoot, ARN: "arn:aws:iam::" + account + ":root", ID: account, Account: account}, Region: region,
	}
}

// engines runs a test on both engines.
func engines(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) { test(t, newBench(t, fresh(t))) })
}

// count adds samples of the metric "Errors" at a time.
func (b *bench) count(at time.Time, n ...float64) {
	b.t.Helper()
	d := metric.Datum{ID: metric.ID{Account: account, Region: region, Namespace: "Test", Name: "Errors"}, Time: at, Unit: "Count", Values: n}
	if err := b.db.Update(context.Background(), func(tx *store.Tx) error { return b.metrics.Put(tx, []metric.Datum{d}) }); err != nil {
		b.t.Fatalf("Put: %v", err)
	}
}

// advance moves the clock and runs the evaluator.
func (b *bench) advance(d time.Duration) {
	b.t.Helper()
	b.clock.Advance(d)
	b.run()
}

func (b *bench) run() {
	b.t.Helper()
	if err := b.evaluate(context.Background()); err != nil {
		b.t.Fatalf("evaluate: %v", err)
	}
}

// watch makes an alarm on "Errors": 1 of 1, each minute, as change says.
func (b *bench) watch(name string, change func(*sdk.PutMetricAlarmInput)) {
	b.t.Helper()
	in := &sdk.PutMetricAlarmInput{
		AlarmName: &name, Namespace: new("Test"), MetricName: new("Errors"), Statistic: types.StatisticSum, Period: new(int32(60)),
		EvaluationPeriods: new(int32(1)), DatapointsToAlarm: new(int32(1)), Threshold: new(1.0), TreatMissingData: new(treatNotBreaching),
		ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold, AlarmActions: []string{topic},
	}
	if change != nil {
		change(in)
	}
	if _, err := b.PutMetricAlarm(context.Background(), b.caller, in); err != nil {
		b.t.Fatalf("PutMetricAlarm: %v", err)
	}
}

// combine makes a composite alarm.
func (b *bench) combine(name, rule string, change func(*sdk.PutCompositeAlarmInput)) {
	b.t.Helper()
	in := &sdk.PutCompositeAlarmInput{AlarmName: &name, AlarmRule: &rule, AlarmActions: []string{topic}, OKActions: []string{topic}}
	if change != nil {
		change(in)
	}
	if _, err := b.PutCompositeAlarm(context.Background(), b.caller, in); err != nil {
		b.t.Fatalf("PutCompositeAlarm: %v", err)
	}
}

func (b *bench) set(name string, v types.StateValue) {
	b.t.Helper()
	_, err := b.SetAlarmState(context.Background(), b.caller, &sdk.SetAlarmStateInput{AlarmName: &name, StateValue: v, StateReason: new("testing")})
	if err != nil {
		b.t.Fatalf("SetAlarmState: %v", err)
	}
}

func (b *bench) alarm(name string) *alarm {
	b.t.Helper()
	a, err := b.get(context.Background(), b.caller, name)
	if err != nil || a == nil {
		b.t.Fatalf("alarm %s: %v, %v", name, a, err)
	}
	return a
}

// state fails the test if the alarm is not in that state.
func (b *bench) state(name string, want types.StateValue) {
	b.t.Helper()
	if got := b.alarm(name).State; got.Value != want {
		b.t.Fatalf("at %s alarm %s is in the state %s, because %s; want %s", b.clock.Now().Format(time.TimeOnly), name, got.Value, got.Reason, want)
	}
}

// told fails the test if not these messages were published, by their subjects up to the Region.
func (b *bench) told(want ...string) {
	b.t.Helper()
	var got []string
	for _, n := range b.notices() {
		got = append(got, strings.TrimSuffix(n.Subject, " in US East (N. Virginia)"))
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		b.t.Fatalf("the messages are %q, want %q", got, want)
	}
}
