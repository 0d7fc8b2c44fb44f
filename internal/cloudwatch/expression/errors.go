package expression

import "fmt"

// Error says what is wrong with an expression, in a sentence for its author.
type Error struct{ text string }

// Error implements error.
func (e *Error) Error() string { return e.text }

func wrong(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Wrong is an error of an expression for those who search or look up.
func Wrong(format string, args ...any) error { return wrong(format, args...) }
