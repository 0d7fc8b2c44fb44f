package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/listener"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xksproxy"
)

// checkOptions are the flags of xks-proxy check.
type checkOptions struct {
	store, endpoint, address, ca, key string
	region, principal                 string
	clientCert, clientKey             string
	timeout                           time.Duration
}

func xksCheckCommand() *cobra.Command {
	var s proxySettings
	var o checkOptions
	c := &cobra.Command{
		Use:   "check",
		Short: "Ask a proxy what KMS would ask, with KMS's limits",
		Long: `Check asks a running proxy for its health, with a credential from the configuration, and within the
250 ms that KMS waits. With --key it also asks for an external key's metadata, and encrypts and
decrypts with it. The exit status is 1 if KMS could not work with the proxy.`,
		Args: cobra.NoArgs,
	}
	s.storeFlag(c, &o.store)
	f := c.Flags()
	f.StringVar(&o.endpoint, "endpoint", "", "XksProxyUriEndpoint, `https://HOST` (default: https://localhost at the listen address of the configuration)")
	f.StringVar(&o.address, "address", "", "`HOST:PORT` to connect to in place of the endpoint's port 443")
	f.StringVar(&o.ca, "ca", "", "`FILE` with the certificate authorities to trust, PEM (default: the proxy's own, else the system's)")
	f.StringVar(&o.key, "key", "", "`ID` of an external key to check too")
	f.StringVar(&o.region, "region", "us-east-1", "`REGION` of the KMS")
	f.StringVar(&o.principal, "principal", "arn:aws:iam::000000000000:user/keystead-xks-proxy-check", "`ARN` of the caller that the rules of the key see")
	f.DurationVar(&o.timeout, "timeout", external.DefaultTimeout, "how long to wait for an answer; KMS does not wait longer")
	f.StringVar(&o.clientCert, "client-cert", "", "`FILE` with a client's certificate, PEM, if the proxy wants one")
	f.StringVar(&o.clientKey, "client-key", "", "`FILE` with its key, PEM")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := xksproxy.Load(s.config)
		if err != nil {
			return err
		}
		client, proxy, err := o.client(c, &cfg)
		if err != nil {
			return err
		}
		defer client.Close()
		return o.check(c.Context(), c.OutOrStdout(), client, proxy)
	}
	return c
}

// client is KMS's client of the proxy.
func (o *checkOptions) client(c *cobra.Command, cfg *xksproxy.Config) (*external.Client, *external.Proxy, error) {
	store, err := cfg.Store(o.store, c.Flags().Changed("store"))
	if err != nil {
		return nil, nil, err
	}
	id, value, err := store.Credentials[0].Read()
	if err != nil {
		return nil, nil, err
	}
	p := &external.Proxy{
		Store: "check", Account: "000000000000", Region: o.region, Endpoint: cmp.Or(o.endpoint, "https://localhost"),
		Path: store.Prefix + xks.PathSuffix, AccessKeyID: id, Secret: value,
	}
	u, err := url.Parse(p.Endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, nil, fmt.Errorf("--endpoint %q is not https://HOST", p.Endpoint)
	}
	options := external.Options{Timeout: o.timeout}
	if address := cmp.Or(o.address, localAddress(o.endpoint, cfg.Listen)); address != "" {
		options.Hosts = map[string][]string{u.Host: {address}}
	}
	if ca := cmp.Or(o.ca, cfg.CAFile()); ca != "" {
		roots, err := listener.ReadRoots(ca, slog.Default())
		if err != nil {
			return nil, nil, err
		}
		options.Roots = roots.Get()
	}
	if o.clientCert != "" {
		pair, err := tls.LoadX509KeyPair(o.clientCert, o.clientKey)
		if err != nil {
			return nil, nil, fmt.Errorf("the client's certificate: %w", err)
		}
		options.ClientCertificate = func() (*tls.Certificate, error) { return &pair, nil }
	}
	return external.New(options), p, nil
}

// localAddress is where a proxy of this machine listens, if no endpoint is named.
func localAddress(endpoint, listen string) string {
	host, port, err := net.SplitHostPort(listen)
	switch {
	case endpoint != "" || err != nil:
		return ""
	case host == "" || host == "0.0.0.0" || host == "::":
		return net.JoinHostPort("localhost", port)
	}
	return listen
}

// errCheck ends a check that has said what is wrong.
var errCheck = exitStatus(1)

// mostSaid bounds what is shown of a proxy's own words. Control characters are not shown: they would
// be commands to the terminal.
const mostSaid = 2000

func (o *checkOptions) check(ctx context.Context, w io.Writer, client *external.Client, p *external.Proxy) error {
	call := external.Call{RequestID: cloudtrail.NewID(), Operation: xks.HealthCheck}
	step := func(name string, do func() (string, error)) error {
		begin := time.Now()
		said, err := do()
		took := time.Since(begin).Round(100 * time.Microsecond)
		if err == nil {
			_, err = fmt.Fprintf(w, "ok     %-16s %8v  %s\n", name, took, xks.Printable(said, mostSaid))
			return err
		}
		text := xks.Printable(err.Error(), mostSaid)
		if e, ok := errors.AsType[*external.Error](err); ok {
			text = fmt.Sprintf("%s %s\n       KMS would say: %s", e.Name, cmp.Or(e.Proxy, e.Happened()), e.Message())
		}
		_, _ = fmt.Fprintf(w, "FAILED %-16s %8v  %s\n", name, took, text)
		return errCheck
	}
	err := step(string(xks.GetHealthStatus), func() (string, error) {
		h, err := client.Health(ctx, p, call)
		if err != nil {
			return "", err
		}
		said := h.Model
		for _, e := range h.EKMs {
			said += fmt.Sprintf("; %s (%s): %s", e.ID, e.Model, e.State)
		}
		if h.Unavailable() {
			return "", fmt.Errorf("every external key manager is UNAVAILABLE: %s", said)
		}
		return said, nil
	})
	if err != nil || o.key == "" {
		return err
	}
	return o.checkKey(ctx, step, client, p, call)
}

func (o *checkOptions) checkKey(ctx context.Context, step func(string, func() (string, error)) error, client *external.Client, p *external.Proxy, call external.Call) error {
	call.PrincipalARN, call.Operation = o.principal, "CreateKey"
	err := step(string(xks.GetKeyMetadata), func() (string, error) {
		m, err := client.Metadata(ctx, p, call, o.key)
		return fmt.Sprintf("%s %v %s", m.Spec, m.Usage, m.Status), err
	})
	if err != nil {
		return err
	}
	call.KeyARN = fmt.Sprintf("arn:aws:kms:%s:000000000000:key/%s", o.region, cloudtrail.NewID())
	probe := make([]byte, 32)
	_, _ = rand.Read(probe) // never fails (crypto/rand)
	var s xks.Sealed
	err = step(string(xks.Encrypt), func() (_ string, err error) {
		call.Operation = "Encrypt"
		s, err = client.Encrypt(ctx, p, call, o.key, probe, []byte("check"))
		return fmt.Sprintf("%d bytes", len(s.Ciphertext)), err
	})
	if err != nil {
		return err
	}
	return step(string(xks.Decrypt), func() (string, error) {
		call.Operation = "Decrypt"
		got, err := client.Decrypt(ctx, p, call, o.key, s, []byte("check"))
		if err == nil && !bytes.Equal(got, probe) {
			err = errors.New("another plaintext came back")
		}
		return fmt.Sprintf("%d bytes", len(got)), err
	})
}
