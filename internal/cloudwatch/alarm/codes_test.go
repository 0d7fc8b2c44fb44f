package alarm

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
)

// codeOf is the code of an error, "" without one.
func codeOf(err error) string {
	var e smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}
