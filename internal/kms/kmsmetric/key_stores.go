package kmsmetric

import (
	"cmp"
	"context"
	"crypto/x509"
	"math"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// Store names a custom key store.
type Store struct{ Account, Region, ID string }

// ProxyCall is a request to the proxy of an external key store, and what became of it.
type ProxyCall struct {
	Store        Store
	KMSOperation string // that caused it: "Encrypt", "KmsHealthCheck", …
	XKSOperation string // "Encrypt", "Decrypt", "GetKeyMetadata" or "GetHealthStatus"
	ErrorName    string // "" for success; "XksProxyUnreachableException" if there was no answer
	Retryable    bool
	Latency      time.Duration
	Certificate  *x509.Certificate // that the proxy showed; nil if it showed none
	Managers     *Managers         // what GetHealthStatus told; else nil
}

// Managers are the instances of an external key manager, by state.
type Managers struct{ Active, Degraded, Unavailable int }

// Throttle is a call that was answered with ThrottlingException because of a key store's limits.
type Throttle struct {
	Store     Store
	External  bool // an external key store, else an AWS CloudHSM one
	Operation string
}

// Credential is the credential of an external key store and when KMS was given it.
type Credential struct {
	Store Store
	Given time.Time
}

// symmetric is the only key spec of keys in custom key stores.
var symmetric = metric.Dimension{Name: "KeySpec", Value: "SYMMETRIC_DEFAULT"}

// exceptions are the names of errors that a proxy's answer can have. Any other is in no
// specification, so that the answer is one that can't be understood.
//
// Source: AWS KMS External Keystore Proxy API Specification v1.0.3, Errors
var exceptions = map[string]bool{
	"AccessDeniedException": true, "AuthenticationFailedException": true, "DependencyTimeoutException": true, "InternalException": true,
	"InvalidCiphertextException": true, "InvalidKeyUsageException": true, "InvalidStateException": true, "InvalidUriPathException": true,
	"KeyNotFoundException": true, "ThrottlingException": true, "UnsupportedOperationException": true, "ValidationException": true,
	"XksProxyUnreachableException": true,
}

// ProxyCalled counts a call of a proxy.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html#kms-metrics
func (m *Meter) ProxyCalled(c ProxyCall) {
	store := metric.Dimension{Name: "CustomKeyStoreId", Value: c.Store.ID}
	kmsOperation, xksOperation := metric.Dimension{Name: "KmsOperation", Value: c.KMSOperation}, metric.Dimension{Name: "XksOperation", Value: c.XKSOperation}
	kind, name := "N/A", "None"
	if c.ErrorName != "" {
		kind, name = "Non-retryable", c.ErrorName
		if c.Retryable {
			kind = "Retryable"
		}
		if !exceptions[name] {
			name = "ValidationException"
		}
	}
	m.stores.add(c.Store.series("XksProxyErrors", "Count", store, metric.Dimension{Name: "ErrorType", Value: kind},
		metric.Dimension{Name: "ExceptionName", Value: name}, symmetric, kmsOperation, xksOperation), 1, 1)
	m.stores.add(c.Store.series("XksProxyLatency", "Milliseconds", store, symmetric, kmsOperation, xksOperation), milliseconds(c.Latency), 1)
	m.certificate(c)
	if c.Managers == nil {
		return
	}
	// The states that no instance is in as well: an alarm on them must go back.
	for _, s := range []struct {
		state string
		n     int
	}{{"Active", c.Managers.Active}, {"Degraded", c.Managers.Degraded}, {"Unavailable", c.Managers.Unavailable}} {
		m.stores.add(c.Store.series("XksExternalKeyManagerStates", "Count", store, metric.Dimension{Name: "XksExternalKeyManagerState", Value: s.state}), float64(s.n), 1)
	}
}

// mostCertificates bounds the names that the proxy of one key store can make up between two
// writes: it may show another certificate at each connection.
const mostCertificates = 10

// shown are the certificates of a proxy, by name: in how many days the first expires.
type shown map[string]float64

// certificate notes how long a proxy's certificate remains valid. The name is the subject's,
// as on AWS; certificates of today often have none there, but in their first DNS name.
func (m *Meter) certificate(c ProxyCall) {
	if c.Certificate == nil {
		return
	}
	name := c.Certificate.Subject.CommonName
	if name == "" && len(c.Certificate.DNSNames) > 0 {
		name = c.Certificate.DNSNames[0]
	}
	if !isDimensionValue(name) {
		name = "-"
	}
	left := days(c.Certificate.NotAfter.Sub(m.o.Clock.Now()))
	m.mu.Lock()
	defer m.mu.Unlock()
	names := m.certificates[c.Store]
	if names == nil {
		names = shown{}
		m.certificates[c.Store] = names
	}
	known, seen := names[name]
	if !seen && len(names) < mostCertificates || seen && left < known {
		names[name] = left
	}
}

// countCertificates moves what was noted to what is written.
func (m *Meter) countCertificates() {
	m.mu.Lock()
	all := m.certificates
	m.certificates = map[Store]shown{}
	m.mu.Unlock()
	for store, names := range all {
		for name, left := range names {
			m.stores.add(store.series("XksProxyCertificateDaysToExpire", "None", metric.Dimension{Name: "CertificateName", Value: name},
				metric.Dimension{Name: "CustomKeyStoreId", Value: store.ID}), left, 1)
		}
	}
}

// isDimensionValue reports whether a name that a proxy chose can be a dimension's value.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
func isDimensionValue(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return s != "" && s[0] != ':' && len(s) <= 255
}

// Throttled counts a call that KMS itself refused.
func (m *Meter) Throttled(t Throttle) {
	name := "CloudHSMKeyStoreThrottle"
	if t.External {
		name = "ExternalKeyStoreThrottle"
	}
	m.stores.add(t.Store.series(name, "Count", metric.Dimension{Name: "CustomKeyStoreId", Value: t.Store.ID}, symmetric,
		metric.Dimension{Name: "KmsOperation", Value: t.Operation}), 1, 1)
}

func (s Store) series(name, unit string, dimensions ...metric.Dimension) series {
	x := series{account: s.Account, region: s.Region, name: name, unit: unit}
	copy(x.dimensions[:], dimensions)
	return x
}

// milliseconds rounds a latency so that few different ones are kept: to tenths below ten.
func milliseconds(d time.Duration) float64 {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return math.Round(ms*10) / 10
	}
	return math.Round(ms)
}

// credentials samples the age of the credentials of all external key stores that are connected.
func (m *Meter) credentials(ctx context.Context) error {
	if m.o.Credentials == nil {
		return nil
	}
	all, err := m.o.Credentials(ctx)
	if err != nil {
		return err
	}
	now := m.o.Clock.Now()
	for len(all) > 0 {
		n := min(len(all), perWrite)
		var data []metric.Datum
		for _, c := range all[:n] {
			data = append(data, c.Store.series("XksProxyCredentialAge", "None", metric.Dimension{Name: "CustomKeyStoreId", Value: c.Store.ID}).
				datum(map[float64]float64{days(now.Sub(cmp.Or(c.Given, now))): 1}))
		}
		if err := m.write(ctx, data); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}
