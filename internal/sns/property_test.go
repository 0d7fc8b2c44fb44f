package sns_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/mail/mailtest"
	"github.com/keystead/keystead/keysteadtest"
)

// model is what random operations on topics and addresses must lead to.
type model struct {
	t     testing.TB
	srv   *keysteadtest.Server
	relay *mailtest.Relay

	random    *rand.Rand
	topics    []string
	addresses []string
	state     map[pair]string // "", pending, confirmed
	arn       map[pair]string
	expected  map[string]map[string]bool // who gets a message, by its text
	last      map[string]bool            // who may have had a last message
}

type pair struct{ topic, address string }

// TestUnconfirmed: over random operations and restarts, an address gets the messages that were
// published while it had confirmed, each once, and besides nothing but requests to confirm.
func TestUnconfirmed(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, relay *mailtest.Relay) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		m := &model{
			t: t, srv: srv, relay: relay, random: rand.New(rand.NewPCG(seed, 0)), addresses: []string{"a@x.test", "b@x.test", "c@x.test"},
			state: map[pair]string{}, arn: map[pair]string{}, expected: map[string]map[string]bool{}, last: map[string]bool{},
		}
		for i := range 2 {
			m.topics = append(m.topics, newTopic(t, client(srv), fmt.Sprint("topic", i), nil))
		}
		for i := range 60 {
			m.step(i)
		}
		m.check()
	})
}

func (m *model) step(i int) {
	c := client(m.srv)
	p := pair{m.topics[m.random.IntN(len(m.topics))], m.addresses[m.random.IntN(len(m.addresses))]}
	switch m.random.IntN(12) {
	case 0, 1, 2:
		m.subscribe(c, p)
	case 3, 4, 5:
		m.confirm(p)
	case 6:
		m.unsubscribe(c, p)
	case 7:
		m.srv.Restart()
	case 8: // who guesses confirms nothing
		_, err := c.ConfirmSubscription(m.t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &p.topic, Token: new(strings.Repeat("ab", 48))})
		wantCode(m.t, err, "NotFound", "")
	default:
		text := fmt.Sprintf("message %d.", i)
		m.expected[text] = map[string]bool{}
		for q, state := range m.state {
			if q.topic == p.topic && state == "confirmed" {
				m.expected[text][q.address] = true
			}
		}
		publish(m.t, c, p.topic, "", text)
		if m.random.IntN(3) == 0 {
			m.srv.Restart()
		}
		m.relay.Await(len(m.expected[text]), func(mail mailtest.Mail) bool { return strings.HasPrefix(mail.Text, text) })
	}
}

func (m *model) subscribe(c *sns.Client, p pair) {
	before := len(m.asked(p))
	out, err := c.Subscribe(m.t.Context(), &sns.SubscribeInput{TopicArn: &p.topic, Protocol: new("email"), Endpoint: &p.address, ReturnSubscriptionArn: true})
	if err != nil {
		wantCode(m.t, err, "Throttled", "too often")
		return
	}
	m.arn[p] = *out.SubscriptionArn
	if m.state[p] == "confirmed" {
		return
	}
	m.state[p] = "pending"
	m.relay.Await(before+1, m.isRequest(p))
}

func (m *model) isRequest(p pair) func(mailtest.Mail) bool {
	return func(mail mailtest.Mail) bool {
		return mail.To == p.address && strings.Contains(mail.Subject, "Subscription Confirmation") && strings.Contains(mail.Text, p.topic+"\n")
	}
}

func (m *model) asked(p pair) []mailtest.Mail { return m.relay.Await(0, m.isRequest(p)) }

func (m *model) confirm(p pair) {
	all := m.asked(p)
	if len(all) == 0 {
		return
	}
	page := link(m.t, all[len(all)-1], "confirmation.html")
	at := strings.Index(page, "/confirmation")
	status, _, _ := visit(m.t, http.MethodPost, m.srv.URL+page[at:]) // its port is another one after a restart
	if confirmed := status == http.StatusOK; confirmed != (m.state[p] != "") {
		m.t.Errorf("a subscription that was %q: confirmed %v, status %d", m.state[p], confirmed, status)
	}
	if m.state[p] != "" {
		m.state[p] = "confirmed"
	}
}

func (m *model) unsubscribe(c *sns.Client, p pair) {
	if m.arn[p] == "" {
		return
	}
	_, err := c.Unsubscribe(m.t.Context(), &sns.UnsubscribeInput{SubscriptionArn: new(m.arn[p])})
	if err != nil {
		m.t.Errorf("Unsubscribe: %v", err)
	}
	m.state[p] = ""
}

func (m *model) check() {
	seen := map[string]bool{}
	for _, mail := range m.relay.Mails() {
		if mail.Subject == "AWS Notification - Subscription Confirmation" {
			continue
		}
		text, _, _ := strings.Cut(mail.Text, "\n")
		id := mail.To + " " + mail.Header.Get("Message-Id")
		if !m.expected[text][mail.To] {
			m.t.Errorf("%s was sent %q", mail.To, mail.Text)
		}
		if seen[id] {
			m.t.Logf("%s came twice, as it may if the service ends before it notes that it came", id)
		}
		seen[id] = true
	}
	want := 0
	for _, who := range m.expected {
		want += len(who)
	}
	if len(seen) != want {
		m.t.Errorf("%d messages have arrived of %d", len(seen), want)
	}
}
