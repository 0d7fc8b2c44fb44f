package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/keystead/keystead/internal/cloudwatch/preset"
)

func alarmsCommand() *cobra.Command {
	return group("alarms", "Set up alarms on what happens to keys, and test them",
		`Alarms calls the API of a running server, with the credentials that AWS clients would use:
those of the environment, or of a profile.`,
		group("install", "Set up alarms", "Install sets up alarms, and what they need: a trail and metric filters.", installCISCommand(), installXKSCommand()), testAlarmCommand())
}

// client is where the API is and who calls.
type client struct{ endpoint, region, profile string }

func (o *client) add(f *pflag.FlagSet) {
	f.StringVar(&o.endpoint, "endpoint-url", "", "`URL` of the server (default: AWS_ENDPOINT_URL, or the profile's)")
	f.StringVar(&o.region, "region", "", "`REGION` (default: AWS_REGION, or the profile's)")
	f.StringVar(&o.profile, "profile", "", "`PROFILE` of AWS's files with the credentials (default: AWS_PROFILE)")
}

// config is the configuration of the clients. Without an endpoint there is none: the calls
// would go to AWS.
func (o *client) config(ctx context.Context) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if o.region != "" {
		options = append(options, config.WithRegion(o.region))
	}
	if o.profile != "" {
		options = append(options, config.WithSharedConfigProfile(o.profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, err
	}
	if o.endpoint != "" {
		cfg.BaseEndpoint = &o.endpoint
	}
	if cfg.BaseEndpoint == nil {
		return aws.Config{}, errors.New("say where the server is, by --endpoint-url or AWS_ENDPOINT_URL")
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	return cfg, nil
}

// calling is what a command does that calls the API.
func (o *client) calling(do func(ctx context.Context, cfg aws.Config, args []string, out io.Writer) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		cfg, err := o.config(c.Context())
		if err != nil {
			return err
		}
		return do(c.Context(), cfg, args, c.OutOrStdout())
	}
}

func installCISCommand() *cobra.Command {
	var at client
	var o preset.Options
	c := &cobra.Command{
		Use:   "cis --email ADDRESS",
		Short: "Set up the KMS controls of the CIS benchmark, and some that it lacks",
		Long: `Cis sets up, in the account of the credentials and in one Region, what auditors look for:
a trail of all Regions that delivers to a log group, metric filters, alarms, and a topic that
notifies ADDRESS, whose owner confirms it by the link in a mail. The alarms are about

  - the disabling or scheduled deletion of a key (CIS 3.7, 4.7)
  - the use of a key that waits for its deletion
  - the change of a key policy
  - calls that are denied (CIS 3.1, 4.1)
  - imported key material that expires soon
  - notifications, events and files that can't be delivered

It can be repeated: what is there as it should be stays as it is.`,
		Example: `  keystead alarms install cis --email security@example.com --endpoint-url https://kms.example.com --dry-run
  keystead alarms install cis --email security@example.com --trail audit --bucket audit-files`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	at.add(f)
	f.StringVar(&o.Email, "email", "", "`ADDRESS` that is notified")
	f.StringVar(&o.Trail, "trail", "", "`NAME` of the trail, which may be there (default keystead-audit)")
	f.StringVar(&o.LogGroup, "log-group", "", "`NAME` of the log group (default: the trail's, or keystead/cloudtrail)")
	f.StringVar(&o.Topic, "topic", "", "`NAME` of the topic (default keystead-alarms)")
	f.StringVar(&o.Bucket, "bucket", "", "`BUCKET` of a trail that is made (default keystead-trail-ACCOUNT)")
	f.IntVar(&o.ExpiryDays, "expiry-days", 30, "how many `DAYS` before imported material expires its alarm goes off")
	f.BoolVar(&o.DryRun, "dry-run", false, "only say what would be done")
	c.PreRunE = func(*cobra.Command, []string) error {
		switch {
		case o.Email == "":
			return errors.New("say who is notified, by --email")
		case o.ExpiryDays < 1:
			return errors.New("--expiry-days must be at least 1")
		}
		return nil
	}
	c.RunE = at.calling(func(ctx context.Context, cfg aws.Config, _ []string, out io.Writer) error {
		return preset.Install(ctx, cfg, o, out)
	})
	return c
}

func installXKSCommand() *cobra.Command {
	var at client
	var o preset.XKSOptions
	c := &cobra.Command{
		Use:   "xks STORE",
		Short: "Set up the recommended alarms of an external key store",
		Long: `Xks sets up the alarms that AWS recommends for an external key store, which STORE names by its
id or its name, and a topic that they notify when they go off and back. They are about

  - the certificate of the proxy, which expires in less than 10 days
  - the proxy's latency: more than 200 ms on average over 5 minutes
  - more than 5 errors in a minute, retryable and non-retryable ones each
  - instances of the external key manager that are unavailable or degraded
  - calls that were refused because of the key store's quota
  - the proxy's credential, which should be a new one after some time

They cover this key store only. It can be repeated: what is there as it should be stays as it is.`,
		Example: `  keystead alarms install xks ExampleStore --email security@example.com --endpoint-url https://kms.example.com
  keystead alarms install xks cks-1234567890abcdef0 --topic existing-topic --credential-days 365 --dry-run`,
		Args: cobra.ExactArgs(1),
	}
	f := c.Flags()
	at.add(f)
	f.StringVar(&o.Email, "email", "", "`ADDRESS` that is notified")
	f.StringVar(&o.Topic, "topic", "", "`NAME` of the topic (default keystead-alarms)")
	f.IntVar(&o.CredentialDays, "credential-days", 180, "after how many `DAYS` the credential's alarm goes off; 0 sets none")
	f.BoolVar(&o.DryRun, "dry-run", false, "only say what would be done")
	c.PreRunE = func(*cobra.Command, []string) error {
		switch {
		case o.Email == "" && o.Topic == "":
			return errors.New("say who is notified, by --email, or by --topic if it has its recipients")
		case o.CredentialDays < 0:
			return errors.New("--credential-days must not be negative")
		}
		return nil
	}
	c.RunE = at.calling(func(ctx context.Context, cfg aws.Config, args []string, out io.Writer) error {
		o.Store = args[0]
		return preset.InstallXKS(ctx, cfg, o, out)
	})
	return c
}

func testAlarmCommand() *cobra.Command {
	var at client
	var patience time.Duration
	c := &cobra.Command{
		Use:   "test [ALARM]",
		Short: "Set an alarm off and say whether its notifications have left",
		Long: fmt.Sprintf(`Test sets an alarm off by SetAlarmState and waits until the notifications have left for all
recipients that have confirmed: the mail relay, or the web server, has taken them. The next
evaluation sets the alarm's state right again. ALARM is %s if none is named.
The exit status is 1 if a notification did not leave.`, preset.TestAlarm),
		Args: cobra.MaximumNArgs(1),
	}
	f := c.Flags()
	at.add(f)
	f.DurationVar(&patience, "wait", 30*time.Second, "how long to wait for the notifications")
	c.RunE = at.calling(func(ctx context.Context, cfg aws.Config, args []string, out io.Writer) error {
		name := preset.TestAlarm
		if len(args) == 1 {
			name = args[0]
		}
		return preset.Fire(ctx, cfg, name, patience, out)
	})
	return c
}
