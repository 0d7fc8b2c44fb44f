package kms

import (
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// AWS managed keys belong to an account, but a service made them and has given them their
// policy. The account sees them; it can use them through the service, and change nothing.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key

// makesManaged are the operations that make an AWS managed key if they name its alias and it
// is not there yet: those with which a service begins to use it, and DescribeKey.
var makesManaged = map[string]bool{
	opDescribeKey.name: true, opEncrypt.name: true, opGenerateDataKey.name: true, opGenerateDataKeyWithoutPlaintext.name: true, opReEncryptTo.name: true,
}

// firstUse makes the AWS managed key whose alias t is and returns its id; "" if the alias is
// not that of one, or the caller could not do with it what a asks for.
func (s *Service) firstUse(a *ask, t target) (id string, err error) {
	m := managedBy(t.id)
	if m == nil || !makesManaged[a.op.name] {
		return "", nil
	}
	k, err := s.newManaged(m, t)
	if err != nil {
		return "", err
	}
	access := a.of(k.arn, k.Account, k)
	access.Grants = nil
	if result, err := a.caller.Decide(&access); err != nil || !result.Allowed {
		return "", err
	}
	recorded := false
	err = s.db.Update(a.ctx, func(tx *store.Tx) error {
		r, err := tx.Get(aliasKind, aliasKey(t.region, t.account, t.id))
		if err == nil { // another call was quicker, perhaps on another node
			other, _, err := decodeAlias(r)
			if err == nil {
				id = other.Target
			}
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		id = k.id
		if err := s.insertManaged(a, tx, k, t.id); err != nil || recorded {
			return err
		}
		recorded = true
		return s.journal.Record(createdEvent(a.caller, k))
	})
	if err != nil {
		return "", fmt.Errorf("make AWS managed key %s: %w", t.id, err)
	}
	return id, nil
}

// newManaged returns an AWS managed key without material.
func (s *Service) newManaged(m *managedService, t target) (*key, error) {
	k := newKey(t.account, t.region, material.NewKeyID(), s.clock.Now())
	k.Spec, k.Usage, k.Origin = types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms
	k.spec = material.SpecOf(k.Spec)
	k.Manager, k.Description, k.Policy = types.KeyManagerTypeAws, m.description(), m.policy(t.account, t.region)
	document, err := parsePolicy(k.Policy, nil)
	k.document = document
	return k, err
}

func (s *Service) insertManaged(a *ask, tx *store.Tx, k *key, name string) error {
	id, err := s.software.Generate(a.ctx, tx, k.ref)
	if err != nil {
		return err
	}
	k.setCurrent(id, keyMaterial{})
	records := make([]store.Record, 3)
	if records[0], err = k.record(); err != nil {
		return err
	}
	if records[1], err = (&alias{Target: k.id, Created: k.Created, Updated: k.Created}).record(name, k, 0); err != nil {
		return err
	}
	records[2] = rotationRecord(k.ref, k.rotationDue())
	for _, r := range records {
		if err := tx.Insert(r); err != nil {
			return err
		}
	}
	return nil
}

// apiCall is the event type of what counts as a call, although the service made it.
const apiCall = "AwsApiCall"

// createdEvent is the record of a key that was made for a caller who did not call CreateKey.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-createkey.html
func createdEvent(c *iam.Caller, k *key) *cloudtrail.Event {
	e := internalEvent("CreateKey", k, k.Created)
	e.Type, e.RequestID = apiCall, c.Event.RequestID
	return e
}

// internalEvent is the record of something that the service does to a key by itself.
func internalEvent(name string, k *key, now time.Time) *cloudtrail.Event {
	return &cloudtrail.Event{
		Time: now, Source: "kms.amazonaws.com", Name: name, Region: k.ref.Region, Type: "AwsServiceEvent",
		Identity:        cloudtrail.Identity{AccountID: k.Account, InvokedBy: "AWS Internal"},
		SourceIPAddress: "AWS Internal", UserAgent: "AWS Internal",
		Resources:          []cloudtrail.Resource{{AccountID: k.Account, Type: "AWS::KMS::Key", ARN: k.arn}},
		RecipientAccountID: k.Account,
	}
}
