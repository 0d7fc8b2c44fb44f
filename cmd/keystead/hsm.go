package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/server"
)

func hsmCommand() *cobra.Command {
	return group("hsm", "Activate clusters of HSMs, manage their users, and find keys and backups",
		`Hsm does at clusters of HSMs what the CloudHSM API does not: the work of the officer and of
crypto users. It works on the data of a data directory, whether or not a server is running on
it, and starts a driver process of its own.

Passwords come from files (first line) or from the terminal, never from the command line.`,
		hsmClustersCommand(), hsmActivateCommand(), hsmUsersCommand(), hsmLoginCommand(), hsmKeysCommand(), hsmOrphansCommand(), hsmBackupsCommand())
}

// clusters are what a command of the operator works with.
type clusters struct {
	*cloudhsm.Service
	vault *server.Vault
}

// clustersCommand makes a command that works on clusters.
func clustersCommand(use, short string, args int, run func(*cobra.Command, clusters, []string) error) *cobra.Command {
	var s settings
	c := &cobra.Command{Use: use, Short: short, Args: exactly(args)}
	s.addVault(c.Flags())
	s.addHSM(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		return withVault(c, cfg, func(v *server.Vault) error {
			log := slog.New(slog.NewTextHandler(c.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
			service, err := v.Clusters(cfg, new(clock.Clock), log)
			if err != nil {
				return err
			}
			return errors.Join(run(c, clusters{service, v}, args), service.Close())
		})
	}
	return c
}

// clusterCommand makes a command that works on the cluster that is its first argument.
func clusterCommand(use, short string, args int, run func(*cobra.Command, clusters, cloudhsm.ClusterRef, []string) error) *cobra.Command {
	return clustersCommand(use, short, args, func(c *cobra.Command, s clusters, args []string) error {
		ref, err := s.ClusterNamed(c.Context(), args[0])
		if err == nil {
			err = run(c, s, ref, args[1:])
		}
		if err != nil && !strings.HasPrefix(err.Error(), "cluster "+args[0]) {
			return fmt.Errorf("cluster %s: %w", args[0], err)
		}
		return err
	})
}

// table prints columns.
func table(c *cobra.Command, print func(*tabwriter.Writer)) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	print(w)
	return w.Flush()
}

func hsmClustersCommand() *cobra.Command {
	return clustersCommand("clusters", "List the clusters of all accounts and Regions", 0, func(c *cobra.Command, s clusters, _ []string) error {
		all, err := s.Clusters(c.Context())
		if err != nil {
			return err
		}
		return table(c, func(w *tabwriter.Writer) {
			fmt.Fprintln(w, "CLUSTER\tACCOUNT\tREGION\tSTATE\tHSMS\tDRIVER")
			for _, cl := range all {
				driver := "softhsm"
				if cl.Declared {
					driver = "pkcs11"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d of %d\t%s\n", cl.Ref.ID, cl.Ref.Account, cl.Ref.Region, cl.State, cl.Active, cl.HSMs, driver)
			}
		})
	})
}

func hsmActivateCommand() *cobra.Command {
	var p passwordFlag
	c := clusterCommand("activate CLUSTER", "Set the officer's password of an initialized cluster, which makes it active", 1,
		func(c *cobra.Command, s clusters, ref cloudhsm.ClusterRef, _ []string) error {
			password, err := p.new(c)
			if err != nil {
				return err
			}
			return s.Activate(c.Context(), ref, password)
		})
	p.add(c, "password-file", "the officer's new password")
	return c
}

func hsmLoginCommand() *cobra.Command {
	var p passwordFlag
	c := clusterCommand("login CLUSTER", "Keep kmsuser logged in until interrupted, which keeps key stores from connecting", 1,
		func(c *cobra.Command, s clusters, ref cloudhsm.ClusterRef, _ []string) error {
			password, err := p.read(c)
			if err != nil {
				return err
			}
			return s.Hold(c.Context(), ref, password, func() { fmt.Fprintln(c.OutOrStdout(), "kmsuser is logged in until this is interrupted") })
		})
	p.add(c, "password-file", "the password of kmsuser")
	return c
}
