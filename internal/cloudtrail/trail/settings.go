package trail

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/keystead/keystead/internal/bucket"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
)

// settings are what CreateTrail and UpdateTrail say of a trail; nil leaves a setting as it is.
type settings struct {
	bucket, prefix, topic          *string
	global, multi, org, validation *bool
	group, role, key               *string
}

// maxPrefix is the longest prefix of keys.
const maxPrefix = 200

// apply checks settings and makes them the trail's.
func (s *Service) apply(ctx context.Context, c *iam.Caller, t *trail, w *settings) error {
	setBool(&t.Global, w.global)
	setBool(&t.Multi, w.multi)
	setBool(&t.Validation, w.validation)
	if t.Multi && !t.Global {
		return badCombination("Multi-Region trail must include global service events.")
	}
	if w.org != nil && *w.org && !t.Org {
		members, err := s.members(ctx, t.Account)
		if err != nil {
			return err
		}
		if members == nil {
			return notManagement()
		}
	}
	setBool(&t.Org, w.org)
	if err := s.applyBucket(ctx, t, w); err != nil {
		return err
	}
	if err := s.applyTopic(c, t, w); err != nil {
		return err
	}
	return s.applyGroup(ctx, c, t, w)
}

func setBool(to *bool, v *bool) {
	if v != nil {
		*to = *v
	}
}

func (s *Service) applyBucket(ctx context.Context, t *trail, w *settings) error {
	if w.prefix != nil {
		p := strings.TrimSuffix(*w.prefix, "/")
		if len(p) > maxPrefix {
			return &types.InvalidS3PrefixException{Message: new(fmt.Sprintf("The prefix must not have more than %d characters.", maxPrefix))}
		}
		if !validPrefix(p) {
			return &types.InvalidS3PrefixException{Message: new("The prefix is not valid: " + p)}
		}
		t.Prefix = p
	}
	if w.key != nil {
		if err := s.applyKey(t, *w.key); err != nil {
			return err
		}
	}
	if w.bucket == nil {
		return nil
	}
	name := *w.bucket
	if !bucket.ValidName(name) {
		return &types.InvalidS3BucketNameException{Message: new("Bucket name is not valid: " + name)}
	}
	err := s.buckets.Check(ctx, name)
	switch {
	case errors.Is(err, bucket.ErrNoBucket):
		return &types.S3BucketDoesNotExistException{Message: new("S3 bucket " + name + " does not exist!")}
	case err != nil:
		// Whether it may not be reached or can't, nothing is promised that will not be kept.
		s.log.WarnContext(ctx, "check the bucket of a trail", "bucket", name, "error", err)
		return &types.InsufficientS3BucketPolicyException{Message: new("Incorrect S3 bucket policy is detected for bucket: " + name)}
	}
	t.Bucket = name
	return nil
}

var prefixPattern = regexp.MustCompile(`^[A-Za-z0-9!_.*'()/-]*$`)

func validPrefix(p string) bool {
	if p == "" {
		return true
	}
	if !prefixPattern.MatchString(p) || strings.HasPrefix(p, "/") {
		return false
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// applyKey sets the KMS key of the files, which the S3 service encrypts with.
func (s *Service) applyKey(t *trail, key string) error {
	if key == "" {
		t.KMSKey = ""
		return nil
	}
	if !s.buckets.Encrypts() {
		return &types.KmsException{Message: new("The buckets of this service are folders, whose files it can't encrypt with a KMS key. An S3 service can.")}
	}
	arn := key
	if !strings.HasPrefix(key, "arn:") {
		if !strings.HasPrefix(key, "alias/") {
			key = "key/" + key
		}
		arn = "arn:aws:kms:" + t.Home + ":" + t.Account + ":" + key
	}
	a, ok := iam.ParseARN(arn)
	if !ok || a.Service != "kms" || !strings.HasPrefix(a.Resource, "key/") && !strings.HasPrefix(a.Resource, "alias/") {
		return &types.InvalidKmsKeyIdException{Message: new("The KMS key ID is not valid: " + key)}
	}
	t.KMSKey = arn
	return nil
}

func (s *Service) applyTopic(c *iam.Caller, t *trail, w *settings) error {
	if w.topic == nil {
		return nil
	}
	t.TopicName, t.Topic = *w.topic, ""
	if t.TopicName == "" {
		return nil
	}
	var err error
	t.Topic, err = topicARN(c, t.TopicName)
	return err
}

// checkTopic finds out whether the topic takes notices, by the one that CloudTrail sends when
// a trail is set up.
func (s *Service) checkTopic(tx *store.Tx, t *trail) error {
	if t.Topic == "" || s.topics == nil {
		return nil
	}
	err := s.topics.PublishAs(tx, t.notice("CloudTrail validation message."))
	switch {
	case errors.Is(err, sns.ErrNoTopic), errors.Is(err, sns.ErrRefused):
		return &types.InsufficientSnsTopicPolicyException{Message: new("SNS Topic does not exist or the topic policy is incorrect!")}
	}
	return err
}

func (t *trail) notice(message string) sns.Notice {
	return sns.Notice{Topic: t.Topic, Message: message, Service: servicePrincipal, SourceARN: t.arn(), SourceAccount: t.Account}
}

// applyGroup sets the log group and the role that lets CloudTrail write to it.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
func (s *Service) applyGroup(ctx context.Context, c *iam.Caller, t *trail, w *settings) error {
	if w.group == nil && w.role == nil {
		return nil
	}
	group, role := t.Group, t.Role
	if w.group != nil {
		group = *w.group
	}
	if w.role != nil {
		role = *w.role
	}
	switch {
	case group == "" && role == "":
		t.Group, t.Role = "", ""
		return nil
	case role == "":
		return badCombination("You must specify a role ARN as well as a log group.")
	case group == "":
		return badCombination("You must specify a log group ARN as well as a role.")
	}
	a, ok := iam.ParseARN(group)
	if !ok || a.Service != "logs" || !strings.HasPrefix(a.Resource, "log-group:") {
		return badGroup("CloudTrail cannot validate the specified log group ARN")
	}
	if a.Account != t.Account || a.Region != t.Home {
		return badGroup("The log group must be in the account and in the home Region of the trail.")
	}
	if s.groups == nil {
		return badGroup("CloudTrail cannot validate the specified log group ARN")
	}
	r, ok := iam.ParseARN(role)
	if kind, _, last := iam.SplitName(r.Resource); !ok || r.Service != "iam" || kind != "role" || last == "" || r.Account != t.Account {
		return badRole("CloudTrail cannot validate the specified role ARN")
	}
	if err := passRole(c, role, r.Account); err != nil {
		return err
	}
	if err := s.checkRole(ctx, t, role, group); err != nil {
		return err
	}
	if _, err := s.groups.Prepare(ctx, plainGroup(group), s.stream(t, partition{t.Account, t.Home}), nil); err != nil {
		return badGroup("CloudTrail cannot validate the specified log group ARN")
	}
	t.Group, t.Role = group, role
	return nil
}

// plainGroup is the ARN of a log group without the ":*" that stands for its streams.
func plainGroup(arn string) string { return strings.TrimSuffix(arn, ":*") }

// stream is the log stream for the events of a partition.
func (s *Service) stream(t *trail, p partition) string {
	name := p.account + "_CloudTrail_" + p.region
	if p.account != t.Account {
		return iam.OrganizationID + "_" + name
	}
	return name
}

// checkRole reports whether CloudTrail may assume the role, and the role may write to the
// group.
func (s *Service) checkRole(ctx context.Context, t *trail, arn, group string) error {
	a, _ := iam.ParseARN(arn)
	_, path, last := iam.SplitName(a.Resource)
	role, err := s.iam.AssumableRole(ctx, a.Account, path, last)
	if errors.Is(err, iam.ErrNoEntity) {
		return badRole("Access denied. Check the trust relationships for your role.")
	}
	if err != nil {
		return err
	}
	service, err := s.iam.CallerFor(ctx, servicePrincipal)
	if err != nil {
		return err
	}
	service.Region, service.SourceARN, service.SourceAccount = t.Home, t.arn(), t.Account
	result, err := service.Decide(&iam.Access{Action: "sts:AssumeRole", ARN: role.ARN, Account: a.Account, Policy: role.TrustPolicy, Trust: true})
	if err != nil {
		return err
	}
	if !result.Allowed {
		return badRole("Access denied. Check the trust relationships for your role.")
	}
	session, err := s.iam.CallerFor(ctx, role.ARN)
	if err != nil {
		return err
	}
	session.Region = t.Home
	stream := plainGroup(group) + ":log-stream:" + s.stream(t, partition{t.Account, t.Home})
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		result, err := session.Decide(&iam.Access{Action: action, ARN: stream, Account: t.Account})
		if err != nil {
			return err
		}
		if !result.Allowed {
			return badGroup("Access denied. Check the permissions for your role.")
		}
	}
	return nil
}
