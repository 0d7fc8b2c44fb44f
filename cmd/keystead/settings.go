package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/server"
)

// settings are the flags from which a configuration is made.
type settings struct {
	cfg       server.Config
	file      string
	logLevel  string
	logFormat string
}

// addData adds the flags that say where this node's files are.
func (s *settings) addData(f *pflag.FlagSet) {
	s.cfg = server.DefaultConfig()
	f.StringVar(&s.file, "config", "", "configuration `FILE` (YAML; see docs/operations.md)")
	f.StringVar(&s.cfg.DataDir, "data-dir", s.cfg.DataDir, "directory of everything that this node keeps")
}

// addVault adds the flags that say where the root key and the database are.
func (s *settings) addVault(f *pflag.FlagSet) {
	s.addData(f)
	f.StringVar(&s.cfg.Database, "database", "", "database `URL`: postgres://… or sqlite:///PATH (default: SQLite in the data directory)")
	f.StringVar(&s.cfg.Seal.Provider, "seal", s.cfg.Seal.Provider, "where the root key is: file or passphrase")
	f.StringVar(&s.cfg.Seal.PassphraseFile, "passphrase-file", "", "`FILE` with the passphrase, for --seal passphrase (or KEYSTEAD_PASSPHRASE)")
}

// addServe adds the flags of the server.
func (s *settings) addServe(f *pflag.FlagSet) {
	s.addVault(f)
	s.addS3(f)
	s.addKeyStores(f)
	f.StringVar(&s.cfg.Listen, "listen", s.cfg.Listen, "`HOST:PORT` of the API; an address that is not loopback needs TLS")
	f.StringVar(&s.cfg.Account, "account", s.cfg.Account, "account `ID` that the first start makes")
	f.StringSliceVar(&s.cfg.Regions, "regions", nil, "Regions to answer for, the default one first (default: all, us-east-1 first)")
	f.StringVar(&s.cfg.TLS.Mode, "tls", "", "off, files or auto: a certificate authority of the server's own (default off; files with --tls-cert)")
	f.StringVar(&s.cfg.TLS.Cert, "tls-cert", "", "`FILE` with the certificate chain, PEM; read again when it changes")
	f.StringVar(&s.cfg.TLS.Key, "tls-key", "", "`FILE` with the certificate's key, PEM")
	f.StringSliceVar(&s.cfg.TLS.Hosts, "tls-host", nil, "further host names and addresses for the certificate of --tls auto")
	f.StringVar(&s.cfg.Audit.Sync, "audit-sync", s.cfg.Audit.Sync, "when audit records go to disk: interval (every 100 ms) or always (before each answer)")
	f.DurationVar(&s.cfg.Audit.Retention, "audit-retention", s.cfg.Audit.Retention, "how long the journal keeps audit records at least (default 0: for ever)")
	f.StringSliceVar(&s.cfg.AttestationRoots, "attestation-root", s.cfg.AttestationRoots, "`FILE` with roots of attestation documents to accept, PEM, or aws for AWS's own; may be given more than once")
	f.StringVar(&s.cfg.PublicURL, "public-url", "", "`URL` of this service in the links of mails and webhooks (default: where it listens)")
	f.StringVar(&s.cfg.SMTP.URL, "smtp-url", "", "`URL` of the mail relay: smtp://user:password@host:587 (STARTTLS where offered) or smtps://…")
	f.StringVar(&s.cfg.SMTP.From, "smtp-from", "", "sender `ADDRESS` of mails (default: no-reply at this host)")
	f.StringSliceVar(&s.cfg.Webhooks.Allow, "webhook-allow", nil, "`NETWORK` that is not public and webhooks may reach, such as 10.20.0.0/16; may be given more than once")
	f.StringVar(&s.cfg.Webhooks.CA, "webhook-ca", "", "`FILE` with the certificate authorities that webhooks trust, PEM (default: the system's)")
	f.BoolVar(&s.cfg.KeyMetrics, "key-metrics", false, "let /metrics, which needs no credentials, name the keys whose imported material expires")
	f.IntVar(&s.cfg.CacheMiB, "cache-mib", s.cfg.CacheMiB, "memory for cached keys, in MiB")
	f.DurationVar(&s.cfg.Staleness, "staleness", s.cfg.Staleness, "refuse to serve from caches that were not confirmed for this long")
	f.DurationVar(&s.cfg.ShutdownGrace, "shutdown-grace", s.cfg.ShutdownGrace, "how long a stopping server waits for requests in flight")
	f.BoolVar(&s.cfg.TestClock, "test-clock", false, "TESTING ONLY: let anybody move the service's clock")
	f.StringVar(&s.cfg.Seed, "seed", "", "TESTING ONLY: make the keys of `FILE` (YAML) with the ids and material that it gives; needs --test-clock")
	f.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
}

// addS3 adds the flags that say where the buckets of trails are.
func (s *settings) addS3(f *pflag.FlagSet) {
	f.StringVar(&s.cfg.S3.Endpoint, "s3-endpoint", "", "`URL` of the S3 service that has the buckets of trails (default: folders under DATA/buckets)")
	f.StringVar(&s.cfg.S3.Region, "s3-region", "", "Region that requests to --s3-endpoint are signed for (default us-east-1)")
	f.StringVar(&s.cfg.S3.CredentialsFile, "s3-credentials", "", "`FILE` with the access key for --s3-endpoint, as AWS's shared credentials (default: what AWS's SDKs find)")
	f.StringVar(&s.cfg.S3.Profile, "s3-profile", "", "profile of that file (default \"default\")")
}

// addKeyStores adds the flags about custom key stores. Clusters of vendors' HSMs and VPC endpoint
// services are in the configuration file alone.
func (s *settings) addKeyStores(f *pflag.FlagSet) {
	s.addHSM(f)
	f.StringVar(&s.cfg.CustomKeyStores.CA, "xks-ca", "", "`FILE` with the certificate authorities that external key store proxies are trusted by, PEM (default: the system's)")
	f.StringSliceVar(&s.cfg.CustomKeyStores.Allow, "xks-allow", nil, "`NETWORK` that is not public and in which external key store proxies may be, such as 10.20.0.0/16; may be given more than once")
}

// addHSM adds the flags that say where HSMs are.
func (s *settings) addHSM(f *pflag.FlagSet) {
	f.StringVar(&s.cfg.HSM.Driver, "hsm-driver", "", "`FILE` of the program keystead-hsm (default: beside this program, else in $PATH)")
	f.StringVar(&s.cfg.HSM.Dir, "hsm-dir", "", "`DIRECTORY` of the HSM clusters that CreateCluster makes, which nodes share (default DATA/hsm)")
}

// commandLineOnly marks a flag that says what a command does, once: KEYSTEAD_ACCOUNT is the
// server's first account, and no limit of each service that is made beside it.
const commandLineOnly = "command line only"

// load puts the configuration together: defaults, file, environment, flags.
func (s *settings) load(c *cobra.Command) (server.Config, error) {
	given := onCommandLine(c.Flags())
	if s.file == "" {
		s.file = os.Getenv("KEYSTEAD_CONFIG")
	}
	if s.file != "" {
		// The file's values take the place of the defaults; what goes before the file is
		// set again below.
		if err := s.cfg.Load(s.file); err != nil {
			return server.Config{}, err
		}
	}
	if err := environment(c.Flags(), given); err != nil {
		return server.Config{}, err
	}
	s.cfg.RootAccessKeyID = os.Getenv("KEYSTEAD_ROOT_ACCESS_KEY_ID")
	s.cfg.RootSecretAccessKey = secret.FromString(os.Getenv("KEYSTEAD_ROOT_SECRET_ACCESS_KEY"))
	return s.cfg, s.cfg.Check()
}

// onCommandLine are the flags that were given there, as text.
func onCommandLine(flags *pflag.FlagSet) map[string]string {
	given := map[string]string{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = flagText(f) })
	return given
}

// environment sets flags: to what was given on the command line, else to what the environment
// has.
func environment(flags *pflag.FlagSet, given map[string]string) error {
	var wrong []string
	flags.VisitAll(func(f *pflag.Flag) {
		name := "KEYSTEAD_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, set := given[f.Name]
		if _, only := f.Annotations[commandLineOnly]; !set && !only {
			value, set = os.LookupEnv(name)
		}
		if !set || f.Name == "config" {
			return
		}
		if err := setFlag(f, value); err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", name, err))
		}
	})
	if len(wrong) > 0 {
		return fmt.Errorf("environment: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// flagText is a flag's value in the form in which setFlag takes it.
func flagText(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(list.GetSlice(), ",")
	}
	return f.Value.String()
}

// setFlag sets a flag, replacing a list where Set would add to it.
func setFlag(f *pflag.Flag, value string) error {
	list, ok := f.Value.(pflag.SliceValue)
	switch {
	case !ok:
		return f.Value.Set(value)
	case value == "":
		return list.Replace(nil)
	default:
		return list.Replace(strings.Split(value, ","))
	}
}

// logger makes the log that the flags ask for, on standard error.
func (s *settings) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return nil, fmt.Errorf("log level %q is not debug, info, warn or error", s.logLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	switch s.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, o)), nil
	}
	return nil, fmt.Errorf("log format %q is not text or json", s.logFormat)
}
