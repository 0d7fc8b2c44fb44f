package kmsmetric_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/kms/kmsmetric"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// noKeys have not been used.
type noKeys struct{}

func (noKeys) Expiries(context.Context, int) ([]kms.Expiry, error) { return nil, nil }
func (noKeys) TakeCalls() []kms.Calls                              { return nil }
func (noKeys) GiveBackCalls([]kms.Calls)                           {}

// book keeps what a meter writes: by metric, how often it had which value.
type book struct {
	*kmsmetric.Meter
	clock   clock.Clock
	ages    []kmsmetric.Credential
	broken  bool
	written map[string]map[float64]float64
}

func newBook(t *testing.T) *book {
	b := &book{written: map[string]map[float64]float64{}}
	b.Meter = kmsmetric.New(kmsmetric.Options{
		DB: storetest.New(t), Keys: noKeys{}, Clock: &b.clock, Put: b.put,
		Credentials: func(context.Context) ([]kmsmetric.Credential, error) { return b.ages, nil },
	})
	return b
}

func (b *book) put(_ *store.Tx, data []metric.Datum) error {
	if b.broken {
		return errors.New("broken")
	}
	for _, d := range data {
		name := d.Account + " " + d.Region + " " + d.Namespace + " " + d.Name + " " + d.Unit
		metric.Sort(d.Dimensions)
		for _, x := range d.Dimensions {
			name += " " + x.Name + "=" + x.Value
		}
		if b.written[name] == nil {
			b.written[name] = map[float64]float64{}
		}
		for i, v := range d.Values {
			b.written[name][v] += d.Counts[i]
		}
	}
	return nil
}

func (b *book) want(t *testing.T, want map[string]map[float64]float64) {
	t.Helper()
	for name := range maps.Keys(b.written) {
		if want[name] == nil {
			t.Errorf("unexpected: %s: %v", name, b.written[name])
		}
	}
	for name, values := range want {
		if !maps.Equal(b.written[name], values) {
			t.Errorf("%s: got %v, want %v", name, b.written[name], values)
		}
	}
}

var aStore = kmsmetric.Store{Account: "111122223333", Region: "eu-west-1", ID: "cks-1234567890abcdef0"}

const (
	inStore = "111122223333 eu-west-1 AWS/KMS "
	ofStore = "CustomKeyStoreId=cks-1234567890abcdef0"
)

func TestProxyCalls(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	encrypt := func(name string, retryable bool, latency time.Duration) {
		b.ProxyCalled(kmsmetric.ProxyCall{Store: aStore, KMSOperation: "GenerateDataKey", XKSOperation: "Encrypt", ErrorName: name, Retryable: retryable, Latency: latency})
	}
	encrypt("", false, 3*time.Millisecond+40*time.Microsecond)
	encrypt("", false, 3*time.Millisecond)
	encrypt("", false, 20*time.Millisecond+300*time.Microsecond)
	encrypt("XksProxyUnreachableException", true, 250*time.Millisecond)
	encrypt("InvalidStateException", false, 2*time.Millisecond)
	encrypt("Made up\nby the proxy", false, 2*time.Millisecond)
	encrypt("Another one", false, 2*time.Millisecond)
	b.ProxyCalled(kmsmetric.ProxyCall{
		Store: aStore, KMSOperation: "KmsHealthCheck", XKSOperation: "GetHealthStatus", Latency: time.Millisecond,
		Managers: &kmsmetric.Managers{Active: 2, Degraded: 1},
	})
	b.ProxyCalled(kmsmetric.ProxyCall{
		Store: aStore, KMSOperation: "KmsHealthCheck", XKSOperation: "GetHealthStatus", Latency: time.Millisecond,
		Managers: &kmsmetric.Managers{Active: 1, Unavailable: 2},
	})
	b.broken = true
	if err := b.Flush(t.Context()); err == nil {
		t.Fatal("a write that fails is no error")
	}
	b.broken = false
	for range 2 { // the second has nothing to write
		if err := b.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	failed := func(kind, name string) string {
		return inStore + "XksProxyErrors Count " + ofStore + " ErrorType=" + kind + " ExceptionName=" + name + " KeySpec=SYMMETRIC_DEFAULT KmsOperation=GenerateDataKey XksOperation=Encrypt"
	}
	state := func(name string) string {
		return inStore + "XksExternalKeyManagerStates Count " + ofStore + " XksExternalKeyManagerState=" + name
	}
	b.want(t, map[string]map[float64]float64{
		failed("N/A", "None"):                               {1: 3},
		failed("Retryable", "XksProxyUnreachableException"): {1: 1},
		failed("Non-retryable", "InvalidStateException"):    {1: 1},
		failed("Non-retryable", "ValidationException"):      {1: 2},
		state("Active"):      {2: 1, 1: 1},
		state("Degraded"):    {1: 1, 0: 1},
		state("Unavailable"): {0: 1, 2: 1},
		inStore + "XksProxyLatency Milliseconds " + ofStore + " KeySpec=SYMMETRIC_DEFAULT KmsOperation=GenerateDataKey XksOperation=Encrypt":                                 {3: 2, 20: 1, 250: 1, 2: 3},
		inStore + "XksProxyLatency Milliseconds " + ofStore + " KeySpec=SYMMETRIC_DEFAULT KmsOperation=KmsHealthCheck XksOperation=GetHealthStatus":                          {1: 2},
		inStore + "XksProxyErrors Count " + ofStore + " ErrorType=N/A ExceptionName=None KeySpec=SYMMETRIC_DEFAULT KmsOperation=KmsHealthCheck XksOperation=GetHealthStatus": {1: 2},
	})
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	show := func(name string, alternatives []string, left time.Duration) {
		b.ProxyCalled(kmsmetric.ProxyCall{Store: aStore, KMSOperation: "Encrypt", XKSOperation: "Encrypt", Certificate: &x509.Certificate{
			Subject: pkix.Name{CommonName: name}, DNSNames: alternatives, NotAfter: b.clock.Now().Add(left + time.Minute),
		}})
	}
	const day = 24 * time.Hour
	show("xks.example.com", nil, 9*day+23*time.Hour)
	show("xks.example.com", nil, 80*day) // two machines, one of which has a new one
	show("", []string{"*.example.com", "x"}, 30*day)
	show("gestohlen ä", nil, 3*day)
	show("expired.example.com", nil, -time.Hour)
	for i := range 1000 {
		show(fmt.Sprintf("made-up-%d", i), nil, day)
	}
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(b.written, func(name string, _ map[float64]float64) bool { return !strings.Contains(name, "CertificateDays") })
	if n := len(b.written); n != 10 {
		t.Errorf("%d certificates of a store", n)
	}
	maps.DeleteFunc(b.written, func(name string, _ map[float64]float64) bool { return strings.Contains(name, "made-up") })
	name := func(n string) string {
		return inStore + "XksProxyCertificateDaysToExpire None CertificateName=" + n + " " + ofStore
	}
	b.want(t, map[string]map[float64]float64{
		name("xks.example.com"): {9: 1}, name("*.example.com"): {30: 1}, name("-"): {3: 1}, name("expired.example.com"): {-1: 1},
	})
}

func TestThrottlesAndCredentials(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for range 3 {
		b.Throttled(kmsmetric.Throttle{Store: aStore, External: true, Operation: "Decrypt"})
	}
	b.Throttled(kmsmetric.Throttle{Store: aStore, Operation: "Encrypt"})
	b.ages = []kmsmetric.Credential{{Store: aStore, Given: b.clock.Now().Add(-90*24*time.Hour - time.Minute)}}
	for _, j := range b.Jobs("n") {
		if err := j.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.want(t, map[string]map[float64]float64{
		inStore + "ExternalKeyStoreThrottle Count " + ofStore + " KeySpec=SYMMETRIC_DEFAULT KmsOperation=Decrypt": {1: 3},
		inStore + "CloudHSMKeyStoreThrottle Count " + ofStore + " KeySpec=SYMMETRIC_DEFAULT KmsOperation=Encrypt": {1: 1},
		inStore + "XksProxyCredentialAge None " + ofStore:                                                         {90: 1},
	})
}

// TestBound has more different samples than are kept.
func TestBound(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for i := range 250_000 {
		b.ProxyCalled(kmsmetric.ProxyCall{Store: aStore, KMSOperation: fmt.Sprint(i / 1000), XKSOperation: "Encrypt", Latency: time.Duration(i%1000) * time.Millisecond})
	}
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, values := range b.written {
		total += len(values)
	}
	if total != 200_000 {
		t.Errorf("%d different samples were kept", total)
	}
	if latest := slices.Max(slices.Collect(maps.Keys(b.written[inStore+"XksProxyLatency Milliseconds "+ofStore+" KeySpec=SYMMETRIC_DEFAULT KmsOperation=0 XksOperation=Encrypt"]))); math.Abs(latest-999) > 1 {
		t.Errorf("the latest latency is %v", latest)
	}
}
