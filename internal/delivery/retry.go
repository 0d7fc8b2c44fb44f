package delivery

import (
	"errors"
	"math"
	"time"
)

// Retry is when a failed try is repeated, in four phases: at once, at short intervals, at
// growing ones, at long ones.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
type Retry struct {
	Immediate int           `json:"immediate,omitempty"`
	Before    int           `json:"before,omitempty"` // at Min
	Growing   int           `json:"growing,omitempty"`
	After     int           `json:"after,omitempty"` // at Max
	Min       time.Duration `json:"min,omitempty"`
	Max       time.Duration `json:"max,omitempty"`
	Function  string        `json:"function,omitempty"` // of the growing phase: linear, arithmetic, geometric or exponential

	// Until bounds how long an item is tried, counted from when it was enqueued; 0: for as
	// long as there are tries. Tries without end are as many as fit.
	Until time.Duration `json:"until,omitempty"`
}

// The policies of SNS: of HTTP and HTTPS endpoints unless their owners choose another, and of
// what AWS runs itself. Mail is given up after the time after which relays give it up
// (RFC 5321, section 4.5.4.1), where AWS does so after six hours.
var (
	ForHTTP    = Retry{Growing: 3, Min: 20 * time.Second, Max: 20 * time.Second, Function: "linear"}
	ForManaged = Retry{Immediate: 3, Before: 2, Growing: 10, After: 100_000, Min: time.Second, Max: 20 * time.Second, Function: "exponential"}
	ForMail    = Retry{Before: 2, Growing: 10, After: 1000, Min: 10 * time.Second, Max: 600 * time.Second, Function: "exponential", Until: 96 * time.Hour}
)

// Wait is how long after the n-th failed try, counted from 1, the next one comes; ok is
// false if there is none.
func (r *Retry) Wait(n int) (wait time.Duration, ok bool) {
	n--
	if n < r.Immediate {
		return 0, true
	}
	if n -= r.Immediate; n < r.Before {
		return r.Min, true
	}
	if n -= r.Before; n < r.Growing {
		return r.grown(n), true
	}
	n -= r.Growing
	return r.Max, n < r.After
}

// grown is the n-th of the growing intervals: the first is Min, the last is Max.
func (r *Retry) grown(n int) time.Duration {
	if r.Growing < 2 || r.Max <= r.Min {
		return r.Min
	}
	x := float64(n) / float64(r.Growing-1)
	least, most := max(r.Min.Seconds(), 1), r.Max.Seconds()
	var s float64
	switch r.Function {
	case "exponential":
		s = least * math.Pow(most/least, x)
	case "geometric":
		s = least + (most-least)*math.Pow(x, 3)
	case "arithmetic":
		s = least + (most-least)*x*x
	default:
		s = least + (most-least)*x
	}
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

// Total is how long all tries of an item take together, if each fails at once.
func (r *Retry) Total() time.Duration {
	var total time.Duration
	for n := 1; ; n++ {
		wait, ok := r.Wait(n)
		if !ok || n > 1_000_000 {
			return total
		}
		total += wait
	}
}

// permanent is an error that no further try would change.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks the error of a destination that will never take the item.
func Permanent(err error) error { return permanent{err} }

func isPermanent(err error) bool {
	_, ok := errors.AsType[permanent](err)
	return ok
}

// ErrUnwanted is returned by a sender for an item that nobody waits for any more, such as one
// for a subscription that has ended: it is removed, and nothing has failed.
var ErrUnwanted = errors.New("delivery: nobody waits for the item any more")
