package sns

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// Notice is what a service publishes to a topic.
type Notice struct {
	Topic            string // ARN
	Subject, Message string
	Email            string // what subscriptions of the protocol email get in place of Message; "" for the same
	Service          string // "cloudwatch.amazonaws.com"
	SourceARN        string // of the resource for which the service publishes
	SourceAccount    string // its owner
	Attributes       map[string]string
}

// Errors of PublishAs.
var (
	ErrNoTopic = errors.New("sns: there is no such topic")
	ErrRefused = errors.New("sns: the topic's policy does not let the service publish")
)

// ownerKnown are the services whose requests have the condition key aws:SourceOwner, which the
// default policy asks for. Those that are not listed need a statement of their own in the
// topic's policy.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#source-account-versus-source-owner
var ownerKnown = map[string]bool{"cloudwatch.amazonaws.com": true}

// PublishAs publishes for a service, as the topic's policy allows it. What it writes is part of
// the transaction.
func (s *Service) PublishAs(tx *store.Tx, n Notice) error {
	name, err := parseTopic("TopicArn", n.Topic)
	if err != nil {
		return ErrNoTopic
	}
	t, err := findTopic(tx.Get, name)
	if err != nil {
		return err
	}
	if t == nil {
		return ErrNoTopic
	}
	if !s.allows(t, n) {
		return ErrRefused
	}
	m := &message{ID: newID(), Subject: cut(oneLine(n.Subject), maxSubject), Text: strings.ToValidUTF8(n.Message, "\uFFFD")}
	if len(m.Text) > maxMessage {
		m.Text = strings.ToValidUTF8(m.Text[:maxMessage], "")
	}
	if n.Email != "" {
		m.By = map[string]string{protoEmail: strings.ToValidUTF8(n.Email, "\uFFFD")}
	}
	for key, value := range n.Attributes {
		if m.Attributes == nil {
			m.Attributes = map[string]attributeValue{}
		}
		m.Attributes[key] = attributeValue{"String", value}
	}
	return s.publish(tx, t, m)
}

// allows says whether the topic's policy lets a service publish.
func (s *Service) allows(t *topic, n Notice) bool {
	p, err := s.policies.get(t)
	if err != nil || p == nil { // a policy that does not parse any more allows nothing
		return false
	}
	now := s.Clock.Now()
	k := keys{
		"aws:principalisawsservice": policy.Single("true"), "aws:principalservicename": policy.Single(n.Service),
		"aws:principalservicenameslist": policy.Multi([]string{n.Service}), "aws:securetransport": policy.Single("true"),
		"aws:requestedregion": policy.Single(t.name.region), "aws:resourceaccount": policy.Single(t.name.account),
		"aws:currenttime": policy.Single(now.UTC().Format(time.RFC3339)), "aws:epochtime": policy.Single(strconv.FormatInt(now.Unix(), 10)),
	}
	if n.SourceARN != "" {
		k["aws:sourcearn"] = policy.Single(n.SourceARN)
	}
	if n.SourceAccount != "" {
		k["aws:sourceaccount"] = policy.Single(n.SourceAccount)
		if ownerKnown[n.Service] {
			k["aws:sourceowner"] = policy.Single(n.SourceAccount)
		}
	}
	d := p.Evaluate(&policy.Request{Principal: policy.Principal{Service: n.Service}, Action: "SNS:Publish", Resource: t.name.arn(), Context: k.ofTopic(t)})
	return d.Outcome == policy.Allowed || d.Outcome == policy.AllowedByARN
}

// oneLine has no line breaks or control characters.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if isControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// cut shortens to a number of characters.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
