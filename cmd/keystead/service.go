package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/server"
)

func serviceCommand() *cobra.Command {
	return group("service", "Make and list services that act for users, and make their access keys",
		`A service, such as a storage service, signs its calls with an access key of its own and
names the user, role or account for whom it calls. Whoever has this key can use every key
that the principals of the service's accounts may use by way of that service: keep it as
you keep the service itself.

NAME is short (s3) or full (s3.amazonaws.com). A running server sees a change at once.`,
		serviceCreateCommand(),
		serviceKeyCommand("key NAME", "Make a further access key of a service and print it", func(c *cobra.Command, v *server.Vault, name string) error {
			k := iam.NewAccessKey()
			if err := v.IAM.AddServiceKey(c.Context(), name, k); err != nil {
				return err
			}
			return printAccessKey(c, k)
		}),
		serviceKeyCommand("keys NAME", "List the ids of a service's access keys", func(c *cobra.Command, v *server.Vault, name string) error {
			ids, err := v.IAM.ServiceKeys(c.Context(), name)
			for _, id := range ids {
				fmt.Fprintln(c.OutOrStdout(), id)
			}
			return err
		}),
		vaultCommand("revoke ACCESS_KEY_ID", "Delete an access key of a service", 1, func(c *cobra.Command, v *server.Vault, args []string) error {
			if err := v.IAM.DeleteServiceKey(c.Context(), args[0]); err != nil {
				return fmt.Errorf("access key %s: %w", args[0], err)
			}
			return nil
		}),
		serviceKeyCommand("delete NAME", "Delete a service with all its access keys", func(c *cobra.Command, v *server.Vault, name string) error {
			return v.IAM.DeleteService(c.Context(), name)
		}),
		vaultCommand("list", "List the services, and the accounts and Regions that they are limited to", 0, listServices),
	)
}

func serviceCreateCommand() *cobra.Command {
	var p iam.ServicePrincipal
	c := vaultCommand("create NAME", "Make a service and print its access key", 1, func(c *cobra.Command, v *server.Vault, args []string) error {
		var err error
		if p.Name, err = iam.ServiceName(args[0]); err != nil {
			return fmt.Errorf("service %s: %w", args[0], err)
		}
		k := iam.NewAccessKey()
		if err := v.IAM.CreateService(c.Context(), p, k); err != nil {
			return fmt.Errorf("service %s: %w", p.Name, err)
		}
		return printAccessKey(c, k)
	})
	f := c.Flags()
	f.StringSliceVar(&p.Accounts, "account", nil, "`ID` of an account that it may act in, again for more (default: all)")
	f.StringSliceVar(&p.Regions, "region", nil, "`REGION` that it may act in, again for more (default: all)")
	for _, name := range []string{"account", "region"} {
		f.Lookup(name).Annotations = map[string][]string{commandLineOnly: nil}
	}
	return c
}

// serviceKeyCommand is a command on one service.
func serviceKeyCommand(use, short string, run func(*cobra.Command, *server.Vault, string) error) *cobra.Command {
	return vaultCommand(use, short, 1, func(c *cobra.Command, v *server.Vault, args []string) error {
		name, err := iam.ServiceName(args[0])
		if err == nil {
			err = run(c, v, name)
		}
		if err != nil {
			return fmt.Errorf("service %s: %w", args[0], err)
		}
		return nil
	})
}

func listServices(c *cobra.Command, v *server.Vault, _ []string) error {
	list, err := v.IAM.Services(c.Context())
	for _, p := range list {
		line := p.Name
		if len(p.Accounts) > 0 {
			line += " accounts=" + strings.Join(p.Accounts, ",")
		}
		if len(p.Regions) > 0 {
			line += " regions=" + strings.Join(p.Regions, ",")
		}
		fmt.Fprintln(c.OutOrStdout(), line)
	}
	return err
}
