package sns_test

import (
	"errors"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/mail/mailtest"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server that sends mail through a relay, once on each
// engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server, relay *mailtest.Relay)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		relay := mailtest.Start(t, mailtest.Options{})
		test(t, start(t, relay, keysteadtest.WithDatabase(fresh(t))), relay)
	})
}

func start(t testing.TB, relay *mailtest.Relay, options ...keysteadtest.Option) *keysteadtest.Server {
	t.Helper()
	return keysteadtest.Start(t, append(options, keysteadtest.WithMail(relay.URL()), keysteadtest.WithWebhooks(nil))...)
}

// must fails the test if there is an error.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantCode checks the code of an error, and that its message has a text.
func wantCode(t testing.TB, err error, code, text string) {
	t.Helper()
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok || e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), text) {
		t.Errorf("error %v, want %s: …%s…", err, code, text)
	}
}

func client(srv *keysteadtest.Server) *sns.Client { return sns.NewFromConfig(srv.Config()) }

// newTopic makes a topic and returns its ARN.
func newTopic(t testing.TB, c *sns.Client, name string, attributes map[string]string) string {
	t.Helper()
	out, err := c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name, Attributes: attributes})
	return *must(t, out, err).TopicArn
}

// subscribe subscribes an endpoint and returns the ARN.
func subscribe(t testing.TB, c *sns.Client, topic, protocol, endpoint string, attributes map[string]string) string {
	t.Helper()
	out, err := c.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes, ReturnSubscriptionArn: true,
	})
	return *must(t, out, err).SubscriptionArn
}

func publish(t testing.TB, c *sns.Client, topic, subject, text string) string {
	t.Helper()
	in := &sns.PublishInput{TopicArn: &topic, Message: &text}
	if subject != "" {
		in.Subject = &subject
	}
	out, err := c.Publish(t.Context(), in)
	return *must(t, out, err).MessageId
}

func to(address string) func(mailtest.Mail) bool {
	return func(m mailtest.Mail) bool { return m.To == address }
}

var links = regexp.MustCompile(`https?://\S+`)

// link is the link in a mail that leads to a page.
func link(t testing.TB, m mailtest.Mail, page string) string {
	t.Helper()
	for _, l := range links.FindAllString(m.Text, -1) {
		if strings.Contains(l, page) {
			return l
		}
	}
	t.Fatalf("no link to %s in %q", page, m.Text)
	return ""
}

// visit asks for a page.
func visit(t testing.TB, method, link string) (status int, text string, h http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, html.UnescapeString(string(must(t, b, err))), res.Header
}

// confirm follows the link in the mail that asks an address to confirm.
func confirm(t testing.TB, relay *mailtest.Relay, address string) {
	t.Helper()
	m := relay.Await(1, to(address))[0]
	if status, text, _ := visit(t, http.MethodPost, link(t, m, "confirmation.html")); status != http.StatusOK || !strings.Contains(text, "Subscription confirmed!") {
		t.Fatalf("confirm %s: %d %s", address, status, text)
	}
}

// TestMails is the way of a message to three addresses, of which two confirm.
func TestMails(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, relay *mailtest.Relay) {
		c := client(srv)
		topic := newTopic(t, c, "alarms", map[string]string{"DisplayName": "Security team"})
		if topic != "arn:aws:sns:us-east-1:000000000000:alarms" {
			t.Errorf("topic %s", topic)
		}
		people := []string{"alice@example.com", "bob@example.com", "carol@example.com"}
		for _, address := range people {
			out, err := c.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: new("email"), Endpoint: &address})
			if got := *must(t, out, err).SubscriptionArn; got != "pending confirmation" {
				t.Errorf("Subscribe: %s", got)
			}
		}
		asked := relay.Await(1, to(people[0]))[0]
		page := link(t, asked, "confirmation.html")
		want := "You have chosen to subscribe to the topic:\n" + topic + "\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n" + page + "\n"
		if asked.Subject != "AWS Notification - Subscription Confirmation" || asked.Text != want || asked.Header.Get("From") != `"Security team" <alarms@keystead.test>` {
			t.Errorf("the request to confirm is %q from %s:\n%s", asked.Subject, asked.Header.Get("From"), asked.Text)
		}
		status, text, h := visit(t, http.MethodGet, page)
		if status != 200 || !strings.Contains(text, "Confirm subscription") || !strings.Contains(text, people[0]) || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || len(h["Set-Cookie"]) > 0 {
			t.Errorf("the page: %d %v\n%s", status, h, text)
		}
		attributes := topicAttributes(t, c, topic)
		if attributes["SubscriptionsPending"] != "3" || attributes["SubscriptionsConfirmed"] != "0" {
			t.Errorf("a look at the page has changed something: %v", attributes)
		}
		confirm(t, relay, people[0])
		confirm(t, relay, people[1])

		publish(t, c, topic, "Grüße", "hello\n")
		m := relay.Await(2, to(people[0]))[1]
		unsubscribe := link(t, m, "unsubscribe.html")
		if m.Subject != "Grüße" || !strings.HasPrefix(m.Text, "hello\n\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n") ||
			m.Header.Get("List-Unsubscribe") != "<"+unsubscribe+">" {
			t.Errorf("the mail is %q %v\n%s", m.Subject, m.Header, m.Text)
		}
		relay.Await(2, to(people[1]))

		if status, text, _ := visit(t, http.MethodGet, unsubscribe); status != 200 || !strings.Contains(text, "End the subscription") {
			t.Errorf("the page to unsubscribe: %d %s", status, text)
		}
		if status, text, _ := visit(t, http.MethodPost, unsubscribe); status != 200 || !strings.Contains(text, "Subscription removed!") {
			t.Errorf("unsubscribe: %d %s", status, text)
		}
		if status, text, _ := visit(t, http.MethodPost, unsubscribe); status != 404 || !strings.Contains(text, "It has ended already") {
			t.Errorf("unsubscribe again: %d %s", status, text)
		}
		last := relay.Await(3, to(people[0]))[2]
		if last.Subject != "AWS Notification - Unsubscribe Confirmation" {
			t.Errorf("the last mail is %q", last.Subject)
		}
		publish(t, c, topic, "", "second")
		if m := relay.Await(3, to(people[1]))[2]; m.Subject != "AWS Notification Message" {
			t.Errorf("the second mail is %q", m.Subject)
		}
		if status, text, _ := visit(t, http.MethodPost, link(t, last, "confirmation.html")); status != 200 || !strings.Contains(text, "Subscription confirmed!") {
			t.Errorf("take it back: %d %s", status, text)
		}
		publish(t, c, topic, "", "third")
		relay.Await(4, to(people[0]))
		relay.Await(4, to(people[1]))
		if n := len(relay.Await(1, to(people[2]))); n != 1 {
			t.Errorf("who has not confirmed has got %d mails", n)
		}
		var states []string
		list, err := c.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
		for _, u := range must(t, list, err).Subscriptions {
			states = append(states, *u.Endpoint+" "+strings.TrimPrefix(*u.SubscriptionArn, topic)[:1])
		}
		if len(states) != 3 {
			t.Errorf("subscriptions: %v", states)
		}
	})
}

func topicAttributes(t testing.TB, c *sns.Client, topic string) map[string]string {
	t.Helper()
	out, err := c.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &topic})
	return must(t, out, err).Attributes
}
