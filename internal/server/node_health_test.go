package server_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/server"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// newest are the newest samples of a metric of the nodes' health, by node.
func newest(t *testing.T, c *cloudwatch.Client, name string, now time.Time) map[string]float64 {
	t.Helper()
	list, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: new("Keystead"), MetricName: &name})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, m := range list.Metrics {
		data, err := c.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{
			StartTime: new(now.Add(-5 * time.Minute)), EndTime: new(now.Add(time.Minute)), ScanBy: types.ScanByTimestampDescending,
			MetricDataQueries: []types.MetricDataQuery{{Id: new("m"), MetricStat: &types.MetricStat{Metric: &m, Period: new(int32(60)), Stat: new("Average")}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		node := ""
		for _, d := range m.Dimensions {
			if *d.Name == "Node" {
				node = *d.Value
			}
		}
		if values := data.MetricDataResults[0].Values; len(values) > 0 {
			found[node] = values[0]
		}
	}
	return found
}

// TestNodeHealth: each node says once a minute that it is ready.
func TestNodeHealth(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
		nodes := []*keysteadtest.Server{srv}
		if strings.HasPrefix(url, "postgres") {
			nodes = append(nodes, srv.Peer())
		}
		for _, n := range nodes {
			n.Advance(2 * time.Minute)
		}
		c, now := cloudwatch.NewFromConfig(srv.Config()), time.Now().Add(2*time.Minute)
		for name, want := range map[string]float64{"NodeReady": 1, "NodeProblems": 0} {
			found := newest(t, c, name, now)
			if len(found) != len(nodes) {
				t.Errorf("%s of %d nodes: %v", name, len(nodes), found)
			}
			for node, got := range found {
				if got != want || !strings.HasPrefix(node, "node-") {
					t.Errorf("%s of %q is %v, want %v", name, node, got, want)
				}
			}
		}
	})
}

// TestNodeProblems: what a node notes is counted, and it is ready all the same.
func TestNodeProblems(t *testing.T) {
	t.Parallel()
	address, dir := freeAddress(t), t.TempDir()
	configure := func(c *server.Config) {
		c.DataDir = dir
		c.PrivateEndpoints = []server.PrivateNetwork{{VPC: "vpc-a", Addresses: []string{address}}}
	}
	r := start(t, configure)
	r.endpoint("vpc-a")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	squatter, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer squatter.Close()
	r = start(t, func(c *server.Config) {
		configure(c)
		c.TestClock = true
	})
	if status, answer := r.ask(http.MethodPost, "/_keystead/clock", `{"Advance":"2m"}`); status != http.StatusOK {
		t.Fatalf("the clock answers %d %s", status, answer)
	}
	k := r.kms("us-east-1").Options()
	c := cloudwatch.New(cloudwatch.Options{Region: k.Region, BaseEndpoint: k.BaseEndpoint, Credentials: k.Credentials})
	for name, want := range map[string]float64{"NodeReady": 1, "NodeProblems": 1} {
		found := newest(t, c, name, time.Now().Add(2*time.Minute))
		if len(found) != 1 {
			t.Errorf("%s: %v, want that of one node", name, found)
		}
		for node, got := range found {
			if got != want {
				t.Errorf("%s of %s is %v, want %v", name, node, got, want)
			}
		}
	}
}
