package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/cloudtrail/digest"
)

func journalCommand() *cobra.Command {
	return group("journal", "Check and read the audit journal",
		"Journal works on the files of a data directory, whether or not a server is running on it.",
		journalVerifyCommand(), journalShowCommand())
}

func journalVerifyCommand() *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that nothing in the journal was changed, removed or added",
		Long: `Verify follows the chain of hashes through all segments. The exit status is 0 if the
journal is as it was written, and 1 if not; the output then says where.`,
		Args: cobra.NoArgs,
	}
	s.addData(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		return reported(cloudtrail.VerifyCommand(c.OutOrStdout(), cfg.JournalDir()))
	}
	return c
}

func journalShowCommand() *cobra.Command {
	var s settings
	var o cloudtrail.ShowOptions
	var since, until string
	c := &cobra.Command{
		Use:   "show",
		Short: "Print the events of the journal",
		Long: `Show prints one line for each event: time, Region, account, event, key, principal and
outcome. Filters that are given together must all fit.`,
		Example: `  keystead journal show --since 1h --event Decrypt
  keystead journal show --key alias/first --json | jq .errorCode
  keystead journal show --follow --error AccessDenied`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	s.addData(f)
	f.StringVar(&since, "since", "", "from this `TIME` on: 2026-11-23T02:00:00Z, or a duration back from now such as 1h")
	f.StringVar(&until, "until", "", "before this `TIME`")
	f.StringVar(&o.EventName, "event", "", "only events of this `NAME`, such as Decrypt")
	f.StringVar(&o.Key, "key", "", "only events that touched this key or alias: `ID`, ARN or alias name")
	f.StringVar(&o.PrincipalARN, "principal", "", "only events of the principal with this `ARN`")
	f.StringVar(&o.AccessKeyID, "access-key", "", "only events of the access key with this `ID`")
	f.StringVar(&o.ErrorCode, "error", "", "only events with this error `CODE`, such as AccessDenied")
	f.StringVar(&o.RequestID, "request", "", "only the events of the request with this `ID`")
	f.StringVar(&o.Region, "region", "", "only events in this `REGION`")
	f.StringVar(&o.AccountID, "account", "", "only events of this account `ID`")
	f.BoolVar(&o.JSON, "json", false, "print the records as they are, one on a line")
	f.BoolVarP(&o.Follow, "follow", "f", false, "go on and print events as they come")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		if o.Since, err = parseTime(since, time.Now()); err != nil {
			return fmt.Errorf("--since: %w", err)
		}
		if o.Until, err = parseTime(until, time.Now()); err != nil {
			return fmt.Errorf("--until: %w", err)
		}
		err = cloudtrail.ShowCommand(c.Context(), c.OutOrStdout(), cfg.JournalDir(), o)
		if errors.Is(err, context.Canceled) { // the end of --follow
			return nil
		}
		return reported(err)
	}
	return c
}

// reported gives exit status 1 to a journal, or files of a trail, that are not in order, of
// which the output has said why.
func reported(err error) error {
	if errors.Is(err, cloudtrail.ErrNotVerified) || errors.Is(err, digest.ErrNotVerified) {
		return exitStatus(1)
	}
	return err
}

// parseTime reads a time, or a duration back from now. "" is the zero time.
func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a time such as 2026-11-23T02:00:00Z nor a duration such as 1h", text)
	}
	return t, nil
}
