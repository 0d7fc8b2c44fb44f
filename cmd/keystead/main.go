// Command keystead is the server and the tools of its operator. The one rule: there are
// no rules here; the package parses flags, environment and configuration file, and calls
// the packages that do the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand().ExecuteContext(ctx)
	stop()
	var status exitStatus
	switch {
	case errors.As(err, &status):
		os.Exit(int(status))
	case err != nil:
		fmt.Fprintf(os.Stderr, "keystead: %v\n", err)
		os.Exit(1)
	}
}

// exitStatus ends the program with a status; what there is to say was printed.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func newCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "keystead",
		Short: "A key management service of your own that speaks the AWS KMS API",
		Long: `Keystead is a key management service that you run yourself and that speaks the AWS
KMS API: AWS SDKs, the AWS CLI and everything built on them use your keys when they are
pointed at it.

  keystead serve                                   start a server with its data in ./data
  export AWS_ENDPOINT_URL=http://127.0.0.1:8080    point AWS clients at it
  export AWS_SHARED_CREDENTIALS_FILE=$PWD/data/credentials
  aws kms create-key                               and use it

Every flag can be set in the environment too: --data-dir is KEYSTEAD_DATA_DIR. A flag goes
before the environment, the environment before the file that --config names.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	c.SetVersionTemplate("keystead {{.Version}}\n")
	c.AddCommand(serveCommand(), accountCommand(), alarmsCommand(), serviceCommand(), scpCommand(), keysCommand(), canCommand(), explainCommand(),
		hsmCommand(), xksProxyCommand(), sealCommand(), backupCommand(), restoreCommand(), journalCommand(), trailCommand(), attestCommand())
	return c
}

// group makes a command that only holds others. A name that is none of theirs is an
// error: a job that runs "journal verfy" must not look healthy.
func group(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(commands...)
	return c
}
