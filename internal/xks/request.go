package xks

import (
	"errors"
	"fmt"
)

// EncryptRequest is the body of an Encrypt request.
type EncryptRequest struct {
	RequestMetadata
	Plaintext []byte // in practice KMS's own ciphertext
	AAD       []byte // additionalAuthenticatedData; nil if there is none
	CDIV      bool   // the answer must have the ciphertextDataIntegrityValue
}

// DecryptRequest is the body of a Decrypt request.
type DecryptRequest struct {
	RequestMetadata
	Sealed
	AAD []byte // nil if there is none
}

// AppendHealthRequest appends the body of a GetHealthStatus request, which has no more of m than
// the id and the operation.
func AppendHealthRequest(b []byte, m *RequestMetadata) []byte {
	return append((&RequestMetadata{RequestID: m.RequestID, Operation: m.Operation}).append(b), '}')
}

// AppendMetadataRequest appends the body of a GetKeyMetadata request.
func AppendMetadataRequest(b []byte, m *RequestMetadata) []byte { return append(m.append(b), '}') }

// Append appends the body of the request.
func (r *EncryptRequest) Append(b []byte) []byte {
	b = r.append(b)
	b = appendBinary(b, "plaintext", r.Plaintext)
	b = appendMember(b, "encryptionAlgorithm", AlgorithmAESGCM)
	if r.AAD != nil {
		b = appendBinary(b, "additionalAuthenticatedData", r.AAD)
	}
	if r.CDIV {
		b = appendMember(b, "ciphertextDataIntegrityValueAlgorithm", CDIVSHA256)
	}
	return append(b, '}')
}

// Append appends the body of the request.
func (r *DecryptRequest) Append(b []byte) []byte {
	b = r.append(b)
	b = appendBinary(b, "ciphertext", r.Ciphertext)
	b = appendMember(b, "encryptionAlgorithm", AlgorithmAESGCM)
	b = appendBinary(b, "initializationVector", r.IV)
	b = appendBinary(b, "authenticationTag", r.Tag)
	if r.Metadata != nil {
		b = appendBinary(b, "ciphertextMetadata", r.Metadata)
	}
	if r.AAD != nil {
		b = appendBinary(b, "additionalAuthenticatedData", r.AAD)
	}
	return append(b, '}')
}

// append begins a request with its metadata; the caller closes the object.
func (m *RequestMetadata) append(b []byte) []byte {
	b = append(b, `{"requestMetadata":{"kmsRequestId":`...)
	b = appendString(b, m.RequestID)
	b = appendMember(b, "kmsOperation", m.Operation)
	for _, f := range [...]struct{ name, text string }{
		{"awsPrincipalArn", m.PrincipalARN},
		{"kmsKeyArn", m.KeyARN},
		{"awsSourceVpc", m.SourceVPC},
		{"awsSourceVpce", m.SourceVPCE},
		{"kmsViaService", m.ViaService},
	} {
		if f.text != "" {
			b = appendMember(b, f.name, f.text)
		}
	}
	return append(b, '}')
}

// The parsers of requests are a proxy's. What is missing or has the wrong form is a
// ValidationException; what has the wrong length and can't have come from Encrypt is an
// InvalidCiphertextException. They bound no size: a proxy has its own limits, which it checks
// later in its order of checks. What is read by then is returned with an error too: who asked
// belongs into a proxy's log.

// ParseHealthRequest reads the body of a GetHealthStatus request.
func ParseHealthRequest(b []byte) (RequestMetadata, error) {
	var m RequestMetadata
	err := parseRequest(b, &m, GetHealthStatus, func(string, value) error { return nil })
	return m, err
}

// ParseMetadataRequest reads the body of a GetKeyMetadata request.
func ParseMetadataRequest(b []byte) (RequestMetadata, error) {
	var m RequestMetadata
	err := parseRequest(b, &m, GetKeyMetadata, func(string, value) error { return nil })
	return m, err
}

// ParseEncryptRequest reads the body of an Encrypt request.
func ParseEncryptRequest(b []byte) (*EncryptRequest, error) {
	r := new(EncryptRequest)
	algorithm := ""
	err := parseRequest(b, &r.RequestMetadata, Encrypt, func(name string, v value) (err error) {
		switch name {
		case "plaintext":
			r.Plaintext, err = v.bytes()
		case "encryptionAlgorithm":
			algorithm, err = v.text()
		case "additionalAuthenticatedData":
			r.AAD, err = v.bytes()
		case "ciphertextDataIntegrityValueAlgorithm":
			var s string
			if s, err = v.text(); err == nil && s != CDIVSHA256 {
				err = errors.New("it is not " + CDIVSHA256)
			}
			r.CDIV = true
		}
		return err
	})
	if err != nil {
		return r, err
	}
	if r.Plaintext == nil {
		return r, invalid(missing("plaintext"))
	}
	return r, checkAlgorithm(algorithm)
}

// ParseDecryptRequest reads the body of a Decrypt request.
func ParseDecryptRequest(b []byte) (*DecryptRequest, error) {
	r := new(DecryptRequest)
	algorithm := ""
	err := parseRequest(b, &r.RequestMetadata, Decrypt, func(name string, v value) (err error) {
		switch name {
		case "ciphertext":
			r.Ciphertext, err = v.bytes()
		case "encryptionAlgorithm":
			algorithm, err = v.text()
		case "initializationVector":
			r.IV, err = v.bytes()
		case "authenticationTag":
			r.Tag, err = v.bytes()
		case "ciphertextMetadata":
			r.Metadata, err = v.bytes()
		case "additionalAuthenticatedData":
			r.AAD, err = v.bytes()
		}
		return err
	})
	if err != nil {
		return r, err
	}
	for _, f := range [...]struct {
		name  string
		value []byte
	}{{"ciphertext", r.Ciphertext}, {"initializationVector", r.IV}, {"authenticationTag", r.Tag}} {
		if f.value == nil {
			return r, invalid(missing(f.name))
		}
	}
	if err := checkAlgorithm(algorithm); err != nil {
		return r, err
	}
	if err := r.Sealed.check(); err != nil {
		return r, &Error{InvalidCiphertextException, err.Error()}
	}
	return r, nil
}

func checkAlgorithm(name string) error {
	switch name {
	case AlgorithmAESGCM:
		return nil
	case "":
		return invalid(missing("encryptionAlgorithm"))
	}
	return invalid(errors.New("encryptionAlgorithm is not " + AlgorithmAESGCM))
}

// invalid is the answer to a request with a mistake in it. Its text never has a value in it that
// could be a plaintext.
func invalid(err error) error { return &Error{ValidationException, err.Error()} }

// parseRequest reads the metadata of a request and hands every other member to f.
func parseRequest(b []byte, m *RequestMetadata, op Operation, f func(name string, v value) error) error {
	there := false
	err := members(b, func(name string, v value) error {
		if name != "requestMetadata" {
			return f(name, v)
		}
		there = true
		return m.parse(v)
	})
	if err != nil {
		return invalid(err)
	}
	if !there {
		return invalid(missing("requestMetadata"))
	}
	for _, f := range [...]struct { // kmsRequestId, which may be empty, parse has looked for
		name, text string
		required   bool
	}{
		{"kmsOperation", m.Operation, true},
		{"awsPrincipalArn", m.PrincipalARN, op != GetHealthStatus},
		{"kmsKeyArn", m.KeyARN, op == Encrypt || op == Decrypt},
	} {
		if f.required && f.text == "" {
			return invalid(fmt.Errorf("requestMetadata: %w", missing(f.name)))
		}
	}
	return nil
}

// parse reads requestMetadata.
func (m *RequestMetadata) parse(b []byte) error {
	id := false
	err := members(b, func(name string, v value) (err error) {
		switch name {
		case "awsPrincipalArn":
			m.PrincipalARN, err = v.text()
		case "awsSourceVpc":
			m.SourceVPC, err = v.text()
		case "awsSourceVpce":
			m.SourceVPCE, err = v.text()
		case "kmsKeyArn":
			m.KeyARN, err = v.text()
		case "kmsOperation":
			m.Operation, err = v.text()
		case "kmsRequestId":
			id = true
			m.RequestID, err = v.text()
		case "kmsViaService":
			m.ViaService, err = v.text()
		}
		return err
	})
	if err == nil && !id {
		err = missing("kmsRequestId")
	}
	return err
}
