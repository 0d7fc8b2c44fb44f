package alarm

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/store"
)

// historyKind is the kind of the records of alarms' histories. A record's key is
// "ACCOUNT/REGION/TIME-REVISION-NUMBER-NAME" with numbers that run backwards, so that the newest
// comes first; its Ref is "ACCOUNT/REGION/NAME" and a character that no name has. The name stands
// in the key too, so that alarms that change in one transaction do not vie for a number.
const historyKind = "alarm-history"

// historyKept is how long AWS keeps the history of alarms.
const historyKept = 30 * 24 * time.Hour

// item is a record of the history.
type item struct {
	Name    string
	Kind    types.AlarmType
	Type    types.HistoryItemType
	Time    time.Time
	Summary string
	Data    string
}

func historyRef(account, region, name string) string {
	return recordKey(account, region, name) + "\x01"
}

// backwards is a time as it stands in keys: a later one is smaller.
func backwards(t time.Time) string {
	const end = 1e17 // microseconds; in the year 5138
	return fmt.Sprintf("%017d", int64(end)-t.UnixMicro())
}

// writeHistory adds items to the history of an alarm.
func writeHistory(tx *store.Tx, a *alarm, now time.Time, items ...item) error {
	for _, i := range items {
		i.Name, i.Kind, i.Time = a.Name, kindOf(a), now
		body, err := json.Marshal(i)
		if err != nil {
			return fmt.Errorf("encode the history of alarm %q: %w", a.key(), err)
		}
		base := recordKey(a.account, a.region, backwards(now)) + fmt.Sprintf("-%016x", math.MaxInt64-tx.Revision())
		for n := 0; ; n++ {
			err := tx.Insert(store.Record{
				Kind: historyKind, Key: fmt.Sprintf("%s-%05d-%s", base, 99999-n, a.Name), Ref: historyRef(a.account, a.region, a.Name),
				Due: now.Add(historyKept), Body: body,
			})
			if err == nil {
				break
			}
			if err != store.ErrExists || n == 99999 {
				return err
			}
		}
	}
	return nil
}

// configured is the item about a configuration: new, changed, or gone if next is nil.
func configured(old, next *alarm) item {
	verb, member, a := "created", "createdAlarm", next
	kind := "Create"
	switch {
	case next == nil:
		verb, member, kind, a = "deleted", "deletedAlarm", "Delete", old
	case old != nil:
		verb, member, kind = "updated", "updatedAlarm", "Update"
	}
	data := map[string]any{"version": "1.0", "type": kind, member: a.configuration()}
	return item{Type: types.HistoryItemTypeConfigurationUpdate, Summary: fmt.Sprintf("Alarm %q %s", a.Name, verb), Data: ordered(data, "version", "type", member)}
}

// ordered writes an object with its members in order.
func ordered(m map[string]any, names ...string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, n := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", n)
		text, err := json.Marshal(m[n])
		if err != nil { // of strings, numbers and lists of them
			text = []byte("null")
		}
		b.Write(text)
	}
	b.WriteByte('}')
	return b.String()
}

// configuration is an alarm in the history.
type configuration struct {
	Name              string           `json:"alarmName"`
	Description       string           `json:"alarmDescription"`
	ARN               string           `json:"alarmArn"`
	Configured        string           `json:"alarmConfigurationUpdatedTimestamp"`
	Rule              string           `json:"alarmRule,omitempty"`
	Suppressor        string           `json:"actionsSuppressor,omitempty"`
	Wait              *int32           `json:"actionsSuppressorWaitPeriod,omitempty"`
	Extension         *int32           `json:"actionsSuppressorExtensionPeriod,omitempty"`
	Namespace         string           `json:"namespace,omitempty"`
	MetricName        string           `json:"metricName,omitempty"`
	Statistic         string           `json:"statistic,omitempty"`
	ExtendedStatistic string           `json:"extendedStatistic,omitempty"`
	Period            int32            `json:"period,omitempty"`
	Dimensions        []dimension      `json:"dimensions,omitempty"`
	Metrics           []query          `json:"metrics,omitempty"`
	Unit              string           `json:"unit,omitempty"`
	Threshold         *double          `json:"threshold,omitempty"`
	Comparison        string           `json:"comparisonOperator,omitempty"`
	EvaluationPeriods int32            `json:"evaluationPeriods,omitempty"`
	DatapointsToAlarm int32            `json:"datapointsToAlarm,omitempty"`
	TreatMissingData  string           `json:"treatMissingData,omitempty"`
	LowSamples        string           `json:"evaluateLowSampleCountPercentile,omitempty"`
	State             types.StateValue `json:"stateValue"`
	Updated           string           `json:"stateUpdatedTimestamp"`
	ActionsEnabled    bool             `json:"actionsEnabled"`
	AlarmActions      []string         `json:"alarmActions"`
	InsufficientData  []string         `json:"insufficientDataActions"`
	OKActions         []string         `json:"okactions"`
}

type dimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

func (a *alarm) configuration() configuration {
	c := configuration{
		Name: a.Name, Description: value(a.Description), ARN: a.arn(), Configured: stamp(a.Configured),
		State: a.State.Value, Updated: stamp(a.State.Updated), ActionsEnabled: a.ActionsEnabled,
		AlarmActions: listed(a.AlarmActions), InsufficientData: listed(a.InsufficientData), OKActions: listed(a.OKActions),
	}
	if m := a.Composite; m != nil {
		c.Rule = m.Rule
		if m.Suppressor != "" {
			c.Suppressor, c.Wait, c.Extension = m.Suppressor, &m.Wait, &m.Extension
		}
		return c
	}
	m := a.Metric
	c.Namespace, c.MetricName, c.Statistic, c.ExtendedStatistic = m.Namespace, m.MetricName, string(m.Statistic), m.ExtendedStatistic
	c.Period, c.Unit, c.Threshold, c.Comparison = m.Period, string(m.Unit), new(double(m.Threshold)), string(m.Comparison)
	c.EvaluationPeriods, c.DatapointsToAlarm, c.TreatMissingData, c.LowSamples = m.EvaluationPeriods, m.DatapointsToAlarm, m.TreatMissingData, m.LowSamples
	for _, d := range m.Dimensions {
		c.Dimensions = append(c.Dimensions, dimension{d.Value, d.Name})
	}
	if len(m.Metrics) > 0 {
		c.Metrics, c.Period = queriesOf(m.Metrics), 0
	}
	return c
}

// changedTo is the item about a change of the state.
func changedTo(old, next state) item {
	data := struct {
		Version string    `json:"version"`
		Old     pastState `json:"oldState"`
		New     pastState `json:"newState"`
	}{"1.0", past(old), past(next)}
	b, err := json.Marshal(data)
	if err != nil { // StateReasonData that is not JSON any more
		b = []byte(`{"version":"1.0"}`)
	}
	return item{Type: types.HistoryItemTypeStateUpdate, Summary: fmt.Sprintf("Alarm updated from %s to %s", old.Value, next.Value), Data: string(b)}
}

type pastState struct {
	Value  types.StateValue `json:"stateValue"`
	Reason string           `json:"stateReason"`
	Data   json.RawMessage  `json:"stateReasonData,omitempty"`
}

func past(s state) pastState { return pastState{s.Value, s.Reason, json.RawMessage(s.Data)} }

// acted is the item about an action.
func acted(arn, message string, at time.Time, failure string) item {
	data := struct {
		State    string  `json:"actionState"`
		Updated  int64   `json:"stateUpdateTimestamp"`
		Resource string  `json:"notificationResource,omitempty"`
		Message  string  `json:"publishedMessage,omitempty"`
		Error    *string `json:"error"`
	}{State: "Succeeded", Updated: at.UnixMilli(), Resource: arn}
	summary := "Successfully executed action " + arn
	if message != "" {
		data.Message = ordered(map[string]any{"default": message}, "default")
	}
	if failure != "" {
		data.State, data.Error, data.Message = "Failed", &failure, ""
		summary = fmt.Sprintf("Failed to execute action %s. Received error: %q", arn, failure)
	}
	b, err := json.Marshal(data)
	if err != nil {
		b = []byte("{}")
	}
	return item{Type: types.HistoryItemTypeAction, Summary: summary, Data: string(b)}
}

// forgetHistory deletes the history that is older than AWS keeps it.
func (s *Service) forgetHistory(ctx context.Context) error {
	for {
		old, err := s.db.DueBefore(ctx, historyKind, s.clock.Now(), batch)
		if err != nil || len(old) == 0 {
			return err
		}
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			for _, r := range old {
				if err := tx.Delete(historyKind, r.Key); ignoreMissing(err) != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
