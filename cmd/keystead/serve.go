package main

import (
	"crypto/fips140"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/listener"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/server"
)

func serveCommand() *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Serve runs the server until it gets SIGTERM or SIGINT; requests in flight finish first.

The first start makes the data directory with a root key, a database, an account and the
access key of its root user, which it writes to DATA/credentials.`,
		Args: cobra.NoArgs,
	}
	s.addServe(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		cfg.Version = version()
		log, err := s.logger()
		if err != nil {
			return err
		}
		listener.StandardLog(log)
		// The garbage collector runs whenever the heap has doubled. Without large caches the
		// heap is so small that this would be hundreds of times a second, a fifth of all work.
		// These pages are never touched, so they take no memory; they only count.
		ballast := make([]byte, 64<<20)
		defer runtime.KeepAlive(ballast)
		if err := seal.Harden(); err != nil {
			log.Warn("key material may reach swap space or core dumps", "error", err)
		}
		srv, err := server.Open(c.Context(), cfg, new(clock.Clock), log)
		if err != nil {
			return err
		}
		greet(c.OutOrStdout(), cfg, srv)
		if fips140.Enabled() {
			log.Info("FIPS 140-3 mode", "module", fips140.Version())
		}
		if cfg.TestClock {
			log.Warn("TEST CLOCK: anybody who reaches this server can move its clock; keys can be deleted before their time. Never use this with keys that matter.")
		}
		return srv.Serve(c.Context())
	}
	return c
}

// greet prints what to paste next.
func greet(w io.Writer, cfg server.Config, srv *server.Server) {
	credentials := absolute(cfg.CredentialsFile())
	fmt.Fprintf(w, "Keystead %s answers on %s\n", version(), srv.URL())
	if srv.FirstStart {
		fmt.Fprintf(w, "\nThis is the first start. Account %s was made; its root user's access key is in\n  %s\n", cfg.Account, credentials)
		fmt.Fprintf(w, "Back up the root key: without it nothing in the database can ever be read again. It is in\n  %s\n", absolute(cfg.RootKeyFile()))
	}
	fmt.Fprintf(w, "\nPoint AWS clients at it:\n\n")
	fmt.Fprintf(w, "  export AWS_ENDPOINT_URL=%s\n", srv.URL())
	if ca := srv.CAFile(); ca != "" {
		fmt.Fprintf(w, "  export AWS_CA_BUNDLE=%s\n", absolute(ca))
	}
	_, err := os.Stat(credentials)
	if err == nil {
		fmt.Fprintf(w, "  export AWS_SHARED_CREDENTIALS_FILE=%s\n", credentials)
	}
	fmt.Fprintf(w, "  export AWS_REGION=%s AWS_DEFAULT_REGION=%s\n", cfg.Region(), cfg.Region())
	fmt.Fprintf(w, "  aws kms create-key\n\n")
	if err != nil { // moved away, restored from a backup, or made by another node
		fmt.Fprintf(w, "with an access key of one of its accounts; \"keystead account root-key\" makes one.\n")
	}
	fmt.Fprintf(w, "An AWS CLI older than 2.13 or 1.29 also needs --endpoint-url %s.\n\n", srv.URL())
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
