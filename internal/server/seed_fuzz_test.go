package server

import (
	"strings"
	"testing"
)

// FuzzSeed: whatever stands in a file, reading it ends without a panic, and an error repeats no
// value of it; the name of a member that there is not it may.
func FuzzSeed(f *testing.F) {
	const value = "5ec4e75ec4e7"
	for _, text := range []string{
		"keys:\n- id: a\n  materials:\n  - hex:5ec4e75ec4e7\n", "keys: !!binary 5ec4e75ec4e7", "keys:\n- {materials: !!int 5ec4e75ec4e7}\n",
		"keys:\n- materials:\n  - >5ec4e75ec4e7\n", "keys:\n- disabled: 5ec4e75ec4e7\n", "*5ec4e75ec4e7", "<<: *5ec4e75ec4e7",
		"{5ec4e75ec4e7: 1, 5ec4e75ec4e7: 2}", "!!bool 5ec4e75ec4e7", "keys:\n- \"5ec4e75ec4e7", "keys: &a [*a]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := parseSeed([]byte(text))
		if err != nil && strings.Contains(err.Error(), value) && !strings.Contains(err.Error(), "unknown field") {
			t.Errorf("the error repeats a value: %v", err)
		}
	})
}
