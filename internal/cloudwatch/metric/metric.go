// Package metric has the words in which services hand samples to CloudWatch's metric store:
// who measured, what, when, how much. It knows no storage and no API.
package metric

import (
	"slices"
	"strings"
	"time"
)

// ID names a metric: one line of a graph. Two with the same dimensions in another order are
// the same metric; Dimensions are kept sorted by name.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
type ID struct {
	Account    string // 12 digits
	Region     string
	Namespace  string // "AWS/KMS"
	Name       string // "SuccessfulRequest"
	Dimensions []Dimension
}

// Dimension is one name and value of a metric's identity.
type Dimension struct{ Name, Value string }

// Sort puts the dimensions in the order in which they are kept.
func Sort(d []Dimension) {
	slices.SortFunc(d, func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) })
}

// Datum is one or more samples of a metric at one time.
type Datum struct {
	ID
	Time time.Time // the second that the samples count for; zero means now
	Unit string    // "Count", "Seconds", …; "" means "None"

	// Values are the samples, and Counts how often each was seen; nil means once each.
	Values, Counts []float64

	// Set is given in place of Values by those who have added up already.
	Set *StatisticSet
}

// StatisticSet is what is left of samples that were added up.
type StatisticSet struct{ Sum, Minimum, Maximum, SampleCount float64 }

// Count is the datum of something that happened n times.
func Count(id ID, t time.Time, n float64) Datum {
	return Datum{ID: id, Time: t, Unit: "Count", Values: []float64{n}}
}
