package cloudwatch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/cloudwatch/statistic"
)

// batchKind is the kind of samples as they came, in one record for all that came at once:
// writing them is cheap however many metrics they are of. The compaction moves them into the
// blocks of their metrics soon. A record's key is ACCOUNT/REGION/SHARD/REVISION-RANDOM.
const batchKind = "metric-batch"

// entry is what a batch holds of one metric at one time.
type entry struct {
	id   metric.ID
	unit string
	time int64 // Unix seconds
	sum  *statistic.Summary
}

var errDamaged = errors.New("cloudwatch: stored samples are damaged")

// encodeBatch writes entries of one account and Region.
func encodeBatch(entries []entry) []byte {
	b := make([]byte, 0, 64*len(entries))
	for i := range entries {
		e := &entries[i]
		b = appendText(appendText(b, e.id.Namespace), e.id.Name)
		b = binary.AppendUvarint(b, uint64(len(e.id.Dimensions)))
		for _, d := range e.id.Dimensions {
			b = appendText(appendText(b, d.Name), d.Value)
		}
		b = appendText(b, e.unit)
		b = binary.AppendVarint(b, e.time)
		b = e.sum.Append(b)
	}
	return pack(b)
}

func decodeBatch(account, region string, packed []byte) ([]entry, error) {
	b, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	var all []entry
	r := reader{b: b}
	for len(r.b) > 0 && r.err == nil {
		e := entry{id: metric.ID{Account: account, Region: region, Namespace: r.text(), Name: r.text()}}
		for n := r.uint(); n > 0 && r.err == nil; n-- {
			e.id.Dimensions = append(e.id.Dimensions, metric.Dimension{Name: r.text(), Value: r.text()})
		}
		e.unit, e.time, e.sum = r.text(), r.int(), r.summary()
		all = append(all, e)
	}
	return all, r.err
}

// reader reads what append… wrote. After an error it reads zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() { r.b, r.err = nil, errDamaged }

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return ""
	}
	text := string(r.b[:n])
	r.b = r.b[n:]
	return text
}

func (r *reader) summary() *statistic.Summary {
	s, rest, err := statistic.DecodeSummary(r.b)
	if err != nil {
		r.fail()
		return new(statistic.Summary)
	}
	r.b = rest
	return s
}

// How packed bytes begin.
const (
	plain byte = iota
	compressed
)

// worthPacking is from how many bytes on compression pays.
const worthPacking = 512

// maxUnpacked bounds what is unpacked; what is packed is smaller.
const maxUnpacked = 64 << 20

var (
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithLowerEncoderMem(true))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxUnpacked), zstd.WithDecoderLowmem(true))
)

func pack(b []byte) []byte {
	if len(b) < worthPacking {
		return append([]byte{plain}, b...)
	}
	return packer.EncodeAll(b, []byte{compressed})
}

func unpack(b []byte) ([]byte, error) {
	switch {
	case len(b) == 0:
		return nil, errDamaged
	case b[0] == plain:
		return b[1:], nil
	}
	all, err := unpacker.DecodeAll(b[1:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return all, nil
}

// at is a time in seconds as a time.
func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
