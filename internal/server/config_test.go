package server_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/server"
)

// endpointsAt configures the addresses of a VPC.
func endpointsAt(vpc string, addresses ...string) func(*server.Config) {
	return func(c *server.Config) { c.PrivateEndpoints = []server.PrivateNetwork{{VPC: vpc, Addresses: addresses}} }
}

// hsmCluster configures a cluster of HSMs, with a change.
func hsmCluster(change func(*server.HSMCluster)) func(*server.Config) {
	return func(c *server.Config) {
		h := server.HSMCluster{ID: "cluster-abcdefghijk", Module: "/usr/lib/vendor.so", Tokens: []string{"one", "two"}, TrustAnchor: "customerCA.crt"}
		change(&h)
		c.HSM.Clusters = append(c.HSM.Clusters, h)
	}
}

// endpointService configures a VPC endpoint service, with a change.
func endpointService(change func(*server.EndpointService)) func(*server.Config) {
	return func(c *server.Config) {
		e := server.EndpointService{
			Name: "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", Owner: "111122223333", PrivateDNSName: "xks.example.com",
			Addresses: []string{"10.0.0.1:8443"},
		}
		change(&e)
		c.CustomKeyStores.EndpointServices = append(c.CustomKeyStores.EndpointServices, e)
	}
}

// consoleProvider configures a provider that people can sign in through, with a change.
func consoleProvider(change func(*server.ConsoleProvider)) func(*server.Config) {
	return func(c *server.Config) {
		p := server.ConsoleProvider{Name: "login", Issuer: "https://login.example.com/x", ClientID: "keystead", RoleARN: "arn:aws:iam::111122223333:role/x/people"}
		change(&p)
		c.Console.OIDC = append(c.Console.OIDC, p)
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*server.Config)
		want   string // in the error; "" for none
	}{
		{"defaults", func(*server.Config) {}, ""},
		{"IPv6 loopback", func(c *server.Config) { c.Listen = "[::1]:8080" }, ""},
		{"any address with TLS", func(c *server.Config) { c.Listen, c.TLS.Mode = "0.0.0.0:8443", "auto" }, ""},
		{"certificate files imply files", func(c *server.Config) { c.Listen, c.TLS.Cert, c.TLS.Key = ":8443", "c", "k" }, ""},
		{"any address without TLS", func(c *server.Config) { c.Listen = "0.0.0.0:8080" }, "without TLS"},
		{"no host without TLS", func(c *server.Config) { c.Listen = ":8080" }, "without TLS"},
		{"a host name without TLS", func(c *server.Config) { c.Listen = "keys.example.com:8080" }, "without TLS"},
		{"test clock on a network", func(c *server.Config) { c.Listen, c.TLS.Mode, c.TestClock = "0.0.0.0:8443", "auto", true }, "--test-clock"},
		{"no port", func(c *server.Config) { c.Listen = "127.0.0.1" }, "HOST:PORT"},
		{"account", func(c *server.Config) { c.Account = "12345" }, "12 digits"},
		{"region", func(c *server.Config) { c.Regions = []string{"us-east-1", "home"} }, `"home"`},
		{"certificate without key", func(c *server.Config) { c.TLS.Cert = "c" }, "cert and key"},
		{"PostgreSQL", func(c *server.Config) { c.Database = "postgresql://db/keystead" }, ""},
		{"SQLite elsewhere", func(c *server.Config) { c.Database = "sqlite:///var/lib/k.db" }, ""},
		{"another database", func(c *server.Config) { c.Database = "mysql://u:hunter2@db" }, "neither with postgres:// nor"},
		{"database without a scheme", func(c *server.Config) { c.Database = "/var/lib/k.db" }, "neither with postgres:// nor"},
		{"seal", func(c *server.Config) { c.Seal.Provider = "paper" }, `"paper"`},
		{"audit", func(c *server.Config) { c.Audit.Sync = "never" }, `"never"`},
		{"access key id alone", func(c *server.Config) { c.RootAccessKeyID = "AKIA" }, "or neither"},
		{"secret access key alone", func(c *server.Config) { c.RootSecretAccessKey = secret.FromString("x") }, "or neither"},
		{"private endpoints", endpointsAt("vpc-a", "127.0.0.1:9001", "[::1]:9001"), ""},
		{"private endpoints on a network", func(c *server.Config) { endpointsAt("vpc-a", "10.0.0.5:8443")(c); c.TLS.Mode = "auto" }, ""},
		{"private endpoints without TLS", endpointsAt("vpc-a", "10.0.0.5:8443"), "without TLS"},
		{"private endpoints on every network", endpointsAt("vpc-a", "0.0.0.0:8443"), "every network"},
		{"private endpoints at a host name", endpointsAt("vpc-a", "localhost:8443"), "is not an IP address and a port"},
		{"private endpoints without a port", endpointsAt("vpc-a", "127.0.0.1:0"), "is not an IP address and a port"},
		{"private endpoints in another spelling", endpointsAt("vpc-a", "[0:0::1]:9001"), "write the address"},
		{"private endpoints at the same address", endpointsAt("vpc-a", "127.0.0.1:9001", "127.0.0.1:9001"), "used twice"},
		{"private endpoints at the public address", endpointsAt("vpc-a", "127.0.0.1:8080"), "used twice"},
		{"private endpoints of no VPC", endpointsAt("a", "127.0.0.1:9001"), "is not the name of a VPC"},
		{"a VPC twice", func(c *server.Config) { c.PrivateEndpoints = []server.PrivateNetwork{{VPC: "vpc-a"}, {VPC: "vpc-a"}} }, "there twice"},
		{"the account of a VPC", func(c *server.Config) { c.PrivateEndpoints = []server.PrivateNetwork{{VPC: "vpc-a", Account: "1"}} }, "12 digits"},
		{"test clock with private endpoints", func(c *server.Config) {
			endpointsAt("vpc-a", "10.0.0.5:8443")(c)
			c.TLS.Mode, c.TestClock = "auto", true
		}, "--test-clock"},
		{"public URL", func(c *server.Config) { c.PublicURL = "https://kms.example.com:8443/" }, ""},
		{"public URL with a path", func(c *server.Config) { c.PublicURL = "https://kms.example.com/kms" }, "public-url"},
		{"public URL without a scheme", func(c *server.Config) { c.PublicURL = "kms.example.com" }, "public-url"},
		{"webhooks", func(c *server.Config) { c.Webhooks.Allow = []string{"10.0.0.0/8", "::1/128"} }, ""},
		{"webhooks to an address", func(c *server.Config) { c.Webhooks.Allow = []string{"10.0.0.1"} }, "webhook-allow"},
		{"webhooks to a network with an address in it", func(c *server.Config) { c.Webhooks.Allow = []string{"10.0.0.1/8"} }, "webhook-allow"},
		{"S3", func(c *server.Config) { c.S3.Endpoint, c.S3.Region = "http://127.0.0.1:9000", "eu-west-1" }, ""},
		{"S3 with a password", func(c *server.Config) { c.S3.Endpoint = "https://u:hunter2@s3.example.com" }, "s3-endpoint"},
		{"S3 without an endpoint", func(c *server.Config) { c.S3.Profile = "trail" }, "s3-endpoint, which is not set"},
		{"S3 without its credentials", func(c *server.Config) {
			c.S3.Endpoint, c.S3.CredentialsFile = "https://s3.example.com", "/nowhere"
		}, "/nowhere"},
		{"an HSM cluster", hsmCluster(func(*server.HSMCluster) {}), ""},
		{"an HSM cluster with a malformed id", hsmCluster(func(h *server.HSMCluster) { h.ID = "cluster-1" }), "the id is not"},
		{"an HSM cluster without tokens", hsmCluster(func(h *server.HSMCluster) { h.Tokens = nil }), "a module and tokens"},
		{"an HSM cluster of one HSM", hsmCluster(func(h *server.HSMCluster) { h.Tokens = h.Tokens[:1] }), "set minimum-hsms to 1"},
		{"an HSM cluster of one HSM that is enough", hsmCluster(func(h *server.HSMCluster) { h.Tokens, h.MinimumHSMs = h.Tokens[:1], 1 }), ""},
		{"more HSMs than there are", hsmCluster(func(h *server.HSMCluster) { h.MinimumHSMs = 3 }), "more than it has tokens"},
		{"a PIN format", hsmCluster(func(h *server.HSMCluster) { h.PINFormat = "pin" }), `"pin"`},
		{"an HSM cluster without a trust anchor", hsmCluster(func(h *server.HSMCluster) { h.TrustAnchor = "" }), "trust-anchor"},
		{"an HSM cluster of no account", hsmCluster(func(h *server.HSMCluster) { h.Account = "1" }), "12 digits"},
		{"an HSM cluster twice", func(c *server.Config) {
			hsmCluster(func(*server.HSMCluster) {})(c)
			c.HSM.Clusters = append(c.HSM.Clusters, c.HSM.Clusters[0])
		}, "there twice"},
		{"requests of a key store", func(c *server.Config) { c.CustomKeyStores.RequestsPerSecond = -1 }, "requests-per-second"},
		{"a client certificate without a key", func(c *server.Config) { c.CustomKeyStores.ClientCert = "c" }, "belong together"},
		{"proxies in a network", func(c *server.Config) { c.CustomKeyStores.Allow = []string{"10.0.0.1/8"} }, "is not a network"},
		{"the host of a proxy", func(c *server.Config) { c.CustomKeyStores.Hosts = map[string][]string{"xks.example.com": {"10.0.0.1"}} }, "HOST:PORT"},
		{"the address of a proxy as host", func(c *server.Config) {
			c.CustomKeyStores.Hosts = map[string][]string{"10.0.0.1": {"10.0.0.1:443"}}
		}, "fully qualified"},
		{"an endpoint service", endpointService(func(*server.EndpointService) {}), ""},
		{"an endpoint service of another form", endpointService(func(e *server.EndpointService) { e.Name = "vpce-svc-1" }), "of the form"},
		{"an endpoint service at no host", endpointService(func(e *server.EndpointService) { e.PrivateDNSName = "xks:443" }), "fully qualified"},
		{"an endpoint service twice", func(c *server.Config) {
			endpointService(func(*server.EndpointService) {})(c)
			endpointService(func(*server.EndpointService) {})(c)
		}, "there twice"},
		{"an endpoint service without addresses", endpointService(func(e *server.EndpointService) { e.Addresses = nil }), "no addresses"},
		{"an endpoint service of nobody", endpointService(func(e *server.EndpointService) { e.Owner = "" }), "12 digits"},
		{"an endpoint service without a name", endpointService(func(e *server.EndpointService) { e.PrivateDNSName = "" }), "private-dns-name"},
		{"the domain of an endpoint service", endpointService(func(e *server.EndpointService) { e.DomainState = "mine" }), `"mine"`},
		{"the load balancer of an endpoint service", endpointService(func(e *server.EndpointService) { e.LoadBalancer = "application" }), `"application"`},
		{"a session of the console", func(c *server.Config) { c.Console.Session = 15 * time.Minute }, ""},
		{"a short session of the console", func(c *server.Config) { c.Console.Session = time.Minute }, "15m to 12h"},
		{"a long session of the console", func(c *server.Config) { c.Console.Session = 13 * time.Hour }, "15m to 12h"},
		{"a provider", consoleProvider(func(*server.ConsoleProvider) {}), ""},
		{"a provider twice", func(c *server.Config) {
			consoleProvider(func(*server.ConsoleProvider) {})(c)
			consoleProvider(func(*server.ConsoleProvider) {})(c)
		}, "there twice"},
		{"the name of a provider", consoleProvider(func(p *server.ConsoleProvider) { p.Name = "Log in" }), "small letters"},
		{"a provider without TLS", consoleProvider(func(p *server.ConsoleProvider) { p.Issuer = "http://login.example.com" }), "https://HOST"},
		{"a provider without a client", consoleProvider(func(p *server.ConsoleProvider) { p.ClientID = "" }), "client-id"},
		{"a provider without a role", consoleProvider(func(p *server.ConsoleProvider) { p.RoleARN = "arn:aws:iam::111122223333:user/people" }), "role-arn"},
		{"the scopes of a provider", consoleProvider(func(p *server.ConsoleProvider) { p.Scopes = []string{"email"} }), "openid"},
		{"the authorities of a provider", consoleProvider(func(p *server.ConsoleProvider) { p.CAFile = "/nowhere" }), "ca-file"},
		{"the secret of a provider", consoleProvider(func(p *server.ConsoleProvider) { p.ClientSecretFile = "/nowhere" }), "client-secret-file"},
		{"several mistakes", func(c *server.Config) { c.Account, c.Seal.Provider = "1", "paper" }, "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := server.DefaultConfig()
			test.change(&c)
			switch err := c.Check(); {
			case test.want == "" && err != nil:
				t.Errorf("Check: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2")):
				t.Errorf("Check: %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keystead.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("listen: 127.0.0.1:9000\nregions: [eu-central-1]\ntls:\n  mode: auto\n  hosts: [keys.example.com]\nstaleness: 3s\nprivate-endpoints:\n  - vpc: vpc-a\n    account: \"111122223333\"\n    addresses: [\"10.0.0.5:8443\"]\n")
	c := server.DefaultConfig()
	if err := c.Load(path); err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:9000" || c.Region() != "eu-central-1" || c.TLS.Mode != "auto" || c.TLS.Hosts[0] != "keys.example.com" || c.Staleness.Seconds() != 3 {
		t.Errorf("loaded %+v", c)
	}
	if len(c.PrivateEndpoints) != 1 || c.PrivateEndpoints[0].VPC != "vpc-a" || c.PrivateEndpoints[0].Account != "111122223333" || c.PrivateEndpoints[0].Addresses[0] != "10.0.0.5:8443" {
		t.Errorf("loaded %+v", c.PrivateEndpoints)
	}
	if c.DataDir != "./data" || c.CacheMiB != 512 {
		t.Errorf("what the file does not name lost its default: %+v", c)
	}
	for _, bad := range []string{"listne: 127.0.0.1:9000\n", "tls:\n  mod: auto\n", "test-clock: true\n", "listen: [1]\n", "{"} {
		write(bad)
		c := server.DefaultConfig()
		if err := c.Load(path); err == nil {
			t.Errorf("%q loads", bad)
		}
		write("database: postgres://keystead:passw0rd@db/keystead\n" + bad)
		if err := c.Load(path); err == nil || strings.Contains(err.Error(), "passw0rd") {
			t.Errorf("with a password before it, %q gives %v", bad, err)
		}
	}
	for _, bad := range []string{"staleness: 10\n", "shutdown-grace: soon\n", "staleness: \"\"\n"} {
		write(bad)
		c := server.DefaultConfig()
		if err := c.Load(path); err == nil || !strings.Contains(err.Error(), "is not a duration such as 10s") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	write("staleness: \"1m30s\"\n")
	if err := c.Load(path); err != nil || c.Staleness != 90*time.Second {
		t.Errorf("a duration in quotes: %v, %v", c.Staleness, err)
	}
	write("\n")
	if err := c.Load(path); err != nil {
		t.Errorf("an empty file: %v", err)
	}
	if err := c.Load(path + ".none"); err == nil {
		t.Error("a file that does not exist loads")
	}
}

// TestOperationsPage keeps the sample of the documentation in step with Config.
func TestOperationsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	sample, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/operations.md has no sample configuration")
	}
	path := filepath.Join(t.TempDir(), "keystead.yaml")
	if err := os.WriteFile(path, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	c := server.DefaultConfig()
	if err := c.Load(path); err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// TestKeyStoresPage loads and checks the pieces of configuration in docs/key-stores.md.
func TestKeyStoresPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/key-stores.md")
	if err != nil {
		t.Fatal(err)
	}
	pieces := regexp.MustCompile("(?s)```yaml\n((?:hsm|custom-key-stores):.*?)```").FindAllSubmatch(page, -1)
	if len(pieces) != 4 {
		t.Fatalf("docs/key-stores.md has %d pieces of configuration of the server, want 4", len(pieces))
	}
	for _, piece := range pieces {
		path := filepath.Join(t.TempDir(), "keystead.yaml")
		if err := os.WriteFile(path, piece[1], 0o600); err != nil {
			t.Fatal(err)
		}
		c := server.DefaultConfig()
		if err := errors.Join(c.Load(path), c.Check()); err != nil {
			t.Errorf("%v:\n%s", err, piece[1])
		}
	}
}
