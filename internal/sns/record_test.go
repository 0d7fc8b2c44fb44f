package sns_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/keystead/keystead/internal/mail/mailtest"
)

// TestRecords: what is done through the links in mails is in the event history of the topic's
// owner, and neither tokens nor passwords are.
func TestRecords(t *testing.T) {
	t.Parallel()
	relay := mailtest.Start(t, mailtest.Options{})
	srv := start(t, relay)
	c := client(srv)
	topic := newTopic(t, c, "one", nil)
	subscribe(t, c, topic, "email", "alice@example.com", nil)
	subscribe(t, c, topic, "https", "https://bob:hunter2@example.com/", nil)
	page := link(t, relay.Await(1, nil)[0], "confirmation.html")
	confirm(t, relay, "alice@example.com")
	_, after, _ := strings.Cut(page, "Token=")
	token, _, _ := strings.Cut(after, "&")
	srv.Advance(1)
	srv.Advance(1)
	history := cloudtrail.NewFromConfig(srv.Config())
	for _, name := range []string{"ConfirmSubscription", "Subscribe"} {
		out, err := history.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{
			LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: &name}},
		})
		events := must(t, out, err).Events
		if len(events) == 0 {
			t.Errorf("%s is not in the history", name)
		}
		for _, e := range events {
			text := *e.CloudTrailEvent
			if strings.Contains(text, token) || strings.Contains(text, "hunter2") {
				t.Errorf("the record has a secret: %s", text)
			}
			if name == "ConfirmSubscription" && (!strings.Contains(text, "ANONYMOUS_PRINCIPAL") || !strings.Contains(text, topic)) {
				t.Errorf("the record of who followed the link: %s", text)
			}
		}
	}
}
