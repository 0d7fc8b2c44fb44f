package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/server"
)

func accountCommand() *cobra.Command {
	return group("account", "Make and list accounts, and make access keys of their root users",
		`Account works on the database of a data directory, whether or not a server is running
on it. A running server sees the change at once.`,
		vaultCommand("create ACCOUNT_ID", "Make an account and print its root user's access key", 1, func(c *cobra.Command, v *server.Vault, args []string) error {
			k := iam.NewAccessKey()
			if err := v.IAM.CreateAccount(c.Context(), args[0], k); err != nil {
				return fmt.Errorf("account %s: %w", args[0], err)
			}
			return printAccessKey(c, k)
		}),
		vaultCommand("root-key ACCOUNT_ID", "Make a further access key of an account's root user and print it", 1, func(c *cobra.Command, v *server.Vault, args []string) error {
			k := iam.NewAccessKey()
			if err := v.IAM.SetRootAccessKey(c.Context(), args[0], k); err != nil {
				return fmt.Errorf("account %s: %w", args[0], err)
			}
			return printAccessKey(c, k)
		}),
		vaultCommand("keys ACCOUNT_ID", "List the ids of an account's access keys", 1, func(c *cobra.Command, v *server.Vault, args []string) error {
			ids, err := v.IAM.AccessKeys(c.Context(), args[0])
			if err != nil {
				return fmt.Errorf("account %s: %w", args[0], err)
			}
			for _, id := range ids {
				fmt.Fprintln(c.OutOrStdout(), id)
			}
			return nil
		}),
		vaultCommand("revoke ACCESS_KEY_ID", "Delete an access key; its sessions end with it", 1, func(c *cobra.Command, v *server.Vault, args []string) error {
			if err := v.IAM.DeleteAccessKey(c.Context(), args[0]); err != nil {
				return fmt.Errorf("access key %s: %w", args[0], err)
			}
			return nil
		}),
		vaultCommand("list", "List the ids of all accounts", 0, func(c *cobra.Command, v *server.Vault, _ []string) error {
			ids, err := v.IAM.Accounts(c.Context())
			for _, id := range ids {
				fmt.Fprintln(c.OutOrStdout(), id)
			}
			return err
		}),
	)
}

// printAccessKey prints a new access key in the form of AWS's shared credentials file.
func printAccessKey(c *cobra.Command, k iam.AccessKey) error {
	_, err := fmt.Fprintf(c.OutOrStdout(), "aws_access_key_id = %s\naws_secret_access_key = %s\n", k.ID, k.Secret.Expose())
	return err
}

// vaultCommand makes a command that works on the data without serving it.
func vaultCommand(use, short string, args int, run func(*cobra.Command, *server.Vault, []string) error) *cobra.Command {
	var s settings
	c := &cobra.Command{Use: use, Short: short, Args: exactly(args)}
	s.addVault(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		return withVault(c, cfg, func(v *server.Vault) error { return run(c, v, args) })
	}
	return c
}

// exactly refuses another number of arguments.
func exactly(args int) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if len(given) != args {
			return fmt.Errorf("usage: %s", c.UseLine())
		}
		return nil
	}
}

// withVault opens the database for a command.
func withVault(c *cobra.Command, cfg server.Config, run func(*server.Vault) error) error {
	harden(c)
	v, err := server.OpenVault(c.Context(), cfg, new(clock.Clock), slog.New(slog.DiscardHandler), false)
	if err != nil {
		return err
	}
	defer v.Close()
	return run(v)
}

// harden keeps the root key, which every command on a vault loads, out of core dumps.
func harden(c *cobra.Command) {
	if err := seal.Harden(); err != nil {
		c.PrintErrf("keystead: key material may reach swap space or core dumps: %v\n", err)
	}
}
