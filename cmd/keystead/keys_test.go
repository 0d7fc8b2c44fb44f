package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/kms"
)

// TestReportColumns: the columns of csv have the names of the members in JSON, in their order.
func TestReportColumns(t *testing.T) {
	var names []string
	for i, typ := 0, reflect.TypeFor[kms.KeyReport](); i < typ.NumField(); i++ {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	if !slices.Equal(csvColumns, names) {
		t.Errorf("the columns are %q, the members %q", csvColumns, names)
	}
}

// TestReportFormats reads back what is printed for programs, of no key, one and two.
func TestReportFormats(t *testing.T) {
	keys := []kms.KeyReport{
		{Account: "1", KeyID: "a", Aliases: []string{"alias/x", "alias/y"}, Flags: []string{}, MonthlyUSD: 3},
		{Account: "2", KeyID: "b", Aliases: []string{}, Created: time.Unix(1e9, 0).UTC(), Flags: []string{"unused"}, MonthlyUSD: 1},
	}
	for n := range len(keys) + 1 {
		print := func(format string) *bytes.Buffer {
			b := new(bytes.Buffer)
			p, err := newReportPrinter(format, b)
			if err != nil {
				t.Fatal(err)
			}
			sums := totals{}
			for i := range keys[:n] {
				sums.add(&keys[i])
				if err := p.key(&keys[i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.end(sums); err != nil {
				t.Fatal(err)
			}
			return b
		}
		var got struct {
			Keys     []kms.KeyReport
			Accounts []total
			Total    total
		}
		if err := json.Unmarshal(print("json").Bytes(), &got); err != nil {
			t.Errorf("%d keys in JSON: %v", n, err)
		}
		if diff := cmp.Diff(append([]kms.KeyReport{}, keys[:n]...), got.Keys); diff != "" {
			t.Errorf("%d keys (-printed +read):\n%s", n, diff)
		}
		if want := []total{{}, {Keys: 1, MonthlyUSD: 3}, {Keys: 2, MonthlyUSD: 4}}[n]; got.Total != want || len(got.Accounts) != n {
			t.Errorf("%d keys: totals %+v and %+v, want %+v", n, got.Accounts, got.Total, want)
		}
		lines, err := csv.NewReader(print("csv")).ReadAll()
		if err != nil || len(lines) != n+1 {
			t.Errorf("%d keys have %d lines of csv, %v", n, len(lines), err)
		}
	}
}
