package alarm

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// alarmKind is the kind of the records of alarms: "ACCOUNT/REGION/NAME".
const alarmKind = "alarm"

// alarm is an alarm as it is stored.
type alarm struct {
	Name             string
	Description      *string         `json:",omitempty"`
	ActionsEnabled   bool            `json:",omitempty"`
	OKActions        []string        `json:",omitempty"`
	AlarmActions     []string        `json:",omitempty"`
	InsufficientData []string        `json:",omitempty"` // actions
	Tags             []tag           `json:",omitempty"`
	Configured       time.Time       // when it was last put
	State            state           //
	Metric           *metricAlarm    `json:",omitempty"` // one of the two
	Composite        *compositeAlarm `json:",omitempty"`

	account, region string
	version         int64
	rule            *rule // of a composite alarm
}

type tag struct{ Key, Value string }

type state struct {
	Value        types.StateValue
	Reason       string
	Data         string    `json:",omitempty"` // JSON
	Updated      time.Time // when anything of this was last written
	Transitioned time.Time // when Value last became another
}

// metricAlarm is what an alarm on a metric, or on metric math, watches.
type metricAlarm struct {
	Namespace         string                   `json:",omitempty"`
	MetricName        string                   `json:",omitempty"`
	Dimensions        []metric.Dimension       `json:",omitempty"` // in the order of the request
	Statistic         types.Statistic          `json:",omitempty"`
	ExtendedStatistic string                   `json:",omitempty"`
	Unit              types.StandardUnit       `json:",omitempty"`
	Period            int32                    // seconds; of metric math, that of all metrics
	Metrics           []types.MetricDataQuery  `json:",omitempty"` // metric math, in place of all that
	EvaluationPeriods int32                    //
	DatapointsToAlarm int32                    `json:",omitempty"` // 0: not said
	Threshold         float64                  //
	Comparison        types.ComparisonOperator //
	TreatMissingData  string                   `json:",omitempty"`
	LowSamples        string                   `json:",omitempty"` // EvaluateLowSampleCountPercentile
}

// compositeAlarm is what an alarm on other alarms watches.
type compositeAlarm struct {
	Rule       string
	Suppressor string `json:",omitempty"` // as it was named
	Wait       int32  `json:",omitempty"` // seconds
	Extension  int32  `json:",omitempty"`

	// Evaluated says that the rule was evaluated since the alarm was put.
	Evaluated bool `json:",omitempty"`
	// Forced is when SetAlarmState set the state. It stays until a child changes.
	Forced time.Time
	// Acted is the state whose actions were last executed.
	Acted types.StateValue `json:",omitempty"`
	// Suppressed is why the actions of the present state wait, and Until how long.
	Suppressed types.ActionsSuppressedBy `json:",omitempty"`
	Until      time.Time
}

func recordKey(account, region, name string) string { return account + "/" + region + "/" + name }

func (a *alarm) key() string { return recordKey(a.account, a.region, a.Name) }

// arn is the alarm's ARN.
func (a *alarm) arn() string { return alarmARN(a.account, a.region, a.Name) }

func alarmARN(account, region, name string) string {
	return "arn:" + partition(region) + ":cloudwatch:" + region + ":" + account + ":alarm:" + name
}

// partition is the AWS partition of a Region, as it stands in ARNs.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// parseARN reads the ARN of an alarm.
func parseARN(arn string) (account, region, name string, ok bool) {
	p := strings.SplitN(arn, ":", 7)
	if len(p) != 7 || p[0] != "arn" || p[2] != "cloudwatch" || p[5] != "alarm" || p[6] == "" {
		return "", "", "", false
	}
	return p[4], p[3], p[6], true
}

func decode(r store.Record) (*alarm, error) {
	a := new(alarm)
	if err := json.Unmarshal(r.Body, a); err != nil {
		return nil, fmt.Errorf("decode alarm %q: %w", r.Key, err)
	}
	p := strings.SplitN(r.Key, "/", 3)
	if len(p) != 3 {
		return nil, fmt.Errorf("decode alarm %q: the key is not one", r.Key)
	}
	a.account, a.region, a.version = p[0], p[1], r.Version
	if a.Composite != nil {
		var err error
		if a.rule, err = parseRule(a.Composite.Rule); err != nil {
			return nil, fmt.Errorf("decode alarm %q: %w", r.Key, err)
		}
	}
	return a, nil
}

func (a *alarm) record() (store.Record, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode alarm %q: %w", a.key(), err)
	}
	return store.Record{Kind: alarmKind, Key: a.key(), Version: a.version, Body: body}, nil
}

// put writes the alarm, which may be new.
func (a *alarm) put(tx *store.Tx) error {
	r, err := a.record()
	if err != nil {
		return err
	}
	if a.version == 0 {
		err = tx.Insert(r)
	} else {
		err = tx.Put(r)
	}
	a.version = tx.Revision()
	return err
}

func kindOf(a *alarm) types.AlarmType {
	if a.Composite != nil {
		return types.AlarmTypeCompositeAlarm
	}
	return types.AlarmTypeMetricAlarm
}

// actions are those of a state.
func (a *alarm) actions(v types.StateValue) []string {
	switch v {
	case types.StateValueOk:
		return a.OKActions
	case types.StateValueAlarm:
		return a.AlarmActions
	}
	return a.InsufficientData
}

// id is the metric that the alarm watches; it has none if it is on metric math.
func (a *alarm) id() metric.ID {
	m := a.Metric
	d := append([]metric.Dimension(nil), m.Dimensions...)
	metric.Sort(d)
	return metric.ID{Account: a.account, Region: a.region, Namespace: m.Namespace, Name: m.MetricName, Dimensions: d}
}

// statistic is the name of the one that the alarm watches.
func (m *metricAlarm) statistic() string {
	if m.ExtendedStatistic != "" {
		return m.ExtendedStatistic
	}
	return string(m.Statistic)
}

// toAlarm is M of "M out of N".
func (m *metricAlarm) toAlarm() int {
	if m.DatapointsToAlarm != 0 {
		return int(m.DatapointsToAlarm)
	}
	return int(m.EvaluationPeriods)
}
