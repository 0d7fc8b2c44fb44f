package sns

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sns/filter"
	"github.com/keystead/keystead/internal/store"
)

// GetSubscriptionAttributes tells of a subscription.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html
func (s *Service) GetSubscriptionAttributes(ctx context.Context, c *iam.Caller, in *sns.GetSubscriptionAttributesInput) (*sns.GetSubscriptionAttributesOutput, error) {
	if err := authorize(c, "GetSubscriptionAttributes"); err != nil {
		return nil, err
	}
	t, u, err := owned(s.read(ctx), c, *in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	out := map[string]string{
		"SubscriptionArn": u.arn(), "TopicArn": u.Topic, "Owner": u.Owner, "Protocol": u.Protocol, "Endpoint": u.shown(),
		"ConfirmationWasAuthenticated": strconv.FormatBool(u.ConfirmedByOwner), "PendingConfirmation": strconv.FormatBool(u.State == pending),
		"RawMessageDelivery": "false",
	}
	maps.Copy(out, u.Attributes)
	if u.Attributes["FilterPolicy"] != "" && u.Attributes["FilterPolicyScope"] == "" {
		out["FilterPolicyScope"] = filter.Attributes
	}
	if u.overHTTP() {
		d, err := parseDelivery(u.Attributes["DeliveryPolicy"], t.Attributes["DeliveryPolicy"])
		if err != nil {
			return nil, err
		}
		if out["EffectiveDeliveryPolicy"], err = printed(d); err != nil {
			return nil, err
		}
	}
	return &sns.GetSubscriptionAttributesOutput{Attributes: out}, nil
}

func (u *subscription) overHTTP() bool { return u.Protocol == protoHTTP || u.Protocol == protoHTTPS }

// shown is the endpoint without its password.
func (u *subscription) shown() string { return withoutPassword(u.Endpoint) }

// withoutPassword hides the password of a URL. What is no URL stays as it is.
func withoutPassword(endpoint string) string {
	before, after, ok := strings.Cut(endpoint, "://")
	if !ok {
		return endpoint
	}
	end := authorityEnd(after)
	at := strings.LastIndexByte(after[:end], '@')
	if at < 0 {
		return endpoint
	}
	user, _, ok := strings.Cut(after[:at], ":")
	if !ok {
		return endpoint
	}
	return before + "://" + user + ":****" + after[at:]
}

// authorityEnd is where the authority of a URL ends.
func authorityEnd(s string) int {
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		return i
	}
	return len(s)
}

// SetSubscriptionAttributes changes one attribute.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
func (s *Service) SetSubscriptionAttributes(ctx context.Context, c *iam.Caller, in *sns.SetSubscriptionAttributesInput) (*sns.SetSubscriptionAttributesOutput, error) {
	if err := authorize(c, "SetSubscriptionAttributes"); err != nil {
		return nil, err
	}
	value := ""
	if in.AttributeValue != nil {
		value = *in.AttributeValue
	}
	return nil, s.DB.Update(ctx, func(tx *store.Tx) error {
		t, u, err := owned(tx.Get, c, *in.SubscriptionArn)
		if err != nil {
			return err
		}
		if err := u.set(t, *in.AttributeName, value); err != nil {
			return err
		}
		if *in.AttributeName == "RedrivePolicy" {
			if err := authorizeRedrive(c, u); err != nil {
				return err
			}
		}
		return u.put(tx)
	})
}

// set checks a value and sets it. An empty value takes the attribute back.
func (u *subscription) set(t *topic, name, value string) error {
	var err error
	switch name {
	case "FilterPolicy":
		err = u.checkFilter(value, u.Attributes["FilterPolicyScope"])
		if value == "{}" {
			value = ""
		}
	case "FilterPolicyScope":
		if value != filter.Attributes && value != filter.Body {
			return invalid("FilterPolicyScope: Invalid value [%.64s]. Please use either MessageBody or MessageAttributes", value)
		}
		err = u.checkFilter(u.Attributes["FilterPolicy"], value)
	case "RawMessageDelivery":
		value = strings.ToLower(value)
		if value != "true" && value != "false" {
			return invalid("RawMessageDelivery: Invalid value [%.64s]. Must be true or false.", value)
		}
		if value == "true" && !u.overHTTP() {
			return invalid("Delivery protocol [%s] does not support raw message delivery.", u.Protocol)
		}
	case "RedrivePolicy":
		err = checkRedrive(value, u.Owner, t.name.region)
	case "DeliveryPolicy":
		if value != "" && !u.overHTTP() {
			return invalid("DeliveryPolicy: the protocol %s has no delivery policy", u.Protocol)
		}
		_, err = parseDelivery(value, "")
	default:
		return invalid("AttributeName")
	}
	if err != nil {
		return err
	}
	if value == "" {
		delete(u.Attributes, name)
		return nil
	}
	if u.Attributes == nil {
		u.Attributes = map[string]string{}
	}
	u.Attributes[name] = value
	return nil
}

func (u *subscription) checkFilter(text, scope string) error {
	if text == "" || text == "{}" {
		return nil
	}
	_, err := filter.Parse(text, scope)
	if limit, ok := err.(*filter.LimitError); ok {
		return &types.FilterPolicyLimitExceededException{Message: new(limit.Error())}
	}
	if err != nil {
		return invalid("FilterPolicy: %s", err)
	}
	return nil
}

// redrive is a RedrivePolicy.
type redrive struct {
	Target string `json:"deadLetterTargetArn"`
}

// checkRedrive knows log groups of the subscription's account and Region as dead-letter targets,
// where AWS knows SQS queues.
func checkRedrive(text, account, region string) error {
	if text == "" {
		return nil
	}
	var r redrive
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return invalid("RedrivePolicy: failed to parse JSON.")
	}
	arn, ok := iam.ParseARN(r.Target)
	switch {
	case !ok:
		return invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn: %.200s", r.Target)
	case arn.Service == "sqs":
		return invalid("RedrivePolicy: dead-letter targets are CloudWatch Logs log groups here, by their ARN; there are no SQS queues")
	case arn.Service != "logs" || !strings.HasPrefix(arn.Resource, "log-group:") || strings.TrimPrefix(arn.Resource, "log-group:") == "":
		return invalid("RedrivePolicy: deadLetterTargetArn must be the ARN of a log group: %.200s", r.Target)
	case arn.Account != account || arn.Region != region:
		return invalid("RedrivePolicy: the log group must be of the subscription's account and Region")
	}
	return nil
}

// authorizeRedrive lets nobody have written into a log group what they may not write there
// themselves.
func authorizeRedrive(c *iam.Caller, u *subscription) error {
	group := u.deadLetters()
	if group == "" {
		return nil
	}
	arn, _ := iam.ParseARN(group)
	return c.Authorize(&iam.Access{Action: "logs:PutLogEvents", ARN: group + ":log-stream:" + deadStream, Account: arn.Account})
}

// deadLetters is the log group of the subscription's dead letters, "" if it has none.
func (u *subscription) deadLetters() string {
	var r redrive
	if text := u.Attributes["RedrivePolicy"]; text == "" || json.Unmarshal([]byte(text), &r) != nil {
		return ""
	}
	return strings.TrimSuffix(r.Target, ":*")
}
