package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/server"
)

func keysCommand() *cobra.Command {
	return group("keys", "Report on the keys of all accounts",
		`Keys works on the database of a data directory, whether or not a server is running on it.`,
		reportCommand())
}

// reportOptions are the flags of keys report.
type reportOptions struct {
	kms.ReportOptions
	format string
	only   []string
}

func reportCommand() *cobra.Command {
	var o reportOptions
	c := vaultCommand("report", "List keys with their use, rotation and expiry, and what AWS would charge", 0,
		func(c *cobra.Command, v *server.Vault, _ []string) error { return report(c, v, o) })
	c.Long = `Report lists the keys of all accounts and Regions: which are not used, whose material expires,
which were not rotated, which wait for their deletion, and what AWS would charge for each of
them in a month (keys only, without the calls). Totals by account stand at the end, but for
csv.

Flags of a key:
  unused     no cryptographic operation for --unused-days, or none since it was made
  expiring   imported key material expires within --expiring-days
  unrotated  it can be rotated, and neither was nor was made in the last 365 days
  pending    it waits for its deletion

Uses of the last minute may be missing: a server writes them down once a minute.`
	c.Example = `  keystead keys report --only unused,unrotated
  keystead keys report --account 111122223333 --format csv >keys.csv`
	f := c.Flags()
	f.StringVar(&o.Account, "account", "", "`ID` of the account whose keys are listed (default all)")
	f.StringVar(&o.Region, "region", "", "`REGION` whose keys are listed (default all)")
	f.IntVar(&o.UnusedDays, "unused-days", 90, "a key that was not used for so many `DAYS` is unused")
	f.IntVar(&o.ExpiringDays, "expiring-days", 30, "a key whose material expires within so many `DAYS` is expiring")
	f.StringVar(&o.format, "format", "table", "`FORMAT`: table, csv or json")
	f.StringSliceVar(&o.only, "only", nil, "list only keys with one of these `FLAGS`")
	return c
}

func report(c *cobra.Command, v *server.Vault, o reportOptions) error {
	p, err := newReportPrinter(o.format, c.OutOrStdout())
	if err != nil {
		return err
	}
	for _, flag := range o.only {
		if !slices.Contains(kms.ReportFlags, flag) {
			return fmt.Errorf("--only: %q is none of %s", flag, strings.Join(kms.ReportFlags, ", "))
		}
	}
	if o.UnusedDays < 0 || o.ExpiringDays < 0 {
		return fmt.Errorf("--unused-days and --expiring-days can't be negative")
	}
	keys := kms.New(kms.Options{DB: v.DB, Sealer: v.Sealer, Principals: v.IAM, Clock: new(clock.Clock), Log: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20})
	sums := totals{}
	for k, err := range keys.Report(c.Context(), o.ReportOptions) {
		if err != nil {
			return err
		}
		if len(o.only) > 0 && !slices.ContainsFunc(o.only, func(flag string) bool { return slices.Contains(k.Flags, flag) }) {
			continue
		}
		sums.add(&k)
		if err := p.key(&k); err != nil {
			return err
		}
	}
	return p.end(sums)
}
