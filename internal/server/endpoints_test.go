package server_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/server"
)

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// through is a client of KMS at an address.
func (r *running) through(url string) *kms.Client {
	return kms.New(r.kms("us-east-1").Options(), func(o *kms.Options) { o.BaseEndpoint = &url })
}

// ec2 sends an action of the EC2 API, and returns the status and the body of the answer.
func (r *running) ec2(action string, parameters ...string) (int, string) {
	r.t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2016-11-15"}}
	for _, p := range parameters {
		name, value, _ := strings.Cut(p, "=")
		form.Set(name, value)
	}
	body := form.Encode()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+"/", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sum := sha256.Sum256([]byte(body))
	k := aws.Credentials{AccessKeyID: r.key.ID, SecretAccessKey: string(r.key.Secret.Expose())}
	if err := v4.NewSigner().SignHTTP(r.t.Context(), k, req, hex.EncodeToString(sum[:]), "ec2", "us-east-1", time.Now()); err != nil {
		r.t.Fatal(err)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// privateEndpoint is an endpoint in a test, and the address at which it is reached.
type privateEndpoint struct{ id, at string }

func creation(vpc string) []string {
	return []string{"VpcId=" + vpc, "ServiceName=com.amazonaws.us-east-1.kms", "VpcEndpointType=Interface", "PrivateDnsEnabled=false"}
}

// endpoint makes an endpoint in a VPC.
func (r *running) endpoint(vpc string, more ...string) privateEndpoint {
	r.t.Helper()
	status, answer := r.ec2("CreateVpcEndpoint", append(creation(vpc), more...)...)
	var out struct {
		ID string   `xml:"vpcEndpoint>vpcEndpointId"`
		At []string `xml:"vpcEndpoint>dnsEntrySet>item>dnsName"`
	}
	if err := xml.Unmarshal([]byte(answer), &out); status != http.StatusOK || err != nil || len(out.At) == 0 {
		r.t.Fatalf("CreateVpcEndpoint answers %d %s (%v)", status, answer, err)
	}
	return privateEndpoint{out.ID, out.At[0]}
}

func list(ctx context.Context, c *kms.Client) string {
	_, err := c.ListKeys(ctx, &kms.ListKeysInput{})
	return code(err)
}

// TestEndpointOfOtherServices: an endpoint answers for its own service and no other.
func TestEndpointOfOtherServices(t *testing.T) {
	t.Parallel()
	r := start(t, func(*server.Config) {})
	for _, service := range []string{"cloudtrail", "events", "logs", "monitoring", "sns"} {
		e := r.endpoint("vpc-a", "ServiceName=com.amazonaws.us-east-1."+service)
		c := kms.New(kms.Options{Region: "us-east-1", BaseEndpoint: new("http://" + e.at), HTTPClient: r.client, RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider(r.key.ID, string(r.key.Secret.Expose()), "")})
		_, err := c.ListKeys(t.Context(), &kms.ListKeysInput{})
		if code(err) != "InvalidSignatureException" || !strings.Contains(err.Error(), "'"+service+"'") {
			t.Errorf("%s: a call of KMS answers %v", service, err)
		}
	}
}

// TestEndpointOfCBOR: calls whose operation stands in the path reach an endpoint, too.
func TestEndpointOfCBOR(t *testing.T) {
	t.Parallel()
	r := start(t, func(*server.Config) {})
	e := r.endpoint("vpc-a", "ServiceName=com.amazonaws.us-east-1.monitoring", "PolicyDocument="+
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"cloudwatch:ListMetrics","Resource":"*"}]}`)
	path := &pathOf{client: r.client}
	c := cloudwatch.New(cloudwatch.Options{Region: "us-east-1", BaseEndpoint: new("http://" + e.at), HTTPClient: path, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(r.key.ID, string(r.key.Secret.Expose()), "")})
	_, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
	if got := code(err); got != "ok" || path.last != "/service/GraniteServiceVersion20100801/operation/ListMetrics" {
		t.Errorf("a call at %s answers %s", path.last, got)
	}
	_, err = c.ListDashboards(t.Context(), &cloudwatch.ListDashboardsInput{})
	if got := code(err); !strings.HasPrefix(got, "AccessDenied") {
		t.Errorf("a call that the endpoint's policy does not allow answers %s", got)
	}
}

// pathOf is a client that keeps the path of its last request.
type pathOf struct {
	client *http.Client
	last   string
}

func (p *pathOf) Do(r *http.Request) (*http.Response, error) {
	p.last = r.URL.Path
	return p.client.Do(r)
}

func TestEndpointAddresses(t *testing.T) {
	t.Parallel()
	one, two := freeAddress(t), freeAddress(t)
	r := start(t, func(c *server.Config) {
		c.PrivateEndpoints = []server.PrivateNetwork{{VPC: "vpc-a", Addresses: []string{one, two}}}
	})
	first, second := r.endpoint("vpc-a"), r.endpoint("vpc-a")
	if first.at != one || second.at != two {
		t.Errorf("the endpoints are at %s and %s, want %s and %s", first.at, second.at, one, two)
	}
	if status, answer := r.ec2("CreateVpcEndpoint", creation("vpc-a")...); status != 400 || !strings.Contains(answer, "InsufficientFreeAddressesInSubnet") {
		t.Errorf("a third endpoint: %d %s", status, answer)
	}
	if other := r.endpoint("vpc-b"); !strings.HasPrefix(other.at, "127.0.0.1:") {
		t.Errorf("an endpoint of another VPC is at %s", other.at)
	}
	r.ec2("DeleteVpcEndpoints", "VpcEndpointId.1="+first.id)
	if again := r.endpoint("vpc-a"); again.at != one {
		t.Errorf("a new endpoint is at %s, want %s, which is free again", again.at, one)
	}
}

// TestEndpointAddressTaken: an endpoint whose address is not to be had at a start is told of
// and comes back when it is; the node serves everything else meanwhile.
func TestEndpointAddressTaken(t *testing.T) {
	t.Parallel()
	address, dir := freeAddress(t), t.TempDir()
	configure := func(c *server.Config) {
		c.DataDir = dir
		c.PrivateEndpoints = []server.PrivateNetwork{{VPC: "vpc-a", Addresses: []string{address}}}
	}
	r := start(t, configure)
	e := r.endpoint("vpc-a")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	squatter, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer squatter.Close()
	r = start(t, configure)
	if got := list(t.Context(), r.kms("us-east-1")); got != "ok" {
		t.Errorf("the public listener: %s", got)
	}
	want := `{"ready":true,"reasons":{"private endpoint ` + e.id + `":"its listener can't be opened; the log says why"}}`
	if status, answer := r.ask("GET", "/readyz", ""); status != http.StatusOK || answer != want {
		t.Errorf("/readyz answers %d %s", status, answer)
	}
	if _, answer := r.ec2("DescribeVpcEndpoints"); !strings.Contains(answer, "<state>failed</state>") || !strings.Contains(answer, "address already in use") {
		t.Errorf("DescribeVpcEndpoints: %s", answer)
	}
	squatter.Close()
	for end := time.Now().Add(time.Minute); ; {
		if _, answer := r.ec2("DescribeVpcEndpoints"); strings.Contains(answer, "<state>available</state>") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the endpoint does not come back")
		}
	}
	if got := list(t.Context(), r.through("http://"+address)); got != "ok" {
		t.Errorf("through the endpoint: %s", got)
	}
	if _, answer := r.ask("GET", "/readyz", ""); answer != `{"ready":true}` {
		t.Errorf("/readyz answers %s", answer)
	}
}

// TestEndpointDeletedInUse: with an endpoint its connections end, idle or not.
func TestEndpointDeletedInUse(t *testing.T) {
	t.Parallel()
	r := start(t, func(*server.Config) {})
	e := r.endpoint("vpc-a")
	dial := func(send string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", e.at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, send); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	const head = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: TrentService.ListKeys\r\nContent-Type: application/x-amz-json-1.1\r\n"
	fresh := dial("")
	idle := dial(head + "Content-Length: 2\r\n\r\n{}")
	if _, err := idle.Read(make([]byte, 4096)); err != nil { // the answer
		t.Fatal(err)
	}
	active := dial(head + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if _, err := active.Read(make([]byte, 4096)); err != nil { // 100 Continue
		t.Fatal(err)
	}
	if status, answer := r.ec2("DeleteVpcEndpoints", "VpcEndpointId.1="+e.id); status != http.StatusOK {
		t.Fatalf("delete: %d %s", status, answer)
	}
	for name, conn := range map[string]net.Conn{"new": fresh, "idle": idle, "active": active} {
		if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("the %s connection stays open", name)
		}
	}
	if conn, err := net.Dial("tcp", e.at); err == nil {
		conn.Close()
		t.Error("somebody still listens")
	}
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}

// TestEndpointTLS: the certificate is good for the endpoint's address and for the name that
// private DNS gives it, over HTTP/1.1 and HTTP/2, as soon as the endpoint is there.
func TestEndpointTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := start(t, func(c *server.Config) { c.DataDir, c.TLS.Mode = dir, "auto" })
	pem, err := os.ReadFile(filepath.Join(dir, "tls", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	r.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	e := r.endpoint("vpc-a", "PrivateDnsEnabled=true")
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for _, host := range []string{e.at, "kms.us-east-1.amazonaws.com"} {
			transport := &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: protocol == "HTTP/2.0",
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, e.at) // as private DNS would
				},
			}
			var seen string
			c := kms.New(r.kms("us-east-1").Options(), func(o *kms.Options) {
				o.BaseEndpoint = aws.String("https://" + host)
				o.HTTPClient = doer(func(req *http.Request) (*http.Response, error) {
					res, err := transport.RoundTrip(req)
					if err == nil {
						seen = res.Proto
					}
					return res, err
				})
			})
			if _, err := c.ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil || seen != protocol {
				t.Errorf("%s at %s: %v, %q", protocol, host, err, seen)
			}
			transport.CloseIdleConnections()
		}
	}
	r.client.CloseIdleConnections()
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// TestEndpointShutdown: a request that came through an endpoint is finished, too.
func TestEndpointShutdown(t *testing.T) {
	t.Parallel()
	r := start(t, func(*server.Config) {})
	e := r.endpoint("vpc-a")
	conn, err := net.Dial("tcp", e.at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: TrentService.ListKeys\r\nContent-Type: application/x-amz-json-1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if _, err := conn.Read(make([]byte, 4096)); err != nil { // 100 Continue
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for { // until the listener is closed
		c, err := net.Dial("tcp", e.at)
		if err != nil {
			break
		}
		c.Close()
	}
	fmt.Fprint(conn, "{}")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), "MissingAuthenticationTokenException") {
		t.Errorf("the request in flight was answered %q, %v", answer, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

// TestEndpointIdentity: what a request says of itself makes no endpoint of a listener, and
// no other endpoint of an endpoint.
func TestEndpointIdentity(t *testing.T) {
	t.Parallel()
	r := start(t, func(*server.Config) {})
	e, other := r.endpoint("vpc-a"), r.endpoint("vpc-b")
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{"Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"},
		map[string]any{"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*", "Condition": map[string]any{
			"StringNotEquals": map[string]string{"aws:SourceVpce": e.id}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	key, err := r.kms("us-east-1").CreateKey(t.Context(), &kms.CreateKeyInput{Policy: aws.String(string(policy))})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ url, want string }{
		"the endpoint":        {"http://" + e.at, "ok"},
		"another endpoint":    {"http://" + other.at, "AccessDeniedException"},
		"the public listener": {r.url, "AccessDeniedException"},
	} {
		c := kms.New(r.kms("us-east-1").Options(), func(o *kms.Options) {
			o.BaseEndpoint = &tt.url
			o.HTTPClient = doer(func(req *http.Request) (*http.Response, error) {
				for _, h := range []string{"X-Forwarded-For", "X-Amz-Vpce-Id", "X-Amz-Source-Vpce", "X-Vpc-Endpoint-Id", "Forwarded"} {
					req.Header.Set(h, e.id)
				}
				req.Header.Set("X-Amzn-Vpce", e.id)
				return http.DefaultClient.Do(req)
			})
		})
		_, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: []byte("x")})
		if got := code(err); got != tt.want {
			t.Errorf("Encrypt through %s: %v, want %s", name, err, tt.want)
		}
	}
}
