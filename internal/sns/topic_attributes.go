package sns

import (
	"context"
	"crypto/fips140"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// GetTopicAttributes tells of a topic.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
func (s *Service) GetTopicAttributes(ctx context.Context, c *iam.Caller, in *sns.GetTopicAttributesInput) (*sns.GetTopicAttributesOutput, error) {
	n, err := parseTopic("TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	t, err := s.authorized(s.read(ctx), c, "GetTopicAttributes", "TopicArn", n, nil)
	if err != nil {
		return nil, err
	}
	effective, err := effectiveOfTopic(t.Attributes["DeliveryPolicy"])
	if err != nil {
		return nil, err
	}
	out := map[string]string{
		"TopicArn": n.arn(), "Owner": n.account, "Policy": t.policy(), "DisplayName": "", "EffectiveDeliveryPolicy": effective,
		"SubscriptionsConfirmed": strconv.Itoa(t.Confirmed), "SubscriptionsPending": strconv.Itoa(t.Pending), "SubscriptionsDeleted": strconv.Itoa(t.Ended),
	}
	maps.Copy(out, t.Attributes)
	return &sns.GetTopicAttributesOutput{Attributes: out}, nil
}

// SetTopicAttributes changes one attribute.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
func (s *Service) SetTopicAttributes(ctx context.Context, c *iam.Caller, in *sns.SetTopicAttributesInput) (*sns.SetTopicAttributesOutput, error) {
	value := ""
	if in.AttributeValue != nil {
		value = *in.AttributeValue
	}
	n, err := parseTopic("TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	if _, err := s.authorized(s.read(ctx), c, "SetTopicAttributes", "TopicArn", n, nil); err != nil {
		return nil, err
	}
	wanted := &topic{name: n} // what a policy names is looked up outside of the transaction
	if err := s.setTopicAttribute(ctx, wanted, *in.AttributeName, value, false); err != nil {
		return nil, err
	}
	return nil, s.withTopic(ctx, c, "SetTopicAttributes", "TopicArn", *in.TopicArn, func(tx *store.Tx, t *topic) error {
		if *in.AttributeName == "Policy" {
			t.Policy, t.PolicyIDs = wanted.Policy, wanted.PolicyIDs
			return t.put(tx)
		}
		if v, ok := wanted.Attributes[*in.AttributeName]; ok {
			t.set(*in.AttributeName, v)
		} else {
			delete(t.Attributes, *in.AttributeName)
		}
		return t.put(tx)
	})
}

func (t *topic) set(name, value string) {
	if t.Attributes == nil {
		t.Attributes = map[string]string{}
	}
	t.Attributes[name] = value
}

// feedback are the attributes about logs of deliveries, which are kept and have no effect.
var feedback = regexp.MustCompile(`^(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackRoleArn|FailureFeedbackRoleArn|SuccessFeedbackSampleRate)$`)

// maxDisplayName is the length of a DisplayName in characters.
const maxDisplayName = 100

// setTopicAttribute checks a value and sets it. An empty value takes the attribute back.
func (s *Service) setTopicAttribute(ctx context.Context, t *topic, name, value string, creating bool) error {
	switch name {
	case "Policy":
		if value == "" {
			t.Policy, t.PolicyIDs = "", nil
			return nil
		}
		ids, err := s.checkPolicy(ctx, value)
		t.Policy, t.PolicyIDs = value, ids
		return err
	case "DeliveryPolicy":
		if value == "" {
			return nil
		}
		if _, err := effectiveOfTopic(value); err != nil {
			return err
		}
	case "DisplayName":
		if utf8.RuneCountInString(value) > maxDisplayName || strings.ContainsFunc(value, isControl) {
			return invalid("DisplayName")
		}
	case "SignatureVersion":
		if value != "1" && value != "2" {
			return invalid("SignatureVersion")
		}
		if value == "1" && fips140.Enabled() {
			return invalid("SignatureVersion Reason: version 1 is SHA1, which FIPS mode excludes")
		}
	case "TracingConfig":
		if !slices.Contains([]string{"PassThrough", "Active"}, value) {
			return invalid("TracingConfig")
		}
	case "KmsMasterKeyId":
		if len(value) > 2048 || strings.ContainsFunc(value, isControl) {
			return invalid("KmsMasterKeyId")
		}
	case "FifoTopic":
		if creating && value == "false" {
			return nil
		}
		return invalid("AttributeName")
	default:
		if !feedback.MatchString(name) {
			return invalid("AttributeName")
		}
		if n, err := strconv.Atoi(value); strings.HasSuffix(name, "Rate") && (err != nil || n < 0 || n > 100) || len(value) > 2048 {
			return invalid("%s", name)
		}
	}
	if value != "" {
		t.set(name, value)
	}
	return nil
}

func isControl(r rune) bool {
	return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029'
}
