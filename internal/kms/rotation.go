package kms

import "time"

// rotation is the automatic rotation of a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
type rotation struct {
	PeriodDays int32     `json:"periodDays"`
	Next       time.Time `json:"next"`
}
