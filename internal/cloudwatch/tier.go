package cloudwatch

import (
	"fmt"
	"strings"
	"time"
)

// tier is how finely samples of some age are kept. Blocks of a tier hold the samples of one
// metric in one span of time. They move into the next tier when they have been kept for long
// enough.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
type tier struct {
	name string
	step time.Duration // samples are kept by the step
	span time.Duration // of a block
	keep time.Duration
}

const day = 24 * time.Hour

var tiers = [...]tier{
	{"a", time.Second, time.Hour, 3 * time.Hour},
	{"b", time.Minute, day, 15 * day},
	{"c", 5 * time.Minute, 5 * day, 63 * day},
	{"d", time.Hour, 60 * day, 455 * day},
}

// blockKind is the kind of blocks. A record's key is ACCOUNT/REGION/METRIC/TIER/START.
const blockKind = "metric-block"

// seriesKey begins the keys of a metric's blocks.
func seriesKey(place, identity string) string { return place + identity + "/" }

// key is the key of the block that has the samples of a time.
func (t *tier) key(series string, seconds int64) string {
	return fmt.Sprintf("%s%s/%010x", series, t.name, t.start(seconds))
}

// start is when the block with a time begins.
func (t *tier) start(seconds int64) int64 { return floor(seconds, int64(t.span/time.Second)) }

// due is when the block with a time has been kept for long enough.
func (t *tier) due(seconds int64) time.Time {
	return at(t.start(seconds)).Add(t.span + t.keep)
}

// floor rounds down to a multiple.
func floor(seconds, step int64) int64 {
	r := seconds % step
	if r < 0 {
		r += step
	}
	return seconds - r
}

// parseBlockKey takes the key of a block apart.
func parseBlockKey(key string) (series string, index int, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 5 {
		return "", 0, false
	}
	for i := range tiers {
		if tiers[i].name == parts[3] {
			return strings.Join(parts[:3], "/") + "/", i, true
		}
	}
	return "", 0, false
}

// oldest is the time from which on samples are to be had by a period: what is older is only
// kept by larger steps, or not at all.
func oldest(now time.Time, period time.Duration) time.Time {
	keep := time.Duration(0)
	for i := range tiers {
		if period%tiers[i].step == 0 {
			keep = tiers[i].keep
		}
	}
	return now.Add(-keep)
}
