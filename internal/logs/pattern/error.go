package pattern

// Error says why a pattern does not parse, as CloudWatch Logs words it.
type Error struct{ text string }

// Error implements error.
func (e *Error) Error() string { return e.text }

// invalid is the error of a pattern that does not follow the grammar.
func invalid() error { return &Error{"Invalid metric filter pattern"} }

// badTerm is the error of characters that may not stand where they stand. Control characters
// come from outside and have no place in an error.
func badTerm(term string) error {
	const most = 64
	if len(term) > most {
		term = term[:most]
	}
	for i := range len(term) {
		if term[i] < ' ' || term[i] > '~' {
			return invalid()
		}
	}
	return &Error{"Invalid character(s) in term '" + term + "'"}
}
