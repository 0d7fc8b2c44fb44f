package alarm

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// message is what a topic gets.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
type message struct {
	Name             string           `json:"AlarmName"`
	Description      *string          `json:"AlarmDescription"`
	Account          string           `json:"AWSAccountId"`
	Configured       string           `json:"AlarmConfigurationUpdatedTimestamp,omitempty"`
	New              types.StateValue `json:"NewStateValue"`
	Reason           string           `json:"NewStateReason"`
	Changed          string           `json:"StateChangeTime"`
	Region           string           `json:"Region"`
	ARN              string           `json:"AlarmArn"`
	Old              types.StateValue `json:"OldStateValue"`
	OKActions        []string         `json:"OKActions"`
	AlarmActions     []string         `json:"AlarmActions"`
	InsufficientData []string         `json:"InsufficientDataActions"`
	Trigger          any              `json:"Trigger,omitempty"`
	Rule             string           `json:"AlarmRule,omitempty"`
	Children         []childMessage   `json:"TriggeringChildren,omitempty"`
}

type childMessage struct {
	ARN   string     `json:"Arn"`
	State childState `json:"State"`
}

type childState struct {
	Value     types.StateValue `json:"Value"`
	Timestamp string           `json:"Timestamp"`
}

// metricTrigger is the Trigger of an alarm on a metric.
type metricTrigger struct {
	MetricName        string      `json:"MetricName"`
	Namespace         string      `json:"Namespace"`
	StatisticType     string      `json:"StatisticType"`
	Statistic         string      `json:"Statistic,omitempty"`
	ExtendedStatistic string      `json:"ExtendedStatistic,omitempty"`
	Unit              *string     `json:"Unit"`
	Dimensions        []dimension `json:"Dimensions"`
	conditions
}

// mathTrigger is the Trigger of an alarm on metric math.
type mathTrigger struct {
	conditions
	Metrics []query `json:"Metrics"`
}

type conditions struct {
	Period            int32  `json:"Period"`
	EvaluationPeriods int32  `json:"EvaluationPeriods"`
	DatapointsToAlarm *int32 `json:"DatapointsToAlarm,omitempty"`
	Comparison        string `json:"ComparisonOperator"`
	Threshold         double `json:"Threshold"`
	TreatMissingData  string `json:"TreatMissingData"`
	LowSamples        string `json:"EvaluateLowSampleCountPercentile"`
}

// query is a MetricDataQuery in messages and in the history.
type query struct {
	Expression string  `json:"Expression,omitempty"`
	ID         string  `json:"Id"`
	Label      string  `json:"Label,omitempty"`
	Stat       *statOf `json:"MetricStat,omitempty"`
	Period     *int32  `json:"Period,omitempty"`
	ReturnData bool    `json:"ReturnData"`
}

type statOf struct {
	Metric metricOf `json:"Metric"`
	Period int32    `json:"Period"`
	Stat   string   `json:"Stat"`
	Unit   string   `json:"Unit,omitempty"`
}

type metricOf struct {
	Dimensions []dimension `json:"Dimensions"`
	MetricName string      `json:"MetricName"`
	Namespace  string      `json:"Namespace"`
}

func queriesOf(in []types.MetricDataQuery) []query {
	var out []query
	for _, q := range in {
		o := query{Expression: value(q.Expression), ID: value(q.Id), Label: value(q.Label), Period: q.Period, ReturnData: value(q.ReturnData)}
		if st := q.MetricStat; st != nil && st.Metric != nil {
			o.Stat = &statOf{
				Metric: metricOf{Dimensions: []dimension{}, MetricName: value(st.Metric.MetricName), Namespace: value(st.Metric.Namespace)},
				Period: value(st.Period), Stat: value(st.Stat), Unit: string(st.Unit),
			}
			for _, d := range st.Metric.Dimensions {
				o.Stat.Metric.Dimensions = append(o.Stat.Metric.Dimensions, dimension{value(d.Value), value(d.Name)})
			}
		}
		out = append(out, o)
	}
	return out
}

// maxSubject is how long the subject of a message can be.
const maxSubject = 100

// notice is the message about the state of an alarm to a topic.
func (s *Service) notice(a *alarm, old state, children []triggering, topic string) Notice {
	m := message{
		Name: a.Name, Description: a.Description, Account: a.account, New: a.State.Value, Reason: a.State.Reason,
		Changed: stamp(a.State.Updated), Region: regionName(a.region), ARN: a.arn(), Old: old.Value,
		OKActions: listed(a.OKActions), AlarmActions: listed(a.AlarmActions), InsufficientData: listed(a.InsufficientData),
	}
	if a.Composite != nil {
		m.Rule = a.Composite.Rule
		for _, c := range children {
			m.Children = append(m.Children, childMessage{c.ARN, childState{c.State.Value, c.State.Timestamp}})
		}
	} else {
		m.Configured, m.Trigger = stamp(a.Configured), a.Metric.trigger()
	}
	b, err := json.Marshal(m)
	if err != nil { // of strings and numbers
		b = []byte("{}")
	}
	return Notice{
		Topic: topic, Subject: subject(a), Message: string(b), Email: s.mail(a, old, children), SourceARN: a.arn(), SourceAccount: a.account,
	}
}

func subject(a *alarm) string {
	text := fmt.Sprintf(`%s: "%s" in %s`, a.State.Value, a.Name, regionName(a.region))
	if len(text) > maxSubject {
		text = strings.ToValidUTF8(text[:maxSubject-3], "") + "..."
	}
	return text
}

func (m *metricAlarm) trigger() any {
	c := conditions{
		Period: m.Period, EvaluationPeriods: m.EvaluationPeriods, Comparison: string(m.Comparison), Threshold: double(m.Threshold),
		TreatMissingData: m.TreatMissingData, LowSamples: m.LowSamples,
	}
	if m.DatapointsToAlarm != 0 {
		c.DatapointsToAlarm = &m.DatapointsToAlarm
	}
	if len(m.Metrics) > 0 {
		return mathTrigger{c, queriesOf(m.Metrics)}
	}
	t := metricTrigger{MetricName: m.MetricName, Namespace: m.Namespace, StatisticType: "Statistic", Dimensions: []dimension{}, conditions: c}
	if m.ExtendedStatistic != "" {
		t.StatisticType, t.ExtendedStatistic = "ExtendedStatistic", m.ExtendedStatistic
	} else {
		t.Statistic = spelled[m.Statistic]
	}
	t.Unit = text(m.Unit)
	for _, d := range m.Dimensions {
		t.Dimensions = append(t.Dimensions, dimension{d.Value, d.Name})
	}
	return t
}

// spelled are the statistics as messages spell them.
var spelled = map[types.Statistic]string{
	types.StatisticAverage: "AVERAGE", types.StatisticSum: "SUM", types.StatisticMinimum: "MINIMUM",
	types.StatisticMaximum: "MAXIMUM", types.StatisticSampleCount: "SAMPLE_COUNT",
}

// mail is the message as people read it.
func (s *Service) mail(a *alarm, old state, children []triggering) string {
	var b strings.Builder
	at := spoken(a.State.Updated)
	fmt.Fprintf(&b, "You are receiving this email because your Amazon CloudWatch Alarm \"%s\" in the %s region has entered the %s state, because \"%s\" at \"%s\".\n\n",
		a.Name, regionName(a.region), a.State.Value, a.State.Reason, at)
	if link := s.link(a); link != "" {
		fmt.Fprintf(&b, "View this alarm in the console:\n%s\n\n", link)
	}
	b.WriteString("Alarm Details:\n")
	row(&b, "Name", a.Name)
	row(&b, "Description", value(a.Description))
	row(&b, "State Change", string(old.Value)+" -> "+string(a.State.Value))
	row(&b, "Reason for State Change", a.State.Reason)
	row(&b, "Timestamp", at)
	row(&b, "AWS Account", a.account)
	row(&b, "Alarm Arn", a.arn())
	if a.Composite != nil {
		row(&b, "Alarm Rule", a.Composite.Rule)
		b.WriteString("\nTriggering Children:\n")
		for _, c := range children {
			fmt.Fprintf(&b, "- %s is in the %s state since %s\n", c.ARN, c.State.Value, c.State.Timestamp)
		}
	} else {
		a.Metric.describe(&b)
	}
	b.WriteString("\nState Change Actions:\n")
	for _, v := range []types.StateValue{types.StateValueOk, types.StateValueAlarm, types.StateValueInsufficientData} {
		shown := ""
		if l := a.actions(v); len(l) > 0 {
			shown = "[" + strings.Join(l, ", ") + "]"
		}
		fmt.Fprintf(&b, "- %s: %s\n", v, shown)
	}
	return b.String()
}

func row(b *strings.Builder, name, text string) { fmt.Fprintf(b, "- %-27s %s\n", name+":", text) }

// describe writes what a metric alarm watches.
func (m *metricAlarm) describe(b *strings.Builder) {
	what := "metric"
	if len(m.Metrics) > 0 {
		what = "metric math expression"
	}
	fmt.Fprintf(b, "\nThreshold:\n- The alarm is in the ALARM state when the %s is %s %s for at least %d of the last %d period(s) of %d seconds.\n",
		what, m.Comparison, number(m.Threshold), m.toAlarm(), m.EvaluationPeriods, m.Period)
	treat := m.TreatMissingData
	if treat == "" {
		treat = treatMissing
	}
	if len(m.Metrics) > 0 {
		b.WriteString("\nMonitored Metrics:\n")
		for _, q := range queriesOf(m.Metrics) {
			if q.Stat == nil {
				row(b, q.ID, q.Expression)
				continue
			}
			row(b, q.ID, fmt.Sprintf("%s %s/%s %s", q.Stat.Stat, q.Stat.Metric.Namespace, q.Stat.Metric.MetricName, inBrackets(q.Stat.Metric.Dimensions)))
		}
		row(b, "TreatMissingData", treat)
		return
	}
	b.WriteString("\nMonitored Metric:\n")
	var dimensions []dimension
	for _, d := range m.Dimensions {
		dimensions = append(dimensions, dimension{d.Value, d.Name})
	}
	unit := string(m.Unit)
	if unit == "" {
		unit = "not specified"
	}
	row(b, "MetricNamespace", m.Namespace)
	row(b, "MetricName", m.MetricName)
	row(b, "Dimensions", inBrackets(dimensions))
	row(b, "Period", fmt.Sprintf("%d seconds", m.Period))
	row(b, "Statistic", m.statistic())
	row(b, "Unit", unit)
	row(b, "TreatMissingData", treat)
}

func inBrackets(list []dimension) string {
	var parts []string
	for _, d := range list {
		parts = append(parts, "["+d.Name+" = "+d.Value+"]")
	}
	return strings.Join(parts, " ")
}

// link is where the console shows the alarm.
func (s *Service) link(a *alarm) string {
	if s.publicURL == nil {
		return ""
	}
	at := s.publicURL()
	if at == "" {
		return ""
	}
	return fmt.Sprintf("%s/console/%s/cloudwatch/alarms/%s", strings.TrimRight(at, "/"), a.region, url.PathEscape(a.Name))
}

// regionName is the long name of a Region, as it stands in messages.
func regionName(region string) string {
	if n, ok := regionNames[region]; ok {
		return n
	}
	return region
}

// Source: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var regionNames = map[string]string{
	"us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
	"af-south-1": "Africa (Cape Town)", "ap-east-1": "Asia Pacific (Hong Kong)", "ap-east-2": "Asia Pacific (Taipei)",
	"ap-south-1": "Asia Pacific (Mumbai)", "ap-south-2": "Asia Pacific (Hyderabad)", "ap-northeast-1": "Asia Pacific (Tokyo)",
	"ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)", "ap-southeast-1": "Asia Pacific (Singapore)",
	"ap-southeast-2": "Asia Pacific (Sydney)", "ap-southeast-3": "Asia Pacific (Jakarta)", "ap-southeast-4": "Asia Pacific (Melbourne)",
	"ap-southeast-5": "Asia Pacific (Malaysia)", "ap-southeast-6": "Asia Pacific (New Zealand)", "ap-southeast-7": "Asia Pacific (Thailand)",
	"ca-central-1": "Canada (Central)", "ca-west-1": "Canada West (Calgary)", "eu-central-1": "EU (Frankfurt)", "eu-central-2": "Europe (Zurich)",
	"eu-west-1": "EU (Ireland)", "eu-west-2": "EU (London)", "eu-west-3": "EU (Paris)", "eu-north-1": "EU (Stockholm)", "eu-south-1": "EU (Milan)",
	"eu-south-2": "Europe (Spain)", "il-central-1": "Israel (Tel Aviv)", "me-central-1": "Middle East (UAE)", "me-south-1": "Middle East (Bahrain)",
	"mx-central-1": "Mexico (Central)", "sa-east-1": "South America (Sao Paulo)",
	"cn-north-1": "China (Beijing)", "cn-northwest-1": "China (Ningxia)", "us-gov-east-1": "AWS GovCloud (US-East)", "us-gov-west-1": "AWS GovCloud (US-West)",
}
