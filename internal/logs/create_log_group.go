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

// clean removes the streams of groups that are gone. What is damaged stays, and keeps nothing
// else from being removed.
func (s *Service) clean(ctx context.Context) error {
	var failed error
	r := store.Range{Limit: cleanedAtOnce}
	for {
		trash, err := s.db.Scan(ctx, trashKind, r)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, t := range trash {
			failed = errors.Join(failed, s.cleanGroup(ctx, t.Key))
		}
		if len(trash) < r.Limit {
			return failed
		}
		r.After = trash[len(trash)-1].Key
	}
}

func (s *Service) cleanGroup(ctx context.Context, id string) error {
	var failed error
	r := store.Range{Prefix: id + "/", Limit: cleanedAtOnce}
	for {
		records, err := s.db.Scan(ctx, streamKind, r) // nobody adds to them
		if err != nil {
			return errors.Join(failed, err)
		}
		var streams []*stream
		for _, record := range records {
			st, err := decodeStream(record)
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			streams = append(streams, st)
		}
		last := len(records) < r.Limit
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			for _, st := range streams {
				if err := s.dropStream(tx, st); err != nil {
					return err
				}
			}
			if !last || failed != nil {
				return nil
			}
			return tx.Delete(trashKind, id)
		})
		if err != nil || last {
			return errors.Join(failed, err)
		}
		r.After = records[len(records)-1].Key
	}
}
