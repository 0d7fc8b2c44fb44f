package sns

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/delivery"
)

// retryPolicy says when deliveries over HTTP are repeated.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy
type retryPolicy struct {
	MinDelayTarget     int    `json:"minDelayTarget"`
	MaxDelayTarget     int    `json:"maxDelayTarget"`
	NumRetries         int    `json:"numRetries"`
	NumMaxDelayRetries int    `json:"numMaxDelayRetries"`
	NumNoDelayRetries  int    `json:"numNoDelayRetries"`
	NumMinDelayRetries int    `json:"numMinDelayRetries"`
	BackoffFunction    string `json:"backoffFunction"`
}

type throttlePolicy struct {
	MaxReceivesPerSecond int `json:"maxReceivesPerSecond"`
}

type requestPolicy struct {
	HeaderContentType string `json:"headerContentType"`
}

// topicDelivery is the DeliveryPolicy of a topic.
type topicDelivery struct {
	HTTP topicHTTP `json:"http"`
}

type topicHTTP struct {
	Retry           retryPolicy     `json:"defaultHealthyRetryPolicy"`
	DisableOverride bool            `json:"disableSubscriptionOverrides"`
	Throttle        *throttlePolicy `json:"defaultThrottlePolicy,omitempty"`
	Request         requestPolicy   `json:"defaultRequestPolicy"`
}

// subscriptionDelivery is the DeliveryPolicy of a subscription.
type subscriptionDelivery struct {
	Retry    retryPolicy     `json:"healthyRetryPolicy"`
	Throttle *throttlePolicy `json:"throttlePolicy,omitempty"`
	Request  requestPolicy   `json:"requestPolicy"`

	// SicklyRetry stands in policies of older clients and has no effect, at AWS neither.
	SicklyRetry json.RawMessage `json:"sicklyRetryPolicy,omitempty"`
	Guaranteed  *bool           `json:"guaranteed,omitempty"`
}

func defaultRetry() retryPolicy {
	return retryPolicy{MinDelayTarget: 20, MaxDelayTarget: 20, NumRetries: 3, BackoffFunction: "linear"}
}

const defaultContentType = "text/plain; charset=UTF-8"

func parseTopicDelivery(text string) (topicDelivery, error) {
	d := topicDelivery{topicHTTP{Retry: defaultRetry(), Request: requestPolicy{defaultContentType}}}
	if text == "" {
		return d, nil
	}
	if err := decodeStrictly(text, &d); err != nil {
		return d, err
	}
	return d, check(&d.HTTP.Retry, d.HTTP.Throttle, &d.HTTP.Request)
}

// parseDelivery is the policy of a subscription of a topic with the policy of, both as written.
// What a subscription leaves open is the topic's; if the two together are no policy, for the
// topic's was changed later, it is the default.
func parseDelivery(text, of string) (subscriptionDelivery, error) {
	t, err := parseTopicDelivery(of)
	if err != nil {
		return subscriptionDelivery{}, err
	}
	d, err := t.with(text)
	if err != nil && of != "" {
		return parseDelivery(text, "")
	}
	return d, err
}

// with is the policy of a subscription over the topic's.
func (t topicDelivery) with(text string) (subscriptionDelivery, error) {
	d := subscriptionDelivery{Retry: t.HTTP.Retry, Throttle: t.HTTP.Throttle, Request: t.HTTP.Request}
	if text == "" || t.HTTP.DisableOverride {
		return d, nil
	}
	if err := decodeStrictly(text, &d); err != nil {
		return d, err
	}
	d.SicklyRetry, d.Guaranteed = nil, nil
	return d, check(&d.Retry, d.Throttle, &d.Request)
}

func decodeStrictly(text string, to any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil || d.More() {
		return invalid("DeliveryPolicy: failed to parse JSON")
	}
	return nil
}

var contentTypes = []string{
	"text/plain", "text/plain; charset=UTF-8", "application/json", "application/json; charset=UTF-8", "application/xml", "application/xml; charset=UTF-8",
	"application/octet-stream", "application/x-www-form-urlencoded", "text/css", "text/csv", "text/html", "text/xml",
}

func check(r *retryPolicy, t *throttlePolicy, q *requestPolicy) error {
	within := func(n, least, most int) bool { return n >= least && n <= most }
	phases := r.NumNoDelayRetries + r.NumMinDelayRetries + r.NumMaxDelayRetries
	if r.BackoffFunction == "" {
		r.BackoffFunction = "linear"
	}
	if q.HeaderContentType == "" {
		q.HeaderContentType = defaultContentType
	}
	switch {
	case !within(r.NumRetries, 0, 100):
		return invalid("DeliveryPolicy: numRetries must be between 0 and 100")
	case !within(r.MinDelayTarget, 1, 3600) || !within(r.MaxDelayTarget, 1, 3600):
		return invalid("DeliveryPolicy: minDelayTarget and maxDelayTarget must be between 1 and 3600")
	case r.MinDelayTarget > r.MaxDelayTarget:
		return invalid("DeliveryPolicy: minDelayTarget must not be greater than maxDelayTarget")
	case r.NumNoDelayRetries < 0 || r.NumMinDelayRetries < 0 || r.NumMaxDelayRetries < 0 || phases > r.NumRetries:
		return invalid("DeliveryPolicy: numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries must together not be greater than numRetries")
	case !slices.Contains([]string{"linear", "arithmetic", "geometric", "exponential"}, r.BackoffFunction):
		return invalid("DeliveryPolicy: backoffFunction must be one of linear, arithmetic, geometric, exponential")
	case t != nil && !within(t.MaxReceivesPerSecond, 1, 1_000_000):
		return invalid("DeliveryPolicy: maxReceivesPerSecond must be at least 1")
	case !slices.Contains(contentTypes, q.HeaderContentType):
		return invalid("DeliveryPolicy: headerContentType is not supported")
	}
	if total := r.delivery().Total(); total > time.Hour {
		return invalid("DeliveryPolicy: the total time of all retries must not be greater than 3600 seconds")
	}
	return nil
}

// delivery is the policy as the queue takes it.
func (r *retryPolicy) delivery() *delivery.Retry {
	return &delivery.Retry{
		Immediate: r.NumNoDelayRetries, Before: r.NumMinDelayRetries, After: r.NumMaxDelayRetries,
		Growing: r.NumRetries - r.NumNoDelayRetries - r.NumMinDelayRetries - r.NumMaxDelayRetries,
		Min:     time.Duration(r.MinDelayTarget) * time.Second, Max: time.Duration(r.MaxDelayTarget) * time.Second, Function: r.BackoffFunction,
	}
}

// effectiveOfTopic prints a topic's delivery policy with the defaults filled in.
func effectiveOfTopic(text string) (string, error) {
	d, err := parseTopicDelivery(text)
	if err != nil {
		return "", err
	}
	return printed(d)
}

func printed(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
