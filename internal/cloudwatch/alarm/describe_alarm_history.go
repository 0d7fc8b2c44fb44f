package alarm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// DescribeAlarmHistory lists what happened to an alarm, or to all.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
func (s *Service) DescribeAlarmHistory(ctx context.Context, c *iam.Caller, in *cloudwatch.DescribeAlarmHistoryInput) (*cloudwatch.DescribeAlarmHistoryOutput, error) {
	var names []string
	if in.AlarmName != nil {
		names = []string{*in.AlarmName}
	}
	composite, err := s.mayDescribe(ctx, c, "DescribeAlarmHistory", names)
	if err != nil {
		return nil, err
	}
	if in.AlarmContributorId != nil {
		return nil, unsupported("The parameter AlarmContributorId")
	}
	if in.StartDate != nil && in.EndDate != nil && in.EndDate.Before(*in.StartDate) {
		return nil, invalid("StartDate must be before EndDate.")
	}
	after, err := parseToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	q := historyQuery{in: in, kinds: in.AlarmTypes, base: recordKey(c.Principal.Account, c.Region, ""), after: after, limit: limitOf(in.MaxRecords, 100)}
	if len(q.kinds) == 0 {
		q.kinds = []types.AlarmType{types.AlarmTypeMetricAlarm}
	}
	if !composite {
		q.kinds = slices.DeleteFunc(slices.Clone(q.kinds), func(k types.AlarmType) bool { return k == types.AlarmTypeCompositeAlarm })
	}
	return s.history(ctx, q)
}

// historyQuery is what a request asks for.
type historyQuery struct {
	in    *cloudwatch.DescribeAlarmHistoryInput
	kinds []types.AlarmType
	base  string // of the keys
	after string // the end of the key where the page before ended
	limit int
}

// history reads a page. The records stand with the newest first; the other way around, all up
// to the end of the page before are read.
func (s *Service) history(ctx context.Context, q historyQuery) (*cloudwatch.DescribeAlarmHistoryOutput, error) {
	ascending := q.in.ScanBy == types.ScanByTimestampAscending
	first, last := q.bounds(ascending)
	type entry struct {
		key  string
		item item
	}
	var found []entry
	for {
		records, err := s.scanHistory(ctx, q, first)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if last != "" && r.Key >= last {
				records = nil
				break
			}
			var i item
			if err := json.Unmarshal(r.Body, &i); err != nil {
				return nil, fmt.Errorf("decode the history of an alarm: %w", err)
			}
			if q.wants(i) {
				found = append(found, entry{r.Key, i})
			}
			if ascending && len(found) > 2*q.limit+1 { // only the oldest are wanted
				found = slices.Delete(found, 0, len(found)-q.limit-1)
			}
		}
		if len(records) < batch || !ascending && len(found) > q.limit {
			break
		}
		first = records[len(records)-1].Key
	}
	if ascending {
		slices.Reverse(found)
	}
	out := &cloudwatch.DescribeAlarmHistoryOutput{AlarmHistoryItems: []types.AlarmHistoryItem{}}
	for n, e := range found {
		if n == q.limit {
			out.NextToken = new(marker.Marker{After: strings.TrimPrefix(found[n-1].key, q.base)}.String())
			break
		}
		out.AlarmHistoryItems = append(out.AlarmHistoryItems, types.AlarmHistoryItem{
			AlarmName: &e.item.Name, AlarmType: e.item.Kind, HistoryItemType: e.item.Type, Timestamp: &e.item.Time,
			HistorySummary: &e.item.Summary, HistoryData: &e.item.Data,
		})
	}
	return out, nil
}

// bounds are the keys between which the records are: after first, and before last if it is not
// empty.
func (q historyQuery) bounds(ascending bool) (first, last string) {
	if q.in.EndDate != nil {
		first = q.base + backwards(*q.in.EndDate)
	}
	if q.in.StartDate != nil {
		last = q.base + backwards(*q.in.StartDate) + "." // which comes after the "-" that follows the time
	}
	if q.after != "" && ascending {
		if end := q.base + q.after; last == "" || end < last {
			last = end
		}
	} else if q.after != "" {
		first = max(first, q.base+q.after)
	}
	return first, last
}

func (s *Service) scanHistory(ctx context.Context, q historyQuery, after string) ([]store.Record, error) {
	if q.in.AlarmName == nil {
		return s.db.Scan(ctx, historyKind, store.Range{Prefix: q.base, After: after, Limit: batch})
	}
	ref := q.base + *q.in.AlarmName + "\x01"
	if !nameable(*q.in.AlarmName) {
		return nil, nil
	}
	r := store.Range{Prefix: ref, Limit: batch}
	if after != "" {
		r.AfterRef, r.After = ref, after
	}
	return s.db.ScanRef(ctx, historyKind, r)
}

func (q historyQuery) wants(i item) bool {
	in := q.in
	return slices.Contains(q.kinds, i.Kind) && (in.HistoryItemType == "" || in.HistoryItemType == i.Type) &&
		(in.StartDate == nil || !i.Time.Before(*in.StartDate)) && (in.EndDate == nil || !i.Time.After(*in.EndDate))
}
