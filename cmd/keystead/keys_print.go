package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/kms"
)

// reportPrinter prints keys as they come, so that there may be any number of them.
type reportPrinter interface {
	key(*kms.KeyReport) error
	end(totals) error
}

// total is what the keys of an account, or of all, come to.
type total struct {
	Account    string `json:"account,omitempty"`
	Keys       int    `json:"keys"`
	MonthlyUSD int    `json:"monthly_usd"`
}

// totals are those of the accounts, by their ids.
type totals map[string]total

func (t totals) add(k *kms.KeyReport) {
	old := t[k.Account]
	t[k.Account] = total{k.Account, old.Keys + 1, old.MonthlyUSD + k.MonthlyUSD}
}

// list returns the totals by account, and that of all.
func (t totals) list() (accounts []total, all total) {
	accounts = []total{}
	for _, id := range slices.Sorted(maps.Keys(t)) {
		accounts = append(accounts, t[id])
		all.Keys += t[id].Keys
		all.MonthlyUSD += t[id].MonthlyUSD
	}
	return accounts, all
}

func newReportPrinter(format string, w io.Writer) (reportPrinter, error) {
	b := bufio.NewWriter(w)
	switch format {
	case "table":
		return &tablePrinter{b, false}, nil
	case "csv":
		return &csvPrinter{csv.NewWriter(b), b, false}, nil
	case "json":
		return &jsonPrinter{b, false}, nil
	}
	return nil, fmt.Errorf("--format: %q is none of table, csv, json", format)
}

// tablePrinter prints for people: the columns that fit on a wide screen.
type tablePrinter struct {
	w     *bufio.Writer
	begun bool
}

const tableRow = "%-12s  %-14s  %-36s  %-17s  %-20s  %-10s  %-31s  %-9s  %-10s  %3s  %-26s  %s\n"

func (p *tablePrinter) key(k *kms.KeyReport) error {
	if !p.begun {
		p.begun = true
		fmt.Fprintf(p.w, tableRow, "ACCOUNT", "REGION", "KEY", "STATE", "SPEC", "LAST USED", "OPERATION", "ROTATION", "ROTATED", "USD", "FLAGS", "ALIASES")
	}
	_, err := fmt.Fprintf(p.w, tableRow, k.Account, k.Region, k.KeyID, k.State, k.Spec, date(k.LastUsed), dash(k.LastOperation), k.Rotation,
		date(k.LastRotated), strconv.Itoa(k.MonthlyUSD), dash(strings.Join(k.Flags, ",")), dash(strings.Join(k.Aliases, ",")))
	return err
}

func (p *tablePrinter) end(t totals) error {
	accounts, all := t.list()
	for _, a := range accounts {
		fmt.Fprintf(p.w, "account %s: %d keys, %d USD a month\n", a.Account, a.Keys, a.MonthlyUSD)
	}
	fmt.Fprintf(p.w, "all: %d keys, %d USD a month\n", all.Keys, all.MonthlyUSD)
	return p.w.Flush()
}

func date(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// csvPrinter prints one line for each key, with everything. The columns have the names of the
// members in JSON; several values in one are separated by spaces.
type csvPrinter struct {
	csv   *csv.Writer
	w     *bufio.Writer
	begun bool
}

var csvColumns = []string{
	"account", "region", "key_id", "aliases", "spec", "usage", "origin", "manager", "state", "multi_region", "created", "last_used", "last_operation",
	"unused_days", "material_expires", "rotation", "rotation_period_days", "last_rotated", "deletion_date", "flags", "monthly_usd",
}

func (p *csvPrinter) begin() error {
	if p.begun {
		return nil
	}
	p.begun = true
	return p.csv.Write(csvColumns)
}

func (p *csvPrinter) key(k *kms.KeyReport) error {
	if err := p.begin(); err != nil {
		return err
	}
	return p.csv.Write([]string{
		k.Account, k.Region, k.KeyID, strings.Join(k.Aliases, " "), string(k.Spec), string(k.Usage), string(k.Origin), k.Manager, string(k.State),
		k.MultiRegion, stamp(k.Created), stamp(k.LastUsed), k.LastOperation, strconv.Itoa(k.UnusedDays), stamp(k.MaterialExpires), k.Rotation,
		strconv.Itoa(k.RotationPeriodDays), stamp(k.LastRotated), stamp(k.DeletionDate), strings.Join(k.Flags, " "), strconv.Itoa(k.MonthlyUSD),
	})
}

func (p *csvPrinter) end(totals) error {
	if err := p.begin(); err != nil {
		return err
	}
	p.csv.Flush()
	if err := p.csv.Error(); err != nil {
		return err
	}
	return p.w.Flush()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// jsonPrinter prints one JSON object, each key on a line of its own.
type jsonPrinter struct {
	w     *bufio.Writer
	begun bool
}

func (p *jsonPrinter) key(k *kms.KeyReport) error {
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	before := ",\n"
	if !p.begun {
		p.begun, before = true, "{\"keys\":[\n"
	}
	_, err = fmt.Fprintf(p.w, "%s%s", before, b)
	return err
}

func (p *jsonPrinter) end(t totals) error {
	if !p.begun {
		fmt.Fprint(p.w, `{"keys":[`)
	}
	accounts, all := t.list()
	rest, err := json.Marshal(struct {
		Accounts []total `json:"accounts"`
		Total    total   `json:"total"`
	}{accounts, all})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.w, "\n],%s\n", rest[1:])
	return p.w.Flush()
}
