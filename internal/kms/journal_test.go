package kms_test

import (
	"bytes"
	"path/filepath"
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
