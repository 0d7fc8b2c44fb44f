package eventstore

import "time"

// Event is one event of a log.
type Event struct {
	Log      string
	Seq      uint64    // its number in the log: 1 for the first, and without a gap
	Time     time.Time // when it happened; cut to milliseconds
	Ingested time.Time // when it was taken in; cut to milliseconds
	Text     []byte
}

// MaxText is how long the text of an event may be.
const MaxText = 4 << 20

// place is where an event stands in the order of a page.
type place struct {
	time int64 // Unix ms
	id   string
	seq  uint64
}

func (p place) before(q place) bool {
	switch {
	case p.time != q.time:
		return p.time < q.time
	case p.id != q.id:
		return p.id < q.id
	default:
		return p.seq < q.seq
	}
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
