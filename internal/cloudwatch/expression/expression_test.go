package expression_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/cloudwatch/expression"
)

// line writes a series as AWS's documentation does: "1, 2, -" with a value for each period.
func line(text string) *expression.Series {
	s := &expression.Series{Period: 60}
	if text == "" {
		return s
	}
	for i, v := range strings.Split(text, ",") {
		if v = strings.TrimSpace(v); v == "-" {
			continue
		}
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			panic(err)
		}
		s.Points = append(s.Points, expression.Point{Time: int64(i) * 60, Value: x})
	}
	return s
}

// text is the inverse of line, for n periods.
func text(s *expression.Series, n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = "-"
	}
	for _, p := range s.Points {
		if i := p.Time / 60; p.Time%60 == 0 && i >= 0 && i < int64(n) {
			values[i] = strconv.FormatFloat(math.Round(p.Value*1e9)/1e9, 'g', -1, 64)
		} else {
			return fmt.Sprintf("a point at %d", p.Time)
		}
	}
	return strings.Join(values, ", ")
}

// evaluate evaluates an expression over series of n periods from second 0 on.
func evaluate(e string, n int, series map[string]string, order ...string) (string, error) {
	parsed, err := expression.Parse(e)
	if err != nil {
		return "", err
	}
	env := &expression.Environment{End: int64(n) * 60, Period: 60, Budget: expression.NewBudget(100_000)}
	all := map[string]*expression.Series{}
	for _, name := range order {
		all[name] = line(series[name])
		all[name].Label = name
		env.Metrics = append(env.Metrics, expression.Named{Name: name, Series: all[name]})
	}
	env.Lookup = func(name string) (expression.Value, error) {
		if s, ok := all[name]; ok {
			return expression.OfSeries([]*expression.Series{s}, false, true), nil
		}
		return expression.Value{}, fmt.Errorf("no %s", name)
	}
	v, err := parsed.Evaluate(env)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, s := range v.Series() {
		lines = append(lines, text(s, n))
	}
	if v.IsArray() {
		return "[" + strings.Join(lines, "; ") + "]", nil
	}
	return lines[0], nil
}

// metrics are those of AWS's examples, and some more.
var metrics = map[string]string{
	"m1": "1, 2, -, 4", "m2": "10, -, 30, 0", "m3": "2, 2, 2, 2", "errors1": "1, 1, 1, 1", "errors2": "2, -, 2, 2", "requests": "10, 10, 20, 0",
}

var metricOrder = []string{"m1", "m2", "m3", "errors1", "errors2", "requests"}

// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func TestExpressions(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		// Basic arithmetic: missing values are 0, a division by zero drops the point.
		{"PERIOD(m1)/60 + m3", "3, 3, 3, 3"},
		{"5 * m1", "5, 10, -, 20"},
		{"m1 - m2", "-9, 2, -30, 4"},
		{"SUM(100/[m1, m2])", "110, 50, 3.333333333, 25"},
		{"AVG([m1,m2]/m3)", "2.75, 0.5, 7.5, 1"},
		{"-5*m1", "-5, -10, -, -20"},
		{"-m1", "-1, -2, -, -4"},
		{"SUM(-[m1, m2])", "-11, -2, -30, -4"},
		{"m1 / m2", "0.1, -, 0, -"},
		{"m1 ^ 2", "1, 4, -, 16"},
		{"0 - 2 ^ 2 + m3", "-2, -2, -2, -2"},
		{"-2 ^ 2 + m3", "-2, -2, -2, -2"},
		{"m3 ^ 3 ^ 2", "512, 512, 512, 512"},
		{"m3 * 2 + 3 * m3 - 4 / 2", "8, 8, 8, 8"},
		{"m3 * (2 + 3) * m3", "20, 20, 20, 20"},
		{"m3 - 1 - 1", "0, 0, 0, 0"},
		{"1.5e1 * m3 + .5", "30.5, 30.5, 30.5, 30.5"},

		// Comparisons and logical operators, with their precedence.
		{"m1 == m3", "0, 1, 0, 0"},
		{"m1 != m3 && m2 >= 10", "1, 0, 1, 0"},
		{"m1 < 2 OR m2 > 20 AND m2 < 5", "1, 0, 0, 0"},
		{"(m1 < 2 || m2 > 20) && m2 > 5", "1, 0, 1, 0"},
		{"1 + m3 > 2", "1, 1, 1, 1"},

		// Functions of each value.
		{"ABS(m1-m2)", "9, 2, 30, 4"},
		{"MIN(ABS([m1, m2]))", "1, 2, 30, 0"},
		{"CEIL(m1/m3)", "1, 1, 0, 2"},
		{"FLOOR(m1/m3)", "0, 1, 0, 2"},
		{"LOG(m3)", "0.693147181, 0.693147181, 0.693147181, 0.693147181"},
		{"LOG10(m2)", "1, -, 1.477121255, -"},

		// Functions that make one number of a series, and one series of an array.
		{"SUM([m1,m2])/AVG(m2)", "0.825, 0.15, 2.25, 0.3"},
		{"AVG([m1, m2])", "5.5, 1, 15, 2"},
		{"SUM(m1) / DATAPOINT_COUNT(m1) + m3", "4.333333333, 4.333333333, 4.333333333, 4.333333333"},
		{"DATAPOINT_COUNT([m1, m2])", "2, 1, 1, 2"},
		{"MAX(m1)/m1", "4, 2, -, 1"},
		{"m1-MIN(m1)", "0, 1, -, 3"},
		{"MIN([m1, m2])", "1, 2, 30, 0"},
		{"MAX([m1, m2])", "10, 2, 30, 4"},
		{"m1/METRIC_COUNT(METRICS())", "0.166666667, 0.333333333, -, 0.666666667"},
		{"STDDEV([m1, m2])", "4.5, 0, 0, 2"},
		{"m3/STDDEV([m1, m2])", "0.444444444, -, -, 1"},
		{"m1 - STDDEV(m3)", "1, 2, -, 4"},

		// Neighbours.
		{"DIFF(m1)", "-, 1, -, 2"},
		{"DIFF_TIME(m1)", "-, 60, -, 120"},
		{"RATE(m1) * 60", "-, 1, -, 1"},
		{"RUNNING_SUM(m1)", "1, 3, -, 7"},
		{"RUNNING_SUM([m1,m2])", "[1, 3, -, 7; 10, -, 40, 40]"},

		// Missing values.
		{"FILL(m1,10)", "1, 2, 10, 4"},
		{"FILL(m1, MIN(m1))", "1, 2, 1, 4"},
		{"FILL(m1, REPEAT)", "1, 2, 2, 4"},
		{"FILL(m1, LINEAR)", "1, 2, 3, 4"},
		{"FILL([m1, m2], m3)", "[1, 2, 2, 4; 10, 2, 30, 0]"},
		{"FILL([m1, m2], LINEAR)", "[1, 2, 3, 4; 10, 20, 30, 0]"},
		{"FILL(DIFF(m1), REPEAT)", "-, 1, 1, 2"},
		{"FILL(DIFF(m1), LINEAR)", "-, 1, 1.5, 2"},

		// METRICS: by a part of their names.
		{"SUM(METRICS(\"errors\"))", "3, 1, 3, 3"},
		{"SUM(METRICS(\"errors\"))/SUM(METRICS('requests'))*100", "30, 10, 15, -"},
		{"SUM([METRICS(\"errors1\"), METRICS(\"errors2\")])", "3, 1, 3, 3"},
		{"METRICS(\"errors\")*100", "[100, 100, 100, 100; 200, -, 200, 200]"},

		// Arrays.
		{"FIRST([m1, m2])", "1, 2, -, 4"},
		{"LAST([m1, m2])", "10, -, 30, 0"},
		{"SORT([m1, m2, m3], AVG, DESC)", "[10, -, 30, 0; 1, 2, -, 4; 2, 2, 2, 2]"},
		{"SORT([m1, m2, m3], MAX, ASC)", "[2, 2, 2, 2; 1, 2, -, 4; 10, -, 30, 0]"},
		{"SORT([m1, m2, m3], SUM, DESC, 2)", "[10, -, 30, 0; 2, 2, 2, 2]"},
		{"SORT([m1, m2, m3], MIN, ASC, 1)", "[10, -, 30, 0]"},
		{"SLICE(SORT([m1, m2, m3], SUM, DESC), 0, 1)", "[10, -, 30, 0]"},
		{"SLICE(SORT([m1, m2, m3], SUM, ASC), 1)", "[2, 2, 2, 2; 10, -, 30, 0]"},
		{"IF(FIRST(SORT([m1, m2, m3], AVG, DESC))>9, 1, 0)", "1, -, 1, 0"},
		{"REMOVE_EMPTY([m1, IF(m1 > 9, m1), m3])", "[1, 2, -, 4; 2, 2, 2, 2]"},
		{"SORT([IF(m1 > 9, m1), m1], SUM, ASC)", "[1, 2, -, 4; -, -, -, -]"},

		// Series without gaps.
		{"TIME_SERIES(MAX(m1))", "4, 4, 4, 4"},
		{"TIME_SERIES(5*AVG(m3))", "10, 10, 10, 10"},
		{"TIME_SERIES(10)", "10, 10, 10, 10"},
		{"MINUTE(m1)", "0, 1, 2, 3"},
		{"HOUR(m1) + 1", "1, 1, 1, 1"},
		{"DAY(m1)", "4, 4, 4, 4"}, // 1970 began on a Thursday
		{"DATE(m1) + MONTH(m1)", "2, 2, 2, 2"},
		{"YEAR(m1)", "1970, 1970, 1970, 1970"},
		{"EPOCH(m1)", "0, 60, 120, 180"},
		{"IF(DAY(m1)<6,m1)", "1, 2, 0, 4"},
		{"IF(MONTH(m1) == 4,m1)", "-, -, -, -"},

		// IF.
		{"IF(m1<3, m1)", "1, 2, -, -"},
		{"IF(m1<3, 10, 2)", "10, 10, -, 2"},
		{"IF(m1>m3, 1, 0)", "0, 0, 0, 1"},
		{"IF(1, m1, m2)", "1, 2, -, 4"},
		{"IF(0, m1, m2)", "10, -, 30, 0"},
		{"IF(0, m1)", "-, -, -, -"},
	} {
		if got, err := evaluate(c.expression, 4, metrics, metricOrder...); err != nil || got != c.want {
			t.Errorf("%s is %s, %v; want %s", c.expression, got, err, c.want)
		}
	}
}

// TestDocumentedTables is the tables of values in AWS's documentation.
func TestDocumentedTables(t *testing.T) {
	compared := map[string]string{"metric1": "30, 20, 0, 0", "metric2": "20, -, 20, -"}
	for e, want := range map[string]string{
		"(metric1 < metric2)":              "0, 0, 1, 0",
		"(metric1 >= 30)":                  "1, 0, 0, 0",
		"(metric1 > 15 AND metric2 > 15)":  "1, 0, 0, 0",
		"(metric1 > 15 && metric2 > 15)":   "1, 0, 0, 0",
		"(metric1 > 15 || metric2 >= 20)":  "1, 1, 1, 0",
		"(metric1 != 30 OR metric2 == 20)": "1, 1, 1, 1",
	} {
		if got, err := evaluate(e, 4, compared, "metric1", "metric2"); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", e, got, err, want)
		}
	}
	conditional := map[string]string{"metric1": "1, 1, 0, 0, -", "metric2": "30, -, 0, 0, 30", "metric3": "0, 0, 20, -, 20"}
	for e, want := range map[string]string{
		"IF(metric1, metric2, metric3)": "30, 0, 20, -, -",
		"IF(metric1, 5, metric3)":       "5, 5, 20, -, -",
		"IF(metric1, metric2, 5)":       "30, 0, 5, 5, -",
	} {
		if got, err := evaluate(e, 5, conditional, "metric1", "metric2", "metric3"); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", e, got, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"", "Invalid syntax"},
		{"m1 +", "Invalid syntax"},
		{"m1 m2", "Invalid syntax"},
		{"(m1", "Invalid syntax"},
		{"m1 ? m2", "Invalid syntax"},
		{"[]", "Invalid syntax"},
		{"SUM(m1", "Invalid syntax"},
		{"METRICS(\"a)", "Invalid syntax"},
		{"1.2.3 * m1", "Invalid syntax"},
		{"ANOMALY_DETECTOR(m1)", "Function 'ANOMALY_DETECTOR' not found"},
		{"sum(m1)", "Invalid syntax"},
		{"SUM(m1, m2)", "does not take 2 arguments"},
		{"AVG(m1)", "must be a time series or an array of time series, not Scalar"},
		{"1 + 2", "not Scalar"},
		{"\"text\"", "not String"},
		{"m1 + \"text\"", "Unsupported operand type(s) for +: 'TimeSeries' and 'String'"},
		{"[m1, m2] + [m1, m2]", "Unsupported operand type(s)"},
		{"m1 + 1 / 0", "has no result"},
		{"FIRST(m1)", "can't be applied to type TimeSeries"},
		{"PERIOD(m1 + m2) + m1", "can only be applied to a metric"},
		{"SLICE([m1, m2], 0.5)", "not a whole number"},
		{"SORT([m1, m2], STDDEV, ASC)", "Invalid syntax"},
		{"SORT([m1, m2], AVG, UP)", "Invalid syntax"},
		{"FILL(m1, ASC)", "Unexpected"},
		{"IF([m1, m2], m1)", "can't be applied to type Array[TimeSeries]"},
		{"SEARCH('x', 'Sum', 300)", "SEARCH is not supported here"},
		{"ANOMALY_DETECTION_BAND(m1, 2)", "Function 'ANOMALY_DETECTION_BAND' is not supported"},
		{"SERVICE_QUOTA(m1)", "is not supported"},
		{"INSIGHT_RULE_METRIC('a', 'b')", "is not supported"},
		{strings.Repeat("(", 200) + "m1" + strings.Repeat(")", 200), "nested too deeply"},
		{strings.Repeat("-", 200) + "m1", "nested too deeply"},
		{"m1" + strings.Repeat("^m1", 200), "nested too deeply"},
		{strings.Repeat("m1+", 1000) + "m1", "longer than 2048"},
	} {
		if got, err := evaluate(c.expression, 4, metrics, metricOrder...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s is %s, %v; want an error about %q", c.expression, got, err, c.want)
		}
	}
}

// TestBudget is about expressions that would make very much of little.
func TestBudget(t *testing.T) {
	long := &expression.Series{Period: 1}
	for i := range 10_000 {
		long.Points = append(long.Points, expression.Point{Time: int64(i), Value: 1})
	}
	var many []expression.Named
	for range 400 {
		many = append(many, expression.Named{Name: "m", Series: long})
	}
	for e, want := range map[string]string{
		strings.Repeat("METRICS()*", 1) + "2":                          "too much data",
		"[METRICS(), METRICS()]":                                       "more than 500 time series",
		strings.Repeat("FILL(", 60) + "m1" + strings.Repeat(",1)", 60): "too much data",
		"TIME_SERIES(1)":                                               "too much data",
	} {
		parsed, err := expression.Parse(e)
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		_, err = parsed.Evaluate(&expression.Environment{
			End: 1 << 40, Period: 1, Metrics: many, Budget: expression.NewBudget(1_000_000),
			Lookup: func(string) (expression.Value, error) {
				return expression.OfSeries([]*expression.Series{long}, false, true), nil
			},
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want an error about %q", e, err, want)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"SUM(METRICS(\"errors\"))/SUM(METRICS(\"requests\"))*100", "IF(FIRST(SORT(METRICS(), AVG, DESC))>100, 1, 0)",
		"SLICE(SORT(METRICS(), SUM, DESC), 0, 10)", "FILL(METRICS(), LINEAR)", "-m1^2 + 3 >= m2 AND m3 || 1", "DIFF_TIME(RATE(m1))",
		"SEARCH(' {AWS/EC2,InstanceId} MetricName=\"CPUUtilization\" ', 'Average', 300)", "TIME_SERIES(1e300*1e300)", "[m1, m2]/m3",
		"MINUTE(m1)+HOUR(m1)+DAY(m1)+DATE(m1)+MONTH(m1)+YEAR(m1)+EPOCH(m1)", "REMOVE_EMPTY([m1])", "STDDEV([m1,m2])*LOG(m1)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, e string) {
		got, err := evaluate(e, 4, metrics, metricOrder...)
		if err == nil && (strings.Contains(got, "NaN") || strings.Contains(got, "Inf") || strings.Contains(got, "a point at")) {
			t.Errorf("%q is %s", e, got)
		}
	})
}
