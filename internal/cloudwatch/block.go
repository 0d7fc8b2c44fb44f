package cloudwatch

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/cloudwatch/statistic"
)

// block is the samples of a metric in one span of time: for each unit, points in the order of
// their times.
type block struct{ units []unitSeries }

type unitSeries struct {
	unit   string
	points []point
}

// point is the samples of one step.
type point struct {
	time int64 // Unix seconds, a multiple of the tier's step
	sum  *statistic.Summary
}

// add merges samples into the point of their step.
func (b *block) add(unit string, seconds int64, sum *statistic.Summary) {
	u := b.series(unit)
	i, found := slices.BinarySearchFunc(u.points, seconds, func(p point, t int64) int { return int(p.time - t) })
	if !found {
		u.points = slices.Insert(u.points, i, point{seconds, new(statistic.Summary)})
	}
	u.points[i].sum.Merge(sum)
}

func (b *block) series(unit string) *unitSeries {
	i, found := slices.BinarySearchFunc(b.units, unit, func(u unitSeries, name string) int { return strings.Compare(u.unit, name) })
	if !found {
		b.units = slices.Insert(b.units, i, unitSeries{unit: unit})
	}
	return &b.units[i]
}

// maxBlock bounds an encoded block. Only whoever sends very many different values each second
// comes there, and loses percentiles.
const maxBlock = 8 << 20

// encode writes the block.
func (b *block) encode() []byte {
	encoded := b.appendTo(nil)
	if len(encoded) > maxBlock {
		for _, u := range b.units {
			for _, p := range u.points {
				p.sum.Blur()
			}
		}
		encoded = b.appendTo(nil)
	}
	return pack(encoded)
}

func (b *block) appendTo(out []byte) []byte {
	for _, u := range b.units {
		out = binary.AppendUvarint(appendText(out, u.unit), uint64(len(u.points)))
		before := int64(0)
		for _, p := range u.points {
			out = p.sum.Append(binary.AppendVarint(out, p.time-before))
			before = p.time
		}
	}
	return out
}

func decodeBlock(packed []byte) (*block, error) {
	all, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	b, r := new(block), reader{b: all}
	for len(r.b) > 0 && r.err == nil {
		u := unitSeries{unit: r.text()}
		var seconds int64
		for n := r.uint(); n > 0 && r.err == nil; n-- {
			seconds += r.int()
			u.points = append(u.points, point{seconds, r.summary()})
		}
		b.units = append(b.units, u)
	}
	if r.err != nil {
		return nil, r.err
	}
	return b, nil
}
