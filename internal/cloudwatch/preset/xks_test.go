package preset_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudwatch/preset"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
	"github.com/keystead/keystead/keysteadtest"
)

// watched is an external key store that alarms watch over.
type watched struct {
	t     *testing.T
	srv   *keysteadtest.Server
	proxy *xkstest.Proxy
	keys  *kms.Client
	watch *cloudwatch.Client
	id    string
}

const storeName = "Example Store"

// newWatched makes a key store and connects it.
func newWatched(t *testing.T, options ...keysteadtest.Option) *watched {
	t.Helper()
	p := xkstest.New(t)
	srv := keysteadtest.Start(t, append(options, keysteadtest.WithExternalKeyStores(p.CA.Certificate, map[string]string{xkstest.Host: p.Address}))...)
	w := &watched{t: t, srv: srv, proxy: p, keys: srv.KMS(), watch: cloudwatch.NewFromConfig(srv.Config())}
	made, err := w.keys.CreateCustomKeyStore(t.Context(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new(storeName), CustomKeyStoreType: kmstypes.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: kmstypes.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: new(xkstest.Endpoint), XksProxyUriPath: &p.Path,
		XksProxyAuthenticationCredential: w.credential(),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.id = *made.CustomKeyStoreId
	if _, err := w.keys.ConnectCustomKeyStore(t.Context(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &w.id}); err != nil {
		t.Fatal(err)
	}
	srv.Advance(time.Second)
	return w
}

func (w *watched) credential() *kmstypes.XksProxyAuthenticationCredentialType {
	return &kmstypes.XksProxyAuthenticationCredentialType{AccessKeyId: &w.proxy.AccessKeyID, RawSecretAccessKey: &w.proxy.Secret}
}

func (w *watched) install(o preset.XKSOptions) string {
	w.t.Helper()
	var out bytes.Buffer
	if err := preset.InstallXKS(w.t.Context(), w.srv.Config(), o, &out); err != nil {
		w.t.Fatalf("InstallXKS: %v\n%s", err, out.String())
	}
	return out.String()
}

// renew gives KMS the proxy's credential again, which it first tries.
func (w *watched) renew() error {
	_, err := w.keys.UpdateCustomKeyStore(w.t.Context(), &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &w.id, XksProxyAuthenticationCredential: w.credential()})
	return err
}

// until lets time pass until an alarm of the store has a state.
func (w *watched) until(state types.StateValue, alarm string) {
	w.t.Helper()
	name := "XKS-" + w.id + "-" + alarm
	var last string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		w.srv.Advance(30 * time.Second)
		out, err := w.watch.DescribeAlarms(w.t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
		if err != nil || len(out.MetricAlarms) != 1 {
			w.t.Fatalf("alarm %s: %v, %v", name, out, err)
		}
		if out.MetricAlarms[0].StateValue == state {
			return
		}
		last = *out.MetricAlarms[0].StateReason
	}
	w.t.Fatalf("alarm %s is not %s: %s", alarm, state, last)
}

// states are the alarms that are not in order.
func (w *watched) ringing() []string {
	w.t.Helper()
	out, err := w.watch.DescribeAlarms(w.t.Context(), &cloudwatch.DescribeAlarmsInput{StateValue: types.StateValueAlarm})
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, a := range out.MetricAlarms {
		names = append(names, strings.TrimPrefix(*a.AlarmName, "XKS-"+w.id+"-"))
	}
	return names
}

func TestInstallXKS(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	o := preset.XKSOptions{Store: storeName, Topic: "operators", CredentialDays: 180}
	dry := o
	dry.DryRun = true
	if said := w.install(dry); strings.Contains(said, "done ") || strings.Count(said, "would     make alarm XKS-"+w.id) != 8 {
		t.Errorf("a dry run says\n%s", said)
	}
	if said := w.install(o); strings.Contains(said, "is there") || strings.Count(said, "make alarm XKS-"+w.id) != 8 || !strings.Contains(said, "key store Example Store: ") {
		t.Errorf("the first run says\n%s", said)
	}
	w.recommended()
	o.Store = w.id
	if said := w.install(o); strings.Contains(said, "done ") {
		t.Errorf("the second run says\n%s", said)
	}
	o.CredentialDays = 0
	o.Topic = "others"
	if said := w.install(o); strings.Count(said, "change alarm") != 7 || strings.Contains(said, "CredentialAge") {
		t.Errorf("another run, with another topic and no limit of the credential's age, says\n%s", said)
	}
	for _, store := range []string{"none", "cks-none"} {
		err := preset.InstallXKS(t.Context(), w.srv.Config(), preset.XKSOptions{Store: store, Topic: "operators"}, new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), "there is no key store "+store) {
			t.Errorf("key store %s: %v", store, err)
		}
	}
}

// recommended compares the alarms with those that AWS recommends, and gives numbers for where AWS
// does.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/xks-alarms.html
func (w *watched) recommended() {
	w.t.Helper()
	out, err := w.watch.DescribeAlarms(w.t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: new("XKS-" + w.id + "-")})
	if err != nil {
		w.t.Fatal(err)
	}
	want := map[string]string{
		"CertificateExpires":     "LessThanThreshold 10, 'Minimum', 300 XksProxyCertificateDaysToExpire",
		"Latency":                "GreaterThanThreshold 200, 'Average', 300 XksProxyLatency",
		"RetryableErrors":        `GreaterThanThreshold 5, 'Sum', 60 XksProxyErrors ErrorType="Retryable"`,
		"NonRetryableErrors":     `GreaterThanThreshold 5, 'Sum', 60 XksProxyErrors ErrorType="Non-retryable"`,
		"KeyManagersUnavailable": `GreaterThanThreshold 0, 'Maximum', 60 XksExternalKeyManagerStates XksExternalKeyManagerState="Unavailable"`,
		"KeyManagersDegraded":    `GreaterThanThreshold 0, 'Maximum', 60 XksExternalKeyManagerStates XksExternalKeyManagerState="Degraded"`,
		"Throttled":              "GreaterThanThreshold 0, 'Sum', 60 ExternalKeyStoreThrottle",
		"CredentialAge":          "GreaterThanThreshold 180, 'Maximum', 300 XksProxyCredentialAge",
	}
	parts := regexp.MustCompile(`MetricName="(\w+)" CustomKeyStoreId="` + w.id + `"(.*)', ('\w+', \d+)\)`)
	for _, a := range out.MetricAlarms {
		name := strings.TrimPrefix(*a.AlarmName, "XKS-"+w.id+"-")
		got := "no expression"
		for _, q := range a.Metrics {
			if q.Expression == nil {
				continue
			}
			if m := parts.FindStringSubmatch(*q.Expression); m != nil {
				got = fmt.Sprintf("%s %v, %s %s%s", a.ComparisonOperator, *a.Threshold, m[3], m[1], m[2])
			}
		}
		if got != want[name] {
			w.t.Errorf("the alarm %s is %s, want %s", name, got, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		w.t.Errorf("there are no alarms %v", want)
	}
}

// TestXKSControls has what each alarm is about happen, and pass.
func TestXKSControls(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.install(preset.XKSOptions{Store: storeName, Topic: "operators", CredentialDays: 1})
	health := func(states ...xks.HealthState) xks.Health {
		h := xks.Health{FleetSize: 1, Vendor: "v", Model: "m", EKMVendor: "e"}
		for i, s := range states {
			h.EKMs = append(h.EKMs, xks.EKM{ID: string(rune('a' + i)), Model: "m", State: s})
		}
		return h
	}
	tries := func() {
		for range 6 {
			if w.renew() == nil {
				t.Error("a proxy that does not work can be configured")
			}
		}
	}
	for _, test := range []struct {
		alarm       string
		begin, mend func()
	}{
		{"CertificateExpires", func() {
			w.proxy.Certificate(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(9 * 24 * time.Hour) })
		}, func() { w.proxy.Certificate(nil) }},
		{"KeyManagersUnavailable", func() { w.proxy.SetHealth(health(xks.Active, xks.Unavailable)) }, func() { w.proxy.SetHealth(health(xks.Active)) }},
		{"KeyManagersDegraded", func() { w.proxy.SetHealth(health(xks.Active, xks.Degraded)) }, func() { w.proxy.SetHealth(health(xks.Active)) }},
		{"RetryableErrors", func() { w.proxy.Stop(); tries() }, func() { w.proxy.Start() }},
		{"NonRetryableErrors", func() { w.proxy.Set(xkstest.Fails(xks.AuthenticationFailedException, "who?")); tries() }, func() { w.proxy.Set(nil) }},
		{"Latency", func() { w.proxy.Set(xkstest.Hang(nil)) }, func() { w.proxy.Set(nil) }},
		{"CredentialAge", func() { w.srv.Advance(48 * time.Hour) }, func() {
			if err := w.renew(); err != nil {
				t.Error(err)
			}
		}},
	} {
		w.until(types.StateValueOk, test.alarm)
		test.begin()
		w.until(types.StateValueAlarm, test.alarm)
		test.mend()
		w.until(types.StateValueOk, test.alarm)
	}
	for range 20 {
		w.srv.Advance(30 * time.Second)
	}
	if names := w.ringing(); len(names) != 0 {
		slices.Sort(names)
		t.Errorf("when all is well, alarms are on: %q", names)
	}
}

// TestXKSThrottled has more calls than the quota of a key store allows.
func TestXKSThrottled(t *testing.T) {
	t.Parallel()
	w := newWatched(t, keysteadtest.WithKeyStoreQuota(1))
	w.install(preset.XKSOptions{Store: storeName, Topic: "operators"})
	w.until(types.StateValueOk, "Throttled")
	k, err := w.keys.CreateKey(t.Context(), &kms.CreateKeyInput{Origin: kmstypes.OriginTypeExternalKeyStore, CustomKeyStoreId: &w.id, XksKeyId: new(xkstest.KeyID)})
	if err != nil {
		t.Fatal(err)
	}
	throttled := false
	for range 100 {
		_, err := w.keys.Encrypt(t.Context(), &kms.EncryptInput{KeyId: k.KeyMetadata.KeyId, Plaintext: []byte("x")})
		throttled = throttled || err != nil && strings.Contains(err.Error(), "ThrottlingException")
	}
	if !throttled {
		t.Error("a hundred calls are within a quota of one a second")
	}
	w.until(types.StateValueAlarm, "Throttled")
	w.until(types.StateValueOk, "Throttled")
}
