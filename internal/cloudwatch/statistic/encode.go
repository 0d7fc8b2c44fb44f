package statistic

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"github.com/DataDog/sketches-go/ddsketch"
)

// The forms of an encoded summary: its first byte.
const (
	formOne     = iota // one value, once
	formSame           // one value, several times
	formSamples        // few values
	formSketch
	formBlurred
)

var errShort = errors.New("statistic: an encoded summary is damaged")

// Append appends the encoded summary, which DecodeSummary reads.
func (s *Summary) Append(b []byte) []byte {
	switch {
	case s.blurred:
		return appendFloats(append(b, formBlurred), s.Count, s.Sum, s.Min, s.Max)
	case s.sketch != nil:
		b = appendFloats(append(b, formSketch), s.Count, s.Sum, s.Min, s.Max)
		var sketch []byte
		s.sketch.Encode(&sketch, true)
		return append(binary.AppendUvarint(b, uint64(len(sketch))), sketch...)
	case len(s.samples) == 1 && s.Count == 1:
		return appendFloats(append(b, formOne), s.samples[0].value)
	case len(s.samples) == 1:
		return appendFloats(append(b, formSame), s.samples[0].value, s.samples[0].count)
	}
	b = appendFloats(append(b, formSamples), s.Sum)
	b = binary.AppendUvarint(b, uint64(len(s.samples)))
	for _, x := range s.samples {
		b = appendFloats(b, x.value, x.count)
	}
	return b
}

// appendFloats appends numbers so that round ones are short, as encoding/gob does.
func appendFloats(b []byte, numbers ...float64) []byte {
	for _, f := range numbers {
		b = binary.AppendUvarint(b, bits.ReverseBytes64(math.Float64bits(f)))
	}
	return b
}

// DecodeSummary reads a summary and returns what comes after it.
func DecodeSummary(b []byte) (*Summary, []byte, error) {
	if len(b) == 0 {
		return nil, nil, errShort
	}
	form := b[0]
	d := decoder{b: b[1:]}
	s := new(Summary)
	switch form {
	case formOne:
		s.Add(d.float(), 1)
	case formSame:
		value := d.float()
		s.Add(value, d.float())
	case formSamples:
		total := d.float()
		for n := d.uint(); n > 0 && !d.failed; n-- {
			value := d.float()
			s.Add(value, d.float())
		}
		s.Sum = total
	case formSketch:
		s.Count, s.Sum, s.Min, s.Max = d.float(), d.float(), d.float(), d.float()
		s.sketch = d.sketch()
	case formBlurred:
		s.Count, s.Sum, s.Min, s.Max = d.float(), d.float(), d.float(), d.float()
		s.blurred = true
	default:
		d.failed = true
	}
	if d.failed {
		return nil, nil, errShort
	}
	return s, d.b, nil
}

type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.failed, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) float() float64 {
	f := math.Float64frombits(bits.ReverseBytes64(d.uint()))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		d.failed = true
	}
	return f
}

func (d *decoder) sketch() *ddsketch.DDSketch {
	n := d.uint()
	if d.failed || n > uint64(len(d.b)) {
		d.failed = true
		return nil
	}
	sketch, err := ddsketch.DecodeDDSketch(d.b[:n], newStore, sketchMapping)
	d.b, d.failed = d.b[n:], err != nil
	return sketch
}
