package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/server"
)

func backupCommand() *cobra.Command {
	var output string
	c := vaultCommand("backup", "Write a consistent snapshot of the database", 0, func(c *cobra.Command, v *server.Vault, _ []string) error {
		if output == "-" {
			return v.DB.Backup(c.Context(), c.OutOrStdout())
		}
		return writeBackup(output, func(w io.Writer) error { return v.DB.Backup(c.Context(), w) })
	})
	c.Long = `Backup writes one consistent snapshot of the database, while servers run. All that is
secret in it stays sealed: it is useless without the root key, which is not in it. Keep a
copy of the root key (DATA/root.key, or DATA/root.sealed and its passphrase) elsewhere.

The journal is not part of it: its files are only ever added to and can be copied as they are.`
	c.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write, which must not exist; - for standard output")
	_ = c.MarkFlagRequired("output") // the flag exists
	return c
}

// writeBackup writes a file that is either whole and on disk or not there: it gets its
// name last. A file of that name is left as it is, and is an error.
func writeBackup(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("write the backup: %s exists already", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".unfinished.*")
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Link(f.Name(), path) // fails if the name was taken meanwhile
	}
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

func restoreCommand() *cobra.Command {
	var s settings
	var input string
	c := &cobra.Command{
		Use:   "restore",
		Short: "Fill an empty database from a backup",
		Long: `Restore reads a backup into a database that holds nothing yet, SQLite or PostgreSQL,
whichever the backup was made from. Put the root key of the backup into the data directory
first. A backup that is cut off, altered or of another root key is refused and changes
nothing.`,
		Args: cobra.NoArgs,
	}
	s.addVault(c.Flags())
	c.Flags().StringVarP(&input, "input", "i", "", "`FILE` to read; - for standard input")
	_ = c.MarkFlagRequired("input") // the flag exists
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		r := c.InOrStdin()
		if input != "-" {
			f, err := os.Open(input)
			if err != nil {
				return fmt.Errorf("open the backup: %w", err)
			}
			defer f.Close()
			r = f
		}
		harden(c)
		return server.Restore(c.Context(), cfg, slog.New(slog.DiscardHandler), r)
	}
	return c
}
