package sns

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

const (
	// subscriptionKind is the kind of the records of subscriptions: "TOPICID/ID", with
	// "OWNER/REGION/" as Ref. An unconfirmed one is due when it is given up.
	subscriptionKind = "sns-subscription"
	// endpointKind finds the subscription of an endpoint: "TOPICID/HASH".
	endpointKind = "sns-endpoint"
	// orphanKind has the ids of topics that were deleted before their subscriptions.
	orphanKind = "sns-orphan"
)

// state is how far a subscription is.
type state string

const (
	pending   state = "pending"   // its endpoint gets nothing but the request to confirm it
	confirmed state = "confirmed" // its endpoint gets messages
	ended     state = "ended"     // its endpoint gets nothing; its holder can take that back for a while
)

// tokenLife is how long a subscription waits to be confirmed.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html ("valid for two days")
const tokenLife = 48 * time.Hour

// subscription is the wish of somebody that an endpoint gets a topic's messages.
type subscription struct {
	ID       string `json:"-"`
	Topic    string `json:"topic"` // ARN
	Protocol string `json:"protocol"`
	Endpoint string `json:"endpoint"`
	Owner    string `json:"owner"` // account
	State    state  `json:"state"`

	Attributes map[string]string `json:"attributes,omitempty"`
	Tokens     [][]byte          `json:"tokens,omitempty"` // hashes of those that confirm it, the newest last
	Expires    time.Time         `json:"expires,omitzero"` // of the tokens

	// Since is the revision of the database in which it was confirmed: it gets what is published
	// from then on.
	Since int64 `json:"since,omitempty"`

	// ConfirmedByOwner says that a signed call of the owner confirmed it, Locked that only signed
	// calls end it.
	ConfirmedByOwner bool `json:"confirmedByOwner,omitempty"`
	Locked           bool `json:"locked,omitempty"`

	topicID string
	version int64
}

func (u *subscription) arn() string { return u.Topic + ":" + u.ID }
func (u *subscription) key() string { return u.topicID + "/" + u.ID }

func decodeSubscription(r store.Record) (*subscription, error) {
	u := &subscription{version: r.Version}
	if err := json.Unmarshal(r.Body, u); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	u.topicID, u.ID, _ = strings.Cut(r.Key, "/")
	return u, nil
}

func (u *subscription) record() (store.Record, error) {
	n, err := parseTopic("TopicArn", u.Topic)
	if err != nil {
		return store.Record{}, fmt.Errorf("subscription of no topic: %q", u.Topic)
	}
	body, err := json.Marshal(u)
	r := store.Record{Kind: subscriptionKind, Key: u.key(), Ref: u.Owner + "/" + n.region + "/", Version: u.version, Body: body}
	if u.State != confirmed {
		r.Due = u.Expires
	}
	return r, err
}

func (u *subscription) put(tx *store.Tx) error {
	r, err := u.record()
	if err != nil {
		return err
	}
	return tx.Put(r)
}

// endpointKey finds the subscription of an endpoint of a topic.
func endpointKey(topicID, protocol, endpoint string) string {
	return topicID + "/" + hash("endpoint", protocol, endpoint)
}

// hash is a name of fixed length for strings without U+0000.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// ofEndpoint is the subscription that an endpoint has, or nil.
func ofEndpoint(tx *store.Tx, t *topic, protocol, endpoint string) (*subscription, error) {
	r, err := tx.Get(endpointKind, endpointKey(t.ID, protocol, endpoint))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return getSubscription(tx.Get, t.ID, string(r.Body))
}

// getSubscription returns nil if there is none.
func getSubscription(get getter, topicID, id string) (*subscription, error) {
	r, err := get(subscriptionKind, topicID+"/"+id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeSubscription(r)
}

// splitSubscription reads the ARN of a subscription.
func splitSubscription(arn string) (n topicName, id string, err error) {
	i := strings.LastIndexByte(arn, ':')
	parts := strings.Count(arn, ":") + 1
	switch {
	case parts < 6:
		return n, "", invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not %d", parts)
	case parts != 7:
		return n, "", invalid("SubscriptionArn Reason: An ARN of a subscription has 7 elements, not %d", parts)
	}
	if n, err = parseTopic("SubscriptionArn", arn[:i]); err != nil {
		return n, "", err
	}
	if !uuidLike(arn[i+1:]) {
		return n, "", invalid("SubscriptionArn Reason: the id of the subscription is not a UUID")
	}
	return n, arn[i+1:], nil
}

func uuidLike(s string) bool {
	return len(s) == 36 && !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') && r != '-' })
}

// findSubscription finds a subscription by its ARN. Both are nil if there is none.
func findSubscription(get getter, arn string) (*topic, *subscription, error) {
	n, id, err := splitSubscription(arn)
	if err != nil {
		return nil, nil, err
	}
	t, err := findTopic(get, n)
	if err != nil || t == nil {
		return nil, nil, err
	}
	u, err := getSubscription(get, t.ID, id)
	if err != nil || u == nil {
		return nil, nil, err
	}
	return t, u, nil
}

// owned finds a subscription that the caller's account has, or whose topic it has. The action
// was authorized before.
func owned(get getter, c *iam.Caller, arn string) (*topic, *subscription, error) {
	t, u, err := findSubscription(get, arn)
	if err != nil {
		return nil, nil, err
	}
	if u == nil || u.State == ended || u.Owner != c.Principal.Account && t.name.account != c.Principal.Account || t.name.region != c.Region {
		return nil, nil, noSubscription()
	}
	return t, u, nil
}

// A token is the id of the subscription and 32 random bytes, in hexadecimal. What is kept is
// its hash.
const tokenBytes = 16 + 32

// maxTokens is how many tokens confirm one subscription: those of the mails that were sent last.
const maxTokens = 5

// newToken adds a token.
func (u *subscription) newToken(now time.Time) string {
	id, err := hex.DecodeString(strings.ReplaceAll(u.ID, "-", ""))
	if err != nil || len(id) != 16 {
		panic("sns: the id of a subscription is no UUID: " + u.ID)
	}
	b := make([]byte, tokenBytes)
	copy(b, id)
	_, _ = rand.Read(b[16:]) // never fails (crypto/rand)
	if !now.Before(u.Expires) {
		u.Tokens = nil
	}
	token := hex.EncodeToString(b)
	u.Tokens = append(u.Tokens, u.tokenHash(token))
	if n := len(u.Tokens); n > maxTokens {
		u.Tokens = u.Tokens[n-maxTokens:]
	}
	u.Expires = now.Add(tokenLife)
	return token
}

// tokenHash binds the token to its subscription.
func (u *subscription) tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte("sns/subscription-token\x00" + u.topicID + "\x00" + u.ID + "\x00" + token))
	return sum[:]
}

// accepts says whether the token confirms the subscription.
func (u *subscription) accepts(token string, now time.Time) bool {
	if u.State == confirmed || !now.Before(u.Expires) {
		return false
	}
	h := u.tokenHash(token)
	found := 0
	for _, t := range u.Tokens {
		found |= subtle.ConstantTimeCompare(t, h)
	}
	return found == 1
}

// idOfToken is the id of the subscription that a token would be for.
func idOfToken(token string) (string, bool) {
	b, err := hex.DecodeString(token)
	if err != nil || len(b) != tokenBytes || hex.EncodeToString(b) != token {
		return "", false
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16]), true
}

// remove deletes a subscription.
func (u *subscription) remove(tx *store.Tx) error {
	if err := tx.Delete(subscriptionKind, u.key()); err != nil {
		return err
	}
	r, err := tx.Get(endpointKind, endpointKey(u.topicID, u.Protocol, u.Endpoint))
	if errors.Is(err, store.ErrNotFound) || err == nil && string(r.Body) != u.ID {
		return nil // the endpoint has another one by now
	}
	if err != nil {
		return err
	}
	return tx.Delete(endpointKind, r.Key)
}

// count adds to the topic's number of subscriptions in a state.
func (t *topic) count(st state, n int) {
	switch st {
	case pending:
		t.Pending += n
	case confirmed:
		t.Confirmed += n
	case ended:
		t.Ended += n
	}
}

// orphanBatch is how many subscriptions one transaction removes.
const orphanBatch = 200

// orphan removes the subscriptions of a topic that is deleted; a job removes what are too many
// for one transaction.
func orphan(tx *store.Tx, t *topic) error {
	more, err := removeAll(tx, t.ID)
	if err != nil || !more {
		return err
	}
	return tx.Insert(store.Record{Kind: orphanKind, Key: t.ID, Body: []byte(t.name.arn())})
}

func removeAll(tx *store.Tx, topicID string) (more bool, err error) {
	for _, kind := range []string{subscriptionKind, endpointKind, messageKind} {
		records, err := tx.Scan(kind, store.Range{Prefix: topicID + "/", Limit: orphanBatch})
		if err != nil {
			return false, err
		}
		for _, r := range records {
			if err := tx.Delete(kind, r.Key); err != nil {
				return false, err
			}
		}
		more = more || len(records) == orphanBatch
	}
	return more, nil
}

// deleteOrphans removes what topics have left behind.
func (s *Service) deleteOrphans(ctx context.Context) error {
	records, err := s.DB.Scan(ctx, orphanKind, store.Range{Limit: 100})
	if err != nil {
		return err
	}
	for _, r := range records {
		for more := true; more; {
			err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = removeAll(tx, r.Key)
				if err != nil || more {
					return err
				}
				return tx.Delete(orphanKind, r.Key)
			})
			if errors.Is(err, store.ErrNotFound) {
				break
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// deleteExpired removes the subscriptions that nobody has confirmed in time, and those that have
// ended for as long.
func (s *Service) deleteExpired(ctx context.Context) error {
	var failed error
	for failed == nil {
		records, err := s.DB.DueBefore(ctx, subscriptionKind, s.now(), 100)
		if err != nil || len(records) == 0 {
			return err
		}
		for _, r := range records {
			if err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.expire(tx, r.Key) }); err != nil {
				failed = err // and hold up none of the others
			}
		}
	}
	return failed
}

func (s *Service) expire(tx *store.Tx, key string) error {
	r, err := tx.Get(subscriptionKind, key)
	if errors.Is(err, store.ErrNotFound) || err == nil && (r.Due.IsZero() || r.Due.After(s.now())) {
		return nil
	}
	if err != nil {
		return err
	}
	u, err := decodeSubscription(r)
	if err != nil {
		return err
	}
	if err := u.remove(tx); err != nil {
		return err
	}
	n, err := parseTopic("TopicArn", u.Topic)
	if err != nil {
		return err
	}
	t, err := findTopic(tx.Get, n)
	if err != nil || t == nil || t.ID != u.topicID {
		return err
	}
	t.count(u.State, -1)
	return t.put(tx)
}
