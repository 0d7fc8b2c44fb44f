package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/xksproxy"
)

func xksKeyCommand() *cobra.Command {
	return group("key", "Make external keys and manage them",
		`Key works on the data directory that the proxy's configuration names, whether or not the proxy is
running; a running one knows at once. ID is the external key's id: the XksKeyId of a KMS key.`,
		xksKeyCreateCommand(), xksKeyListCommand(),
		xksKeyChangeCommand("disable", "Refuse the use of an external key", func(ctx context.Context, p *xksproxy.Proxy, prefix, id string) error {
			return p.SetKeyDisabled(ctx, prefix, id, true)
		}),
		xksKeyChangeCommand("enable", "Allow the use of an external key again", func(ctx context.Context, p *xksproxy.Proxy, prefix, id string) error {
			return p.SetKeyDisabled(ctx, prefix, id, false)
		}),
		xksKeyDeleteCommand())
}

// storeFlag is the flag that names a store.
func (s *proxySettings) storeFlag(c *cobra.Command, prefix *string) {
	s.add(c.Flags())
	c.Flags().StringVar(prefix, "store", "", "`PREFIX` of the key store (default: the only one of the configuration)")
}

// storeOf is the prefix of the store that a command is for.
func storeOf(p *xksproxy.Proxy, c *cobra.Command, prefix string) (string, error) {
	all := p.Prefixes()
	if c.Flags().Changed("store") {
		return prefix, nil
	}
	if len(all) != 1 {
		return "", fmt.Errorf("there are %d key stores: name one with --store", len(all))
	}
	return all[0], nil
}

func xksKeyCreateCommand() *cobra.Command {
	var s proxySettings
	n := xksproxy.NewKey{}
	c := &cobra.Command{
		Use:   "create ID",
		Short: "Make an external key",
		Long: `Create makes a 256-bit AES key in the backend of the key store. In an HSM it can't be extracted. With
--existing it only gives an id to a key that the HSM has already, under --label or --cka-id.`,
		Example: `  keystead xks-proxy key create app-key
  keystead xks-proxy key create app-key --store /tenant-a --existing --label AppKey`,
		Args: cobra.ExactArgs(1),
	}
	s.storeFlag(c, &n.Prefix)
	f := c.Flags()
	f.StringVar(&n.Label, "label", "", "`LABEL` of the key in an HSM (default: PREFIX/ID)")
	f.StringVar(&n.CKAID, "cka-id", "", "CKA_ID of the key in an HSM, in hexadecimal `DIGITS`; with --existing")
	f.BoolVar(&n.Existing, "existing", false, "the HSM has the key already")
	f.StringSliceVar(&n.Usage, "usage", nil, "what it may be used for: ENCRYPT, DECRYPT (default both, which KMS wants)")
	c.RunE = func(c *cobra.Command, args []string) error {
		for _, u := range n.Usage {
			if !slices.Contains(usages, u) {
				return fmt.Errorf("--usage: %q is not ENCRYPT or DECRYPT", u)
			}
		}
		if n.CKAID != "" && !n.Existing {
			return fmt.Errorf("--cka-id is for --existing: a new key gets one of its own")
		}
		return s.withKeys(c, func(ctx context.Context, p *xksproxy.Proxy) (err error) {
			if n.Prefix, err = storeOf(p, c, n.Prefix); err != nil {
				return err
			}
			n.ID = args[0]
			k, err := p.CreateKey(ctx, n)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "made external key %s in backend %s\n", k.ID, k.Backend)
			return err
		})
	}
	return c
}

func xksKeyListCommand() *cobra.Command {
	var s proxySettings
	c := &cobra.Command{
		Use:   "list",
		Short: "List external keys",
		Long: `List lists the external keys of all key stores: those that were made here, and those that only the
configuration names.`,
		Args: cobra.NoArgs,
	}
	s.add(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		return s.withKeys(c, func(ctx context.Context, p *xksproxy.Proxy) error {
			keys, err := p.ListKeys(ctx)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "STORE\tID\tBACKEND\tSTATUS\tUSAGE\tCREATED\tLABEL")
			for _, k := range keys {
				status, created := "enabled", "-"
				if k.Disabled {
					status = "disabled"
				}
				if !k.Created.IsZero() {
					created = k.Created.Format(time.RFC3339)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Prefix, k.ID, k.Backend, status, strings.Join(k.Usage, ","), created, k.Label)
			}
			return w.Flush()
		})
	}
	return c
}

func xksKeyChangeCommand(name, short string, change func(ctx context.Context, p *xksproxy.Proxy, prefix, id string) error) *cobra.Command {
	var s proxySettings
	var prefix string
	c := &cobra.Command{Use: name + " ID", Short: short, Args: cobra.ExactArgs(1)}
	s.storeFlag(c, &prefix)
	c.RunE = func(c *cobra.Command, args []string) error {
		return s.withKeys(c, func(ctx context.Context, p *xksproxy.Proxy) (err error) {
			if prefix, err = storeOf(p, c, prefix); err != nil {
				return err
			}
			if err := change(ctx, p, prefix, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "external key %s is %sd\n", args[0], name)
			return err
		})
	}
	return c
}

func xksKeyDeleteCommand() *cobra.Command {
	var destroy bool
	c := xksKeyChangeCommand("delete", "Delete a disabled external key, and with it what was encrypted under it",
		func(ctx context.Context, p *xksproxy.Proxy, prefix, id string) error {
			return p.DeleteKey(ctx, prefix, id, destroy)
		})
	c.Long = `Delete deletes an external key for good. Nothing that KMS has encrypted under it can ever be
decrypted again. It must have been disabled before: disable it, and wait until you know that
nobody misses it. A key in an HSM stays there unless --destroy is given.`
	c.Flags().BoolVar(&destroy, "destroy", false, "also destroy the key in the HSM")
	return c
}
