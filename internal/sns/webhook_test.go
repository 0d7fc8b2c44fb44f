package sns_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/mail/mailtest"
	"github.com/keystead/keystead/keysteadtest"
)

// hook is a web server that keeps what it is sent.
type hook struct {
	*httptest.Server
	t      testing.TB
	mu     sync.Mutex
	got    []hit
	status int
	came   chan struct{}
}

type hit struct {
	path   string
	header http.Header
	raw    string
	body   map[string]any
}

func newHook(t testing.TB) *hook {
	h := &hook{t: t, status: 200, came: make(chan struct{}, 1000)}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	x := hit{path: r.URL.Path, header: r.Header, raw: string(b)}
	_ = json.Unmarshal(b, &x.body)
	h.mu.Lock()
	h.got = append(h.got, x)
	status := h.status
	h.mu.Unlock()
	w.Header().Set("Location", "/redirected")
	w.WriteHeader(status)
	h.came <- struct{}{}
}

// await waits for the n-th request.
func (h *hook) await(n int) hit {
	h.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		h.mu.Lock()
		if len(h.got) >= n {
			defer h.mu.Unlock()
			return h.got[n-1]
		}
		h.mu.Unlock()
		select {
		case <-h.came:
		case <-timeout:
			h.t.Fatalf("%d requests have not come", n)
		}
	}
}

func (x hit) text(name string) string { s, _ := x.body[name].(string); return s }

// verify checks the signature of a message with the openssl command.
func (x hit) verify(t testing.TB) {
	t.Helper()
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if x.text("Type") != "Notification" {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var text strings.Builder
	for _, name := range names {
		if v, ok := x.body[name].(string); ok {
			text.WriteString(name + "\n" + v + "\n")
		}
	}
	_, cert, _ := visit(t, http.MethodGet, x.text("SigningCertURL"))
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	signature, err := base64.StdEncoding.DecodeString(x.text("Signature"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := exec.CommandContext(t.Context(), "openssl", "x509", "-pubkey", "-noout", "-in", write("cert.pem", []byte(cert))).Output()
	if err != nil {
		t.Fatalf("openssl x509: %v\n%s", err, cert)
	}
	digest := map[string]string{"1": "-sha1", "2": "-sha256"}[x.text("SignatureVersion")]
	out, err := exec.CommandContext(t.Context(), "openssl", "dgst", digest, "-verify", write("key.pem", public), "-signature", write("signature", signature), write("text", []byte(text.String()))).CombinedOutput()
	if err != nil {
		t.Errorf("openssl dgst: %v %s\n%s", err, out, text.String())
	}
}

// TestWebhook is the life of a subscription of a web server, with both versions of signatures.
func TestWebhook(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, _ *mailtest.Relay) {
		c := client(srv)
		for _, version := range []string{"1", "2"} {
			h := newHook(t)
			topic := newTopic(t, c, "hooks-"+version, map[string]string{"SignatureVersion": version})
			endpoint := strings.Replace(h.URL, "http://", "http://alice:hunter2@", 1) + "/path"
			arn := subscribe(t, c, topic, "http", endpoint, nil)
			publish(t, c, topic, "", "before it is confirmed")
			first := h.await(1)
			if first.path != "/path" || first.text("Type") != "SubscriptionConfirmation" || first.header.Get("x-amz-sns-message-type") != "SubscriptionConfirmation" || first.header.Get("x-amz-sns-topic-arn") != topic {
				t.Fatalf("the request to confirm: %+v", first)
			}
			if user, password, _ := (&http.Request{Header: first.header}).BasicAuth(); user != "alice" || password != "hunter2" {
				t.Errorf("user %q, password %q", user, password)
			}
			first.verify(t)
			status, answer, _ := visit(t, http.MethodGet, first.text("SubscribeURL"))
			if status != 200 || !strings.Contains(answer, arn) {
				t.Fatalf("GET SubscribeURL: %d %s", status, answer)
			}
			out, err := c.Publish(t.Context(), &sns.PublishInput{
				TopicArn: &topic, Subject: new("the <subject>"), Message: new("text & \"more\"\n"),
				MessageAttributes: map[string]types.MessageAttributeValue{"n": {DataType: new("Number"), StringValue: new("5")}, "b": {DataType: new("Binary"), BinaryValue: []byte{0, 1}}},
			})
			id := *must(t, out, err).MessageId
			second := h.await(2)
			if second.text("Message") != "text & \"more\"\n" || second.text("Subject") != "the <subject>" || second.text("MessageId") != id || second.header.Get("x-amz-sns-message-id") != id ||
				second.header.Get("x-amz-sns-subscription-arn") != arn || second.header.Get("Content-Type") != "text/plain; charset=UTF-8" || !strings.HasPrefix(second.raw, "{\n  \"Type\" : \"Notification\",\n") {
				t.Errorf("the notification: %s %v", second.raw, second.header)
			}
			if a, _ := json.Marshal(second.body["MessageAttributes"]); string(a) != `{"b":{"Type":"Binary","Value":"AAE="},"n":{"Type":"Number","Value":"5"}}` {
				t.Errorf("attributes: %s", a)
			}
			second.verify(t)
			list, err := c.ListSubscriptions(t.Context(), &sns.ListSubscriptionsInput{})
			for _, u := range must(t, list, err).Subscriptions {
				if strings.Contains(*u.Endpoint, "hunter2") {
					t.Errorf("the list shows %s", *u.Endpoint)
				}
			}
			_, err = c.SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{SubscriptionArn: &arn, AttributeName: new("RawMessageDelivery"), AttributeValue: new("true")})
			must(t, 0, err)
			publish(t, c, topic, "", "raw")
			if third := h.await(3); third.raw != "raw" || third.header.Get("x-amz-sns-rawdelivery") != "true" {
				t.Errorf("raw: %+v", third)
			}
			if status, answer, _ := visit(t, http.MethodGet, second.text("UnsubscribeURL")); status != 200 {
				t.Errorf("GET UnsubscribeURL: %d %s", status, answer)
			}
			fourth := h.await(4)
			if fourth.text("Type") != "UnsubscribeConfirmation" {
				t.Errorf("the last message: %s", fourth.raw)
			}
			fourth.verify(t)
			publish(t, c, topic, "", "after it has ended")
			visit(t, http.MethodGet, fourth.text("SubscribeURL"))
			publish(t, c, topic, "", "taken back")
			if fifth := h.await(5); fifth.raw != "taken back" {
				t.Errorf("after it was taken back: %s", fifth.raw)
			}
		}
	})
}

// TestRedrive: what can't be delivered goes to a log group, after the tries of the policy.
func TestRedrive(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, _ *mailtest.Relay) {
		c, l := client(srv), cloudwatchlogs.NewFromConfig(srv.Config())
		_, err := l.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("/dead")})
		must(t, 0, err)
		topic := newTopic(t, c, "hooks", nil)
		h := newHook(t)
		for arn, text := range map[string]string{
			"arn:aws:sqs:us-east-1:000000000000:queue":            "there are no SQS queues",
			"arn:aws:logs:us-east-1:111122223333:log-group:/dead": "of the subscription's account",
			"arn:aws:kms:us-east-1:000000000000:key/1":            "must be the ARN of a log group",
			"queue": "invalid arn",
		} {
			_, err := c.Subscribe(t.Context(), &sns.SubscribeInput{
				TopicArn: &topic, Protocol: new("http"), Endpoint: &h.URL, Attributes: map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `"}`},
			})
			wantCode(t, err, "InvalidParameter", text)
		}
		subscribe(t, c, topic, "http", h.URL, map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:logs:us-east-1:000000000000:log-group:/dead"}`, "DeliveryPolicy": `{"healthyRetryPolicy":{"numRetries":1,"minDelayTarget":5,"maxDelayTarget":5}}`,
		})
		visit(t, http.MethodGet, h.await(1).text("SubscribeURL"))
		h.mu.Lock()
		h.status = 503
		h.mu.Unlock()
		publish(t, c, topic, "", "lost")
		h.await(2)
		srv.Advance(6 * time.Second)
		h.await(3)
		srv.Advance(time.Second)
		out, err := l.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/dead")})
		events := must(t, out, err).Events
		if len(events) != 1 || !strings.Contains(*events[0].Message, `"Message":"lost"`) || !strings.Contains(*events[0].Message, `"tries":2`) || !strings.Contains(*events[0].Message, "status 503") {
			t.Fatalf("dead letters: %+v", events)
		}
		// What the endpoint has refused is not tried again, and a redirect is not followed.
		for i, status := range []int{http.StatusFound, http.StatusForbidden} {
			h.mu.Lock()
			h.status = status
			h.mu.Unlock()
			publish(t, c, topic, "", "refused")
			h.await(4 + i)
			srv.Advance(time.Minute)
			h.mu.Lock()
			if len(h.got) != 4+i || h.got[3+i].path != "/" {
				t.Errorf("after status %d: %d requests", status, len(h.got))
			}
			h.mu.Unlock()
		}
	})
}

// TestPrivateAddresses: webhooks reach none unless the operator allows it.
func TestPrivateAddresses(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := client(srv)
	h := newHook(t)
	topic := newTopic(t, c, "hooks", nil)
	subscribe(t, c, topic, "http", h.URL, nil)
	subscribe(t, c, topic, "http", strings.Replace(h.URL, "127.0.0.1", "localhost", 1), nil)
	srv.Advance(time.Minute)
	srv.Advance(time.Minute)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.got) != 0 {
		t.Errorf("the endpoint was reached: %+v", h.got)
	}
}

// TestPoliciesThatClash: what a subscription says and what its topic says later may be no policy
// together. Its messages arrive all the same, and those of others are not held up.
func TestPoliciesThatClash(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, _ *mailtest.Relay) {
		c, h := client(srv), newHook(t)
		topic := newTopic(t, c, "clash", nil)
		arn := subscribe(t, c, topic, "http", h.URL, map[string]string{"DeliveryPolicy": `{"healthyRetryPolicy":{"numRetries":3}}`})
		visit(t, http.MethodGet, h.await(1).text("SubscribeURL"))
		_, err := c.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
			TopicArn: &topic, AttributeName: new("DeliveryPolicy"), AttributeValue: new(`{"http":{"defaultHealthyRetryPolicy":{"numRetries":10,"numMaxDelayRetries":10}}}`),
		})
		must(t, 0, err)
		publish(t, c, topic, "", "clashes")
		if got := h.await(2); got.text("Message") != "clashes" {
			t.Errorf("got %s", got.raw)
		}
		out, err := c.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
		if effective := must(t, out, err).Attributes["EffectiveDeliveryPolicy"]; !strings.Contains(effective, `"numRetries":3,"numMaxDelayRetries":0`) {
			t.Errorf("effective policy %s", effective)
		}
	})
}
