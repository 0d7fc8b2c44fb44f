package alarm

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DeleteAlarms deletes alarms, of which one may be a composite alarm. Their history stays. Those
// that there are not make no difference.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
func (s *Service) DeleteAlarms(ctx context.Context, c *iam.Caller, in *cloudwatch.DeleteAlarmsInput) (*cloudwatch.DeleteAlarmsOutput, error) {
	now := s.clock.Now().Truncate(time.Millisecond)
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		found, err := admitted(tx, c, "DeleteAlarms", in.AlarmNames)
		if err != nil {
			return err
		}
		if err := deletable(tx, c, found); err != nil {
			return err
		}
		for _, a := range found {
			if err := tx.Delete(alarmKind, a.key()); err != nil {
				return err
			}
			if err := writeHistory(tx, a, now, configured(a, nil)); err != nil {
				return err
			}
		}
		return nil
	})
}

// deletable returns an error if other alarms need one of these.
func deletable(tx *store.Tx, c *iam.Caller, found []*alarm) error {
	composites := 0
	for _, a := range found {
		if a.Composite != nil {
			composites++
		}
	}
	if composites > 1 {
		return invalid("DeleteAlarms can delete at most one composite alarm at a time.")
	}
	all, err := tx.Scan(alarmKind, store.Range{Prefix: recordKey(c.Principal.Account, c.Region, "")})
	if err != nil {
		return err
	}
	for _, r := range all {
		parent, err := decode(r)
		if err != nil {
			return err
		}
		if parent.Composite == nil {
			continue
		}
		needed := append(parent.children(), parent.suppressor())
		for _, a := range found {
			if slices.Contains(needed, a.key()) {
				return invalid("Cannot delete %s as there are composite alarm(s) depending on it.", a.Name)
			}
		}
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
