package kms_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/keysteadtest"
)

var update = flag.Bool("update", false, "write the records of this run as golden files")

// TestRecords compares the audit record of every operation, of success and of failure,
// with testdata/golden/OPERATION.json, member by member and in order. What differs from run
// to run is replaced by placeholders; a value in a wrong form is not, and shows.
func TestRecords(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		names := scenario(t, srv)
		got := map[string][]string{}
		for _, r := range events(t, srv, cloudtrail.Filter{}) {
			if strings.HasPrefix(r.Source, "kms.") || strings.HasPrefix(r.Source, "sts.") {
				got[r.Name] = append(got[r.Name], tidy(r.JSON, names))
			}
		}
		for name, records := range got {
			compareGolden(t, filepath.Join("testdata", "golden", name+".json"), records)
		}
		files, err := filepath.Glob("testdata/golden/*.json")
		must(t, "find golden files", err)
		for _, file := range files {
			if name := strings.TrimSuffix(filepath.Base(file), ".json"); got[name] == nil {
				t.Errorf("%s: no such event was recorded", file)
			}
		}
	})
}

func compareGolden(t *testing.T, file string, records []string) {
	t.Helper()
	var got bytes.Buffer
	must(t, "indent records", json.Indent(&got, []byte("["+strings.Join(records, ",")+"]"), "", "  "))
	got.WriteByte('\n')
	if *update {
		must(t, "write golden file", os.WriteFile(file, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-golden +recorded):\n%s", file, diff)
	}
}

// variable are the values that differ from run to run, in the form that they must have.
var variable = []struct {
	form        *regexp.Regexp
	placeholder string
}{
	{regexp.MustCompile(`"(requestID|eventID)":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`), `"$1":"UUID"`},
	{regexp.MustCompile(`"eventTime":"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ"`), `"eventTime":"TIME"`},
	{regexp.MustCompile(`"creationDate":"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ"`), `"creationDate":"TIME"`},
	{regexp.MustCompile(`"(creationDate|deletionDate|expiration|validTo)":"[JFMASOND][a-z]{2} \d{1,2}, 20\d\d, \d{1,2}:\d\d:\d\d [AP]M"`), `"$1":"DATE"`},
	{regexp.MustCompile(`"userAgent":"aws-sdk-go-v2/[^"]*"`), `"userAgent":"USER AGENT"`},
	{regexp.MustCompile(`"accessKeyId":"(AKIA|ASIA)[A-Z0-9]{16}"`), `"accessKeyId":"$1…"`},
}

// tidy replaces what differs from run to run, and keeps the order of the members.
func tidy(record []byte, names *strings.Replacer) string {
	text := names.Replace(string(record))
	for _, v := range variable {
		text = v.form.ReplaceAllString(text, v.placeholder)
	}
	return text
}
