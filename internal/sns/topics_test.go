package sns_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/mail/mailtest"
	"github.com/keystead/keystead/keysteadtest"
)

// TestTopics is the life of topics.
func TestTopics(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, _ *mailtest.Relay) {
		c := client(srv)
		topic := newTopic(t, c, "one", map[string]string{"DisplayName": "One"})
		if again := newTopic(t, c, "one", nil); again != topic {
			t.Errorf("made twice: %s, %s", topic, again)
		}
		_, err := c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("one"), Attributes: map[string]string{"DisplayName": "Two"}})
		wantCode(t, err, "InvalidParameter", "Topic already exists with different attributes")
		_, err = c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("one"), Tags: []types.Tag{{Key: new("a"), Value: new("b")}}})
		wantCode(t, err, "InvalidParameter", "Topic already exists with different tags")
		for _, name := range []string{"", "a b", "ü", strings.Repeat("a", 257), "a.fifo"} {
			_, err := c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
			if err == nil {
				t.Errorf("%q is the name of a topic", name)
			}
		}
		a := topicAttributes(t, c, topic)
		want := `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},` +
			`"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],` +
			`"Resource":"` + topic + `","Condition":{"StringEquals":{"AWS:SourceOwner":"000000000000"}}}]}`
		if a["Policy"] != want || a["Owner"] != "000000000000" || a["DisplayName"] != "One" || a["TopicArn"] != topic ||
			a["EffectiveDeliveryPolicy"] != `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}` {
			t.Errorf("attributes: %v", a)
		}
		for i := range 101 {
			newTopic(t, c, fmt.Sprintf("page-%03d", i), nil)
		}
		var all []string
		for p := sns.NewListTopicsPaginator(c, &sns.ListTopicsInput{}); p.HasMorePages(); {
			page, err := p.NextPage(t.Context())
			for _, x := range must(t, page, err).Topics {
				all = append(all, *x.TopicArn)
			}
		}
		if len(all) != 102 || !slices.IsSorted(all) {
			t.Errorf("%d topics are listed", len(all))
		}
		_, err = c.ListTopics(t.Context(), &sns.ListTopicsInput{NextToken: new("x")})
		wantCode(t, err, "InvalidParameter", "NextToken")

		subscribe(t, c, topic, "email", "alice@example.com", nil)
		for range 2 {
			_, err := c.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &topic})
			must(t, 0, err)
		}
		_, err = c.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &topic})
		wantCode(t, err, "NotFound", "Topic does not exist")
		newTopic(t, c, "one", nil)
		list, err := c.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
		if n := len(must(t, list, err).Subscriptions); n != 0 {
			t.Errorf("a new topic has %d subscriptions of the old one", n)
		}
	})
}

// TestAttributes sets what topics may have and refuses what they may not.
func TestAttributes(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := client(srv)
	topic := newTopic(t, c, "one", nil)
	for _, x := range []struct{ name, value, code, text string }{
		{"DisplayName", "Team", "", ""},
		{"DisplayName", "a\r\nBcc: b", "InvalidParameter", "DisplayName"},
		{"DisplayName", strings.Repeat("a", 101), "InvalidParameter", "DisplayName"},
		{"SignatureVersion", "2", "", ""},
		{"SignatureVersion", "3", "InvalidParameter", "SignatureVersion"},
		{"TracingConfig", "Active", "", ""},
		{"TracingConfig", "On", "InvalidParameter", "TracingConfig"},
		{"KmsMasterKeyId", "alias/aws/sns", "", ""},
		{"HTTPSuccessFeedbackSampleRate", "50", "", ""},
		{"HTTPSuccessFeedbackSampleRate", "101", "InvalidParameter", ""},
		{"FifoTopic", "true", "InvalidParameter", "AttributeName"},
		{"Owner", "1", "InvalidParameter", "AttributeName"},
		{"DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"numRetries":5}}}`, "", ""},
		{"DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}`, "InvalidParameter", "numRetries"},
		{"DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"numRetries":100,"minDelayTarget":60,"maxDelayTarget":60}}}`, "InvalidParameter", "3600 seconds"},
		{"DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":30}}}`, "InvalidParameter", "minDelayTarget"},
		{"DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"backoffFunction":"random"}}}`, "InvalidParameter", "backoffFunction"},
		{"DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"numRetries":2,"numNoDelayRetries":3}}}`, "InvalidParameter", "numNoDelayRetries"},
		{"DeliveryPolicy", `{"http":{"other":1}}`, "InvalidParameter", "JSON"},
		{"Policy", `{`, "InvalidParameter", "Policy"},
		{"Policy", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`, "InvalidParameter", "out of service scope"},
		{"Policy", `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sns:Publish","Resource":"*"}]}`, "InvalidParameter", "PrincipalNotFound"},
		{"Policy", `{"Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}`, "InvalidParameter", "Policy"},
		{"Policy", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"` + topic + `"}]}`, "", ""},
		{"DisplayName", "", "", ""},
	} {
		_, err := c.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: &x.name, AttributeValue: &x.value})
		if x.code != "" {
			wantCode(t, err, x.code, x.text)
			continue
		}
		if err != nil {
			t.Errorf("%s = %s: %v", x.name, x.value, err)
			continue
		}
		if got := topicAttributes(t, c, topic)[x.name]; got != x.value {
			t.Errorf("%s is %q, want %q", x.name, got, x.value)
		}
	}
}

// TestSubscribe says which endpoints there can be, and what subscriptions have.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	relay := mailtest.Start(t, mailtest.Options{})
	srv := start(t, relay)
	c := client(srv)
	topic := newTopic(t, c, "one", nil)
	for _, x := range []struct{ protocol, endpoint, text string }{
		{"sqs", "arn:aws:sqs:us-east-1:000000000000:q", "Amazon SNS does not support this protocol string: sqs"},
		{"carrier-pigeon", "x", "does not support this protocol string: carrier-pigeon"},
		{"email", "alice", "Email address"},
		{"email", "Alice <alice@example.com>", "Email address"},
		{"email", "a@b.c\r\nBcc: d@e.f", "Endpoint"},
		{"email", "", "Email address"},
		{"http", "https://example.com", "Endpoint must match the specified protocol"},
		{"https", "example.com", "Endpoint"},
		{"https", "https://example.com/" + strings.Repeat("a", 2048), "Endpoint"},
	} {
		_, err := c.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: &x.protocol, Endpoint: &x.endpoint})
		wantCode(t, err, "InvalidParameter", x.text)
	}
	arn := subscribe(t, c, topic, "email", "alice@example.com", map[string]string{"FilterPolicy": `{"a":{"b":["x"]}}`, "FilterPolicyScope": "MessageBody"})
	get := func() map[string]string {
		out, err := c.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
		return must(t, out, err).Attributes
	}
	if a := get(); a["PendingConfirmation"] != "true" || a["FilterPolicyScope"] != "MessageBody" || a["Protocol"] != "email" || a["ConfirmationWasAuthenticated"] != "false" || a["SubscriptionArn"] != arn {
		t.Errorf("attributes: %v", a)
	}
	confirm(t, relay, "alice@example.com")
	if again := subscribe(t, c, topic, "email", "alice@example.com", nil); again != arn {
		t.Errorf("subscribed again: %s", again)
	}
	_, err := c.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: new("email"), Endpoint: new("alice@example.com"), Attributes: map[string]string{"FilterPolicy": `{"c":["x"]}`}})
	wantCode(t, err, "InvalidParameter", "Subscription already exists with different attributes")
	publish(t, c, topic, "", `{"a":{"b":"y"}}`)
	publish(t, c, topic, "", `{"a":{"b":"x"}}`)
	if m := relay.Await(2, to("alice@example.com"))[1]; !strings.HasPrefix(m.Text, `{"a":{"b":"x"}}`) {
		t.Errorf("the filter let through %q", m.Text)
	}
	for _, x := range []struct{ name, value, code string }{
		{"RawMessageDelivery", "true", "InvalidParameter"}, {"FilterPolicyScope", "Both", "InvalidParameter"}, {"FilterPolicyScope", "MessageAttributes", "InvalidParameter"},
		{"FilterPolicy", `{"a":[]}`, "InvalidParameter"}, {"FilterPolicy", `{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}`, "FilterPolicyLimitExceeded"},
		{"Endpoint", "x", "InvalidParameter"}, {"DeliveryPolicy", "{}", "InvalidParameter"}, {"FilterPolicy", "{}", ""}, {"FilterPolicyScope", "MessageAttributes", ""},
	} {
		_, err := c.SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{SubscriptionArn: &arn, AttributeName: &x.name, AttributeValue: &x.value})
		if x.code == "" && err != nil {
			t.Errorf("%s = %s: %v", x.name, x.value, err)
		} else if x.code != "" {
			wantCode(t, err, x.code, "")
		}
	}
	if a := get(); a["FilterPolicy"] != "" {
		t.Errorf("attributes: %v", a)
	}
}

// TestExpiry: who does not confirm in two days is forgotten, and so is the token.
func TestExpiry(t *testing.T) {
	t.Parallel()
	relay := mailtest.Start(t, mailtest.Options{})
	srv := start(t, relay)
	c := client(srv)
	topic := newTopic(t, c, "one", nil)
	subscribe(t, c, topic, "email", "alice@example.com", nil)
	page := link(t, relay.Await(1, nil)[0], "confirmation.html")
	srv.Advance(49 * time.Hour)
	if status, text, _ := visit(t, http.MethodPost, page); status == http.StatusOK {
		t.Errorf("confirmed too late: %s", text)
	}
	if a := topicAttributes(t, c, topic); a["SubscriptionsPending"] != "0" {
		t.Errorf("attributes: %v", a)
	}
	// A mailbox is asked five times within an hour, whatever happens to the topic and however its
	// address is written.
	for i := range 6 {
		_, err := c.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: new("email"), Endpoint: new(fmt.Sprintf("ALICE+%d@example.com", i/2))})
		if i < 5 && err != nil {
			t.Errorf("try %d: %v", i, err)
		}
		if i == 5 {
			wantCode(t, err, "Throttled", "too often")
		}
		if i == 2 {
			_, err := c.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &topic})
			must(t, 0, err)
			newTopic(t, c, "one", nil)
		}
	}
	srv.Advance(time.Hour)
	subscribe(t, c, topic, "email", "alice@example.com", nil)
}

// TestPublish checks messages.
func TestPublish(t *testing.T) {
	t.Parallel()
	relay := mailtest.Start(t, mailtest.Options{})
	srv := start(t, relay)
	c := client(srv)
	topic := newTopic(t, c, "one", nil)
	subscribe(t, c, topic, "email", "alice@example.com", nil)
	subscribe(t, c, topic, "email-json", "bob@example.com", nil)
	confirm(t, relay, "alice@example.com")
	var asked map[string]string
	if err := json.Unmarshal([]byte(relay.Await(1, to("bob@example.com"))[0].Text), &asked); err != nil {
		t.Fatal(err)
	}
	if status, answer, _ := visit(t, http.MethodGet, asked["SubscribeURL"]); status != 200 {
		t.Fatalf("confirm: %d %s", status, answer)
	}
	for _, x := range []struct {
		in         sns.PublishInput
		code, text string
	}{
		{sns.PublishInput{Message: new("x")}, "InvalidParameter", "TopicArn or TargetArn Reason: no value for required parameter"},
		{sns.PublishInput{TopicArn: &topic, Message: new("")}, "InvalidParameter", "Empty message"},
		{sns.PublishInput{TopicArn: &topic, Message: new(strings.Repeat("a", 262_145))}, "InvalidParameter", "Message too long"},
		{sns.PublishInput{TopicArn: &topic, Message: new("x"), Subject: new("a\nb")}, "InvalidParameter", "Subject"},
		{sns.PublishInput{TopicArn: &topic, Message: new("x"), Subject: new(strings.Repeat("a", 101))}, "InvalidParameter", "Subject"},
		{sns.PublishInput{TopicArn: &topic, Message: new("x"), MessageStructure: new("json")}, "InvalidParameter", "JSON message body failed to parse"},
		{sns.PublishInput{TopicArn: &topic, Message: new(`{"email":"x"}`), MessageStructure: new("json")}, "InvalidParameter", "No default entry in JSON message body"},
		{sns.PublishInput{TopicArn: &topic, Message: new(`{"default":"x","default":"y"}`), MessageStructure: new("json")}, "InvalidParameter", "failed to parse"},
		{sns.PublishInput{TopicArn: &topic, Message: new("x"), MessageStructure: new("xml")}, "InvalidParameter", "MessageStructure"},
		{sns.PublishInput{TopicArn: new("x"), Message: new("x")}, "InvalidParameter", "An ARN must have at least 6 elements, not 1"},
		{sns.PublishInput{TopicArn: new(topic + "x"), Message: new("x")}, "NotFound", "Topic does not exist"},
		{sns.PublishInput{PhoneNumber: new("+15551234"), Message: new("x")}, "InvalidParameter", "not supported"},
		{sns.PublishInput{TopicArn: &topic, Message: new("x"), MessageAttributes: map[string]types.MessageAttributeValue{"n": {DataType: new("Number"), StringValue: new("five")}}}, "ParameterValueInvalid", "to number"},
		{sns.PublishInput{TopicArn: &topic, Message: new("x"), MessageAttributes: map[string]types.MessageAttributeValue{"n": {DataType: new("Date"), StringValue: new("5")}}}, "ParameterValueInvalid", "invalid message attribute type"},
		{sns.PublishInput{TopicArn: &topic, Message: new("x"), MessageAttributes: map[string]types.MessageAttributeValue{"n": {DataType: new("String")}}}, "ParameterValueInvalid", "must contain non-empty"},
	} {
		_, err := c.Publish(t.Context(), &x.in)
		wantCode(t, err, x.code, x.text)
	}
	_, err := c.Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, MessageStructure: new("json"), Message: new(`{"default":"for all","email":"for mails","sqs":{},"http":7}`)})
	must(t, 0, err)
	if m := relay.Await(2, to("alice@example.com"))[1]; !strings.HasPrefix(m.Text, "for mails\n") {
		t.Errorf("alice got %q", m.Text)
	}
	if m := relay.Await(2, to("bob@example.com"))[1]; !strings.Contains(m.Text, `"Message" : "for all"`) {
		t.Errorf("bob got %q", m.Text)
	}

	entry := func(id, text string) types.PublishBatchRequestEntry {
		return types.PublishBatchRequestEntry{Id: &id, Message: &text}
	}
	out, err := c.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: []types.PublishBatchRequestEntry{entry("a", "1"), entry("b", ""), entry("c", "3")}})
	if len(must(t, out, err).Successful) != 2 || len(out.Failed) != 1 || *out.Failed[0].Id != "b" || *out.Failed[0].Code != "InvalidParameter" {
		t.Errorf("batch: %+v", out)
	}
	if all := relay.Await(4, to("alice@example.com")); !strings.HasPrefix(all[2].Text, "1\n") || !strings.HasPrefix(all[3].Text, "3\n") {
		t.Errorf("alice got %+v", all[2:])
	}
	for code, list := range map[string][]types.PublishBatchRequestEntry{
		"EmptyBatchRequest": {}, "BatchEntryIdsNotDistinct": {entry("a", "1"), entry("a", "2")}, "InvalidBatchEntryId": {entry("a b", "1")},
		"TooManyEntriesInBatchRequest": slices.Repeat([]types.PublishBatchRequestEntry{entry("a", "1")}, 11),
		"BatchRequestTooLong":          {entry("a", strings.Repeat("x", 200_000)), entry("b", strings.Repeat("x", 200_000))},
	} {
		_, err := c.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: list})
		wantCode(t, err, code, "")
	}
}

// TestPolicies: who may publish and subscribe, in the owner's account and in another.
func TestPolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, _ *mailtest.Relay) {
		c := client(srv)
		topic := newTopic(t, c, "one", nil)
		other := sns.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
		alice := sns.NewFromConfig(srv.ConfigFor(user(t, srv, "alice", "")))
		reader := sns.NewFromConfig(srv.ConfigFor(user(t, srv, "reader", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"`+topic+`"},{"Effect":"Allow","Action":"sns:Subscribe","Resource":"*","Condition":{"StringEquals":{"sns:Protocol":"https"},"StringLike":{"sns:Endpoint":"https://*.example.com/*"}}}]}`)))
		try := func(c *sns.Client) error {
			_, err := c.Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: new("x")})
			return err
		}
		wantCode(t, try(other), "AuthorizationError", "is not authorized to perform: SNS:Publish on this resource")
		wantCode(t, try(alice), "AuthorizationError", "no identity-based policy allows the SNS:Publish action")
		must(t, 0, try(reader))
		for _, x := range []struct{ protocol, endpoint, code string }{
			{"https", "https://a.example.com/x", ""}, {"https", "https://a.example.org/x", "AuthorizationError"}, {"email", "a@example.com", "AuthorizationError"},
		} {
			_, err := reader.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: &x.protocol, Endpoint: &x.endpoint})
			if x.code == "" {
				must(t, 0, err)
			} else {
				wantCode(t, err, x.code, "SNS:Subscribe")
			}
		}
		_, err := c.AddPermission(t.Context(), &sns.AddPermissionInput{TopicArn: &topic, Label: new("l"), AWSAccountId: []string{"111122223333"}, ActionName: []string{"Publish"}})
		must(t, 0, err)
		must(t, 0, try(other))
		_, err = c.AddPermission(t.Context(), &sns.AddPermissionInput{TopicArn: &topic, Label: new("l"), AWSAccountId: []string{"111122223333"}, ActionName: []string{"Publish"}})
		wantCode(t, err, "InvalidParameter", "Statement already exists")
		_, err = c.AddPermission(t.Context(), &sns.AddPermissionInput{TopicArn: &topic, Label: new("m"), AWSAccountId: []string{"111122223333"}, ActionName: []string{"Fly"}})
		wantCode(t, err, "InvalidParameter", "out of service scope")
		_, err = c.RemovePermission(t.Context(), &sns.RemovePermissionInput{TopicArn: &topic, Label: new("l")})
		must(t, 0, err)
		wantCode(t, try(other), "AuthorizationError", "")
		_, err = c.RemovePermission(t.Context(), &sns.RemovePermissionInput{TopicArn: &topic, Label: new("__default_statement_ID")})
		must(t, 0, err)
		wantCode(t, try(other), "AuthorizationError", "")
		must(t, 0, try(reader)) // nothing is left of the policy
		policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"SNS:Publish","Resource":"` + topic + `","Condition":{"StringEquals":{"aws:username":"reader"}}},` +
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/alice"},"Action":"SNS:Publish","Resource":"` + topic + `"}]}`
		_, err = c.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: new("Policy"), AttributeValue: &policy})
		must(t, 0, err)
		must(t, 0, try(alice))
		wantCode(t, try(reader), "AuthorizationError", "explicit deny")
	})
}

// TestStrangers: who has not signed does not learn whether there is a topic.
func TestStrangers(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, _ *mailtest.Relay) {
		topic := newTopic(t, client(srv), "secret", nil)
		for _, token := range []string{strings.Repeat("ab", 48), "x"} {
			ask := func(topic string) (int, string) {
				status, text, _ := visit(t, "GET", srv.URL+"/?Action=ConfirmSubscription&Token="+token+"&TopicArn="+topic)
				before, _, _ := strings.Cut(text, "<RequestId>")
				return status, before
			}
			status, text := ask(topic)
			if s, other := ask(topic + "-not"); s != status || other != text || status == 200 {
				t.Errorf("%d %s\n%d %s", status, text, s, other)
			}
		}
	})
}

// user makes a user with a policy and returns an access key.
func user(t testing.TB, srv *keysteadtest.Server, name, policy string) aws.Credentials {
	t.Helper()
	c := iam.NewFromConfig(srv.Config())
	_, err := c.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name})
	must(t, 0, err)
	if policy != "" {
		_, err := c.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &policy})
		must(t, 0, err)
	}
	k, err := c.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	key := must(t, k, err).AccessKey
	return aws.Credentials{AccessKeyID: *key.AccessKeyId, SecretAccessKey: *key.SecretAccessKey}
}

// TestTags adds, changes and removes tags.
func TestTags(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := client(srv)
	topic := newTopic(t, c, "one", nil)
	_, err := c.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: &topic, Tags: []types.Tag{{Key: new("a"), Value: new("1")}, {Key: new("b"), Value: new("2")}}})
	must(t, 0, err)
	_, err = c.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: &topic, Tags: []types.Tag{{Key: new("a"), Value: new("3")}}})
	must(t, 0, err)
	_, err = c.UntagResource(t.Context(), &sns.UntagResourceInput{ResourceArn: &topic, TagKeys: []string{"b", "c"}})
	must(t, 0, err)
	out, err := c.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: &topic})
	got := map[string]string{}
	for _, tag := range must(t, out, err).Tags {
		got[*tag.Key] = *tag.Value
	}
	if !maps.Equal(got, map[string]string{"a": "3"}) {
		t.Errorf("tags: %v", got)
	}
	_, err = c.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: &topic, Tags: []types.Tag{{Key: new("aws:a"), Value: new("1")}}})
	wantCode(t, err, "InvalidParameter", "reserved")
	_, err = c.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: new(topic + "x")})
	wantCode(t, err, "ResourceNotFound", "")
}

// TestLocked: a subscription that was confirmed with AuthenticateOnUnsubscribe ends by signed
// calls only.
func TestLocked(t *testing.T) {
	t.Parallel()
	relay := mailtest.Start(t, mailtest.Options{})
	srv := start(t, relay)
	c := client(srv)
	topic := newTopic(t, c, "one", nil)
	arn := subscribe(t, c, topic, "email", "alice@example.com", nil)
	page := link(t, relay.Await(1, nil)[0], "confirmation.html")
	_, after, _ := strings.Cut(page, "Token=")
	token, _, _ := strings.Cut(after, "&")
	if status, _, _ := visit(t, http.MethodGet, srv.URL+"/?Action=ConfirmSubscription&AuthenticateOnUnsubscribe=true&TopicArn="+topic+"&Token="+token); status != http.StatusForbidden {
		t.Errorf("locked without a signature: %d", status)
	}
	out, err := c.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token, AuthenticateOnUnsubscribe: new("true")})
	if got := *must(t, out, err).SubscriptionArn; got != arn {
		t.Errorf("confirmed %s", got)
	}
	publish(t, c, topic, "", "x")
	m := relay.Await(2, nil)[1]
	if status, text, _ := visit(t, http.MethodPost, link(t, m, "unsubscribe.html")); status != http.StatusForbidden || !strings.Contains(text, "signed call") {
		t.Errorf("unsubscribe: %d %s", status, text)
	}
	stranger := sns.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
	_, err = stranger.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &arn})
	must(t, 0, err) // nothing that it may know of
	if a := topicAttributes(t, c, topic); a["SubscriptionsConfirmed"] != "1" {
		t.Errorf("attributes: %v", a)
	}
	_, err = c.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &arn})
	must(t, 0, err)
	if a := topicAttributes(t, c, topic); a["SubscriptionsConfirmed"] != "0" {
		t.Errorf("attributes: %v", a)
	}
}

// TestDeadRelay: nothing waits for it, all arrives when it is back, and the node says so.
func TestDeadRelay(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server, relay *mailtest.Relay) {
		c := client(srv)
		topic := newTopic(t, c, "one", nil)
		subscribe(t, c, topic, "email", "alice@example.com", nil)
		confirm(t, relay, "alice@example.com")
		relay.Down()
		began := time.Now()
		for i := range 10 {
			publish(t, c, topic, "", fmt.Sprintf("message %d.", i))
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("ten messages took %s", d)
		}
		srv.Advance(time.Second)
		srv.Advance(time.Second)
		status, text, _ := visit(t, http.MethodGet, srv.URL+"/readyz")
		if status != http.StatusOK || !strings.Contains(text, "delivery by email") || strings.Contains(text, "alice") || strings.Contains(text, topic) {
			t.Errorf("/readyz: %d %s", status, text)
		}
		if _, text, _ := visit(t, http.MethodGet, srv.URL+"/metrics"); !strings.Contains(text, `keystead_delivery_waiting{kind="email"} 10`) || !strings.Contains(text, `keystead_delivery_failures_total{kind="email"}`) {
			t.Errorf("/metrics do not tell of the backlog")
		}
		srv.Advance(12 * time.Hour)
		relay.Up()
		srv.Advance(10 * time.Minute)
		all := relay.Await(11, nil)
		for i, m := range all[1:] {
			if !strings.HasPrefix(m.Text, fmt.Sprintf("message %d.", i)) {
				t.Errorf("mail %d is %q", i, m.Text)
			}
		}
	})
}
