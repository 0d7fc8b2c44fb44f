package statistic

import (
	"math"
	"slices"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

// Summary is what is kept of samples: the simple statistics exactly, and how the samples are
// distributed, exactly while they have few different values and else to within Accuracy.
//
// The distribution is lost once something is added that has none, namely a statistic set or a
// negative number: CloudWatch has no percentiles of those.
type Summary struct {
	Count, Sum, Min, Max float64

	blurred bool     // the distribution is not known
	samples []sample // sorted by value; nil if there is a sketch
	sketch  *ddsketch.DDSketch
}

type sample struct{ value, count float64 }

// Accuracy is how far a percentile of many samples may be off, relative to its value.
const Accuracy = 0.01

// maxExact is how many different values are kept exactly.
const maxExact = 32

// maxBins bounds a sketch: values that are 10^8 times smaller than the largest are counted as
// if they were one.
const maxBins = 1024

var sketchMapping = func() mapping.IndexMapping {
	m, err := mapping.NewLogarithmicMapping(Accuracy)
	if err != nil {
		panic("statistic: " + err.Error())
	}
	return m
}()

func newStore() store.Store { return store.NewCollapsingLowestDenseStore(maxBins) }

func newSketch() *ddsketch.DDSketch {
	return ddsketch.NewDDSketchFromStoreProvider(sketchMapping, newStore)
}

// Add adds a sample that was seen count times.
func (s *Summary) Add(value, count float64) {
	if count <= 0 {
		return
	}
	s.extend(value, value)
	s.Count += count
	s.Sum += value * count
	if value < 0 {
		s.blur()
	}
	s.distribute(value, count)
}

// AddSet adds samples that somebody else has added up.
func (s *Summary) AddSet(count, sum, least, most float64) {
	if count <= 0 {
		return
	}
	if least == most && math.Abs(sum-least*count) <= 1e-9*math.Abs(sum) {
		s.Add(least, count)
		return
	}
	s.extend(least, most)
	s.Count += count
	s.Sum += sum
	s.blur()
}

// Merge adds what o has. o is not changed and shares nothing with s afterwards.
func (s *Summary) Merge(o *Summary) {
	if o.Count == 0 {
		return
	}
	s.extend(o.Min, o.Max)
	s.Count += o.Count
	s.Sum += o.Sum
	switch {
	case o.blurred:
		s.blur()
	case s.blurred:
	case o.sketch != nil:
		s.toSketch()
		// The mappings are the same: it can't fail.
		_ = s.sketch.MergeWith(o.sketch)
	default:
		for _, x := range o.samples {
			s.distribute(x.value, x.count)
		}
	}
}

func (s *Summary) extend(least, most float64) {
	if s.Count == 0 {
		s.Min, s.Max = least, most
		return
	}
	s.Min, s.Max = min(s.Min, least), max(s.Max, most)
}

// blur forgets the distribution.
func (s *Summary) blur() { s.blurred, s.samples, s.sketch = true, nil, nil }

// Blur makes the summary smaller at the price of its percentiles.
func (s *Summary) Blur() { s.blur() }

// distribute adds a sample to the distribution alone.
func (s *Summary) distribute(value, count float64) {
	if s.blurred {
		return
	}
	if s.sketch != nil {
		s.sketchIn(value, count)
		return
	}
	i, found := slices.BinarySearchFunc(s.samples, value, func(x sample, v float64) int {
		switch {
		case x.value < v:
			return -1
		case x.value > v:
			return 1
		}
		return 0
	})
	if found {
		s.samples[i].count += count
		return
	}
	if len(s.samples) >= maxExact {
		s.toSketch()
		s.sketchIn(value, count)
		return
	}
	s.samples = slices.Insert(s.samples, i, sample{value, count})
}

func (s *Summary) toSketch() {
	if s.sketch != nil {
		return
	}
	s.sketch = newSketch()
	for _, x := range s.samples {
		s.sketchIn(x.value, x.count)
	}
	s.samples = nil
}

// sketchIn adds to the sketch. Values that it has no place for, below 1e-308, count as zero.
func (s *Summary) sketchIn(value, count float64) {
	if s.sketch.AddWithCount(value, count) != nil {
		s.blur()
	}
}

// distribution is the samples in order. Without one it is nil.
func (s *Summary) distribution() []sample {
	if s.blurred || s.Count == 0 {
		return nil
	}
	if s.sketch == nil {
		return s.samples
	}
	var all []sample
	s.sketch.ForEach(func(value, count float64) bool {
		all = append(all, sample{min(max(value, s.Min), s.Max), count})
		return false
	})
	slices.SortFunc(all, func(a, b sample) int {
		if a.value < b.value {
			return -1
		}
		return 1
	})
	return all
}

// Copy returns a summary that shares nothing with s.
func (s *Summary) Copy() *Summary {
	c := *s
	c.samples = slices.Clone(s.samples)
	if s.sketch != nil {
		c.sketch = s.sketch.Copy()
	}
	return &c
}
