package kms_test

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// TestExpiryMetric: the metrics say how long imported key material remains, of keys whose material
// expires, and of no other.
func TestExpiryMetric(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)), keysteadtest.WithKeyMetrics())
		u := root(t, srv)
		sooner, later, never := u.external(""), u.external(""), u.external("")
		u.importer(sooner).must(randomBytes(32), until(time.Now().Add(10*day)))
		u.importer(later).must(randomBytes(32), until(time.Now().Add(40*day)))
		u.importer(never).must(randomBytes(32))
		want := func(when string, days map[string]float64) {
			t.Helper()
			got := expirations(t, srv)
			if len(got) != len(days) {
				t.Errorf("%s: the metrics are %v, want %d", when, got, len(days))
			}
			for key, n := range days {
				if seconds := n * 24 * 3600; got[u.keyARN(key)] > seconds || got[u.keyARN(key)] < seconds-120 {
					t.Errorf("%s: %s remains for %v seconds, want about %v", when, key, got[u.keyARN(key)], seconds)
				}
			}
		}
		want("at first", map[string]float64{sooner: 10, later: 40})
		srv.Advance(3 * day)
		want("3 days later", map[string]float64{sooner: 7, later: 37})
		srv.Advance(7 * day)
		want("after the first expired", map[string]float64{later: 30})
	})
}

// TestExpiryMetricNamesNoKey unless the operator wants it to.
func TestExpiryMetricNamesNoKey(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	u := root(t, srv)
	key := u.external("")
	u.importer(key).must(randomBytes(32), until(time.Now().Add(10*day)))
	text := metricsOf(t, srv)
	if strings.Contains(text, key) || !strings.Contains(text, "\nkeystead_next_key_material_expiration_seconds 8") {
		t.Errorf("the metrics are\n%s", text)
	}
}

func metricsOf(t *testing.T, srv *keysteadtest.Server) string {
	t.Helper()
	res, err := http.Get(srv.URL + "/metrics")
	must(t, "read the metrics", err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, "read the metrics", err)
	return string(b)
}

var expirationMetric = regexp.MustCompile(`(?m)^keystead_key_material_expiration_seconds\{key_arn="([^"]+)"\} (\S+)$`)

// expirations reads the metric, by the ARNs of the keys.
func expirations(t *testing.T, srv *keysteadtest.Server) map[string]float64 {
	t.Helper()
	text := metricsOf(t, srv)
	if !strings.Contains(text, "SecondsUntilKeyMaterialExpiration") {
		t.Error("the help does not name AWS's metric")
	}
	got := map[string]float64{}
	for _, m := range expirationMetric.FindAllStringSubmatch(text, -1) {
		seconds, err := strconv.ParseFloat(m[2], 64)
		must(t, "read a metric", err)
		got[m[1]] = seconds
	}
	return got
}
