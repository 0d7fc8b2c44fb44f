package cloudwatch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/keysteadtest"
)

func stat(id, name, stat string, period int32, dimensions ...types.Dimension) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: new("App"), MetricName: &name, Dimensions: dimensions}, Stat: &stat, Period: &period,
	}}
}

func formula(id, expression string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, Expression: &expression}
}

func host(name string) types.Dimension { return types.Dimension{Name: new("Host"), Value: &name} }

// show writes results as "id label status: value value".
func show(out *cloudwatch.GetMetricDataOutput) string {
	var lines []string
	for _, r := range out.MetricDataResults {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s %s %s: %s", *r.Id, *r.Label, r.StatusCode, strings.Trim(fmt.Sprint(r.Values), "[]")), " "))
	}
	return strings.Join(lines, "\n")
}

func TestGetMetricData(t *testing.T) {
	servers(t, func(t *testing.T, c *cloudwatch.Client, srv *keysteadtest.Server) {
		from := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour)
		var data []types.MetricDatum
		for i := range 4 {
			when := new(from.Add(time.Duration(i)*time.Minute + 3*time.Second))
			data = append(data,
				types.MetricDatum{MetricName: new("Load"), Dimensions: []types.Dimension{host("a")}, Timestamp: when, Value: new(float64(i + 1))},
				types.MetricDatum{MetricName: new("Load"), Dimensions: []types.Dimension{host("b")}, Timestamp: when, Value: new(10.0)},
			)
		}
		data = append(data, types.MetricDatum{MetricName: new("Fine"), StorageResolution: new(int32(1)), Timestamp: new(from.Add(13 * time.Second)), Value: new(5.0)})
		put(t, c, "App", data...)
		ask := func(change func(in *cloudwatch.GetMetricDataInput), queries ...types.MetricDataQuery) (*cloudwatch.GetMetricDataOutput, error) {
			in := &cloudwatch.GetMetricDataInput{
				StartTime: new(from.Add(2 * time.Second)), EndTime: new(from.Add(4 * time.Minute)),
				ScanBy: types.ScanByTimestampAscending, MetricDataQueries: queries,
			}
			if change != nil {
				change(in)
			}
			return c.GetMetricData(t.Context(), in)
		}
		a, b := stat("a", "Load", "Sum", 60, host("a")), stat("b", "Load", "Average", 60, host("b"))
		hidden := a
		hidden.ReturnData = new(false)
		labelled := func(q types.MetricDataQuery, label string) types.MetricDataQuery {
			q.Label = &label
			return q
		}
		quiet := func(id, expression string) types.MetricDataQuery {
			q := formula(id, expression)
			q.ReturnData = new(false)
			return q
		}
		check := func() {
			t.Helper()
			for name, x := range map[string]struct {
				queries []types.MetricDataQuery
				want    string
			}{
				"metrics":            {[]types.MetricDataQuery{a, b}, "a Load Complete: 1 2 3 4\nb Load Complete: 10 10 10 10"},
				"no such metric":     {[]types.MetricDataQuery{stat("x", "None", "Sum", 60)}, "x None Complete:"},
				"longer period":      {[]types.MetricDataQuery{stat("x", "Load", "Sum", 120, host("a"))}, "x Load Complete: 3 7"},
				"an expression":      {[]types.MetricDataQuery{formula("e1", "a + b * 2"), hidden, b}, "e1 e1 Complete: 21 22 23 24\nb Load Complete: 10 10 10 10"},
				"of expressions":     {[]types.MetricDataQuery{formula("e2", "e1 - e1 + 1"), formula("e1", "RUNNING_SUM(a)"), hidden}, "e2 e2 Complete: 1 1 1 1\ne1 e1 Complete: 1 3 6 10"},
				"all metrics":        {[]types.MetricDataQuery{formula("e1", "SUM(METRICS())"), hidden}, "e1 e1 Complete: 1 2 3 4"},
				"an array":           {[]types.MetricDataQuery{labelled(formula("e1", "METRICS() * 2"), "twice"), hidden}, "e1 twice Load Complete: 2 4 6 8"},
				"labels":             {[]types.MetricDataQuery{labelled(a, "${LABEL} max ${MAX} of ${PROP('Dim.Host')} ${PROP('Stat')} ${PROP('Period')} ${NONE}")}, "a Load max 4 of a Sum 60 ${NONE} Complete: 1 2 3 4"},
				"a search":           {[]types.MetricDataQuery{formula("s", "SEARCH('{App,Host} MetricName=\"Load\"', 'Sum', 60)")}, "s a Complete: 1 2 3 4\ns b Complete: 10 10 10 10"},
				"a labelled search":  {[]types.MetricDataQuery{labelled(formula("s", "SEARCH('{App,Host} Load Host=a', 'Sum', 60)"), "[${LAST}] ${LABEL}")}, "s [4] Load Complete: 1 2 3 4"},
				"sum of a search":    {[]types.MetricDataQuery{formula("s", "SUM(SEARCH(' {App, Host} Load ', 'Sum', 120))")}, "s s Complete: 23 27"},
				"an empty search":    {[]types.MetricDataQuery{formula("s", "SEARCH('{App,Shop} Load', 'Sum', 60)")}, ""},
				"percentile":         {[]types.MetricDataQuery{stat("p", "Load", "p50", 240, host("a"))}, "p Load Complete: 2"},
				"without gaps":       {[]types.MetricDataQuery{{Id: new("t"), Expression: new("TIME_SERIES(7)"), Period: new(int32(120))}}, "t t Complete: 7 7"},
				"by ten seconds":     {[]types.MetricDataQuery{stat("f", "Fine", "Sum", 10)}, "f Fine Complete: 5"},
				"by whole minutes":   {[]types.MetricDataQuery{stat("f", "Load", "Sum", 1, host("a"))}, "f Load Complete: 2 3 4"},
				"filled":             {[]types.MetricDataQuery{formula("e", "FILL(f, 0)"), stat("f", "Fine", "Sum", 60)}, "e e Complete: 5 0 0 0\nf Fine Complete: 5"},
				"the largest":        {[]types.MetricDataQuery{formula("t", "SORT([x, y], SUM, DESC)"), labelled(quiet("x", "SUM([a])"), "first"), quiet("y", "SUM([b]) * 2"), hidden, b}, "t y Complete: 20 20 20 20\nt first Complete: 1 2 3 4\nb Load Complete: 10 10 10 10"},
				"percent of another": {[]types.MetricDataQuery{formula("e", "100 * a / SUM([a, b])"), hidden, b}, "e e Complete: 9.090909090909092 16.666666666666668 23.076923076923077 28.571428571428573\nb Load Complete: 10 10 10 10"},
			} {
				out, err := ask(nil, x.queries...)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if got := show(out); got != x.want {
					t.Errorf("%s:\n%s\nwant\n%s", name, got, x.want)
				}
			}
		}
		check()
		srv.Advance(30 * time.Second)
		check()

		out, err := ask(func(in *cloudwatch.GetMetricDataInput) { in.ScanBy = "" }, a)
		if err != nil || show(out) != "a Load Complete: 4 3 2 1" || !out.MetricDataResults[0].Timestamps[3].Equal(from) {
			t.Errorf("the newest first: %s at %v, %v", show(out), out.MetricDataResults[0].Timestamps, err)
		}
		for _, order := range []types.ScanBy{types.ScanByTimestampAscending, types.ScanByTimestampDescending} {
			var pages []string
			var token *string
			for len(pages) < 10 {
				out, err := ask(func(in *cloudwatch.GetMetricDataInput) {
					in.ScanBy, in.MaxDatapoints, in.NextToken = order, new(int32(3)), token
				}, a, b)
				if err != nil {
					t.Fatalf("page %d: %v", len(pages), err)
				}
				pages = append(pages, show(out))
				if token = out.NextToken; token == nil {
					break
				}
			}
			want := "a Load PartialData: 1 2 3|a Load Complete: 4\nb Load PartialData: 10 10|b Load Complete: 10 10"
			if order == types.ScanByTimestampDescending {
				want = "a Load PartialData: 4 3 2|a Load Complete: 1\nb Load PartialData: 10 10|b Load Complete: 10 10"
			}
			if got := strings.Join(pages, "|"); got != want {
				t.Errorf("%s: the pages are\n%s\nwant\n%s", order, got, want)
			}
		}
	})
}

func TestGetMetricDataErrors(t *testing.T) {
	srv := keysteadtest.Start(t)
	c := cloudwatch.NewFromConfig(srv.Config())
	a := stat("a", "Load", "Sum", 60)
	both, period := a, a
	both.Expression, period.Period = new("a"), new(int32(60))
	foreign := a
	foreign.AccountId = new("999999999999")
	var many []types.MetricDataQuery
	for i := range 501 {
		many = append(many, stat(fmt.Sprintf("m%d", i), "Load", "Sum", 60))
	}
	const code = "ValidationError"
	for name, x := range map[string]struct {
		queries []types.MetricDataQuery
		text    string
	}{
		"capital":         {[]types.MetricDataQuery{stat("A", "Load", "Sum", 60)}, "The value A for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."},
		"twice":           {[]types.MetricDataQuery{a, a}, "The values for parameter id in MetricDataQueries are not unique."},
		"both":            {[]types.MetricDataQuery{both}, "are mutually exclusive and you have specified both."},
		"period":          {[]types.MetricDataQuery{period}, "The parameters MetricDataQueries.member.1.Period and MetricDataQueries.member.1.MetricStat are mutually exclusive and you have specified both."},
		"neither":         {[]types.MetricDataQuery{{Id: new("x")}}, "At least one of the parameters"},
		"odd period":      {[]types.MetricDataQuery{stat("a", "Load", "Sum", 45)}, "The value 45 for parameter MetricDataQueries.member.1.MetricStat.Period is invalid."},
		"long period":     {[]types.MetricDataQuery{stat("a", "Load", "Sum", 2_592_060)}, "Period is invalid."},
		"statistic":       {[]types.MetricDataQuery{stat("a", "Load", "Median", 60)}, "The value Median for parameter MetricDataQueries.member.1.MetricStat.Stat is not a valid statistic."},
		"syntax":          {[]types.MetricDataQuery{a, formula("e1", "a +")}, "Error in expression 'e1': Invalid syntax"},
		"function":        {[]types.MetricDataQuery{a, formula("e1", "MEDIAN(a)")}, "Error in expression 'e1': Function 'MEDIAN' not found"},
		"unknown name":    {[]types.MetricDataQuery{a, formula("e1", "a + b")}, "Error in expression 'e1': "},
		"circle":          {[]types.MetricDataQuery{formula("e1", "e2 + 1"), formula("e2", "e1 + 1")}, "Circular dependency"},
		"a number":        {[]types.MetricDataQuery{a, formula("e1", "AVG(a)")}, "Error in expression 'e1': The result of the expression must be a time series"},
		"search":          {[]types.MetricDataQuery{formula("e1", "SEARCH('{', 'Sum', 60)")}, "Error in expression 'e1': SEARCH"},
		"insights":        {[]types.MetricDataQuery{formula("q1", "SELECT AVG(CPU) FROM \"AWS/EC2\"")}, "Error in expression 'q1': Metrics Insights"},
		"foreign account": {[]types.MetricDataQuery{foreign}, "is not linked"},
		"too many":        {many, "must not have a size greater than 500"},
		"too much":        {[]types.MetricDataQuery{{Id: new("t"), Expression: new("TIME_SERIES(1)"), Period: new(int32(1))}}, "too much data"},
	} {
		_, err := c.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{
			StartTime: new(time.Now().Add(-400 * day)), EndTime: new(time.Now()), MetricDataQueries: x.queries,
		})
		wantError(t, name, err, code, x.text)
	}
	for name, x := range map[string]struct {
		change     func(in *cloudwatch.GetMetricDataInput)
		code, text string
	}{
		"same times": {func(in *cloudwatch.GetMetricDataInput) { in.EndTime = in.StartTime }, code, "must not equal"},
		"swapped":    {func(in *cloudwatch.GetMetricDataInput) { in.StartTime, in.EndTime = in.EndTime, in.StartTime }, code, "must be less than"},
		"token":      {func(in *cloudwatch.GetMetricDataInput) { in.NextToken = new("x") }, "InvalidNextToken", ""},
		"zone":       {func(in *cloudwatch.GetMetricDataInput) { in.LabelOptions = &types.LabelOptions{Timezone: new("CET")} }, code, "Timezone"},
		"page":       {func(in *cloudwatch.GetMetricDataInput) { in.MaxDatapoints = new(int32(100_801)) }, code, "MaxDatapoints"},
	} {
		in := &cloudwatch.GetMetricDataInput{StartTime: new(time.Now().Add(-time.Hour)), EndTime: new(time.Now()), MetricDataQueries: []types.MetricDataQuery{a}}
		x.change(in)
		_, err := c.GetMetricData(t.Context(), in)
		wantError(t, name, err, x.code, x.text)
	}
}
