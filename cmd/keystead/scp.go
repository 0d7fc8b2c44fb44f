package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/server"
)

func scpCommand() *cobra.Command {
	return group("scp", "Set service control policies of accounts",
		`A service control policy limits what everybody in an account may do, its root user
included. It allows nothing by itself. An account without any is not limited; the first
one comes beside FullAWSAccess, which allows everything, so that a policy of denials is
enough. Delete FullAWSAccess to allow only what the others do.

Scp works on the database of a data directory, whether or not a server is running on it. A
running server follows at once.`,
		vaultCommand("list ACCOUNT_ID", "List the names of an account's service control policies", 1, func(c *cobra.Command, v *server.Vault, args []string) error {
			list, err := v.IAM.Controls(c.Context(), args[0])
			for _, p := range list {
				fmt.Fprintln(c.OutOrStdout(), p.Name)
			}
			return inAccount(args[0], err)
		}),
		vaultCommand("show ACCOUNT_ID NAME", "Print a service control policy", 2, func(c *cobra.Command, v *server.Vault, args []string) error {
			list, err := v.IAM.Controls(c.Context(), args[0])
			for _, p := range list {
				if p.Name == args[1] {
					fmt.Fprintln(c.OutOrStdout(), p.Document)
					return nil
				}
			}
			if err == nil {
				err = iam.ErrNoControl
			}
			return inAccount(args[0], err)
		}),
		vaultCommand("put ACCOUNT_ID NAME FILE", "Set a service control policy from a file (- for standard input)", 3, func(c *cobra.Command, v *server.Vault, args []string) error {
			text, err := readDocument(c, args[2])
			if err != nil {
				return err
			}
			err = v.IAM.PutControl(c.Context(), args[0], iam.ControlPolicy{Name: args[1], Document: text})
			var bad *policy.Error
			if errors.As(err, &bad) {
				return fmt.Errorf("%s: %s", args[2], bad.Message)
			}
			return inAccount(args[0], err)
		}),
		vaultCommand("delete ACCOUNT_ID NAME", "Take a service control policy away", 2, func(c *cobra.Command, v *server.Vault, args []string) error {
			return inAccount(args[0], v.IAM.DeleteControl(c.Context(), args[0], args[1]))
		}),
	)
}

// inAccount names the account that an error is about.
func inAccount(id string, err error) error {
	if err != nil {
		return fmt.Errorf("account %s: %w", id, err)
	}
	return nil
}

// maxDocument is how much of a policy document is read, in bytes: more than any may have.
const maxDocument = 1 << 20

func readDocument(c *cobra.Command, path string) (string, error) {
	in := c.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxDocument))
	return string(b), err
}
