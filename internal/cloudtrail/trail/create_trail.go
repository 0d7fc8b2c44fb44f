package trail

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	record "github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// maxTrails is how many trails an account may have in a Region, shadows of other Regions'
// counted.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
const maxTrails = 5

// CreateTrail makes a trail, which does not log before StartLogging.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
func (s *Service) CreateTrail(ctx context.Context, c *iam.Caller, in *cloudtrail.CreateTrailInput) (*cloudtrail.CreateTrailOutput, error) {
	n, err := parseName(c, *in.Name)
	if err != nil {
		return nil, err
	}
	if n.byARN {
		return nil, badName("Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).")
	}
	tags := tagsOf(in.TagsList)
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	if err := authorize(c, "CreateTrail", n.arn(), ofTags(tags, nil)); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		if err := authorize(c, "AddTags", n.arn(), ofTags(tags, nil)); err != nil {
			return nil, err
		}
	}
	if tags, err = mergeTags(nil, in.TagsList); err != nil {
		return nil, err
	}
	t := &trail{Account: n.account, Home: n.region, Name: n.last, Global: true, Tags: tags, Created: s.now()}
	w := settings{
		bucket: in.S3BucketName, prefix: in.S3KeyPrefix, topic: in.SnsTopicName, global: in.IncludeGlobalServiceEvents,
		multi: in.IsMultiRegionTrail, org: in.IsOrganizationTrail, validation: in.EnableLogFileValidation,
		group: in.CloudWatchLogsLogGroupArn, role: in.CloudWatchLogsRoleArn, key: in.KmsKeyId,
	}
	if err := s.apply(ctx, c, t, &w); err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.room(tx, t); err != nil {
			return err
		}
		r, err := t.record()
		if err != nil {
			return err
		}
		if err := tx.Insert(r); errors.Is(err, store.ErrExists) {
			return trailExists(t.Name, t.Account)
		} else if err != nil {
			return err
		}
		return s.checkTopic(tx, t)
	})
	if err != nil {
		return nil, err
	}
	touch(c, t)
	return &cloudtrail.CreateTrailOutput{
		Name: &t.Name, TrailARN: new(t.arn()), S3BucketName: &t.Bucket, S3KeyPrefix: optional(t.Prefix),
		SnsTopicName: optional(t.TopicName), SnsTopicARN: optional(t.Topic), IncludeGlobalServiceEvents: &t.Global,
		IsMultiRegionTrail: &t.Multi, IsOrganizationTrail: &t.Org, LogFileValidationEnabled: &t.Validation,
		CloudWatchLogsLogGroupArn: optional(t.Group), CloudWatchLogsRoleArn: optional(t.Role), KmsKeyId: optional(t.KMSKey),
	}, nil
}

// room fails if the account has no room for another trail, or has the trail already.
func (s *Service) room(tx *store.Tx, t *trail) error {
	all, err := trailsOf(inTx{tx}, t.Account+"/")
	if err != nil {
		return err
	}
	n := 0
	for _, other := range all {
		if other.Home == t.Home && other.Name == t.Name {
			return trailExists(t.Name, t.Account)
		}
		if other.Home == t.Home || other.Multi {
			n++
		}
	}
	if n >= maxTrails {
		return tooManyTrails(t.Account, t.Home)
	}
	return nil
}

// optional leaves out a member that is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// touch names the trail in the record of the call.
func touch(c *iam.Caller, t *trail) {
	if c.Event != nil {
		c.Event.Resources = []record.Resource{{AccountID: t.Account, Type: "AWS::CloudTrail::Trail", ARN: t.arn()}}
	}
}

// UpdateTrail changes the settings of a trail.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
func (s *Service) UpdateTrail(ctx context.Context, c *iam.Caller, in *cloudtrail.UpdateTrailInput) (*cloudtrail.UpdateTrailOutput, error) {
	n, err := parseName(c, *in.Name)
	if err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	t, err := s.own(inDB{ctx, s.db}, c, "UpdateTrail", n, nil)
	if err != nil {
		return nil, err
	}
	w := settings{
		bucket: in.S3BucketName, prefix: in.S3KeyPrefix, topic: in.SnsTopicName, global: in.IncludeGlobalServiceEvents,
		multi: in.IsMultiRegionTrail, org: in.IsOrganizationTrail, validation: in.EnableLogFileValidation,
		group: in.CloudWatchLogsLogGroupArn, role: in.CloudWatchLogsRoleArn, key: in.KmsKeyId,
	}
	if err := s.apply(ctx, c, t, &w); err != nil {
		return nil, err
	}
	heads, err := s.heads(ctx, t)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := t.put(tx); errors.Is(err, store.ErrConflict) {
			return &types.ConflictException{Message: new("The trail was changed by another request at the same time.")}
		} else if err != nil {
			return err
		}
		if err := beginAt(tx, t, heads); err != nil {
			return err
		}
		return s.checkTopic(tx, t)
	})
	if err != nil {
		return nil, err
	}
	touch(c, t)
	return &cloudtrail.UpdateTrailOutput{
		Name: &t.Name, TrailARN: new(t.arn()), S3BucketName: &t.Bucket, S3KeyPrefix: optional(t.Prefix),
		SnsTopicName: optional(t.TopicName), SnsTopicARN: optional(t.Topic), IncludeGlobalServiceEvents: &t.Global,
		IsMultiRegionTrail: &t.Multi, IsOrganizationTrail: &t.Org, LogFileValidationEnabled: &t.Validation,
		CloudWatchLogsLogGroupArn: optional(t.Group), CloudWatchLogsRoleArn: optional(t.Role), KmsKeyId: optional(t.KMSKey),
	}, nil
}

// DeleteTrail removes a trail. What it has not delivered yet is not delivered any more; its
// files stay.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
func (s *Service) DeleteTrail(ctx context.Context, c *iam.Caller, in *cloudtrail.DeleteTrailInput) (*cloudtrail.DeleteTrailOutput, error) {
	n, err := parseName(c, *in.Name)
	if err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	var t *trail
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if t, err = s.own(inTx{tx}, c, "DeleteTrail", n, nil); err != nil {
			return err
		}
		if err := tx.Delete(trailKind, t.key()); err != nil {
			return err
		}
		if err := tx.Delete(statusKind, t.key()); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return errors.Join(deleteAll(tx, cursorKind, t.key()+"/"), deleteAll(tx, fileKind, t.key()+"/"))
	})
	if err != nil {
		return nil, err
	}
	touch(c, t)
	return &cloudtrail.DeleteTrailOutput{}, nil
}

// deleteAll deletes the records with keys that begin with a prefix.
func deleteAll(tx *store.Tx, kind, prefix string) error {
	records, err := tx.Scan(kind, store.Range{Prefix: prefix})
	for _, r := range records {
		err = errors.Join(err, tx.Delete(kind, r.Key))
	}
	return err
}

func notManagement() error {
	return &types.NotOrganizationMasterAccountException{Message: new("The account is not the management account of the organization.")}
}

// topicARN is the topic that a request names, by its name or its ARN.
func topicARN(c *iam.Caller, text string) (string, error) {
	if strings.HasPrefix(text, "arn:") {
		a, ok := iam.ParseARN(text)
		if !ok || a.Service != "sns" || a.Resource == "" {
			return "", &types.InvalidSnsTopicNameException{Message: new("The SNS topic ARN is not valid: " + text)}
		}
		return text, nil
	}
	if len(text) > 256 || strings.ContainsFunc(text, func(r rune) bool { return !letterOrDigit(r) && r != '-' && r != '_' }) {
		return "", &types.InvalidSnsTopicNameException{Message: new("The SNS topic name is not valid: " + text)}
	}
	return "arn:aws:sns:" + c.Region + ":" + c.Principal.Account + ":" + text, nil
}
