package clients

import (
	"regexp"
	"strings"
	"testing"
)

// cliTopics does what there is to do with topics.
func cliTopics(t *testing.T, c cli) {
	arn := c.query("TopicArn", "sns", "create-topic", "--name", "cli", "--tags", "Key=team,Value=red", "--attributes", "DisplayName=für alle")
	if arn != "arn:aws:sns:us-east-1:000000000000:cli" {
		t.Errorf("create-topic: %q", arn)
	}
	if got := c.query("Topics[?TopicArn=='"+arn+"'].TopicArn", "sns", "list-topics"); got != arn {
		t.Errorf("list-topics: %q", got)
	}
	c.text("sns", "set-topic-attributes", "--topic-arn", arn, "--attribute-name", "DisplayName", "--attribute-value", "Alarme 🗝")
	if got := c.query("Attributes.[DisplayName,Owner,SubscriptionsConfirmed]", "sns", "get-topic-attributes", "--topic-arn", arn); got != "Alarme 🗝\t000000000000\t0" {
		t.Errorf("get-topic-attributes: %q", got)
	}
	c.text("sns", "add-permission", "--topic-arn", arn, "--label", "other", "--aws-account-id", "000000000000", "--action-name", "Publish")
	if got := c.query("Attributes.Policy", "sns", "get-topic-attributes", "--topic-arn", arn); !strings.Contains(got, `"other"`) || !strings.Contains(got, "arn:aws:iam::000000000000:root") {
		t.Errorf("the policy after add-permission: %s", got)
	}
	c.text("sns", "remove-permission", "--topic-arn", arn, "--label", "other")
	c.text("sns", "tag-resource", "--resource-arn", arn, "--tags", "Key=stage,Value=prod")
	c.text("sns", "untag-resource", "--resource-arn", arn, "--tag-keys", "team")
	if got := c.query("Tags[].join('=',[Key,Value])", "sns", "list-tags-for-resource", "--resource-arn", arn); got != "stage=prod" {
		t.Errorf("list-tags-for-resource: %q", got)
	}
	c.text("sns", "delete-topic", "--topic-arn", arn)
	c.fails("NotFound", "Topic does not exist", "sns", "get-topic-attributes", "--topic-arn", arn)
}

// cliSubscriptions confirms a subscription with the token in the mail, publishes and
// unsubscribes.
func cliSubscriptions(t *testing.T, c cli, box *mailbox) {
	const dana = "dana@example.com"
	topic := c.query("TopicArn", "sns", "create-topic", "--name", "cli-mail")
	c.text("sns", "subscribe", "--topic-arn", topic, "--protocol", "email", "--notification-endpoint", dana)
	asked := box.wait(dana, 1, patience)[0]
	token := regexp.MustCompile(`Token=([0-9A-Za-z]+)`).FindStringSubmatch(asked.Text)
	if token == nil {
		t.Fatalf("no token in\n%s", asked.Text)
	}
	c.fails("InvalidParameter", "Invalid parameter: Token", "sns", "confirm-subscription", "--topic-arn", topic, "--token", token[1][1:])
	arn := c.query("SubscriptionArn", "sns", "confirm-subscription", "--topic-arn", topic, "--token", token[1])
	if !strings.HasPrefix(arn, topic+":") {
		t.Fatalf("confirm-subscription: %q", arn)
	}
	for _, list := range [][]string{{"sns", "list-subscriptions"}, {"sns", "list-subscriptions-by-topic", "--topic-arn", topic}} {
		if got := c.query("Subscriptions[?SubscriptionArn=='"+arn+"'].Endpoint", list...); got != dana {
			t.Errorf("%v: %q", list, got)
		}
	}
	c.text("sns", "set-subscription-attributes", "--subscription-arn", arn, "--attribute-name", "FilterPolicy", "--attribute-value", `{"level":["high"]}`)
	if got := c.query("Attributes.[FilterPolicy,Protocol,PendingConfirmation]", "sns", "get-subscription-attributes", "--subscription-arn", arn); got != `{"level":["high"]}`+"\temail\tfalse" {
		t.Errorf("get-subscription-attributes: %q", got)
	}
	c.text("sns", "publish", "--topic-arn", topic, "--message", "not for dana", "--message-attributes", `{"level":{"DataType":"String","StringValue":"low"}}`)
	c.text("sns", "publish", "--topic-arn", topic, "--subject", "Grüße", "--message", "für dana 🗝", "--message-attributes", `{"level":{"DataType":"String","StringValue":"high"}}`)
	got := box.wait(dana, 2, patience)[1]
	if got.Subject != "Grüße" || !strings.HasPrefix(got.Text, "für dana 🗝\n") {
		t.Errorf("the mail is %q:\n%s", got.Subject, got.Text)
	}
	if got := c.query("Successful[].Id", "sns", "publish-batch", "--topic-arn", topic, "--publish-batch-request-entries", "Id=a,Message=1", "Id=b,Message=2"); got != "a\tb" {
		t.Errorf("publish-batch: %q", got)
	}
	c.fails("InvalidParameter", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter", "sns", "publish", "--message", "m")
	c.text("sns", "unsubscribe", "--subscription-arn", arn)
	c.text("sns", "delete-topic", "--topic-arn", topic)
}
