package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// client makes signed requests to one server.
type client struct {
	server *process
	keys   aws.Credentials
	tls    bool
}

// newClient reads the access key that the server's first start left.
func newClient(p *process, tls bool) (*client, error) {
	b, err := os.ReadFile(filepath.Join(p.dir, "credentials"))
	if err != nil {
		return nil, err
	}
	c := &client{server: p, tls: tls}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch name {
		case "aws_access_key_id":
			c.keys.AccessKeyID = value
		case "aws_secret_access_key":
			c.keys.SecretAccessKey = value
		}
	}
	return c, nil
}

// startClient starts a server and returns its client. The caller must stop the server.
func startClient(ctx context.Context, o options, tls bool) (*client, error) {
	p, err := startKeystead(ctx, o, tls)
	if err != nil {
		return nil, err
	}
	c, err := newClient(p, tls)
	if err != nil {
		p.stop()
	}
	return c, err
}

// api is a service that speaks JSON.
type api struct{ service, target string }

var (
	kmsAPI        = api{"kms", "TrentService"}
	hsmAPI        = api{"cloudhsm", "BaldrApiService"}
	logsAPI       = api{"logs", "Logs_20140328"}
	cloudTrailAPI = api{"cloudtrail", "CloudTrail_20131101"}
)

// request makes the bytes of a signed request to KMS.
func (c *client) request(operation string, in map[string]any) ([]byte, error) {
	return c.requestTo(kmsAPI, operation, in)
}

// requestTo makes the bytes of a signed request with the headers that SDKs send. The
// signature is good for five minutes.
func (c *client) requestTo(to api, operation string, in map[string]any) ([]byte, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	return c.sign(to.service, body, http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {to.target + "." + operation},
	})
}

// sign makes the bytes of a signed request.
func (c *client) sign(service string, body []byte, headers http.Header) ([]byte, error) {
	r, err := http.NewRequest(http.MethodPost, "http://"+c.server.addr+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = headers
	r.Header.Set("User-Agent", "aws-sdk-go-v2/1.47.7 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#amd64 api/kms#1.62.4")
	r.Header.Set("Amz-Sdk-Invocation-Id", "1f2b5a6e-6a8e-4f5c-9a30-000000000000")
	r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(context.Background(), c.keys, r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = r.Write(&b)
	return b.Bytes(), err
}

// call sends one request on a connection of its own. It returns the answer and its length.
func (c *client) call(operation string, in map[string]any) (map[string]any, int, error) {
	conn, err := dial(c.server.addr, c.tls)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close()
	return c.callOn(conn, operation, in)
}

func (c *client) callOn(conn *connection, operation string, in map[string]any) (map[string]any, int, error) {
	return c.callAPI(conn, kmsAPI, operation, in)
}

// callAPI is callOn for any service.
func (c *client) callAPI(conn *connection, to api, operation string, in map[string]any) (map[string]any, int, error) {
	raw, err := c.requestTo(to, operation, in)
	if err != nil {
		return nil, 0, err
	}
	status, body, err := conn.roundTrip(raw)
	if err != nil {
		return nil, 0, err
	}
	if status != http.StatusOK {
		return nil, 0, fmt.Errorf("%s: status %d: %s", operation, status, body)
	}
	var out map[string]any
	if len(body) > 0 {
		err = json.Unmarshal(body, &out)
	}
	return out, len(body), err
}

// callIAM makes a call of IAM, which speaks no JSON.
func (c *client) callIAM(conn *connection, in url.Values) error {
	in.Set("Version", "2010-05-08")
	raw, err := c.sign("iam", []byte(in.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if err != nil {
		return err
	}
	status, body, err := conn.roundTrip(raw)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s: status %d: %s", in.Get("Action"), status, body)
	}
	return err
}

// createKey makes a key and returns its ARN.
func (c *client) createKey(conn *connection, in map[string]any) (string, error) {
	out, _, err := c.callOn(conn, "CreateKey", in)
	if err != nil {
		return "", err
	}
	metadata, _ := out["KeyMetadata"].(map[string]any)
	arn, _ := metadata["Arn"].(string)
	return arn, nil
}
