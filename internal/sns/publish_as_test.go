package sns_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestPublishAs: which services may publish, by the default policy and by others.
func TestPublishAs(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := sns.New(sns.Options{DB: db, Clock: clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), Log: slog.New(slog.DiscardHandler)})
	root := &iam.Caller{Principal: iam.Principal{Type: iam.TypeRoot, ARN: "arn:aws:iam::111122223333:root", ID: "111122223333", Account: "111122223333"}, Region: "us-east-1"}
	make := func(name, policy string) string {
		in := &sdk.CreateTopicInput{Name: &name}
		if policy != "" {
			in.Attributes = map[string]string{"Policy": policy}
		}
		out, err := s.CreateTopic(t.Context(), root, in)
		return *must(t, out, err).TopicArn
	}
	plain := make("plain", "")
	strict := make("strict", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"SNS:Publish","Resource":"*",`+
		`"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:events:us-east-1:111122223333:rule/r"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`)
	for _, c := range []struct {
		name, topic, service, source, account string
		want                                  error
	}{
		{"an alarm of the account", plain, "cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a", "111122223333", nil},
		{"an alarm of another account", plain, "cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:444455556666:alarm:a", "444455556666", sns.ErrRefused},
		{"a rule, without a statement", plain, "events.amazonaws.com", "arn:aws:events:us-east-1:111122223333:rule/r", "111122223333", sns.ErrRefused},
		{"a rule", strict, "events.amazonaws.com", "arn:aws:events:us-east-1:111122223333:rule/r", "111122223333", nil},
		{"another rule", strict, "events.amazonaws.com", "arn:aws:events:us-east-1:111122223333:rule/s", "111122223333", sns.ErrRefused},
		{"another service", strict, "cloudwatch.amazonaws.com", "arn:aws:events:us-east-1:111122223333:rule/r", "111122223333", sns.ErrRefused},
		{"no source", plain, "cloudwatch.amazonaws.com", "", "", sns.ErrRefused},
		{"no topic", plain + "x", "cloudwatch.amazonaws.com", "", "111122223333", sns.ErrNoTopic},
		{"no ARN", "x", "cloudwatch.amazonaws.com", "", "111122223333", sns.ErrNoTopic},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				return s.PublishAs(tx, sns.Notice{Topic: c.topic, Subject: "a\r\nb", Message: "m", Service: c.service, SourceARN: c.source, SourceAccount: c.account})
			})
			if !errors.Is(err, c.want) {
				t.Errorf("PublishAs: %v, want %v", err, c.want)
			}
		})
	}
}

// TestUnreadable: a subscription that can't be read holds up neither messages nor the end of
// the others.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	now := clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := sns.New(sns.Options{DB: db, Clock: now, Log: slog.New(slog.DiscardHandler)})
	root := &iam.Caller{Principal: iam.Principal{Type: iam.TypeRoot, ARN: "arn:aws:iam::111122223333:root", ID: "111122223333", Account: "111122223333"}, Region: "us-east-1"}
	out, err := s.CreateTopic(t.Context(), root, &sdk.CreateTopicInput{Name: new("topic")})
	topic := must(t, out, err).TopicArn
	for _, address := range []string{"alice@example.com", "bob@example.com"} {
		_, err := s.Subscribe(t.Context(), root, &sdk.SubscribeInput{TopicArn: topic, Protocol: new("email"), Endpoint: &address})
		must(t, 0, err)
	}
	_, err = s.Publish(t.Context(), root, &sdk.PublishInput{TopicArn: topic, Message: new("m")})
	must(t, 0, err)
	left := func(kind string) []store.Record {
		records, err := db.Scan(t.Context(), kind, store.Range{})
		return must(t, records, err)
	}
	first := left("sns-subscription")[0]
	first.Body = []byte("x")
	must(t, 0, db.Update(t.Context(), func(tx *store.Tx) error { return tx.Put(first) }))
	now.Advance(49 * time.Hour)
	for _, j := range s.Jobs("node") {
		_ = j.Run(t.Context()) // the one that can't be read is told of
	}
	if n := len(left("sns-message")); n != 0 {
		t.Errorf("%d messages wait", n)
	}
	if list := left("sns-subscription"); len(list) != 1 || list[0].Key != first.Key {
		t.Errorf("%d subscriptions are left", len(list))
	}
}
