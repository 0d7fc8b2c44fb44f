package main

import (
	"context"
	"crypto/fips140"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/keystead/keystead/internal/listener"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xksproxy"
)

func xksProxyCommand() *cobra.Command {
	return group("xks-proxy", "Run an external key store proxy, which KMS calls for keys of your own",
		`Xks-proxy is the other side of an EXTERNAL_KEY_STORE: AWS KMS, or a Keystead server, calls it to
encrypt and decrypt with keys in your HSM, with keys of the proxy's own, or with keys that
another KMS has wrapped. docs/key-stores.md has its configuration file.

  keystead xks-proxy credential new        a credential, for the file and for CreateCustomKeyStore
  keystead xks-proxy key create app-key    an external key, whose id is the KMS key's XksKeyId
  keystead xks-proxy serve                 run it
  keystead xks-proxy check                 ask it what KMS would ask
  keystead xks-proxy demo                  try the whole circle on this machine`,
		xksServeCommand(), xksKeyCommand(), group("credential", "Make credentials for key stores", "", xksCredentialCommand()), xksCheckCommand(), xksDemoCommand())
}

// proxySettings are the flags of the commands of the proxy.
type proxySettings struct {
	settings
	config string
}

func (s *proxySettings) add(f *pflag.FlagSet) {
	f.StringVar(&s.config, "config", "xks-proxy.yaml", "configuration `FILE` of the proxy (YAML; see docs/key-stores.md)")
	f.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
}

func xksServeCommand() *cobra.Command {
	var s proxySettings
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the proxy",
		Long: `Serve runs the proxy until it gets SIGTERM or SIGINT; requests in flight finish first. It reads
its configuration again when that, or a file that it names, has changed; what is not right as a
whole is refused as a whole.`,
		Args: cobra.NoArgs,
	}
	s.add(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		log, err := s.logger()
		if err != nil {
			return err
		}
		listener.StandardLog(log)
		ballast := make([]byte, 64<<20) // as in serveCommand
		defer runtime.KeepAlive(ballast)
		if err := seal.Harden(); err != nil {
			log.Warn("key material may reach swap space or core dumps", "error", err)
		}
		p, err := xksproxy.Open(c.Context(), xksproxy.Options{File: s.config, Version: version(), Log: log})
		if err != nil {
			return err
		}
		greetProxy(c.OutOrStdout(), p)
		if fips140.Enabled() {
			log.Info("FIPS 140-3 mode", "module", fips140.Version())
		}
		return p.Serve(c.Context())
	}
	return c
}

// greetProxy prints what KMS has to be told, at once for those who wait for it.
func greetProxy(w io.Writer, p *xksproxy.Proxy) {
	var b strings.Builder
	fmt.Fprintf(&b, "Keystead %s external key store proxy answers on %s\n", version(), p.URL())
	for _, prefix := range p.Prefixes() {
		fmt.Fprintf(&b, "  XksProxyUriPath %s\n", prefix+xks.PathSuffix)
	}
	if ca := p.CAFile(); ca != "" {
		fmt.Fprintf(&b, "  certificate authority to trust: %s\n", ca)
	}
	if u := p.MetricsURL(); u != "" {
		fmt.Fprintf(&b, "  metrics %s\n", u)
	}
	_, _ = io.WriteString(w, b.String()) // nobody may be listening
}

func xksCredentialCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "new",
		Short: "Make a credential, and print it",
		Long: `New makes a random credential. It is stored nowhere: put it into the proxy's configuration, and
tell it KMS (CreateCustomKeyStore or UpdateCustomKeyStore). To rotate, have both credentials in
the configuration until KMS has the new one for some minutes.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&format, "format", "yaml", "yaml, for the proxy's configuration; or json, which is XksProxyAuthenticationCredential")
	c.RunE = func(c *cobra.Command, _ []string) error {
		id, secret := newProxyCredential()
		var err error
		switch format {
		case "yaml":
			_, err = fmt.Fprintf(c.OutOrStdout(), "- access-key-id: %s\n  secret: %q\n", id, secret)
		case "json":
			err = json.NewEncoder(c.OutOrStdout()).Encode(map[string]string{"AccessKeyId": id, "RawSecretAccessKey": secret})
		default:
			err = fmt.Errorf("--format %q is not yaml or json", format)
		}
		return err
	}
	return c
}

// newProxyCredential makes an access key id of 26 characters and a secret of 256 bits.
func newProxyCredential() (id, secret string) {
	random := make([]byte, 16+32)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:16]), base64.StdEncoding.EncodeToString(random[16:])
}

// withKeys opens the keys of a proxy for a command, whether or not it is running.
func (s *proxySettings) withKeys(c *cobra.Command, run func(ctx context.Context, p *xksproxy.Proxy) error) error {
	harden(c)
	log, err := s.logger()
	if err != nil {
		return err
	}
	p, err := xksproxy.OpenKeys(c.Context(), xksproxy.Options{File: s.config, Version: version(), Log: log})
	if err != nil {
		return err
	}
	defer p.Close()
	return run(c.Context(), p)
}

// usages are what an external key can be used for.
var usages = []string{xks.UsageEncrypt, xks.UsageDecrypt}
