package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/cloudwatch/search"
)

// m writes a metric: namespace, name, then names and values of dimensions.
func m(namespace, name string, dimensions ...string) metric.ID {
	id := metric.ID{Account: "111122223333", Namespace: namespace, Name: name}
	for i := 0; i < len(dimensions); i += 2 {
		id.Dimensions = append(id.Dimensions, metric.Dimension{Name: dimensions[i], Value: dimensions[i+1]})
	}
	return id
}

var all = map[string]metric.ID{
	"cpu-i1":      m("AWS/EC2", "CPUUtilization", "InstanceId", "i-1234567890123456"),
	"cpu-i2":      m("AWS/EC2", "CPUUtilization", "InstanceId", "i-2"),
	"cpu-micro":   m("AWS/EC2", "CPUUtilization", "InstanceType", "t2.micro"),
	"cpu-large":   m("AWS/EC2", "CPUUtilization", "InstanceType", "m5.large"),
	"cpu-all":     m("AWS/EC2", "CPUUtilization"),
	"packets":     m("AWS/EC2", "NetworkPacketsIn", "InstanceId", "i-2"),
	"cpu-ecs":     m("AWS/ECS", "CPUUtilization", "ClusterName", "ProjectA"),
	"read-ec2":    m("AWS/EC2", "EBSReadOps", "InstanceId", "i-2"),
	"read-ebs":    m("AWS/EBS", "VolumeReadOps", "VolumeId", "vol-1"),
	"errors-a":    m("AWS/Lambda", "Errors", "FunctionName", "ProjectA-run"),
	"calls-a":     m("AWS/Lambda", "Invocations", "FunctionName", "ProjectA-run"),
	"calls-other": m("AWS/Lambda", "Invocations", "FunctionName", "other"),
	"lcus":        m("AWS/NetworkELB", "ConsumedLCUs", "LoadBalancer", "net/x"),
	"flows":       m("AWS/NetworkELB", "ActiveFlowCount", "LoadBalancer", "net/x"),
	"count1":      m("MyNamespace", "CustomCount1"),
	"failure":     m("MyNamespace", "SDBFailure"),
	"neterrors":   m("MyNamespace", "Network-Errors-2"),
	"neterrors2":  m("MyNamespace", "NetworkErrors2"),
	"connection":  m("MyNamespace", "ConnectionErrors"),
	"special":     m("My Namespace", "Custom:Name[Special_Characters", "Dimension@Name", "x"),
	"france":      m("My Namespace", `Europe\France Traffic(Network)`),
	"spaces":      m("Custom-Namespace", "ErrorCount", "Dimension Name With Spaces", "x"),
}

// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
// and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-examples.html
func TestSearch(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{` {AWS/EC2,InstanceId} MetricName="CPUUtilization" `, "cpu-i1 cpu-i2"},
		{` {AWS/EC2,InstanceType} MetricName="CPUUtilization" `, "cpu-large cpu-micro"},
		{` {AWS/EC2} MetricName="CPUUtilization" `, "cpu-all"},
		{` {AWS/EC2,InstanceType} InstanceType=micro MetricName="CPUUtilization" `, "cpu-micro"},
		{` {AWS/EC2,InstanceType} InstanceType="t2.micro" MetricName="CPUUtilization" `, "cpu-micro"},
		{` MetricName="CPUUtilization" `, "cpu-all cpu-ecs cpu-i1 cpu-i2 cpu-large cpu-micro"},
		{` MetricName="CPUUtilization" AND ("AWS/ECS" OR "AWS/ES") `, "cpu-ecs"},
		{` {AWS/ECS, ClusterName}, MetricName="CPUUtilization" `, "cpu-ecs"},
		{` {AWS/EBS}, MetricName="CPUUtilization" `, ""},
		{` {AWS/NetworkELB, LoadBalancer} "ConsumedLCUs" OR flow `, "flows lcus"},
		{` {AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectB)) `, "calls-a errors-a"},
		{` NOT Namespace=AWS `, "connection count1 failure france neterrors neterrors2 spaces special"},
		{` Errors `, "connection errors-a neterrors neterrors2"},
		{` "Errors" `, "errors-a"},
		{` {"Custom-Namespace", "Dimension Name With Spaces"}, ErrorCount `, "spaces"},

		// Partial matches.
		{`count`, "count1 flows spaces"},
		{`Count`, "count1 flows spaces"},
		{`COUNT`, "count1 flows spaces"},
		{`couNT`, ""},
		{`CustomCount`, "count1"},
		{`Count1`, "count1"},
		{`customcount`, ""},
		{`count1`, ""},
		{`sdb`, "failure"},
		{`failure`, "failure"},
		{`sdbfailure`, "failure"},
		{`network/errors`, "neterrors neterrors2"},
		{`network+errors`, "neterrors neterrors2"},
		{`network-errors`, "neterrors neterrors2"},
		{`Network_Errors`, "neterrors neterrors2"},

		// Exact matches.
		{` {MyNamespace}, "CustomCount1" `, "count1"},
		{` {MyNamespace}, "customcount1" `, ""},
		{` {MyNamespace}, "Custom" `, ""},
		{` {"My Namespace", "Dimension@Name"}, "Custom:Name[Special_Characters" `, "special"},
		{` "Network-Errors-2" `, "neterrors"},
		{` "Network_Errors_2" `, ""},
		{` "Europe\\France Traffic\(Network\)" `, "france"},
		{` "CPUUtilization" `, "cpu-all cpu-ecs cpu-i1 cpu-i2 cpu-large cpu-micro"},
		{` {AWS/EC2, InstanceType} "CPUUtilization" `, "cpu-large cpu-micro"},
		{` "AWS/EC2" MetricName="CPUUtilization" `, "cpu-all cpu-i1 cpu-i2 cpu-large cpu-micro"},

		// Properties.
		{` MetricName="CustomCount1" `, "count1"},
		{` InstanceType=micro `, "cpu-micro"},
		{` InstanceType="t2.micro" Namespace="AWS/EC2" `, "cpu-micro"},
		{` :aws.AccountId = 111122223333 MetricName=SDBFailure `, "failure"},
		{` :aws.AccountId = 'LOCAL' MetricName=SDBFailure `, "failure"},
		{` :aws.AccountId = 444455556666 `, ""},

		// Operators.
		{`{AWS/EC2,InstanceId} network AND packets`, "packets"},
		{` {AWS/EC2,InstanceId} network packets `, "packets"},
		{` {AWS/EC2,InstanceId} MetricName="CPUUtilization" NOT i-1234567890123456 `, "cpu-i2"},
		{` MetricName="CPUUtilization" NOT "ProjectA" NOT "t2.micro" `, "cpu-all cpu-i1 cpu-i2 cpu-large"},
		{` (EC2 OR EBS) AND MetricName=ReadOps `, "read-ebs read-ec2"},
		{` (EC2 OR EBS) MetricName=ReadOps `, "read-ebs read-ec2"},
		{` (EC2 OR EBS) AND ReadOps AND vol `, "read-ebs"},
		{` NOT (NOT Errors) `, "connection errors-a neterrors neterrors2"},
		{` {MyNamespace}`, "connection count1 failure neterrors neterrors2"},
	} {
		q, err := search.Parse(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		var found []string
		for name, id := range all {
			if q.Match(&id) {
				found = append(found, name)
			}
		}
		slices.Sort(found)
		if got := strings.Join(found, " "); got != c.want {
			t.Errorf("%s finds %q, want %q", c.query, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for query, want := range map[string]string{
		"": "empty", "{": "missing", "{}": "missing", "{A": `"}" is missing`, "{A,}": "missing", "(a": `")" is missing`, "a)": "unexpected",
		"a AND": "missing", "OR a": "missing", "NOT": "missing", "MetricName=": "missing", `"a`: "not closed", "a {b}": "unexpected",
		strings.Repeat("(", 60) + "a" + strings.Repeat(")", 60): "too deeply", strings.Repeat("a", 1025): "longer than 1024",
	} {
		if _, err := search.Parse(query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30s: %v, want an error about %q", query, err, want)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{
		` {AWS/EC2,InstanceId} MetricName="CPUUtilization" `, `(EC2 OR EBS) AND NOT MetricName=ReadOps`, `{"My Namespace", "Dimension@Name"}, "a\"b\\"`, `network-errors NOT "x" y=z`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, err := search.Parse(query)
		if err != nil {
			return
		}
		for _, id := range all {
			q.Match(&id)
		}
	})
}
