package logs

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CreateLogGroup makes a group.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
func (s *Service) CreateLogGroup(ctx context.Context, c *iam.Caller, in *sdk.CreateLogGroupInput) (*sdk.CreateLogGroupOutput, error) {
	g := &group{
		Account: c.Principal.Account, Region: c.Region, Name: *in.LogGroupName,
		ID: strings.ToLower(rand.Text()), Created: s.clock.Now().UnixMilli(),
		Class: string(cmp.Or(in.LogGroupClass, types.LogGroupClassStandard)), Tags: in.Tags,
		Protected: in.DeletionProtectionEnabled != nil && *in.DeletionProtectionEnabled,
	}
	arn := ofGroup(g.arn())
	if err := allowAny(c, "CreateLogGroup", arn, keys{}.requested(in.Tags)); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 { // AWS asks for both
		if err := allowAny(c, "TagResource", g.arn(), keys{}.requested(in.Tags)); err != nil {
			return nil, err
		}
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	if in.KmsKeyId != nil {
		if old, err := s.fresh(ctx, g.Account, g.Region, g.Name); err != nil {
			return nil, err
		} else if old != nil {
			return nil, exists("log group")
		}
		g.Key = *in.KmsKeyId
		if err := s.tryKey(ctx, g); err != nil {
			return nil, err
		}
	}
	r, err := g.record()
	if err != nil {
		return nil, err
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Insert(r); errors.Is(err, store.ErrExists) {
			return exists("log group")
		} else {
			return err
		}
	})
}

// trashKind is the kind of the records of groups that were deleted and whose streams are
// not all gone yet. A record's key is the group's ID.
const trashKind = "log-trash"

// DeleteLogGroup removes a group, its streams, their events and its metric filters.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html
func (s *Service) DeleteLogGroup(ctx context.Context, c *iam.Caller, in *sdk.DeleteLogGroupInput) (*sdk.DeleteLogGroupOutput, error) {
	g, err := s.admit(ctx, c, "DeleteLogGroup", *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := g.again(tx)
		if err != nil {
			return err
		}
		if now.Protected {
			return &types.ValidationException{Message: new("The log group has deletion protection enabled and can't be deleted.")}
		}
		if err := tx.Delete(groupKind, groupKey(g.Account, g.Region, g.Name)); err != nil {
			return err
		}
		if err := tx.Delete(minuteKind, now.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return tx.Insert(store.Record{Kind: trashKind, Key: now.ID, Body: []byte("{}")})
	})
}

// cleanedAtOnce is how many streams a transaction removes.
const cleanedAtOnce = 100

// clean removes the streams of groups that are gone.
func (s *Service) clean(ctx context.Context) error {
	trash, err := s.db.Scan(ctx, trashKind, store.Range{Limit: 100})
	if err != nil {
		return err
	}
	for _, r := range trash {
		for done := false; !done; {
			err := s.db.Update(ctx, func(tx *store.Tx) error {
				done, err = s.cleanGroup(tx, r.Key)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) cleanGroup(tx *store.Tx, id string) (done bool, err error) {
	streams, err := tx.Scan(streamKind, store.Range{Prefix: id + "/", Limit: cleanedAtOnce})
	if err != nil {
		return false, err
	}
	for _, r := range streams {
		st, err := decodeStream(r)
		if err != nil {
			return false, err
		}
		if err := s.dropStream(tx, st); err != nil {
			return false, err
		}
	}
	if len(streams) == cleanedAtOnce {
		return false, nil
	}
	if err := tx.Delete(trashKind, id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	return true, nil
}
