package logs

import (
	"cmp"
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// maxSorted is how many streams of a group can be listed in another order than that of their
// names.
const maxSorted = 20000

// DescribeLogStreams lists the streams of a group by their names, or by the times of their
// last events.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
func (s *Service) DescribeLogStreams(ctx context.Context, c *iam.Caller, in *sdk.DescribeLogStreamsInput) (*sdk.DescribeLogStreamsOutput, error) {
	t, err := named(c, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	g, err := s.admitTo(ctx, c, "DescribeLogStreams", t, "")
	if err != nil {
		return nil, err
	}
	prefix := ""
	if in.LogStreamNamePrefix != nil {
		prefix = *in.LogStreamNamePrefix
	}
	byTime := in.OrderBy == types.OrderByLastEventTime
	if byTime && prefix != "" {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	last, err := readToken[place](in.NextToken)
	if err != nil {
		return nil, err
	}
	if checkStreamName(last.Name) != nil {
		return nil, badToken()
	}
	limit, descending := limitOf(in.Limit, pageSize), in.Descending != nil && *in.Descending
	streams, err := s.streamPage(ctx, g, prefix, last, byTime, descending, limit+1)
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeLogStreamsOutput{LogStreams: []types.LogStream{}}
	for i, st := range streams {
		if i == limit {
			out.NextToken = writeToken(streams[i-1].place(byTime))
			break
		}
		out.LogStreams = append(out.LogStreams, st.describe(g))
	}
	return out, nil
}

// streamPage returns the streams behind a place. Streams in the order of their names are read
// as they are; others are all read, and sorted.
func (s *Service) streamPage(ctx context.Context, g *group, prefix string, last place, byTime, descending bool, limit int) ([]*stream, error) {
	r := store.Range{Prefix: streamKey(g.ID, prefix), Limit: limit}
	if byTime || descending {
		r.Limit = maxSorted
	} else if last.Name != "" {
		r.After = streamKey(g.ID, last.Name)
	}
	records, err := s.db.Scan(ctx, streamKind, r)
	if err != nil {
		return nil, err
	}
	streams := make([]*stream, 0, len(records))
	for _, r := range records {
		st, err := decodeStream(r)
		if err != nil {
			return nil, err
		}
		streams = append(streams, st)
	}
	if !byTime && !descending {
		return streams, nil
	}
	order := func(a, b place) int {
		n := cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Name, b.Name))
		if descending {
			return -n
		}
		return n
	}
	slices.SortFunc(streams, func(a, b *stream) int { return order(a.place(byTime), b.place(byTime)) })
	if last.Name != "" {
		streams = slices.DeleteFunc(streams, func(st *stream) bool { return order(st.place(byTime), last) <= 0 })
	}
	return streams[:min(len(streams), limit)], nil
}

func (st *stream) describe(g *group) types.LogStream {
	d := types.LogStream{
		Arn: new(streamARN(g, st.Name)), LogStreamName: &st.Name, CreationTime: &st.Created,
		StoredBytes: new(int64(0)), // AWS has told no other since 2019
	}
	if st.Ingested != 0 {
		d.FirstEventTimestamp, d.LastEventTimestamp, d.LastIngestionTime = &st.First, &st.Last, &st.Ingested
		d.UploadSequenceToken = new(sequenceToken(st.Ingested))
	}
	return d
}

// place is where a page of streams ends.
type place struct {
	Time int64  `json:"t,omitempty"`
	Name string `json:"n"`
}

func (st *stream) place(byTime bool) place {
	if byTime {
		return place{st.Last, st.Name}
	}
	return place{0, st.Name}
}
