package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/server"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xksproxy"
)

func xksDemoCommand() *cobra.Command {
	var d demo
	var once bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run a KMS, the proxy and SoftHSM together, to try them",
		Long: `Demo starts the whole circle on this machine: a Keystead server, an external key store proxy with a
certificate authority of its own, and behind it a new token of SoftHSM, in a driver process. It
makes a key store and a key, encrypts and decrypts once, and says how to go on. It runs until it is
interrupted; then everything that it made is gone. It needs SoftHSM2 (apt-get install softhsm2).`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	f.StringVar(&d.listen, "listen", "127.0.0.1:0", "`HOST:PORT` of the KMS API; port 0 picks a free one")
	f.StringVar(&d.module, "module", "", "`FILE` of SoftHSM's PKCS#11 library (default: where distributions put it)")
	f.StringVar(&d.driver, "hsm-driver", "", "`FILE` of the program keystead-hsm (default: beside this program, else in $PATH)")
	f.BoolVar(&once, "once", false, "end when it has worked once")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		d.out, d.log = c.OutOrStdout(), slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
		if d.dir, err = os.MkdirTemp("", "keystead-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
		// The servers end after the demo has, whatever it ends by.
		ctx, cancel := context.WithCancel(context.WithoutCancel(c.Context()))
		defer func() { cancel(); err = errors.Join(err, d.wait()) }()
		if err := d.run(c.Context(), ctx); err != nil || once {
			return err
		}
		d.say("\nThe demo runs until it is interrupted (Ctrl-C).")
		<-c.Context().Done()
		return nil
	}
	return c
}

// demoHost is the name of the proxy in its certificate. Nobody resolves it: the server is told the
// address.
const demoHost = "xks-proxy.keystead.test"

// demo is what runs.
type demo struct {
	listen, module, driver string

	out     io.Writer
	log     *slog.Logger
	dir     string
	servers []chan error
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

// serve runs a server until ctx ends.
func (d *demo) serve(ctx context.Context, serve func(context.Context) error) {
	done := make(chan error, 1)
	d.servers = append(d.servers, done)
	go func() { done <- serve(ctx) }()
}

// wait returns when all servers have ended.
func (d *demo) wait() error {
	var errs []error
	for _, done := range d.servers {
		errs = append(errs, <-done)
	}
	return errors.Join(errs...)
}

// run starts everything. What it starts runs until the context serving ends.
func (d *demo) run(ctx, serving context.Context) error {
	conf, pin, err := d.token(ctx)
	if err != nil {
		return fmt.Errorf("make a token of SoftHSM: %w", err)
	}
	d.say("1. SoftHSM     a new token, in %s", d.dir)
	id, value := newProxyCredential()
	prefix := "/" + randomHex(10)
	p, err := d.proxy(serving, conf, pin, prefix, id, value)
	if err != nil {
		return fmt.Errorf("start the proxy: %w", err)
	}
	key, err := p.CreateKey(ctx, xksproxy.NewKey{Prefix: prefix, ID: "demo-key"})
	if err != nil {
		return err
	}
	d.say("2. XKS proxy   %s%s, with external key %s in the token", p.URL(), prefix+xks.PathSuffix, key.ID)
	cfg, srv, err := d.kms(serving, p)
	if err != nil {
		return fmt.Errorf("start the KMS: %w", err)
	}
	d.say("3. KMS         %s", srv.URL())
	client := kms.New(kms.Options{
		Region: cfg.Region(), BaseEndpoint: aws.String(srv.URL()),
		Credentials: credentials.NewStaticCredentialsProvider(cfg.RootAccessKeyID, string(cfg.RootSecretAccessKey.Expose()), ""),
	})
	store, err := connectStore(ctx, client, prefix, id, value)
	if err != nil {
		return err
	}
	d.say("4. Key store   %s is CONNECTED", store)
	made, err := client.CreateKey(ctx, &kms.CreateKeyInput{
		Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: &store, XksKeyId: &key.ID, Description: aws.String("demo"),
	})
	if err != nil {
		return err
	}
	arn := *made.KeyMetadata.Arn
	d.say("5. KMS key     %s", arn)
	if err := d.roundTrip(ctx, client, arn); err != nil {
		return err
	}
	d.say(`
Try it with any AWS client:

  export AWS_ENDPOINT_URL=%s AWS_REGION=%s AWS_DEFAULT_REGION=%s
  export AWS_SHARED_CREDENTIALS_FILE=%s
  aws kms encrypt --key-id %s --plaintext aGVsbG8=

An AWS CLI older than 2.13 or 1.29 also needs --endpoint-url %s.

What the proxy was asked, and by whom:

  %s journal show --data-dir %s`, srv.URL(), cfg.Region(), cfg.Region(), cfg.CredentialsFile(), *made.KeyMetadata.KeyId, srv.URL(), os.Args[0], filepath.Join(d.dir, "proxy"))
	return nil
}

// token makes a token of SoftHSM, and returns the files with its configuration and its PIN.
func (d *demo) token(ctx context.Context) (conf, pinFile string, err error) {
	conf, pinFile = filepath.Join(d.dir, "softhsm2.conf"), filepath.Join(d.dir, "pin")
	tokens := filepath.Join(d.dir, "tokens")
	officer, user := randomHex(16), randomHex(16)
	if err := os.Mkdir(tokens, 0o700); err != nil {
		return "", "", err
	}
	for file, text := range map[string]string{
		conf: fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens), pinFile: user + "\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", "", err
		}
	}
	if d.module == "" {
		var found bool
		if d.module, found = hsm.SoftHSM(); !found {
			return "", "", errors.New("there is no SoftHSM2 (apt-get install softhsm2), or --module must say where it is")
		}
	}
	m := hsm.New(hsm.Config{Driver: d.driver, Module: d.module, Env: []string{"SOFTHSM2_CONF=" + conf}, Log: d.log})
	defer m.Close()
	token := m.Token(hsm.Selector{Label: "demo"})
	if err := m.Token(hsm.Selector{}).Initialize(ctx, secret.FromString(officer), "demo"); err != nil {
		return "", "", err
	}
	if err := token.Login(ctx, hsm.Officer, secret.FromString(officer)); err != nil {
		return "", "", err
	}
	return conf, pinFile, token.InitPIN(ctx, secret.FromString(user))
}

// proxy runs a proxy for one key store.
func (d *demo) proxy(ctx context.Context, conf, pin, prefix, id, value string) (*xksproxy.Proxy, error) {
	file := filepath.Join(d.dir, "xks-proxy.yaml")
	text := fmt.Sprintf(`listen: 127.0.0.1:0
data-dir: proxy
tls: {hosts: [%s]}
backends:
- name: softhsm
  pkcs11: {module: %q, driver: %q, env: [%q], token: demo, pin-file: %q}
stores:
- prefix: %s
  backend: softhsm
  credentials: [{access-key-id: %s, secret: %q}]
`, demoHost, d.module, d.driver, "SOFTHSM2_CONF="+conf, pin, prefix, id, value)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := xksproxy.Open(ctx, xksproxy.Options{File: file, Version: version(), Log: d.log})
	if err == nil {
		d.serve(ctx, p.Serve)
	}
	return p, err
}

// kms runs a server that trusts the proxy's authority.
func (d *demo) kms(ctx context.Context, p *xksproxy.Proxy) (server.Config, *server.Server, error) {
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.Listen, cfg.HSM.Driver = filepath.Join(d.dir, "kms"), d.listen, d.driver
	root := iam.NewAccessKey()
	cfg.RootAccessKeyID, cfg.RootSecretAccessKey = root.ID, root.Secret
	cfg.CustomKeyStores.CA = p.CAFile()
	cfg.CustomKeyStores.Hosts = map[string][]string{demoHost: {strings.TrimPrefix(p.URL(), "https://")}}
	if err := cfg.Check(); err != nil {
		return cfg, nil, err
	}
	srv, err := server.Open(ctx, cfg, new(clock.Clock), d.log)
	if err == nil {
		d.serve(ctx, srv.Serve)
	}
	return cfg, srv, err
}

// connectStore makes a key store and waits until it is connected. The first handshakes of two
// servers that have just started may take longer than KMS waits.
func connectStore(ctx context.Context, client *kms.Client, prefix, id, value string) (string, error) {
	in := &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("demo"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: aws.String("https://" + demoHost),
		XksProxyUriPath:                  aws.String(prefix + xks.PathSuffix),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: &id, RawSecretAccessKey: &value},
	}
	made, err := client.CreateCustomKeyStore(ctx, in)
	for tries := 0; err != nil && tries < 20; tries++ {
		if _, slow := errors.AsType[*types.XksProxyUriUnreachableException](err); !slow {
			break
		}
		if err := pause(ctx); err != nil {
			return "", err
		}
		made, err = client.CreateCustomKeyStore(ctx, in)
	}
	if err != nil {
		return "", err
	}
	store := made.CustomKeyStoreId
	if _, err := client.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store}); err != nil {
		return "", err
	}
	for {
		found, err := client.DescribeCustomKeyStores(ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: store})
		if err != nil {
			return "", err
		}
		switch s := found.CustomKeyStores[0]; s.ConnectionState {
		case types.ConnectionStateTypeConnected:
			return *store, nil
		case types.ConnectionStateTypeFailed:
			return "", fmt.Errorf("the key store can't be connected: %s", s.ConnectionErrorCode)
		}
		if err := pause(ctx); err != nil {
			return "", err
		}
	}
}

// pause waits a moment between two questions.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}

// roundTrip encrypts and decrypts once.
func (d *demo) roundTrip(ctx context.Context, client *kms.Client, arn string) error {
	const text = "hello from an HSM of my own"
	sealed, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &arn, Plaintext: []byte(text)})
	if err != nil {
		return err
	}
	begin := time.Now()
	opened, err := client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if err != nil {
		return err
	}
	if string(opened.Plaintext) != text {
		return errors.New("another plaintext came back")
	}
	d.say("6. Encrypt, Decrypt: %q came back, in %v", opened.Plaintext, time.Since(begin).Round(100*time.Microsecond))
	return nil
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}
