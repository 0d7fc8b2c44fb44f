package trail

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// StartLogging lets a trail deliver the events from now on.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
func (s *Service) StartLogging(ctx context.Context, c *iam.Caller, in *cloudtrail.StartLoggingInput) (*cloudtrail.StartLoggingOutput, error) {
	return &cloudtrail.StartLoggingOutput{}, s.switchLogging(ctx, c, "StartLogging", *in.Name)
}

// StopLogging ends it. What was recorded before is still delivered.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html
func (s *Service) StopLogging(ctx context.Context, c *iam.Caller, in *cloudtrail.StopLoggingInput) (*cloudtrail.StopLoggingOutput, error) {
	return &cloudtrail.StopLoggingOutput{}, s.switchLogging(ctx, c, "StopLogging", *in.Name)
}

func (s *Service) switchLogging(ctx context.Context, c *iam.Caller, action, text string) error {
	n, err := parseName(c, text)
	if err != nil {
		return err
	}
	if err := s.db.Sync(ctx); err != nil {
		return err
	}
	t, err := s.own(inDB{ctx, s.db}, c, action, n, nil)
	if err != nil {
		return err
	}
	touch(c, t)
	on := action == "StartLogging"
	if t.Logging == on {
		return nil
	}
	// Events tell seconds. Those of this second that are in the history already are told apart
	// by their place in it.
	if err := s.pump.run(ctx); err != nil {
		return err
	}
	heads, err := s.heads(ctx, t)
	if err != nil {
		return err
	}
	now := s.now()
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		t, err = s.own(inTx{tx}, c, action, n, nil)
		if err != nil || t.Logging == on {
			return err
		}
		if !on {
			t.stop(now)
			return t.put(tx)
		}
		if len(t.Spans) == spansKept && now.Sub(t.Spans[0].From) < settled {
			return throttled()
		}
		if err := beginAt(tx, t, heads); err != nil {
			return err
		}
		t.start(now)
		return t.put(tx)
	})
	wake(s.deliver)
	return err
}

// status is what became of the deliveries of a trail.
type status struct {
	Files   outcome `json:"files,omitzero"`
	Digests outcome `json:"digests,omitzero"`
	Group   outcome `json:"group,omitzero"`
	Notices outcome `json:"notices,omitzero"`

	// The stop of the trail of which is known that all that was logged before is delivered.
	FilesDone time.Time `json:"filesDone,omitzero"`
	GroupDone time.Time `json:"groupDone,omitzero"`
}

// outcome is that of the last attempt and of the last one that succeeded.
type outcome struct {
	Attempt time.Time `json:"attempt,omitzero"`
	Success time.Time `json:"success,omitzero"`
	Error   string    `json:"error,omitempty"` // of the last attempt
}

// note notes an attempt.
func (o *outcome) note(now time.Time, err error) {
	o.Attempt = now
	if err != nil {
		o.Error = brief(err)
		return
	}
	o.Success, o.Error = now, ""
}

func readStatus(r reader, t *trail) (status, error) {
	var st status
	found, err := r.get(statusKind, t.key())
	if errors.Is(err, store.ErrNotFound) {
		return st, nil
	}
	if err != nil {
		return st, err
	}
	return st, json.Unmarshal(found.Body, &st)
}

// changeStatus changes the status of a trail inside a transaction.
func changeStatus(tx *store.Tx, t *trail, change func(*status)) error {
	st, err := readStatus(inTx{tx}, t)
	if err != nil {
		return err
	}
	change(&st)
	body, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: statusKind, Key: t.key(), Body: body})
}

// noteFailure notes a delivery that failed.
func (s *Service) noteFailure(ctx context.Context, t *trail, which func(*status) *outcome, failure error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := stillThere(tx, t); err != nil {
			return err
		}
		if err := changeStatus(tx, t, func(st *status) { which(st).note(s.now(), failure) }); err != nil {
			return err
		}
		return s.sampleFailure(tx, t)
	})
	if err != nil && !errors.Is(err, errMoved) && ctx.Err() == nil {
		s.log.WarnContext(ctx, "note the failure of a delivery", "trail", t.arn(), "error", err)
	}
}

// sampleFailure counts an attempt that failed, among what could not be delivered in the trail's
// account.
func (s *Service) sampleFailure(tx *store.Tx, t *trail) error {
	if s.metrics == nil {
		return nil
	}
	id := metric.ID{
		Account: t.Account, Region: t.Home, Namespace: "Keystead", Name: "DeliveryFailures",
		Dimensions: []metric.Dimension{{Name: "Kind", Value: "trail"}},
	}
	return s.metrics.Put(tx, []metric.Datum{metric.Count(id, time.Time{}, 1)})
}

// changeStatus changes the status of a trail if the trail is still there.
func (s *Service) changeStatus(ctx context.Context, t *trail, change func(*status)) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := stillThere(tx, t); err != nil {
			return err
		}
		return changeStatus(tx, t, change)
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// GetTrailStatus tells whether a trail logs and what became of its deliveries.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
func (s *Service) GetTrailStatus(ctx context.Context, c *iam.Caller, in *cloudtrail.GetTrailStatusInput) (*cloudtrail.GetTrailStatusOutput, error) {
	t, err := s.read(ctx, c, "GetTrailStatus", *in.Name)
	if err != nil {
		return nil, err
	}
	st, err := readStatus(inDB{ctx, s.db}, t)
	if err != nil {
		return nil, err
	}
	return &cloudtrail.GetTrailStatusOutput{
		IsLogging:                          &t.Logging,
		StartLoggingTime:                   moment(t.Started),
		StopLoggingTime:                    moment(t.Stopped),
		TimeLoggingStarted:                 new(momentText(t.Started)),
		TimeLoggingStopped:                 new(momentText(t.Stopped)),
		LatestDeliveryTime:                 moment(st.Files.Success),
		LatestDeliveryError:                optional(st.Files.Error),
		LatestNotificationTime:             moment(st.Notices.Success),
		LatestNotificationError:            optional(st.Notices.Error),
		LatestDigestDeliveryTime:           moment(st.Digests.Success),
		LatestDigestDeliveryError:          optional(st.Digests.Error),
		LatestCloudWatchLogsDeliveryTime:   moment(st.Group.Success),
		LatestCloudWatchLogsDeliveryError:  optional(st.Group.Error),
		LatestDeliveryAttemptTime:          new(momentText(st.Files.Attempt)),
		LatestDeliveryAttemptSucceeded:     new(succeeded(st.Files)),
		LatestNotificationAttemptTime:      new(momentText(st.Notices.Attempt)),
		LatestNotificationAttemptSucceeded: new(succeeded(st.Notices)),
	}, nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func momentText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeForm)
}

// succeeded is the time of the last attempt if it succeeded.
func succeeded(o outcome) string {
	if o.Error != "" {
		return ""
	}
	return momentText(o.Success)
}
