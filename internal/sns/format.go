package sns

import (
	"context"
	"crypto/fips140"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/keystead/keystead/internal/mail"
)

// stamp is how SNS writes times.
const stamp = "2006-01-02T15:04:05.000Z"

// member is a member of a message in JSON, in the order in which it is written.
type member struct {
	name  string
	value any
}

// document prints members as SNS does: one a line.
func document(members []member) (string, error) {
	var b strings.Builder
	b.WriteString("{\n")
	for i, m := range members {
		text, err := jsonText(m.value)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "  %q : %s", m.name, text)
		if i < len(members)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteByte('}')
	return b.String(), nil
}

// notificationJSON is the parcel as a signed JSON message.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html
func (s *Service) notificationJSON(ctx context.Context, o *opened) (string, error) {
	key, err := s.signer.get(ctx)
	if err != nil {
		return "", err
	}
	at, version := o.Time.UTC().Format(stamp), o.topic.signatureVersion()
	members := []member{{"Type", o.Type}, {"MessageId", o.MessageID}}
	var signed [][2]string
	if o.Type == typeNotification {
		signed = [][2]string{{"Message", o.Text}, {"MessageId", o.MessageID}}
		members = append(members, member{"TopicArn", o.Topic})
		if o.Subject != "" {
			signed = append(signed, [2]string{"Subject", o.Subject})
			members = append(members, member{"Subject", o.Subject})
		}
		signed = append(signed, [][2]string{{"Timestamp", at}, {"TopicArn", o.Topic}, {"Type", o.Type}}...)
		members = append(members, member{"Message", o.Text}, member{"Timestamp", at})
	} else {
		text, link := o.request(), s.confirmURL(o)
		signed = [][2]string{
			{"Message", text}, {"MessageId", o.MessageID}, {"SubscribeURL", link}, {"Timestamp", at}, {"Token", o.Token}, {"TopicArn", o.Topic}, {"Type", o.Type},
		}
		members = append(members, member{"Token", o.Token}, member{"TopicArn", o.Topic}, member{"Message", text}, member{"SubscribeURL", link}, member{"Timestamp", at})
	}
	signature, err := key.sign(version, signed)
	if err != nil {
		return "", err
	}
	members = append(members, member{"SignatureVersion", version}, member{"Signature", signature}, member{"SigningCertURL", s.publicURL(key.path())})
	if o.Type == typeNotification {
		members = append(members, member{"UnsubscribeURL", s.unsubscribeURL(o)})
		if len(o.Attributes) > 0 {
			members = append(members, member{"MessageAttributes", attributesJSON(o.Attributes)})
		}
	}
	return document(members)
}

// signatureVersion is "1", which is SHA1, unless the topic has chosen. In FIPS mode it is "2".
func (t *topic) signatureVersion() string {
	if fips140.Enabled() {
		return "2"
	}
	if v := t.Attributes["SignatureVersion"]; v != "" {
		return v
	}
	return "1"
}

type shownAttribute struct {
	Type  string
	Value string
}

func attributesJSON(in map[string]attributeValue) map[string]shownAttribute {
	out := make(map[string]shownAttribute, len(in))
	for name, a := range in {
		out[name] = shownAttribute(a)
	}
	return out
}

// request is the sentence that asks for something.
func (o *opened) request() string {
	if o.Type == typeUnsubscribe {
		return "You have chosen to deactivate subscription " + o.subscription.arn() + ".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
	}
	return "You have chosen to subscribe to the topic " + o.Topic + ".\nTo confirm the subscription, visit the SubscribeURL included in this message."
}

// confirmURL is the call that confirms a subscription, for a program.
func (s *Service) confirmURL(o *opened) string {
	q := "Action=ConfirmSubscription&TopicArn=" + url.QueryEscape(o.Topic) + "&Token=" + o.Token
	return s.publicURL("/?" + q)
}

func (s *Service) unsubscribeURL(o *opened) string {
	return s.publicURL("/?Action=Unsubscribe&SubscriptionArn=" + url.QueryEscape(o.subscription.arn()))
}

// confirmPage is the page that confirms a subscription, for a person.
func (s *Service) confirmPage(o *opened) string {
	return s.publicURL("/confirmation.html?TopicArn=" + url.QueryEscape(o.Topic) + "&Token=" + o.Token + "&Endpoint=" + url.QueryEscape(o.subscription.Endpoint))
}

func (s *Service) unsubscribePage(o *opened) string {
	return s.publicURL("/unsubscribe.html?SubscriptionArn=" + url.QueryEscape(o.subscription.arn()) + "&Endpoint=" + url.QueryEscape(o.subscription.Endpoint))
}

// mailOf is the parcel as a mail.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
func (s *Service) mailOf(ctx context.Context, o *opened) (mail.Message, error) {
	m := mail.Message{ID: o.MessageID + "." + o.subscription.ID, To: o.subscription.Endpoint, Name: o.topic.Attributes["DisplayName"], Time: o.Time}
	switch o.Type {
	case typeNotification:
		m.Subject = "AWS Notification Message"
		if o.Subject != "" {
			m.Subject = o.Subject
		}
		m.Unsubscribe = s.unsubscribePage(o)
	case typeConfirm:
		m.Subject = "AWS Notification - Subscription Confirmation"
	case typeUnsubscribe:
		m.Subject = "AWS Notification - Unsubscribe Confirmation"
	}
	if o.subscription.Protocol == protoEmailJSON {
		text, err := s.notificationJSON(ctx, o)
		m.Text = text + "\n"
		return m, err
	}
	switch o.Type {
	case typeNotification:
		m.Text = o.Text + "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n" + m.Unsubscribe +
			"\n\nPlease do not reply directly to this email.\n"
	case typeConfirm:
		m.Text = "You have chosen to subscribe to the topic:\n" + o.Topic +
			"\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n" + s.confirmPage(o) + "\n"
	case typeUnsubscribe:
		m.Text = "Your subscription to the topic below has been deactivated:\n" + o.Topic +
			"\n\nIf this was in error, click or visit the link below to subscribe again:\n" + s.confirmPage(o) + "\n"
	}
	return m, nil
}

// requestOf is the parcel as a request to a web server. User and password of the URL go into a
// header.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/http-header.html
func (s *Service) requestOf(ctx context.Context, o *opened) (endpoint string, h http.Header, body []byte, err error) {
	u := o.subscription
	target, err := url.Parse(u.Endpoint)
	if err != nil {
		return "", nil, nil, err
	}
	h = http.Header{
		"User-Agent":             {"Amazon Simple Notification Service Agent"},
		"X-Amz-Sns-Message-Type": {o.Type}, "X-Amz-Sns-Message-Id": {o.MessageID}, "X-Amz-Sns-Topic-Arn": {o.Topic},
		"Content-Type": {defaultContentType},
	}
	if target.User != nil {
		password, _ := target.User.Password()
		r := http.Request{Header: h}
		r.SetBasicAuth(target.User.Username(), password)
		target.User = nil
	}
	if o.Type != typeConfirm {
		h.Set("X-Amz-Sns-Subscription-Arn", u.arn())
	}
	if o.Type == typeNotification {
		d, err := parseDelivery(u.Attributes["DeliveryPolicy"], o.topic.Attributes["DeliveryPolicy"])
		if err != nil {
			return "", nil, nil, err
		}
		h.Set("Content-Type", d.Request.HeaderContentType)
		if u.Attributes["RawMessageDelivery"] == "true" {
			h.Set("X-Amz-Sns-Rawdelivery", "true")
			return target.String(), h, []byte(o.Text), nil
		}
	}
	text, err := s.notificationJSON(ctx, o)
	return target.String(), h, []byte(text), err
}
