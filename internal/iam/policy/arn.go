package policy

import "strings"

// arnFields is the number of fields of an ARN; the last may contain colons.
const arnFields = 6

// arnPattern compares the fields of an ARN one by one, so that no wildcard reaches
// across a colon.
type arnPattern [arnFields]pattern

// arn compiles the value of an ARN operator. What has too few fields for an ARN fits
// only itself, wildcards or not; "*" alone fits anything.
func arn(value string, variables bool) (matcher, *Error) {
	fields := splitARN(value, variables)
	if len(fields) < arnFields {
		return compileShort(value, variables)
	}
	m := new(arnPattern)
	for i, f := range fields {
		p, err := compilePattern(f, true, variables)
		if err != nil {
			return nil, err
		}
		m[i] = p
	}
	return m, nil
}

func compileShort(value string, variables bool) (matcher, *Error) {
	p, err := compilePattern(value, value == "*", variables)
	return &p, err
}

// splitARN cuts a pattern at its first five colons, but not inside variables.
func splitARN(s string, variables bool) []string {
	fields := make([]string, 0, arnFields)
	start := 0
	for i := 0; i < len(s) && len(fields) < arnFields-1; i++ {
		switch {
		case variables && strings.HasPrefix(s[i:], "${"):
			if _, rest, err := parseVariable(s[i:]); err == nil {
				i = len(s) - len(rest) - 1
			}
		case s[i] == ':':
			fields = append(fields, s[start:i])
			start = i + 1
		}
	}
	return append(fields, s[start:])
}

func (m *arnPattern) match(value string, c Context) bool {
	for i := range arnFields - 1 {
		field, rest, ok := strings.Cut(value, ":")
		if !ok || !m[i].match(field, c) {
			return false
		}
		value = rest
	}
	return m[arnFields-1].match(value, c)
}
