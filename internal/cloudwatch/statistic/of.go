package statistic

import "math"

// Of tells the statistic of samples. There may be none: of no samples, or of samples whose
// distribution is not known.
func (s Statistic) Of(x *Summary) (float64, bool) {
	if x == nil || x.Count == 0 {
		return 0, false
	}
	switch s.kind {
	case sampleCount:
		return x.Count, true
	case sum:
		return x.Sum, true
	case average:
		return x.Sum / x.Count, true
	case minimum:
		return x.Min, true
	case maximum:
		return x.Max, true
	}
	all := x.distribution()
	if len(all) == 0 {
		return 0, false
	}
	return s.ofDistribution(all, x)
}

func (s Statistic) ofDistribution(all []sample, x *Summary) (float64, bool) {
	n := total(all)
	switch s.kind {
	case percentile:
		return valueAt(all, s.hi.at/100*n), true
	case winsorizedMean:
		return s.winsorize(all, n), true
	}
	count, sum := s.trim(all, n)
	switch s.kind {
	case trimmedCount:
		return count, true
	case trimmedSum:
		return sum, true
	case percentileRank:
		return 100 * count / n, true
	}
	return sum / count, count > 0
}

func total(all []sample) float64 {
	var n float64
	for _, x := range all {
		n += x.count
	}
	return n
}

// valueAt is the least value such that rank samples are not above it.
func valueAt(all []sample, rank float64) float64 {
	var seen float64
	for _, x := range all {
		if seen += x.count; seen >= rank*(1-1e-12) {
			return x.value
		}
	}
	return all[len(all)-1].value
}

// trim counts and adds up the samples within the bounds. A percentage need not fall between
// two samples: of the one that it falls into a part counts. A value belongs to the range that
// it is the upper bound of.
func (s Statistic) trim(all []sample, n float64) (count, sum float64) {
	from, to := ranks(s.lo, s.hi, n)
	var seen float64
	for _, x := range all {
		part := x.count
		if s.byValue() {
			if s.lo.given && x.value <= s.lo.at || s.hi.given && x.value > s.hi.at {
				part = 0
			}
		} else {
			part = max(0, min(seen+x.count, to)-max(seen, from))
		}
		seen += x.count
		count += part
		sum += part * x.value
	}
	return count, sum
}

func (s Statistic) byValue() bool {
	return s.lo.given && !s.lo.percent || s.hi.given && !s.hi.percent
}

// ranks are the bounds as numbers of samples.
func ranks(lo, hi bound, n float64) (from, to float64) {
	to = n
	if lo.given {
		from = lo.at / 100 * n
	}
	if hi.given {
		to = hi.at / 100 * n
	}
	return from, to
}

// winsorize is the mean of the samples when those outside of the bounds are moved to them.
func (s Statistic) winsorize(all []sample, n float64) float64 {
	least, most := math.Inf(-1), math.Inf(1)
	switch {
	case s.byValue():
		if s.lo.given {
			least = s.lo.at
		}
		if s.hi.given {
			most = s.hi.at
		}
	default:
		from, to := ranks(s.lo, s.hi, n)
		if s.lo.given {
			least = valueAt(all, from)
		}
		if s.hi.given {
			most = valueAt(all, to)
		}
	}
	var sum float64
	for _, x := range all {
		sum += x.count * min(max(x.value, least), most)
	}
	return sum / n
}
