package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/keystead/keystead/internal/bucket"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/secret"
)

// Config is everything that an operator can choose. Its comments are the reference page:
// each field works at its default. A configuration file is YAML with the names given
// here; unknown names are errors.
type Config struct {
	// DataDir holds everything that this node keeps: root key, SQLite database, journal,
	// credentials of the first start. Made with mode 0700. Default "./data".
	DataDir string `yaml:"data-dir"`

	// Listen is the address of the API, "HOST:PORT". Port 0 picks a free one. An address
	// that is not loopback needs TLS. Default "127.0.0.1:8080".
	Listen string `yaml:"listen"`

	// Database is "" for SQLite in DataDir, else "postgres://USER:PASSWORD@HOST/NAME" or
	// "sqlite:///PATH".
	Database string `yaml:"database"`

	// Account is the account that the first start makes, 12 digits. Default "000000000000".
	Account string `yaml:"account"`

	// Regions are the Regions that the service answers for; the first is the one that the
	// first start suggests. Default: all names in the form of AWS's, us-east-1 first.
	Regions []string `yaml:"regions"`

	// TLS says how connections are protected.
	TLS TLS `yaml:"tls"`

	// PrivateEndpoints says at which addresses of this node the private endpoints of a VPC
	// are reached. The endpoints themselves are made with the EC2 API (CreateVpcEndpoint).
	// Those of a VPC that is not listed here get a free port of 127.0.0.1.
	PrivateEndpoints []PrivateNetwork `yaml:"private-endpoints"`

	// Seal says where the root key is.
	Seal Seal `yaml:"seal"`

	// Audit says how the journal is kept.
	Audit Audit `yaml:"audit"`

	// PublicURL is where the holders of mail addresses and webhooks reach the service, for the
	// links that confirm and end subscriptions: "https://kms.example.com". Default: the
	// address that the server listens at.
	PublicURL string `yaml:"public-url"`

	// SMTP says how mail leaves. Without a URL none does, and subscriptions by mail wait.
	SMTP SMTP `yaml:"smtp"`

	// Webhooks says which endpoints subscriptions and API destinations may reach.
	Webhooks Webhooks `yaml:"webhooks"`

	// S3 says where the buckets of trails are. Without an endpoint a bucket is a folder under
	// DATA/buckets.
	S3 S3 `yaml:"s3"`

	// HSM says where HSMs are, for custom key stores of type AWS_CLOUDHSM.
	HSM HSM `yaml:"hsm"`

	// CustomKeyStores is about custom key stores of both types.
	CustomKeyStores KeyStores `yaml:"custom-key-stores"`

	// Console is about the web console.
	Console Console `yaml:"console"`

	// AttestationRoots are the roots under which attestation documents of enclaves and of
	// NitroTPM are accepted: PEM files, and "aws" for AWS's own. A root that is not AWS's can
	// attest anything, and with it meet any condition on an attestation. Default ["aws"].
	AttestationRoots []string `yaml:"attestation-roots"`

	// KeyMetrics lets /metrics name keys: those with imported key material, and when it expires.
	// It needs no credentials. Default false.
	KeyMetrics bool `yaml:"key-metrics"`

	// CacheMiB bounds the memory of cached keys, in MiB. Default 512.
	CacheMiB int `yaml:"cache-mib"`

	// Staleness is how long a node may serve from its caches without having confirmed
	// that they are current; then it refuses. Default 10s.
	Staleness time.Duration `yaml:"staleness"`

	// ShutdownGrace is how long a stopping server waits for requests in flight. Default 30s.
	ShutdownGrace time.Duration `yaml:"shutdown-grace"`

	// TestClock lets anybody who reaches the loopback listener move the service's clock.
	// For tests only. Not in configuration files, so that it can't stay by mistake.
	TestClock bool `yaml:"-"`

	// Version is the program's, for the console.
	Version string `yaml:"-"`

	// CheapPasswords makes passwords easy to guess from their hashes, and quick to verify. For Go
	// tests alone: no flag and no file sets it.
	CheapPasswords bool `yaml:"-"`

	// Seed is a file of keys with ids of the operator's choice, which are made at the start if
	// they are not there; see SeedFile. For tests only: needs TestClock.
	Seed string `yaml:"-"`

	// RootAccessKeyID and RootSecretAccessKey are an access key of the first account's root
	// user: at the first start in place of a random one, later beside those that there are.
	// From the environment only: KEYSTEAD_ROOT_ACCESS_KEY_ID and
	// KEYSTEAD_ROOT_SECRET_ACCESS_KEY.
	RootAccessKeyID     string       `yaml:"-"`
	RootSecretAccessKey secret.Bytes `yaml:"-"`
}

// TLS says how connections are protected.
type TLS struct {
	// Mode is "off", "files" (Cert and Key) or "auto" (a certificate authority of the
	// service's own in DATA/tls, for clients that are told to trust DATA/tls/ca.pem).
	// Default "off", or "files" if Cert is set.
	Mode string `yaml:"mode"`
	// Cert and Key are PEM files; the certificate comes with its intermediates. Both are
	// read again when they change.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// Hosts are further names and addresses that the certificate of mode "auto" is for.
	Hosts []string `yaml:"hosts"`
}

// PrivateNetwork is a VPC whose private endpoints are reached at certain addresses.
type PrivateNetwork struct {
	// VPC is the name of the VPC, "vpc-…".
	VPC string `yaml:"vpc"`
	// Account is the account that may make endpoints in the VPC, 12 digits. Default: the
	// one that makes the first.
	Account string `yaml:"account"`
	// Addresses are "HOST:PORT" each. An endpoint takes the first that is free and keeps it,
	// so that as many endpoints can be made as there are addresses. HOST is an address of
	// one network of this node; one that is not loopback needs TLS.
	Addresses []string `yaml:"addresses"`
}

// Seal says where the root key is.
type Seal struct {
	// Provider is "file" (DATA/root.key) or "passphrase" (DATA/root.sealed, opened with a
	// passphrase by Argon2id). Default "file".
	Provider string `yaml:"provider"`
	// PassphraseFile holds the passphrase in its first line. The environment variable
	// KEYSTEAD_PASSPHRASE goes before it.
	PassphraseFile string `yaml:"passphrase-file"`
}

// Audit says how the journal is kept.
type Audit struct {
	// Sync is "interval" (to disk every 100 ms; a killed process loses nothing, a power
	// failure up to that) or "always" (to disk before each answer). Default "interval".
	Sync string `yaml:"sync"`
	// Retention is how long the journal keeps events at least, such as 8760h. Whole segments go
	// when all their events are older and in the event history. Default 0: for ever.
	Retention time.Duration `yaml:"retention"`
}

// SMTP says how mail leaves.
type SMTP struct {
	// URL is the relay: "smtp://USER:PASSWORD@HOST:587", with STARTTLS where it is offered, or
	// "smtps://…".
	URL string `yaml:"url"`
	// From is the sender, "Keystead <alarms@example.com>". Default "no-reply@" and the host
	// name of this node.
	From string `yaml:"from"`
}

// Webhooks says which endpoints subscriptions and API destinations may reach.
type Webhooks struct {
	// Allow are networks that are not public and may be reached all the same, such as
	// "10.20.0.0/16". Whoever may subscribe an endpoint can send requests to them. Default: none,
	// public addresses alone.
	Allow []string `yaml:"allow"`
	// CA is a file of certificate authorities to trust in place of the system's, PEM.
	CA string `yaml:"ca"`
}

// S3 says how the buckets of trails are reached.
type S3 struct {
	// Endpoint is the URL of an S3 service: "https://s3.example.com".
	Endpoint string `yaml:"endpoint"`
	// Region is the one that requests are signed for. Default "us-east-1".
	Region string `yaml:"region"`
	// CredentialsFile is in AWS's shared-credentials format; Profile is the profile to take.
	// Default: what AWS's SDKs find in the environment.
	CredentialsFile string `yaml:"credentials-file"`
	Profile         string `yaml:"profile"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		DataDir: "./data", Listen: "127.0.0.1:8080", Account: "000000000000", CacheMiB: 512,
		Seal: Seal{Provider: "file"}, Audit: Audit{Sync: "interval"},
		AttestationRoots: []string{awsRoots}, Console: Console{Session: longestConsoleSession},
		Staleness: 10 * time.Second, ShutdownGrace: 30 * time.Second,
	}
}

// Load reads a configuration file over what c has. Unknown names are errors.
func (c *Config) Load(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	if err := yaml.UnmarshalWithOptions(b, c, yaml.Strict(), yaml.CustomUnmarshaler(unmarshalDuration)); err != nil {
		// Without the lines around the mistake: the database's password may be in them.
		return fmt.Errorf("configuration file %s: %s", path, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return nil
}

func unmarshalDuration(d *time.Duration, b []byte) (err error) {
	text := strings.Trim(strings.TrimSpace(string(b)), `"'`)
	if *d, err = time.ParseDuration(text); err != nil {
		return fmt.Errorf("%q is not a duration such as 10s", text)
	}
	return nil
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^([a-z]+-){2,3}[0-9]+$`)
	// Messages do not repeat a URL that does not match: it may have a password in it.
	databasePattern = regexp.MustCompile(`^(sqlite|postgres|postgresql)://.`)
)

// Check reports all mistakes of a configuration together.
func (c *Config) Check() error {
	var wrong []error
	expect := func(claim bool, format string, args ...any) {
		if !claim {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	if c.TLS.Mode == "" && c.TLS.Cert != "" {
		c.TLS.Mode = "files"
	} else if c.TLS.Mode == "" {
		c.TLS.Mode = "off"
	}
	expect(c.DataDir != "", "data-dir is empty")
	expect(accountPattern.MatchString(c.Account), "account %q does not have 12 digits", c.Account)
	for _, r := range c.Regions {
		expect(regionPattern.MatchString(r), "region %q does not look like us-east-1", r)
	}
	expect(c.Database == "" || databasePattern.MatchString(c.Database), "the database URL begins neither with postgres:// nor with sqlite://")
	expect(slices.Contains([]string{"off", "files", "auto"}, c.TLS.Mode), "tls mode %q is not off, files or auto", c.TLS.Mode)
	expect(c.TLS.Mode != "files" || c.TLS.Cert != "" && c.TLS.Key != "", "tls mode files needs cert and key")
	expect(slices.Contains([]string{"file", "passphrase"}, c.Seal.Provider), "seal provider %q is not file or passphrase", c.Seal.Provider)
	expect(slices.Contains([]string{"interval", "always"}, c.Audit.Sync), "audit sync %q is not interval or always", c.Audit.Sync)
	expect(c.Audit.Retention == 0 || c.Audit.Retention >= time.Hour, "audit retention must be 0, for ever, or at least 1h")
	expect(c.CacheMiB >= 1, "cache-mib must be at least 1")
	expect(c.Staleness > 0, "staleness must be more than 0")
	expect((c.RootAccessKeyID == "") == (c.RootSecretAccessKey.Len() == 0),
		"set both KEYSTEAD_ROOT_ACCESS_KEY_ID and KEYSTEAD_ROOT_SECRET_ACCESS_KEY, or neither")
	expect(c.Seed == "" || c.TestClock, "--seed makes keys that others may know: it is for tests, and needs --test-clock")
	wrong = append(wrong, c.checkListen()...)
	wrong = append(wrong, c.checkPrivateEndpoints()...)
	wrong = append(wrong, c.checkURLs()...)
	wrong = append(wrong, c.checkKeyStores()...)
	wrong = append(wrong, c.checkConsole()...)
	return errors.Join(wrong...)
}

// checkListen refuses an address that would serve keys in clear to a network.
func (c *Config) checkListen() []error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return []error{fmt.Errorf("listen address %q is not HOST:PORT", c.Listen)}
	}
	if isLoopback(host) {
		return nil
	}
	var wrong []error
	if c.TLS.Mode == "off" {
		wrong = append(wrong, fmt.Errorf("refusing to listen on %s without TLS: use --tls auto, or --tls-cert and --tls-key, or a loopback address such as 127.0.0.1:8080", c.Listen))
	}
	if c.TestClock {
		wrong = append(wrong, fmt.Errorf("--test-clock works on a loopback address only, not on %s", c.Listen))
	}
	return wrong
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// DatabaseURL is the URL of the database.
func (c *Config) DatabaseURL() (string, error) {
	if c.Database != "" {
		return c.Database, nil
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return "", fmt.Errorf("find the data directory: %w", err)
	}
	return "sqlite://" + filepath.Join(dir, "keystead.db"), nil
}

// JournalDir is where this node's journal is.
func (c *Config) JournalDir() string { return filepath.Join(c.DataDir, "journal") }

// BucketDir is where the buckets of trails are, one folder each, without an S3 service.
func (c *Config) BucketDir() string { return filepath.Join(c.DataDir, "buckets") }

// Buckets is where trails deliver their files. With create, a folder for a bucket is made when
// a trail first names it.
func (c *Config) Buckets(create bool) (bucket.Store, error) {
	if c.S3.Endpoint == "" {
		return bucket.Folder{Dir: c.BucketDir(), Make: create}, nil
	}
	return bucket.NewS3(context.Background(), bucket.S3Options{
		Endpoint: c.S3.Endpoint, Region: c.S3.Region, CredentialsFile: c.S3.CredentialsFile, Profile: c.S3.Profile,
	})
}

// CredentialsFile is where the first start leaves the root user's access key.
func (c *Config) CredentialsFile() string { return filepath.Join(c.DataDir, "credentials") }

// RootKeyFile is where the root keys are.
func (c *Config) RootKeyFile() string {
	if c.Seal.Provider == "passphrase" {
		return filepath.Join(c.DataDir, "root.sealed")
	}
	return filepath.Join(c.DataDir, "root.key")
}

// Region is the Region that the first start suggests.
func (c *Config) Region() string {
	if len(c.Regions) > 0 {
		return c.Regions[0]
	}
	return "us-east-1"
}

// serves says whether a node with this configuration answers for a Region.
func (c *Config) serves(region string) bool {
	return len(c.Regions) == 0 || slices.Contains(c.Regions, region)
}

// SealProvider returns the provider of the root key.
func (c *Config) SealProvider() (seal.Provider, error) {
	if c.Seal.Provider == "file" {
		return seal.File(c.RootKeyFile()), nil
	}
	phrase := os.Getenv("KEYSTEAD_PASSPHRASE")
	if phrase == "" && c.Seal.PassphraseFile != "" {
		b, err := os.ReadFile(c.Seal.PassphraseFile)
		if err != nil {
			return nil, fmt.Errorf("read the passphrase: %w", err)
		}
		phrase, _, _ = strings.Cut(string(b), "\n")
	}
	if phrase == "" {
		return nil, errors.New("the seal provider passphrase needs KEYSTEAD_PASSPHRASE or a passphrase file")
	}
	return seal.Passphrase(c.RootKeyFile(), secret.FromString(phrase)), nil
}
