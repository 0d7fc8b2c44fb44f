package sns

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/mail"
	"github.com/keystead/keystead/internal/store"
)

// The protocols that there are.
const (
	protoEmail     = "email"
	protoEmailJSON = "email-json"
	protoHTTP      = "http"
	protoHTTPS     = "https"
)

// pendingARN stands for the ARN of a subscription that nobody has confirmed.
const pendingARN = "pending confirmation"

// maxSubscriptions is how many subscriptions a topic has.
const maxSubscriptions = 10_000

// Subscribe asks an endpoint whether it wants the messages of a topic.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
func (s *Service) Subscribe(ctx context.Context, c *iam.Caller, in *sns.SubscribeInput) (*sns.SubscribeOutput, error) {
	endpoint := ""
	if in.Endpoint != nil {
		endpoint = *in.Endpoint
		in.Endpoint = new(withoutPassword(endpoint)) // as it is recorded, whatever else is wrong
	}
	n, err := parseTopic("TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	var u *subscription
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err := s.authorized(tx.Get, c, "Subscribe", "TopicArn", n, keys{}.ofEndpoint(*in.Protocol, endpoint))
		if err != nil {
			return err
		}
		wanted, err := s.wanted(c, t, *in.Protocol, endpoint, in.Attributes)
		if err != nil {
			return err
		}
		u, err = s.subscribe(tx, t, wanted, in.Attributes)
		return err
	})
	if err != nil {
		return nil, err
	}
	if u.State != confirmed && !in.ReturnSubscriptionArn {
		return &sns.SubscribeOutput{SubscriptionArn: new(pendingARN)}, nil
	}
	return &sns.SubscribeOutput{SubscriptionArn: new(u.arn())}, nil
}

// wanted is the subscription that the caller asks for.
func (s *Service) wanted(c *iam.Caller, t *topic, protocol, endpoint string, attributes map[string]string) (*subscription, error) {
	if err := checkEndpoint(protocol, endpoint); err != nil {
		return nil, err
	}
	u := &subscription{ID: newID(), Topic: t.name.arn(), Protocol: protocol, Endpoint: endpoint, Owner: c.Principal.Account, State: pending, topicID: t.ID}
	names := slices.Sorted(maps.Keys(attributes))
	// The policy is read as its scope says.
	slices.SortStableFunc(names, func(a, b string) int {
		return rank(a) - rank(b)
	})
	for _, name := range names {
		if err := u.set(t, name, attributes[name]); err != nil {
			return nil, err
		}
	}
	return u, authorizeRedrive(c, u)
}

func rank(name string) int {
	if name == "FilterPolicyScope" {
		return 0
	}
	return 1
}

func (s *Service) subscribe(tx *store.Tx, t *topic, wanted *subscription, asked map[string]string) (*subscription, error) {
	old, err := ofEndpoint(tx, t, wanted.Protocol, wanted.Endpoint)
	if err != nil {
		return nil, err
	}
	if old == nil {
		return wanted, s.insertSubscription(tx, t, wanted)
	}
	switch old.State {
	case confirmed:
		for name := range asked {
			if old.Attributes[name] != wanted.Attributes[name] {
				return nil, invalid("Attributes Reason: Subscription already exists with different attributes")
			}
		}
		return old, nil
	case ended:
		t.count(ended, -1)
		t.count(pending, 1)
		if err := t.put(tx); err != nil {
			return nil, err
		}
		old.State, old.Tokens = pending, nil
	}
	if old.Owner != wanted.Owner {
		old.Owner, old.Tokens = wanted.Owner, nil
	}
	old.Locked, old.ConfirmedByOwner = false, false
	old.Attributes = wanted.Attributes
	if err := s.askToConfirm(tx, t, old); err != nil {
		return nil, err
	}
	return old, old.put(tx)
}

func (s *Service) insertSubscription(tx *store.Tx, t *topic, u *subscription) error {
	if t.Confirmed+t.Pending+t.Ended >= maxSubscriptions {
		return &types.SubscriptionLimitExceededException{Message: new("Subscription limit exceeded")}
	}
	if err := s.askToConfirm(tx, t, u); err != nil {
		return err
	}
	r, err := u.record()
	if err != nil {
		return err
	}
	if err := tx.Insert(r); err != nil {
		return err
	}
	err = tx.Upsert(store.Record{Kind: endpointKind, Key: endpointKey(t.ID, u.Protocol, u.Endpoint), Body: []byte(u.ID)})
	if err != nil {
		return err
	}
	t.count(pending, 1)
	return t.put(tx)
}

// maxEndpoint is the length of an endpoint in bytes.
const maxEndpoint = 2048

// checkEndpoint refuses what can't be an endpoint of the protocol.
func checkEndpoint(protocol, endpoint string) error {
	if len(endpoint) > maxEndpoint || strings.ContainsFunc(endpoint, isControl) {
		return invalid("Endpoint")
	}
	switch protocol {
	case protoEmail, protoEmailJSON:
		if _, err := mail.Address(endpoint); err != nil {
			return invalid("Email address")
		}
		return nil
	case protoHTTP, protoHTTPS:
		u, err := url.Parse(endpoint)
		switch {
		case err != nil || u.Host == "" || u.Hostname() == "" || u.Fragment != "":
			return invalid("Endpoint")
		case u.Scheme != protocol:
			return invalid("Endpoint must match the specified protocol")
		}
		return nil
	}
	return invalid("Amazon SNS does not support this protocol string: %.64s", protocol)
}
