package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/cloudtrail/digest"
	"github.com/keystead/keystead/internal/cloudtrail/trail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/server"
)

func trailCommand() *cobra.Command {
	return group("trail", "Verify the files that trails have delivered",
		"Trail works on buckets, whether or not a server is running.",
		trailVerifyCommand())
}

// verifyOptions are the flags of "trail verify".
type verifyOptions struct {
	arn, start, end        string
	bucket, prefix, region string
	account, keys          string
	org                    bool
}

func trailVerifyCommand() *cobra.Command {
	var s settings
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify --trail-arn ARN --start-time TIME",
		Short: "Check that no log file or digest was changed, removed or added",
		Long: `Verify checks the digests that a trail with log file validation delivers: their
signatures, that each follows the one before it, and that every log file that they list is
there and unchanged; and it looks for log files that no digest lists. It finds what "aws
cloudtrail validate-logs" finds, and added files beside it; with the database, also a newest
digest that is missing. The exit status is 0 if all is as it was delivered, and 1 if not; the
output then says what is wrong, one finding on a line.

Bucket, public keys and the newest digest come from the database. With --public-keys and
--s3-bucket none is needed: the file is what "aws cloudtrail list-public-keys" prints.`,
		Example: `  keystead trail verify --trail-arn arn:aws:cloudtrail:us-east-1:111122223333:trail/all --start-time 24h
  keystead trail verify --trail-arn ARN --start-time 2026-11-01T00:00:00Z --s3-bucket audit --public-keys keys.json`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	s.addVault(f)
	s.addS3(f)
	f.StringVar(&o.arn, "trail-arn", "", "`ARN` of the trail")
	f.StringVar(&o.start, "start-time", "", "from this `TIME` on: 2026-11-23T02:00:00Z, or a duration back from now such as 24h")
	f.StringVar(&o.end, "end-time", "", "up to this `TIME` (default: now)")
	f.StringVar(&o.bucket, "s3-bucket", "", "`BUCKET` of the files (default: the trail's)")
	f.StringVar(&o.prefix, "s3-prefix", "", "prefix of their keys (default: the trail's)")
	f.StringVar(&o.region, "region", "", "only files of events in this `REGION`")
	f.StringVar(&o.account, "account-id", "", "account `ID` whose events the files have, for trails of an organization (default: the trail's)")
	f.BoolVar(&o.org, "organization", false, "the trail is one of an organization; with the database this is known")
	f.StringVar(&o.keys, "public-keys", "", "`FILE` with the public keys, as list-public-keys answers (default: the database)")
	for _, name := range []string{"region", "account-id", "public-keys", "s3-bucket", "s3-prefix", "trail-arn", "start-time", "end-time", "organization"} {
		f.Lookup(name).Annotations = map[string][]string{commandLineOnly: nil}
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		return reported(o.run(c, cfg))
	}
	return c
}

// run verifies the files that the flags name.
func (o *verifyOptions) run(c *cobra.Command, cfg server.Config) error {
	t, owner, err := o.target(time.Now())
	if err != nil {
		return err
	}
	if t.Store, err = cfg.Buckets(false); err != nil {
		return err
	}
	if o.keys != "" {
		return o.byFile(c, t)
	}
	return withVault(c, cfg, func(v *server.Vault) error { return o.byDatabase(c, v, t, owner) })
}

// target reads the flags that say what is verified. owner is the trail's account.
func (o *verifyOptions) target(now time.Time) (t digest.Target, owner string, err error) {
	a, ok := iam.ParseARN(o.arn)
	kind, name, _ := strings.Cut(a.Resource, "/")
	if !ok || a.Service != "cloudtrail" || kind != "trail" || name == "" {
		return t, "", fmt.Errorf("--trail-arn %q is not the ARN of a trail: arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME", o.arn)
	}
	t = digest.Target{Bucket: o.bucket, Prefix: strings.Trim(o.prefix, "/"), Account: a.Account, Trail: name, Home: a.Region, Until: now}
	if o.account != "" {
		t.Account = o.account
	}
	if o.org {
		t.Org = iam.OrganizationID
	}
	if o.start == "" {
		return t, "", errors.New("--start-time is missing")
	}
	if t.From, err = parseTime(o.start, now); err != nil {
		return t, "", fmt.Errorf("--start-time: %w", err)
	}
	if o.end != "" {
		if t.Until, err = parseTime(o.end, now); err != nil {
			return t, "", fmt.Errorf("--end-time: %w", err)
		}
	}
	if t.From.After(t.Until) {
		return t, "", errors.New("the start time is after the end time")
	}
	return t, a.Account, nil
}

// byFile verifies without a database.
func (o *verifyOptions) byFile(c *cobra.Command, t digest.Target) error {
	if t.Bucket == "" {
		return errors.New("--public-keys needs --s3-bucket")
	}
	b, err := os.ReadFile(o.keys)
	if err != nil {
		return err
	}
	if t.Keys, err = digest.ParseKeys(b); err != nil {
		return err
	}
	return o.verify(c, t, nil, func(*digest.Target) error { return nil })
}

// byDatabase verifies with what the database knows of the trail.
func (o *verifyOptions) byDatabase(c *cobra.Command, v *server.Vault, t digest.Target, owner string) error {
	known, err := trail.FindDelivered(c.Context(), v.DB, owner, t.Home, t.Trail)
	if errors.Is(err, trail.ErrNoTrail) && t.Bucket == "" {
		return fmt.Errorf("trail %s: %w; if it was deleted, say where its files are with --s3-bucket and --s3-prefix", t.Trail, err)
	}
	if err != nil && !errors.Is(err, trail.ErrNoTrail) {
		return err
	}
	var regions []string
	if known != nil {
		t.Org = known.Org
		if t.Bucket == "" {
			t.Bucket, t.Prefix = known.Bucket, known.Prefix
		}
		if t.Bucket != known.Bucket || t.Prefix != known.Prefix {
			known = nil // it delivers elsewhere now
		} else if regions, err = known.Regions(c.Context(), t.Account); err != nil {
			return err
		}
	}
	return o.verify(c, t, regions, func(t *digest.Target) (err error) {
		if t.Keys, err = trail.PublicKeys(c.Context(), v.DB, owner, t.Region); err != nil || known == nil {
			return err
		}
		t.Last, err = known.Last(c.Context(), t.Account, t.Region)
		return err
	})
}

// verify verifies the Region that the flags name, or all that are found in the bucket or are
// known: of a Region whose files are all gone, the bucket says nothing.
func (o *verifyOptions) verify(c *cobra.Command, t digest.Target, known []string, of func(*digest.Target) error) error {
	regions := []string{o.region}
	if o.region == "" {
		found, err := digest.Regions(c.Context(), t)
		if err != nil {
			return err
		}
		regions = append(found, known...)
		slices.Sort(regions)
		regions = slices.Compact(regions)
	}
	return digest.Command(c.Context(), c.OutOrStdout(), t, regions, of)
}
