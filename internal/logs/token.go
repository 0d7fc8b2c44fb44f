package logs

import (
	"encoding/base64"
	"encoding/json"
)

// writeToken makes the token of a next page. It says where to go on, which gives nobody access
// to anything.
func writeToken(v any) *string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("logs: a token does not encode: " + err.Error())
	}
	return new(base64.StdEncoding.EncodeToString(b))
}

// readToken takes only what writeToken writes. Without a token the zero value is returned.
func readToken[T any](text *string) (T, error) {
	var v T
	if text == nil {
		return v, nil
	}
	b, err := base64.StdEncoding.DecodeString(*text)
	if err != nil || json.Unmarshal(b, &v) != nil || *writeToken(v) != *text {
		return v, badToken()
	}
	return v, nil
}
