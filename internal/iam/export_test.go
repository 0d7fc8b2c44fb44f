package iam

// UnpackToken is unpackToken. It returns the token packed again.
func UnpackToken(body []byte) ([]byte, error) {
	t, err := unpackToken(body)
	if err != nil {
		return nil, err
	}
	return packToken(t)
}

// SessionKeyID and SessionKeyAccount are sessionKeyID and its reverse.
var (
	SessionKeyID      = sessionKeyID
	SessionKeyAccount = sessionKeyAccount
)
