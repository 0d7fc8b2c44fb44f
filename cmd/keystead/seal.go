package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/server"
)

func sealCommand() *cobra.Command {
	rotate := vaultCommand("rotate", "Replace the root key and seal everything anew", 0, func(c *cobra.Command, v *server.Vault, _ []string) error {
		n, err := v.RotateRootKey(c.Context())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "sealed %d records under root key %d\n", n, v.Sealer.Active())
		return err
	})
	rotate.Long = `Rotate makes a new root key, seals every record in the database under it, and then
destroys the old one. A server that is running on the data goes on serving and takes the
new root key by itself. If the command is interrupted, run it again: it goes on where it
was. Backups made before the rotation need the old root key: make a new backup after it.

Several nodes must share the root key's file, or get a copy of it as soon as it has changed:
a node that does not have the new root key refuses writes until it has.`
	status := vaultCommand("status", "Show the root keys by number and fingerprint", 0, func(c *cobra.Command, v *server.Vault, _ []string) error {
		prints := v.Sealer.Fingerprints()
		for _, number := range slices.Sorted(maps.Keys(prints)) {
			state := "old"
			if number == v.Sealer.Active() {
				state = "active"
			}
			if _, err := fmt.Fprintf(c.OutOrStdout(), "root key %d  %s  %s\n", number, prints[number], state); err != nil {
				return err
			}
		}
		return nil
	})
	return group("seal", "Look at the root key and rotate it", "", rotate, status)
}
