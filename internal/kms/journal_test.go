package kms_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/keysteadtest"
)

// events reads the journal of a server.
func events(t testing.TB, srv *keysteadtest.Server, f cloudtrail.Filter) []cloudtrail.Record {
	t.Helper()
	var found []cloudtrail.Record
	for r, err := range cloudtrail.ReadJournal(t.Context(), filepath.Join(srv.DataDir, "journal"), cloudtrail.ReadOptions{Filter: f}) {
		must(t, "read the journal", err)
		r.JSON = bytes.Clone(r.JSON)
		found = append(found, r)
	}
	return found
}

func eventsNamed(t testing.TB, srv *keysteadtest.Server, name string) []cloudtrail.Record {
	t.Helper()
	return events(t, srv, cloudtrail.Filter{EventName: name})
}

// TestRecordOverTLS checks what the record says of the connection.
func TestRecordOverTLS(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t, keysteadtest.WithTLS())
	root(t, srv).key()
	var record struct{ TLSDetails map[string]string }
	must(t, "parse the record", json.Unmarshal(eventsNamed(t, srv, "CreateKey")[0].JSON, &record))
	want := map[string]string{
		"tlsVersion": "TLSv1.3", "cipherSuite": record.TLSDetails["cipherSuite"], "keyExchange": "X25519MLKEM768",
		"clientProvidedHostHeader": strings.TrimPrefix(srv.URL, "https://"),
	}
	if !maps.Equal(record.TLSDetails, want) || !strings.HasPrefix(want["cipherSuite"], "TLS_") {
		t.Errorf("tlsDetails are %q, want %q", record.TLSDetails, want)
	}
}
