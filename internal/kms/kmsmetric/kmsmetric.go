// Package kmsmetric tells CloudWatch what AWS KMS tells it: how often keys are used, how often an
// account calls, when imported key material expires, and how custom key stores fare. The one rule:
// a metric about a key or a key store belongs to its owner, one about calls to the account that
// called.
//
// Calls are counted in memory, so that no call waits for a database, and written once a minute by
// the node that answered them: a kill loses the counts of the last minute at most.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html
package kmsmetric

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/store"
)

// Keys is what the samples are about; *kms.Service is one.
type Keys interface {
	Expiries(ctx context.Context, limit int) ([]kms.Expiry, error)
	TakeCalls() []kms.Calls
	GiveBackCalls([]kms.Calls)
}

// Options are what a Meter is made of.
type Options struct {
	DB   *store.DB
	Keys Keys
	Put  func(tx *store.Tx, data []metric.Datum) error

	Clock       *clock.Clock
	Credentials func(ctx context.Context) ([]Credential, error) // of the external key stores that are connected; may be nil
}

// Meter takes samples. Its methods may be called by several goroutines at once.
type Meter struct {
	o      Options
	stores tally // of custom key stores

	mu           sync.Mutex
	usage        map[call]float64
	certificates map[Store]shown
}

// call is what calls of an account are counted by.
type call struct{ account, region, operation string }

// mostUsage bounds how many accounts, Regions and operations are counted between two writes.
const mostUsage = 100_000

// New makes a meter.
func New(o Options) *Meter {
	return &Meter{o: o, usage: map[call]float64{}, certificates: map[Store]shown{}}
}

// Called counts a call of an account, whatever its outcome.
func (m *Meter) Called(account, region, operation string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := call{account, region, operation}
	if _, known := m.usage[k]; known || len(m.usage) < mostUsage {
		m.usage[k]++
	}
}

// Jobs is the background work of a node.
func (m *Meter) Jobs(node string) []job.Job {
	return []job.Job{
		// Each node writes what it has counted itself.
		{Name: "sample-kms-calls/" + node, Every: time.Minute, Run: m.Flush},
		{Name: "sample-key-material-expirations", Every: time.Minute, Run: m.expirations},
		{Name: "sample-key-store-credentials", Every: time.Minute, Run: m.credentials},
	}
}

// perWrite is how many samples one transaction writes: few enough that nobody waits long for it,
// and so many that the metric store spreads those of one account, for who reads a few of them.
const perWrite = 5000

// Flush writes what was counted. What can't be written is counted on.
func (m *Meter) Flush(ctx context.Context) error {
	if err := m.flushUsage(ctx); err != nil {
		return err
	}
	m.countCertificates()
	if err := m.stores.flush(ctx, m.write); err != nil {
		return err
	}
	calls := m.o.Keys.TakeCalls()
	for len(calls) > 0 {
		n := min(len(calls), perWrite)
		var data []metric.Datum
		for _, c := range calls[:n] {
			data = append(data, requests(c)...)
		}
		if err := m.write(ctx, data); err != nil {
			m.o.Keys.GiveBackCalls(calls)
			return err
		}
		calls = calls[n:]
	}
	return nil
}

func (m *Meter) write(ctx context.Context, data []metric.Datum) error {
	return m.o.DB.Update(ctx, func(tx *store.Tx) error { return m.o.Put(tx, data) })
}

// requests are the samples of successful operations with a key: for ReEncrypt, for the owner of
// either key.
func requests(c kms.Calls) []metric.Datum {
	dimensions := []metric.Dimension{{Name: "KeyArn", Value: c.KeyARN}, {Name: "Operation", Value: c.Operation}}
	if c.Destination != "" {
		dimensions = []metric.Dimension{
			{Name: "DestinationKeyArn", Value: c.Destination}, {Name: "Operation", Value: c.Operation}, {Name: "SourceKeyArn", Value: c.KeyARN},
		}
	}
	var data []metric.Datum
	seen := ""
	for _, arn := range []string{c.KeyARN, c.Destination} {
		a, ok := iam.ParseARN(arn)
		if !ok || a.Account == seen {
			continue
		}
		seen = a.Account
		data = append(data, metric.Count(metric.ID{Account: a.Account, Region: a.Region, Namespace: "AWS/KMS", Name: "SuccessfulRequest", Dimensions: dimensions}, time.Time{}, float64(c.Count)))
	}
	return data
}

// flushUsage writes the calls of accounts.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Usage-Metrics.html
func (m *Meter) flushUsage(ctx context.Context) error {
	m.mu.Lock()
	usage := m.usage
	m.usage = map[call]float64{}
	m.mu.Unlock()
	var data []metric.Datum
	for k, n := range usage {
		data = append(data, metric.Count(metric.ID{
			Account: k.account, Region: k.region, Namespace: "AWS/Usage", Name: "CallCount",
			Dimensions: []metric.Dimension{{Name: "Class", Value: "None"}, {Name: "Resource", Value: k.operation}, {Name: "Service", Value: "KMS"}, {Name: "Type", Value: "API"}},
		}, time.Time{}, n))
	}
	for len(data) > 0 {
		n := min(len(data), perWrite)
		if err := m.write(ctx, data[:n]); err != nil {
			m.giveBack(data)
			return err
		}
		data = data[n:]
	}
	return nil
}

// giveBack counts again what could not be written.
func (m *Meter) giveBack(data []metric.Datum) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range data {
		m.usage[call{d.Account, d.Region, d.Dimensions[1].Value}] += d.Values[0]
	}
}

// mostExpirations bounds the keys that are told of: those whose material expires first.
const mostExpirations = 10_000

// expirations samples how long imported key material remains.
func (m *Meter) expirations(ctx context.Context) error {
	all, err := m.o.Keys.Expiries(ctx, mostExpirations)
	if err != nil {
		return err
	}
	var data []metric.Datum
	for i, e := range all {
		if a, ok := iam.ParseARN(e.KeyARN); ok {
			data = append(data, metric.Datum{
				ID: metric.ID{
					Account: a.Account, Region: a.Region, Namespace: "AWS/KMS", Name: "SecondsUntilKeyMaterialExpiration",
					Dimensions: []metric.Dimension{{Name: "KeyId", Value: strings.TrimPrefix(a.Resource, "key/")}},
				},
				Unit: "Seconds", Values: []float64{float64(int64(e.Left / time.Second))},
			})
		}
		if len(data) == perWrite || i == len(all)-1 {
			if err := m.write(ctx, data); err != nil {
				return err
			}
			data = nil
		}
	}
	return nil
}
