package eventbridge

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// cron is a schedule with EventBridge's six fields: minutes, hours, day of the month, month, day
// of the week, year; in UTC.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
type cron struct {
	minutes, hours, days, months, weekdays uint64 // a bit for each value; weekdays from 1, Sunday
	years                                  [4]uint64
	anyDay, anyWeekday                     bool // the field is "?"

	last        bool // L: the last day of the month
	nearest     int  // 15W: the weekday that is nearest to the 15th; lastWeekday for LW
	lastOf      int  // 5L: the last Thursday
	nth, nthDay int  // 3#2: the second Tuesday
}

// lastWeekday is LW: the last weekday of the month.
const lastWeekday = 100

// The years that a cron expression can name.
const (
	firstYear = 1970
	lastYear  = 2199
)

var (
	monthNames = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	dayNames   = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

func parseCron(s string) (schedule, error) {
	f := strings.Fields(s)
	if len(f) != 6 {
		return nil, errSchedule
	}
	c := new(cron)
	ok := true
	set := func(text string, low, high int, names []string) uint64 {
		values, good := parseField(text, low, high, names)
		ok = ok && good
		var b uint64
		for _, v := range values {
			b |= 1 << v
		}
		return b
	}
	c.minutes, c.hours, c.months = set(f[0], 0, 59, nil), set(f[1], 0, 23, nil), set(f[3], 1, 12, monthNames)
	years, good := parseField(f[5], firstYear, lastYear, nil)
	ok = ok && good
	for _, y := range years {
		c.years[(y-firstYear)/64] |= 1 << ((y - firstYear) % 64)
	}
	if c.anyDay = f[2] == "?"; !c.anyDay && !c.specialDay(f[2]) {
		c.days = set(f[2], 1, 31, nil)
	}
	if c.anyWeekday = f[4] == "?"; !c.anyWeekday && !c.specialWeekday(f[4]) {
		c.weekdays = set(f[4], 1, 7, dayNames)
	}
	// Exactly one of the two says which days.
	if !ok || c.anyDay == c.anyWeekday {
		return nil, errSchedule
	}
	return c, nil
}

// specialDay reads L, LW and 15W.
func (c *cron) specialDay(s string) bool {
	switch {
	case s == "L":
		c.last = true
	case s == "LW":
		c.nearest = lastWeekday
	case strings.HasSuffix(s, "W"):
		n, ok := number(strings.TrimSuffix(s, "W"), 1, 31, nil)
		if !ok {
			return false
		}
		c.nearest = n
	default:
		return false
	}
	return true
}

// specialWeekday reads L, 5L and 3#2.
func (c *cron) specialWeekday(s string) bool {
	if day, nth, ok := strings.Cut(s, "#"); ok {
		d, ok1 := number(day, 1, 7, dayNames)
		n, ok2 := number(nth, 1, 5, nil)
		if !ok1 || !ok2 {
			return false
		}
		c.nthDay, c.nth = d, n
		return true
	}
	if s == "L" { // the last day of the week
		c.weekdays = 1 << 7
		return true
	}
	day, ok := strings.CutSuffix(s, "L")
	if !ok {
		return false
	}
	if c.lastOf, ok = number(day, 1, 7, dayNames); !ok {
		return false
	}
	return true
}

// number reads a value of a field, or its name.
func number(s string, low, high int, names []string) (int, bool) {
	for i, name := range names {
		if strings.EqualFold(s, name) {
			return i + 1, true
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= low && n <= high && s[0] != '+' && s[0] != '-'
}

// parseField reads a list of values, ranges and steps.
func parseField(s string, low, high int, names []string) (values []int, ok bool) {
	for part := range strings.SplitSeq(s, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			if step, ok = number(stepText, 1, high, nil); !ok {
				return nil, false
			}
		}
		from, to := low, high
		if first, last, ranged := strings.Cut(span, "-"); ranged {
			var ok1, ok2 bool
			from, ok1 = number(first, low, high, names)
			to, ok2 = number(last, low, high, names)
			if !ok1 || !ok2 || from > to {
				return nil, false
			}
		} else if span != "*" {
			if from, ok = number(span, low, high, names); !ok {
				return nil, false
			}
			if !stepped {
				to = from
			}
		}
		for v := from; v <= to; v += step {
			values = append(values, v)
		}
	}
	return values, true
}

// next finds the first minute after t that all fields have. It looks at each day once.
func (c *cron) next(t time.Time) (time.Time, bool) {
	t = t.UTC().Truncate(time.Minute).Add(time.Minute)
	for t.Year() <= lastYear {
		if y := t.Year() - firstYear; y < 0 || c.years[y/64]&(1<<(y%64)) == 0 {
			t = time.Date(t.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
			continue
		}
		if c.months&(1<<t.Month()) == 0 {
			t = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
			continue
		}
		if c.day(t) {
			if at, ok := c.within(t); ok {
				return at, true
			}
		}
		t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, time.UTC)
	}
	return time.Time{}, false
}

// within finds the first minute of the day of t, from t on.
func (c *cron) within(t time.Time) (time.Time, bool) {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	if c.hours&(1<<t.Hour()) != 0 {
		if m := c.minutes >> t.Minute() << t.Minute(); m != 0 {
			return day.Add(time.Duration(t.Hour())*time.Hour + time.Duration(bits.TrailingZeros64(m))*time.Minute), true
		}
	}
	h := c.hours >> (t.Hour() + 1) << (t.Hour() + 1)
	if h == 0 {
		return time.Time{}, false
	}
	return day.Add(time.Duration(bits.TrailingZeros64(h))*time.Hour + time.Duration(bits.TrailingZeros64(c.minutes))*time.Minute), true
}

// day reports whether the schedule has the day of t.
func (c *cron) day(t time.Time) bool {
	last := time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	weekday := int(t.Weekday()) + 1
	switch {
	case c.last:
		return t.Day() == last.Day()
	case c.nearest != 0:
		return t.Day() == nearestWeekday(t, last, c.nearest)
	case c.anyWeekday:
		return c.days&(1<<t.Day()) != 0
	case c.lastOf != 0:
		return weekday == c.lastOf && t.Day()+7 > last.Day()
	case c.nth != 0:
		return weekday == c.nthDay && (t.Day()-1)/7+1 == c.nth
	}
	return c.weekdays&(1<<weekday) != 0
}

// nearestWeekday is the day of the month, Monday to Friday, that is nearest to day n in the
// same month; 0 if the month has no such day.
func nearestWeekday(t, last time.Time, n int) int {
	if n == lastWeekday {
		n = last.Day()
	}
	if n > last.Day() {
		return 0
	}
	switch time.Date(t.Year(), t.Month(), n, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if n == 1 {
			return 3
		}
		return n - 1
	case time.Sunday:
		if n == last.Day() {
			return n - 2
		}
		return n + 1
	}
	return n
}
