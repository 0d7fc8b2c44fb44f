package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/rogpeppe/go-internal/testscript"
)

// kmsMain is the program "kms OPERATION [JSON]": one call of the API, with endpoint,
// credentials and authorities from the environment as AWS clients have them. It prints
// the answer; KMS_HEADER is a further header, which is signed too. An error goes to standard error with exit status 1.
func kmsMain() {
	exitOn(callKMS(context.Background(), os.Stdout, os.Args[1:], kmsTarget))
}

// cloudtrailMain is likewise "cloudtrail OPERATION [JSON]".
func cloudtrailMain() {
	exitOn(callKMS(context.Background(), os.Stdout, os.Args[1:], target{"CloudTrail_20131101.", "cloudtrail"}))
}

// advanceMain is "advance DURATION": it moves the clock of a server that runs with a test
// clock. When it returns, what has become due has happened.
func advanceMain() {
	body := strings.NewReader(`{"Advance":"` + os.Args[1] + `"}`)
	res, err := http.Post(os.Getenv("AWS_ENDPOINT_URL")+"/_keystead/clock", "application/json", body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the clock can't be moved: %s", res.Status)
	}
	exitOn(err)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// target is a service of the JSON protocol.
type target struct{ prefix, service string }

var kmsTarget = target{"TrentService.", "kms"}

func callKMS(ctx context.Context, w io.Writer, args []string, to target) error {
	// A client that is given gets the authorities of AWS_CA_BUNDLE.
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(awshttp.NewBuildableClient()))
	if err != nil {
		return err
	}
	body := "{}"
	if len(args) > 1 {
		body = args[1]
	}
	req, err := signed(ctx, cfg, os.Getenv("AWS_ENDPOINT_URL"), args[0], body, to)
	if err != nil {
		return err
	}
	res, err := cfg.HTTPClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%d %s", res.StatusCode, answer)
	}
	_, err = fmt.Fprintf(w, "%s\n", answer)
	return err
}

// signed is a call as an HTTP request.
func signed(ctx context.Context, cfg aws.Config, url, operation, body string, to target) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", to.prefix+operation)
	if name, value, ok := strings.Cut(os.Getenv("KMS_HEADER"), ": "); ok {
		req.Header.Set(name, value)
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(body))
	return req, v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(hash[:]), to.service, cfg.Region, time.Now())
}

// cmdKeep sets a variable to a member of the JSON that the last command printed.
func cmdKeep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keep VAR MEMBER")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for name := range strings.SplitSeq(args[1], ".") {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		m, _ := v.(map[string]any)
		v = m[name]
	}
	text, ok := v.(string)
	if !ok {
		ts.Fatalf("%s is %v, not a string", args[1], v)
	}
	ts.Setenv(args[0], text)
}

// openCall is a call whose body the server waits for.
type openCall struct {
	conn net.Conn
	in   *bufio.Reader
	req  *http.Request
	body string
}

// cmdBegin sends the head of a call. The server asks for the body with "100 Continue" when
// its handler reads it; from then on the call is in flight.
func cmdBegin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: begin OPERATION JSON")
	}
	ctx := stageOf(ts).t.Context()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedCredentialsFiles([]string{ts.Getenv("AWS_SHARED_CREDENTIALS_FILE")}), config.WithRegion("us-east-1"))
	ts.Check(err)
	c := &openCall{body: args[1]}
	c.req, err = signed(ctx, cfg, ts.Getenv("AWS_ENDPOINT_URL"), args[0], args[1], kmsTarget)
	ts.Check(err)
	c.conn, err = net.Dial("tcp", c.req.URL.Host)
	ts.Check(err)
	ts.Check(c.conn.SetDeadline(time.Now().Add(patience)))
	c.in = bufio.NewReader(c.conn)
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n", c.req.URL.Host, len(c.body))
	ts.Check(c.req.Header.Write(&head))
	head.WriteString("\r\n")
	_, err = c.conn.Write(head.Bytes())
	ts.Check(err)
	line, err := c.in.ReadString('\n')
	ts.Check(err)
	if !strings.Contains(line, " 100 ") {
		ts.Fatalf("the server says %q, not that it waits for the body", line)
	}
	_, err = c.in.ReadString('\n') // the empty line behind it
	ts.Check(err)
	stageOf(ts).call = c
}

// cmdFinish sends the body of the call that is open. The answer's status is on standard
// error.
func cmdFinish(ts *testscript.TestScript, neg bool, args []string) {
	c := stageOf(ts).call
	defer c.conn.Close()
	_, err := io.WriteString(c.conn, c.body)
	ts.Check(err)
	res, err := http.ReadResponse(c.in, c.req)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stderr(), "%s\n", res.Status)
	fmt.Fprintf(ts.Stdout(), "%s\n", answer)
}
