package sns

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sns/filter"
	"github.com/keystead/keystead/internal/store"
)

// messageKind is the kind of the records of messages that are being handed out:
// "TOPICID/ORDER".
const messageKind = "sns-message"

// message is one that was published.
type message struct {
	ID      string `json:"id"`
	Topic   string `json:"topic"` // ARN
	Subject string `json:"subject,omitempty"`
	// Text is the message; By has it for protocols that get another one.
	Text       string                    `json:"text"`
	By         map[string]string         `json:"by,omitempty"`
	Attributes map[string]attributeValue `json:"attributes,omitempty"`
	Time       time.Time                 `json:"time"`

	Revision int64 `json:"revision"` // of the database, in which it was published

	After string `json:"after,omitempty"` // the subscription that had its copy last

	topicID string
	key     string
	version int64
}

// attributeValue is a message attribute.
type attributeValue struct {
	Type  string `json:"type"`
	Value string `json:"value"` // that of a Binary in base64
}

// maxMessage is the size of a message with its attributes in bytes.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxMessage = 262_144

// Publish sends a message to a topic.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (s *Service) Publish(ctx context.Context, c *iam.Caller, in *sns.PublishInput) (*sns.PublishOutput, error) {
	n, member, err := target(in)
	if err != nil {
		return nil, err
	}
	if in.MessageDeduplicationId != nil {
		return nil, invalid("The request includes MessageDeduplicationId parameter that is not valid for this topic type")
	}
	m, wrong := newMessage(in.Message, in.Subject, in.MessageStructure, in.MessageAttributes)
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err := s.authorized(tx.Get, c, "Publish", member, n, nil)
		if err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		return s.publish(tx, t, m)
	})
	if err != nil {
		return nil, err
	}
	return &sns.PublishOutput{MessageId: &m.ID}, nil
}

func target(in *sns.PublishInput) (n topicName, member string, err error) {
	member, arn := "TopicArn", in.TopicArn
	if arn == nil {
		member, arn = "TargetArn", in.TargetArn
	}
	switch {
	case in.PhoneNumber != nil:
		return n, "", invalid("PhoneNumber Reason: text messages are not supported")
	case arn == nil:
		return n, "", invalid("TopicArn or TargetArn Reason: no value for required parameter")
	}
	n, err = parseTopic(member, *arn)
	return n, member, err
}

var serial atomic.Uint32

// publish writes the message. A job hands it out.
func (s *Service) publish(tx *store.Tx, t *topic, m *message) error {
	m.Topic, m.topicID, m.Time, m.Revision = t.name.arn(), t.ID, s.now(), tx.Revision()
	m.key = fmt.Sprintf("%s/%016x%08x", t.ID, tx.Revision(), serial.Add(1))
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := tx.Insert(store.Record{Kind: messageKind, Key: m.key, Body: body}); err != nil {
		return err
	}
	return s.sample(tx, t.name,
		sampled{"NumberOfMessagesPublished", "Count", 1}, sampled{"PublishSize", "Bytes", float64(m.size())})
}

// sampled is one sample of AWS/SNS.
type sampled struct {
	name, unit string
	value      float64
}

// sample puts samples of a topic into the metric store.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
func (s *Service) sample(tx *store.Tx, n topicName, samples ...sampled) error {
	if s.Metrics == nil {
		return nil
	}
	data := make([]metric.Datum, len(samples))
	for i, x := range samples {
		data[i] = metric.Datum{
			ID:   metric.ID{Account: n.account, Region: n.region, Namespace: "AWS/SNS", Name: x.name, Dimensions: []metric.Dimension{{Name: "TopicName", Value: n.name}}},
			Unit: x.unit, Values: []float64{x.value},
		}
	}
	return s.Metrics.Put(tx, data)
}

func (m *message) size() int {
	n := len(m.Text)
	for protocol, text := range m.By {
		n += len(protocol) + len(text)
	}
	for name, a := range m.Attributes {
		n += len(name) + len(a.Type) + len(a.Value)
	}
	return n
}

// newMessage checks what a caller wants to publish.
func newMessage(text, subject, structure *string, attributes map[string]types.MessageAttributeValue) (*message, error) {
	m := &message{ID: newID(), Text: *text}
	if err := m.setSubject(subject); err != nil {
		return nil, err
	}
	switch {
	case *text == "":
		return nil, invalid("Empty message")
	case !utf8.ValidString(*text):
		return nil, invalid("Message Reason: it is not UTF-8")
	}
	if err := m.setAttributes(attributes); err != nil {
		return nil, err
	}
	if m.size() > maxMessage {
		return nil, invalid("Message too long")
	}
	if structure == nil || *structure == "" {
		return m, nil
	}
	if *structure != "json" {
		return nil, invalid("MessageStructure")
	}
	return m, m.split()
}

// maxSubject is the length of a subject in characters.
const maxSubject = 100

func (m *message) setSubject(subject *string) error {
	if subject == nil {
		return nil
	}
	s := *subject
	if s == "" || utf8.RuneCountInString(s) > maxSubject || !utf8.ValidString(s) || strings.ContainsFunc(s, isControl) || strings.HasPrefix(s, " ") {
		return invalid("Subject")
	}
	m.Subject = s
	return nil
}

// split reads the texts for the protocols from the message.
func (m *message) split() error {
	d := json.NewDecoder(strings.NewReader(m.Text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return notJSON()
	}
	by := map[string]string{}
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return notJSON()
		}
		key, ok := name.(string)
		if !ok || seen[key] {
			return notJSON()
		}
		seen[key] = true
		var value any
		if err := d.Decode(&value); err != nil {
			return notJSON()
		}
		if text, ok := value.(string); ok && (key == "default" || isProtocol(key)) {
			by[key] = text
		}
	}
	if _, err := d.Token(); err != nil || d.More() {
		return notJSON()
	}
	text, ok := by["default"]
	if !ok {
		return invalid("Message Structure - No default entry in JSON message body")
	}
	delete(by, "default")
	m.Text, m.By = text, by
	return nil
}

func notJSON() error { return invalid("Message Structure - JSON message body failed to parse") }

func isProtocol(p string) bool {
	return slices.Contains([]string{protoEmail, protoEmailJSON, protoHTTP, protoHTTPS}, p)
}

// textFor is the message for a protocol.
func (m *message) textFor(protocol string) string {
	if text, ok := m.By[protocol]; ok {
		return text
	}
	return m.Text
}

var (
	attributeName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,256}$`)
	attributeType = regexp.MustCompile(`^(String|String\.Array|Number|Binary)(\.[A-Za-z0-9_.-]{1,200})?$`)
)

// setAttributes checks the attributes of a message.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
func (m *message) setAttributes(in map[string]types.MessageAttributeValue) error {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		v := in[name]
		if !attributeName.MatchString(name) || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") ||
			strings.HasPrefix(strings.ToLower(name), "aws.") || strings.HasPrefix(strings.ToLower(name), "amazon.") {
			return badAttribute("Invalid attribute name: %.256s", name)
		}
		kind := *v.DataType
		if !attributeType.MatchString(kind) {
			return badAttribute("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
		}
		a := attributeValue{Type: kind}
		binary := strings.HasPrefix(kind, "Binary")
		switch {
		case binary && len(v.BinaryValue) > 0 && v.StringValue == nil:
			a.Value = base64.StdEncoding.EncodeToString(v.BinaryValue)
		case !binary && v.StringValue != nil && *v.StringValue != "" && v.BinaryValue == nil:
			a.Value = *v.StringValue
		default:
			return badAttribute("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, kind)
		}
		if strings.HasPrefix(kind, "Number") && !filter.IsNumber(a.Value) {
			return badAttribute("Could not cast message attribute '%s' value to number.", name)
		}
		if !utf8.ValidString(a.Value) {
			return badAttribute("The message attribute '%s' is not UTF-8.", name)
		}
		if m.Attributes == nil {
			m.Attributes = map[string]attributeValue{}
		}
		m.Attributes[name] = a
	}
	return nil
}

func badAttribute(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: new(fmt.Sprintf(format, args...))}
}

// jsonText is v as JSON without escapes that only web pages need.
func jsonText(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
