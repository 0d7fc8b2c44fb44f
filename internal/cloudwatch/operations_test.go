package cloudwatch_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// servers runs a test against a whole server, once on each engine.
func servers(t *testing.T, test func(t *testing.T, c *cloudwatch.Client, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)))
		test(t, cloudwatch.NewFromConfig(srv.Config()), srv)
	})
}

// wantError checks an error's code and text.
func wantError(t *testing.T, what string, err error, code, text string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Errorf("%s: %v, want %s", what, err, code)
		return
	}
	if e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), text) {
		t.Errorf("%s: %s: %s, want %s: %s", what, e.ErrorCode(), e.ErrorMessage(), code, text)
	}
}

func put(t *testing.T, c *cloudwatch.Client, namespace string, data ...types.MetricDatum) {
	t.Helper()
	_, err := c.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: &namespace, MetricData: data})
	if err != nil {
		t.Fatalf("PutMetricData: %v", err)
	}
}

func TestPutMetricDataErrors(t *testing.T) {
	const value, combination, missing = "InvalidParameterValue", "InvalidParameterCombination", "MissingParameter"
	now := time.Now()
	one := types.MetricDatum{MetricName: new("M"), Value: new(1.0)}
	with := func(change func(d *types.MetricDatum)) []types.MetricDatum {
		d := types.MetricDatum{MetricName: new("M")}
		change(&d)
		return []types.MetricDatum{d}
	}
	many := make([]types.MetricDatum, 1001)
	for i := range many {
		many[i] = one
	}
	cases := []struct {
		name, namespace string
		data            []types.MetricDatum
		code, text      string
	}{
		{"AWS's namespace", "AWS/KMS", []types.MetricDatum{one}, value, "The value AWS/ for parameter Namespace is invalid."},
		{"no data", "App", nil, missing, "The parameter MetricData is required."},
		{"too many", "App", many, value, "The collection MetricData must not have a size greater than 1000."},
		{"no value", "App", with(func(*types.MetricDatum) {}), missing, "At least one of the parameters MetricData.member.1.Value"},
		{"value and values", "App", with(func(d *types.MetricDatum) { d.Value, d.Values = new(1.5), []float64{1, 10} }), combination,
			"The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both."},
		{"value and set", "App", with(func(d *types.MetricDatum) {
			d.Value, d.StatisticValues = new(1.5), &types.StatisticSet{Sum: new(1.0), Minimum: new(1.0), Maximum: new(1.0), SampleCount: new(1.0)}
		}), combination, "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both."},
		{"counts of another size", "App", with(func(d *types.MetricDatum) { d.Values, d.Counts = []float64{1, 10}, []float64{2, 4, 1} }), value,
			"The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size."},
		{"too many values", "App", with(func(d *types.MetricDatum) { d.Values = make([]float64, 151) }), value, "must not have a size greater than 150"},
		{"negative count", "App", with(func(d *types.MetricDatum) { d.Values, d.Counts = []float64{1}, []float64{-1} }), value, "The value -1 for parameter MetricData.member.1.Counts is invalid."},
		{"NaN", "App", with(func(d *types.MetricDatum) { d.Value = new(math.NaN()) }), value, "The value NaN for parameter MetricData.member.1.Value is invalid."},
		{"infinite", "App", with(func(d *types.MetricDatum) { d.Values = []float64{math.Inf(-1)} }), value, "for parameter MetricData.member.1.Values is invalid."},
		{"too large", "App", with(func(d *types.MetricDatum) { d.Value = new(math.Ldexp(1.0001, 360)) }), value, "for parameter MetricData.member.1.Value is invalid."},
		{"set upside down", "App", with(func(d *types.MetricDatum) {
			d.StatisticValues = &types.StatisticSet{Sum: new(1.0), Minimum: new(2.0), Maximum: new(1.0), SampleCount: new(1.0)}
		}), value, "The parameter MetricData.member.1.StatisticValues.Maximum must be greater than"},
		{"empty set", "App", with(func(d *types.MetricDatum) {
			d.StatisticValues = &types.StatisticSet{Sum: new(1.0), Minimum: new(1.0), Maximum: new(1.0), SampleCount: new(0.0)}
		}), value, "SampleCount must not equal 0."},
		{"resolution", "App", with(func(d *types.MetricDatum) { d.Value, d.StorageResolution = new(1.0), new(int32(30)) }), value, "StorageResolution"},
		{"too old", "App", []types.MetricDatum{{MetricName: new("M"), Value: new(1.0), Timestamp: new(now.Add(-15 * 24 * time.Hour))}, {MetricName: new("M"), Value: new(1.0), Timestamp: new(now.Add(-16 * 24 * time.Hour))}}, value,
			"The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.\nThe parameter MetricData.member.2.Timestamp must"},
		{"too far ahead", "App", with(func(d *types.MetricDatum) { d.Value, d.Timestamp = new(1.0), new(now.Add(3*time.Hour)) }), value, "no more than two hours in the future"},
		{"dimension twice", "App", with(func(d *types.MetricDatum) {
			d.Value, d.Dimensions = new(1.0), []types.Dimension{{Name: new("A"), Value: new("1")}, {Name: new("A"), Value: new("2")}}
		}), value, "must not occur twice"},
		{"dimension not ASCII", "App", with(func(d *types.MetricDatum) {
			d.Value, d.Dimensions = new(1.0), []types.Dimension{{Name: new("A"), Value: new("ü")}}
		}), value, "contains non-ASCII characters"},
	}
	srv := keysteadtest.Start(t)
	c := cloudwatch.NewFromConfig(srv.Config())
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			_, err := c.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: &x.namespace, MetricData: x.data})
			if x.data == nil {
				_, err = c.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: &x.namespace})
			}
			wantError(t, "PutMetricData", err, x.code, x.text)
		})
	}
	if out, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{}); err != nil || len(ours(out.Metrics)) != 0 {
		t.Errorf("after nothing but errors there are %v, %v", ours(out.Metrics), err)
	}
}

func TestGetMetricStatistics(t *testing.T) {
	servers(t, func(t *testing.T, c *cloudwatch.Client, srv *keysteadtest.Server) {
		minute := time.Now().UTC().Truncate(time.Minute).Add(-10 * time.Minute)
		dim := []types.Dimension{{Name: new("Host"), Value: new("a")}}
		put(t, c, "App",
			types.MetricDatum{MetricName: new("Latency"), Dimensions: dim, Unit: types.StandardUnitMilliseconds, Timestamp: new(minute.Add(7 * time.Second)), Values: []float64{10, 20, 30, 40}, Counts: []float64{1, 2, 3, 4}},
			types.MetricDatum{MetricName: new("Latency"), Dimensions: dim, Unit: types.StandardUnitSeconds, Timestamp: &minute, Value: new(5.0)},
			types.MetricDatum{MetricName: new("Latency"), Timestamp: &minute, Value: new(1000.0)},
		)
		ask := func(change func(in *cloudwatch.GetMetricStatisticsInput)) ([]types.Datapoint, error) {
			in := &cloudwatch.GetMetricStatisticsInput{
				Namespace: new("App"), MetricName: new("Latency"), Dimensions: dim, Period: new(int32(60)),
				StartTime: new(minute.Add(5 * time.Second)), EndTime: new(minute.Add(3 * time.Minute)),
			}
			change(in)
			out, err := c.GetMetricStatistics(t.Context(), in)
			if err != nil {
				return nil, err
			}
			return out.Datapoints, nil
		}
		check := func() {
			t.Helper()
			points, err := ask(func(in *cloudwatch.GetMetricStatisticsInput) {
				in.Statistics, in.Unit = types.StatisticAverage.Values(), types.StandardUnitMilliseconds
			})
			if err != nil || len(points) != 1 {
				t.Fatalf("the simple statistics: %v, %v", points, err)
			}
			p := points[0]
			if *p.SampleCount != 10 || *p.Sum != 300 || *p.Average != 30 || *p.Minimum != 10 || *p.Maximum != 40 || p.Unit != types.StandardUnitMilliseconds || !p.Timestamp.Equal(minute) {
				t.Errorf("the simple statistics are %v %v %v %v %v %s at %s", *p.SampleCount, *p.Sum, *p.Average, *p.Minimum, *p.Maximum, p.Unit, p.Timestamp)
			}
			points, err = ask(func(in *cloudwatch.GetMetricStatisticsInput) {
				in.ExtendedStatistics, in.Unit = []string{"p50", "tm50", "PR(10:30)", "TC(:20)", "IQM", "wm90"}, types.StandardUnitMilliseconds
			})
			if err != nil || len(points) != 1 {
				t.Fatalf("the other statistics: %v, %v", points, err)
			}
			for name, want := range map[string]float64{"p50": 30, "tm50": (10 + 2*20 + 2*30) / 5.0, "PR(10:30)": 50, "TC(:20)": 3, "IQM": (0.5*20 + 3*30 + 1.5*40) / 5, "wm90": 30} {
				if got := points[0].ExtendedStatistics[name]; math.Abs(got-want) > 1e-9 {
					t.Errorf("%s is %v, want %v", name, got, want)
				}
			}
			points, err = ask(func(in *cloudwatch.GetMetricStatisticsInput) { in.Statistics = []types.Statistic{types.StatisticSum} })
			if err != nil || len(points) != 2 {
				t.Errorf("without a unit: %v, %v, want one point for each", points, err)
			}
		}
		check()
		srv.Advance(time.Minute) // the compaction runs
		check()

		const value, combination = "InvalidParameterValue", "InvalidParameterCombination"
		for name, x := range map[string]struct {
			change     func(in *cloudwatch.GetMetricStatisticsInput)
			code, text string
		}{
			"same times":    {func(in *cloudwatch.GetMetricStatisticsInput) { in.EndTime = in.StartTime }, value, "The parameter StartTime must not equal parameter EndTime."},
			"times swapped": {func(in *cloudwatch.GetMetricStatisticsInput) { in.StartTime, in.EndTime = in.EndTime, in.StartTime }, value, "The parameter StartTime must be less than the parameter EndTime."},
			"period":        {func(in *cloudwatch.GetMetricStatisticsInput) { in.Period = new(int32(61)) }, value, "The parameter Period must be"},
			"no statistic":  {func(*cloudwatch.GetMetricStatisticsInput) {}, "MissingParameter", "Must specify either Statistics or ExtendedStatistics."},
			"both": {func(in *cloudwatch.GetMetricStatisticsInput) {
				in.Statistics, in.ExtendedStatistics = []types.Statistic{types.StatisticSum}, []string{"p50"}
			}, combination, "mutually exclusive"},
			"no such percentile": {func(in *cloudwatch.GetMetricStatisticsInput) { in.ExtendedStatistics = []string{"p101"} }, value, "The value p101 for parameter ExtendedStatistics is invalid."},
			"too many": {func(in *cloudwatch.GetMetricStatisticsInput) {
				in.Statistics, in.EndTime = []types.Statistic{types.StatisticSum}, new(in.StartTime.Add(1608*time.Minute-10*time.Second))
			}, combination, "You have requested up to 1,608 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range."},
		} {
			_, err := ask(x.change)
			wantError(t, name, err, x.code, x.text)
		}
	})
}

func TestListMetrics(t *testing.T) {
	servers(t, func(t *testing.T, c *cloudwatch.Client, srv *keysteadtest.Server) {
		var data []types.MetricDatum
		for i := range 520 {
			data = append(data, types.MetricDatum{MetricName: new(fmt.Sprintf("M%d", i)), Value: new(1.0), Dimensions: []types.Dimension{{Name: new("N"), Value: new(fmt.Sprint(i % 4))}}})
		}
		put(t, c, "Many", data...)
		put(t, c, "Other/One", types.MetricDatum{MetricName: new("M1"), Value: new(1.0)})
		list := func(in *cloudwatch.ListMetricsInput) (n, pages int) {
			t.Helper()
			seen := map[string]bool{}
			p := cloudwatch.NewListMetricsPaginator(c, in)
			for p.HasMorePages() {
				out, err := p.NextPage(t.Context())
				if err != nil {
					t.Fatalf("ListMetrics: %v", err)
				}
				pages++
				for _, m := range ours(out.Metrics) {
					seen[*m.Namespace+"|"+*m.MetricName] = true
					n++
				}
			}
			if len(seen) != n {
				t.Errorf("%d metrics, of them %d different", n, len(seen))
			}
			return n, pages
		}
		check := func(when string) {
			t.Helper()
			if n, pages := list(&cloudwatch.ListMetricsInput{}); n != 521 || pages != 2 {
				t.Errorf("%s: %d metrics on %d pages, want 521 on 2", when, n, pages)
			}
			for name, x := range map[string]struct {
				in   cloudwatch.ListMetricsInput
				want int
			}{
				"namespace":           {cloudwatch.ListMetricsInput{Namespace: new("Other/One")}, 1},
				"part of a namespace": {cloudwatch.ListMetricsInput{Namespace: new("Other")}, 0},
				"name":                {cloudwatch.ListMetricsInput{MetricName: new("M1")}, 2},
				"dimension":           {cloudwatch.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: new("N")}}}, 520},
				"dimension's value":   {cloudwatch.ListMetricsInput{Dimensions: []types.DimensionFilter{{Name: new("N"), Value: new("3")}}}, 130},
				"recently active":     {cloudwatch.ListMetricsInput{RecentlyActive: types.RecentlyActivePt3h}, 521},
				"another account's":   {cloudwatch.ListMetricsInput{IncludeLinkedAccounts: new(true), OwningAccount: new("999999999999")}, 0},
			} {
				if n, _ := list(&x.in); n != x.want {
					t.Errorf("%s: by %s there are %d, want %d", when, name, n, x.want)
				}
			}
		}
		check("as they came")
		srv.Advance(30 * time.Second)
		check("in blocks")
		_, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{NextToken: new("x")})
		wantError(t, "a token of nobody", err, "InvalidParameterValue", "next token")

		srv.Advance(4 * time.Hour)
		put(t, c, "Many", data[:3]...)
		if n, _ := list(&cloudwatch.ListMetricsInput{RecentlyActive: types.RecentlyActivePt3h}); n != 3 {
			t.Errorf("four hours later %d metrics are recently active, want 3", n)
		}
		srv.Advance(14*24*time.Hour - time.Hour)
		if n, _ := list(&cloudwatch.ListMetricsInput{}); n != 3 {
			t.Errorf("two weeks later %d metrics are listed, want 3", n)
		}
	})
}

// ours leaves out the metrics that the node itself writes each minute.
func ours(metrics []types.Metric) []types.Metric {
	return slices.DeleteFunc(metrics, func(m types.Metric) bool { return *m.Namespace == "Keystead" })
}

func TestDashboards(t *testing.T) {
	servers(t, func(t *testing.T, c *cloudwatch.Client, srv *keysteadtest.Server) {
		const body = `{"widgets":[{"type":"text","x":0,"y":7,"width":3,"height":3,"properties":{"markdown":"Hello"}},
			{"type":"metric","properties":{"region":"us-east-1","metrics":[["App","Latency","Host","a",{"stat":"p99"}],[{"expression":"m1*2"}]]}}]}`
		for _, name := range []string{"one", "two", "other"} {
			out, err := c.PutDashboard(t.Context(), &cloudwatch.PutDashboardInput{DashboardName: &name, DashboardBody: new(body), Tags: []types.Tag{{Key: new("Team"), Value: new("x")}}})
			if err != nil || len(out.DashboardValidationMessages) != 0 {
				t.Fatalf("PutDashboard: %+v, %v", out, err)
			}
		}
		got, err := c.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: new("one")})
		if err != nil || *got.DashboardBody != body || *got.DashboardArn != "arn:aws:cloudwatch::"+srv.Account+":dashboard/one" {
			t.Errorf("GetDashboard: %+v, %v", got, err)
		}
		list, err := c.ListDashboards(t.Context(), &cloudwatch.ListDashboardsInput{DashboardNamePrefix: new("o")})
		if err != nil || len(list.DashboardEntries) != 2 || *list.DashboardEntries[0].Size != int64(len(body)) {
			t.Errorf("ListDashboards: %+v, %v", list, err)
		}
		_, err = c.DeleteDashboards(t.Context(), &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{"one", "none"}})
		wantError(t, "delete one and none", err, "ResourceNotFound", "The specified dashboard does not exist. [none]")
		if _, err := c.DeleteDashboards(t.Context(), &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{"one", "two"}}); err != nil {
			t.Errorf("DeleteDashboards: %v", err)
		}
		_, err = c.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: new("one")})
		wantError(t, "a deleted dashboard", err, "ResourceNotFound", "Dashboard one does not exist")

		for name, x := range map[string]struct{ dashboard, body, code, text string }{
			"name":       {"a b", body, "InvalidParameterValue", "It can only contain alphanumerics, dash (-) and underscore (_)."},
			"not JSON":   {"d", "{", "InvalidParameterInput", "The field DashboardBody must be a valid JSON object"},
			"no object":  {"d", "[]", "InvalidParameterInput", "must be a valid JSON object"},
			"properties": {"d", `{"widgets":[{"type":"text"}]}`, "InvalidParameterInput", "Should have required property 'properties'"},
			"kind":       {"d", `{"widgets":[{"type":"x","properties":{}}]}`, "InvalidParameterInput", "/widgets/0/type"},
			"width":      {"d", `{"widgets":[{"type":"text","width":25,"properties":{"markdown":""}}]}`, "InvalidParameterInput", "Should be <= 24"},
			"metric":     {"d", `{"widgets":[{"type":"metric","properties":{"region":"r","metrics":[["A","B",{"Host":"a"},"x"]]}}]}`, "InvalidParameterInput", "Invalid metric field type, only 'String' type is allowed"},
		} {
			_, err := c.PutDashboard(t.Context(), &cloudwatch.PutDashboardInput{DashboardName: &x.dashboard, DashboardBody: &x.body})
			wantError(t, name, err, x.code, x.text)
		}
	})
}
