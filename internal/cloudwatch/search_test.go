package cloudwatch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// TestSearchBounds is about searches that find more than one answer holds, and about requests
// that search again and again.
func TestSearchBounds(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		data := []metric.Datum{metric.Count(id("Fine"), start, 1)}
		for i := range 101 {
			data = append(data, metric.Count(id("Load", metric.Dimension{Name: "Host", Value: fmt.Sprint(i)}), start, 1))
		}
		b.put(data...)
		b.wait(20 * time.Second)
		const many, few = "SEARCH('{App,Host} Load', 'Sum', 60)", "SEARCH('{App} Fine', 'Sum', 60)"
		got, err := b.Query(t.Context(), account, region, []types.MetricDataQuery{formula("many", many), formula("few", few)}, start, start.Add(time.Minute))
		if err != nil || len(got) != 101 || !got[0].Cut {
			t.Errorf("there are %d series, %v", len(got), err)
		}
		again := "SUM(" + many + ")" + strings.Repeat(" + SUM("+many+")", 40)
		_, err = b.Query(t.Context(), account, region, []types.MetricDataQuery{formula("a", again), formula("b", again)}, start, start.Add(time.Minute))
		if err == nil || !strings.Contains(err.Error(), "needs too much data") {
			t.Errorf("82 searches of 100 metrics: %v", err)
		}
	})
}
