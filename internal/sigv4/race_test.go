//go:build race

package sigv4_test

func init() { raceEnabled = true }
