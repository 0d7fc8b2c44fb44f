// Package preset sets up what watches over the keys of an account: a trail into a log group,
// metric filters, alarms and the topic that they notify. It is a client like any other: it
// calls the APIs of a running service with the caller's credentials, and may no more than they.
//
// The one rule to know: it can be repeated. What is there as it should be stays as it is, and
// nothing that somebody else has set up is taken apart.
package preset

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Options say what to set up. Names that are empty have a default.
type Options struct {
	Email      string // who gets the notifications
	Trail      string
	LogGroup   string
	Topic      string
	Bucket     string
	ExpiryDays int  // how long before the expiry of imported material the alarm goes off
	DryRun     bool // only say what would be done
}

// setup is one run.
type setup struct {
	Options
	out io.Writer

	sts    *sts.Client
	iam    *iam.Client
	trails *cloudtrail.Client
	logs   *cloudwatchlogs.Client
	watch  *cloudwatch.Client
	topics *sns.Client

	account, region, partition string
}

// Defaults of the names.
const (
	defaultTrail = "keystead-audit"
	defaultGroup = "keystead/cloudtrail"
	defaultTopic = "keystead-alarms"
	roleName     = "keystead-cloudtrail-to-logs"
)

// Install sets up the controls. It says on out what it did.
func Install(ctx context.Context, cfg aws.Config, o Options, out io.Writer) error {
	s, err := begin(ctx, cfg, o, out)
	if err != nil {
		return err
	}
	topic, err := s.topic(ctx)
	if err != nil {
		return err
	}
	group, err := s.trail(ctx)
	if err != nil {
		return err
	}
	for _, c := range s.controls() {
		if err := s.filter(ctx, group, c); err != nil {
			return err
		}
		if err := s.alarm(ctx, c, topic); err != nil {
			return err
		}
	}
	return nil
}

func begin(ctx context.Context, cfg aws.Config, o Options, out io.Writer) (*setup, error) {
	s := &setup{
		Options: o, out: out, region: cfg.Region, partition: "aws",
		sts: sts.NewFromConfig(cfg), iam: iam.NewFromConfig(cfg), trails: cloudtrail.NewFromConfig(cfg), logs: cloudwatchlogs.NewFromConfig(cfg),
		watch: cloudwatch.NewFromConfig(cfg), topics: sns.NewFromConfig(cfg),
	}
	who, err := s.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("find out whose account it is: %w", err)
	}
	s.account = *who.Account
	s.Trail, s.Topic = either(s.Trail, defaultTrail), either(s.Topic, defaultTopic)
	s.Bucket = either(s.Bucket, "keystead-trail-"+s.account)
	if s.ExpiryDays == 0 {
		s.ExpiryDays = 30
	}
	return s, nil
}

func either(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

func (s *setup) arn(service, region, rest string) string {
	return "arn:" + s.partition + ":" + service + ":" + region + ":" + s.account + ":" + rest
}

// say tells what is there already.
func (s *setup) say(format string, args ...any) {
	fmt.Fprintf(s.out, "  is there  "+format+"\n", args...)
}

// do does something and tells, or only tells what would be done.
func (s *setup) do(what string, f func() error) error {
	if s.DryRun {
		fmt.Fprintf(s.out, "  would     %s\n", what)
		return nil
	}
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	fmt.Fprintf(s.out, "  done      %s\n", what)
	return nil
}
