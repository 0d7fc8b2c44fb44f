package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/kms"
)

// asKMSUser makes a command that works as kmsuser.
func asKMSUser(use, short string, run func(*cobra.Command, clusters, *cloudhsm.Session) error) *cobra.Command {
	var p passwordFlag
	c := clusterCommand(use, short, 1, func(c *cobra.Command, s clusters, ref cloudhsm.ClusterRef, _ []string) error {
		password, err := p.read(c)
		if err != nil {
			return err
		}
		x, end, err := s.OperatorSession(c.Context(), ref, password)
		if err != nil {
			return err
		}
		defer end()
		return run(c, s, x)
	})
	p.add(c, "password-file", "the password of kmsuser")
	return c
}

func hsmKeysCommand() *cobra.Command {
	var f cloudhsm.Filter
	c := asKMSUser("keys CLUSTER", "List the keys of kmsuser", func(c *cobra.Command, _ clusters, x *cloudhsm.Session) error {
		keys, err := x.Keys(c.Context(), f)
		if err != nil {
			return err
		}
		return table(c, func(w *tabwriter.Writer) {
			fmt.Fprintln(w, "ID\tBITS\tEXTRACTABLE\tLABEL")
			for _, k := range keys {
				fmt.Fprintf(w, "%s\t%d\t%t\t%s\n", printable(k.ID), k.Bits, k.Extractable, printable([]byte(k.Label)))
			}
		})
	})
	c.Long = `Keys lists keys in the HSMs of a cluster. Key stores must be disconnected: the HSMs know one
kmsuser, and a connected key store alone has its password.`
	c.Flags().StringVar(&f.ID, "key", "", "`ID` of the key: the backing key id in CloudTrail")
	c.Flags().StringVar(&f.Label, "label", "", "`LABEL` of the key: the ARN of the KMS key")
	return c
}

// printable is a name that an HSM has, which may be anything, for a terminal.
func printable(b []byte) string {
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return fmt.Sprintf("0x%x", b)
		}
	}
	return string(b)
}

func hsmOrphansCommand() *cobra.Command {
	remove := false
	c := asKMSUser("orphans CLUSTER", "List, and delete, keys in a cluster whose KMS key is gone", func(c *cobra.Command, s clusters, x *cloudhsm.Session) error {
		orphans, incomplete := x.Orphans(c.Context(), func(ctx context.Context, arn string) (bool, error) { return kms.KeyExists(ctx, s.vault.DB, arn) })
		for _, o := range orphans {
			if remove {
				if err := x.Destroy(c.Context(), o.ID); err != nil {
					return fmt.Errorf("delete %s: %w", printable([]byte(o.ID)), err)
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "%s  %s\n", printable([]byte(o.ID)), printable([]byte(o.Label)))
		}
		if incomplete != nil {
			return fmt.Errorf("the list may be incomplete: %w", incomplete)
		}
		return nil
	})
	c.Long = `Orphans lists the keys in a cluster that were made for a KMS key which does not exist any more:
when it was deleted, its key store was not connected, or the HSMs did not answer; or the server was
killed while it made the key. It names the key's id and its label, the ARN of the KMS key. With
--delete it deletes them too. Backups still have them: see "keystead hsm backups". Every HSM is
asked; if one does not answer, the list may be incomplete, and the command fails at the end.

Key stores must be disconnected.`
	c.Flags().BoolVar(&remove, "delete", false, "delete the keys that are listed")
	return c
}

func hsmBackupsCommand() *cobra.Command {
	key := ""
	c := clustersCommand("backups", "List the backups that may have the material of a KMS key", 0, func(c *cobra.Command, s clusters, _ []string) error {
		if !strings.HasPrefix(key, "arn:") {
			return errors.New("name the KMS key by its ARN: --key arn:aws:kms:…")
		}
		held, known, err := s.BackupsWithKey(c.Context(), key)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("no cluster ever had material of %s", key)
		}
		if err := printMaterials(c, s, key); err != nil {
			return err
		}
		return table(c, func(w *tabwriter.Writer) {
			fmt.Fprintln(w, "BACKUP\tCLUSTER\tACCOUNT\tREGION\tSTATE\tCREATED\tDELETED FOR GOOD")
			for _, b := range held {
				end := ""
				if b.BackupState == types.BackupStatePendingDeletion {
					end = b.DeleteTimestamp.Format(time.RFC3339)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", *b.BackupId, *b.ClusterId, b.Account, b.Region, b.BackupState, b.CreateTimestamp.Format(time.RFC3339), end)
			}
		})
	})
	c.Long = `Backups lists in which clusters the material of a KMS key in a CloudHSM key store was, from when to
when, and the backups that may have it: those that were made from its creation to its destruction, in
all Regions. Material is gone for good when
its KMS key is deleted, "keystead hsm orphans" lists nothing of it, and the last of these backups
is deleted (aws cloudhsmv2 delete-backup), which takes seven days.`
	c.Flags().StringVar(&key, "key", "", "`ARN` of the KMS key, which may be deleted already")
	return c
}

// printMaterials prints where the material of a KMS key was, or is.
func printMaterials(c *cobra.Command, s clusters, key string) error {
	all, err := s.Materials(c.Context(), key)
	if err != nil {
		return err
	}
	return table(c, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "MATERIAL\tCLUSTER\tACCOUNT\tREGION\tMADE\tDESTROYED")
		for _, m := range all {
			made, destroyed := "not known", "no"
			if !m.Created.IsZero() {
				made = m.Created.Format(time.RFC3339)
			}
			if !m.Destroyed.IsZero() {
				destroyed = m.Destroyed.Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", printable([]byte(m.ID)), m.Cluster.ID, m.Cluster.Account, m.Cluster.Region, made, destroyed)
		}
		fmt.Fprintln(w)
	})
}
