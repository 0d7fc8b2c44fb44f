package kms

// ParseMarker reads a marker and returns what it says and how it is written.
func ParseMarker(text string) (after, again string, ok bool) {
	m, ok := parseMarker(text)
	return m.After, m.String(), ok
}
