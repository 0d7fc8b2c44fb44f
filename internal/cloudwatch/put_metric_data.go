package cloudwatch

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// Bounds of PutMetricData.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
const (
	maxData   = 1000
	maxValues = 150
	maxPast   = 14 * day
)

// maxValue is the largest number that is kept, in either direction.
var maxValue = math.Ldexp(1, 360)

// PutMetricData takes samples.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
func (s *Service) PutMetricData(ctx context.Context, c *iam.Caller, in *cloudwatch.PutMetricDataInput) (*cloudwatch.PutMetricDataOutput, error) {
	namespace := value(in.Namespace)
	if err := authorize(c, "PutMetricData", keys{"cloudwatch:namespace": policy.Single(namespace)}); err != nil {
		return nil, err
	}
	r := &receiver{now: s.clock.Now(), id: metric.ID{Account: c.Principal.Account, Region: c.Region, Namespace: namespace}}
	data, err := r.request(in)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := s.present(tx)
		if err != nil {
			return err
		}
		timed := make([]metric.Datum, len(data))
		for i, d := range data {
			if d.Time.IsZero() {
				d.Time = now.time
			}
			if !d.fine {
				d.Time = d.Time.Truncate(time.Minute)
			}
			timed[i] = d.Datum
		}
		return s.put(tx, timed)
	})
	if err != nil {
		return nil, err
	}
	return &cloudwatch.PutMetricDataOutput{}, nil
}

// received is a sample with its resolution.
type received struct {
	metric.Datum
	fine bool // it is kept by the second
}

// receiver checks the samples of a request. It gathers what is wrong with them: AWS tells all
// of it in one message.
type receiver struct {
	now  time.Time
	id   metric.ID
	what []string // is wrong, with values
}

func (r *receiver) request(in *cloudwatch.PutMetricDataInput) ([]received, error) {
	if err := checkNamespace(r.id.Namespace); err != nil {
		return nil, err
	}
	total := len(in.MetricData)
	for _, e := range in.EntityMetricData {
		total += len(e.MetricData)
	}
	switch {
	case total == 0:
		return nil, errMissing("The parameter MetricData is required.")
	case total > maxData:
		return nil, errValue("The collection MetricData must not have a size greater than %d.", maxData)
	case len(in.EntityMetricData) > maxEntities:
		return nil, errValue("The collection EntityMetricData must not have a size greater than %d.", maxEntities)
	}
	data, err := r.list(nil, "MetricData", in.MetricData)
	for i, e := range in.EntityMetricData {
		if err == nil && value(in.StrictEntityValidation) {
			err = checkEntity(fmt.Sprintf("EntityMetricData.member.%d.Entity", i+1), e.Entity)
		}
		if err == nil {
			data, err = r.list(data, fmt.Sprintf("EntityMetricData.member.%d.MetricData", i+1), e.MetricData)
		}
	}
	if err == nil && len(r.what) > 0 {
		err = errValue("%s", strings.Join(r.what, "\n"))
	}
	return data, err
}

// maxEntities is how many entities samples of one request may be of.
const maxEntities = 2

// checkNamespace refuses what is AWS's own, and what is not ASCII.
func checkNamespace(name string) error {
	switch {
	case strings.HasPrefix(name, "AWS/"):
		return errValue("The value AWS/ for parameter Namespace is invalid.")
	case !printable(name):
		return errValue("The value %s for parameter Namespace is invalid.", name)
	}
	return nil
}

// printable says whether a name has only ASCII characters that are no control characters, and
// one that is no space.
func printable(name string) bool {
	for i := range len(name) {
		if name[i] < 0x20 || name[i] > 0x7e {
			return false
		}
	}
	return strings.TrimSpace(name) != ""
}

// checkEntity checks an entity: what kind of thing, and which one.
func checkEntity(name string, e *types.Entity) error {
	if e == nil || e.KeyAttributes["Type"] == "" || len(e.KeyAttributes) < 2 {
		return errValue("The value for parameter %s.KeyAttributes is invalid.", name)
	}
	switch e.KeyAttributes["Type"] {
	case "Service", "RemoteService", "AWS::Service", "Resource", "AWS::Resource":
		return nil
	}
	return errValue("The value %s for parameter %s.KeyAttributes.Type is invalid.", e.KeyAttributes["Type"], name)
}

func (r *receiver) list(data []received, name string, in []types.MetricDatum) ([]received, error) {
	for i := range in {
		d, err := r.datum(fmt.Sprintf("%s.member.%d", name, i+1), &in[i])
		if err != nil {
			return nil, err
		}
		data = append(data, d)
	}
	return data, nil
}

// wrong notes something that is wrong.
func (r *receiver) wrong(format string, args ...any) {
	if len(r.what) < maxTold {
		r.what = append(r.what, fmt.Sprintf(format, args...))
	}
}

// maxTold is how many faults one message tells of.
const maxTold = 20

func (r *receiver) datum(name string, in *types.MetricDatum) (received, error) {
	d := received{fine: value(in.StorageResolution) == 1}
	d.ID, d.Unit = r.id, string(in.Unit)
	d.Name = value(in.MetricName)
	if !printable(d.Name) {
		r.wrong("The parameter %s.MetricName contains non-ASCII characters.", name)
	}
	if v := in.StorageResolution; v != nil && *v != 1 && *v != 60 {
		r.wrong("The value %d for parameter %s.StorageResolution is invalid. Valid values are 1 and 60.", *v, name)
	}
	r.dimensions(name, &d, in.Dimensions)
	if in.Timestamp != nil {
		d.Time = in.Timestamp.UTC()
		switch {
		case d.Time.Before(r.now.Add(-maxPast)):
			r.wrong("The parameter %s.Timestamp must specify a time within the past two weeks.", name)
		case d.Time.After(r.now.Add(maxAhead)):
			r.wrong("The parameter %s.Timestamp must specify a time no more than two hours in the future.", name)
		}
	}
	return d, r.samples(name, &d, in)
}

func (r *receiver) dimensions(name string, d *received, in []types.Dimension) {
	seen := map[string]bool{}
	for i, x := range in {
		key, v := value(x.Name), value(x.Value)
		where := fmt.Sprintf("%s.Dimensions.member.%d", name, i+1)
		switch {
		case !printable(key) || strings.HasPrefix(key, ":"):
			r.wrong("The value %s for parameter %s.Name is invalid.", key, where)
		case !printable(v):
			r.wrong("The parameter %s.Value contains non-ASCII characters.", where)
		case seen[key]:
			r.wrong("The parameter %s.Name must not occur twice.", where)
		}
		seen[key] = true
		d.Dimensions = append(d.Dimensions, metric.Dimension{Name: key, Value: v})
	}
}

// samples reads the values, of which there are three forms.
func (r *receiver) samples(name string, d *received, in *types.MetricDatum) error {
	forms := []struct {
		name  string
		given bool
	}{{"Value", in.Value != nil}, {"Values", in.Values != nil}, {"StatisticValues", in.StatisticValues != nil}}
	given := ""
	for _, f := range forms {
		if f.given && given != "" {
			return errCombination("The parameters %s.%s and %[1]s.%[3]s are mutually exclusive and you have specified both.", name, given, f.name)
		}
		if f.given {
			given = f.name
		}
	}
	switch given {
	case "":
		return errMissing("At least one of the parameters %s.Value, %[1]s.Values or %[1]s.StatisticValues must be specified.", name)
	case "Value":
		d.Values = []float64{r.number(name+".Value", *in.Value)}
		if in.Counts != nil {
			return errCombination("The parameters %s.Value and %[1]s.Counts are mutually exclusive and you have specified both.", name)
		}
	case "StatisticValues":
		r.set(name+".StatisticValues", d, in.StatisticValues)
	default:
		r.values(name, d, in)
	}
	return nil
}

func (r *receiver) values(name string, d *received, in *types.MetricDatum) {
	if len(in.Values) > maxValues {
		r.wrong("The collection %s.Values must not have a size greater than %d.", name, maxValues)
		return
	}
	if in.Counts != nil && len(in.Counts) != len(in.Values) {
		r.wrong("The parameters %s.Values and %[1]s.Counts must be of the same size.", name)
		return
	}
	for _, v := range in.Values {
		d.Values = append(d.Values, r.number(name+".Values", v))
	}
	for _, n := range in.Counts {
		if r.number(name+".Counts", n); n < 0 {
			r.wrong("The value %s for parameter %s.Counts is invalid.", short(n), name)
		}
		d.Counts = append(d.Counts, n)
	}
}

func (r *receiver) set(name string, d *received, in *types.StatisticSet) {
	d.Set = &metric.StatisticSet{
		Sum: r.number(name+".Sum", value(in.Sum)), SampleCount: r.number(name+".SampleCount", value(in.SampleCount)),
		Minimum: r.number(name+".Minimum", value(in.Minimum)), Maximum: r.number(name+".Maximum", value(in.Maximum)),
	}
	switch {
	case d.Set.Maximum < d.Set.Minimum:
		r.wrong("The parameter %s.Maximum must be greater than %[1]s.Minimum.", name)
	case d.Set.SampleCount < 0:
		r.wrong("The parameter %s.SampleCount must be greater than 0.", name)
	case d.Set.SampleCount == 0:
		r.wrong("The parameter %s.SampleCount must not equal 0.", name)
	}
}

// number checks a number.
func (r *receiver) number(name string, v float64) float64 {
	if math.IsNaN(v) || math.Abs(v) > maxValue {
		r.wrong("The value %s for parameter %s is invalid.", strings.TrimPrefix(short(v), "+"), name)
	}
	return v
}
