package xks

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// PathSuffix is the end of each XksProxyUriPath.
const PathSuffix = "/kms/xks/v1"

// Lengths of what addresses are made of.
const (
	MaxURI      = 256 // of a whole URI
	MaxPath     = 128 // of an XksProxyUriPath
	MaxEndpoint = 128 // of an XksProxyUriEndpoint
)

var (
	hostLabel   = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)
	pathPattern = regexp.MustCompile(`^(/[a-zA-Z0-9_-]+)*/kms/xks/v1$`)
	keyPattern  = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,128}$`)
	accessKey   = regexp.MustCompile(`^[A-Z2-7]{20,30}$`)
	secretKey   = regexp.MustCompile(`^[a-zA-Z0-9/+=]{43,64}$`)
)

// CheckEndpoint reports what is wrong with an XksProxyUriEndpoint: "https://" and a fully qualified
// domain name, without a port.
func CheckEndpoint(endpoint string) error {
	host, ok := strings.CutPrefix(endpoint, "https://")
	if !ok {
		return errors.New("it does not begin with https://")
	}
	if len(endpoint) > MaxEndpoint {
		return fmt.Errorf("it is longer than %d characters", MaxEndpoint)
	}
	labels := strings.Split(host, ".")
	if _, err := netip.ParseAddr(host); err == nil || len(labels) < 2 {
		return errors.New("its host is not a fully qualified domain name")
	}
	for _, l := range labels {
		if !hostLabel.MatchString(l) {
			return errors.New("its host is not a fully qualified domain name")
		}
	}
	return nil
}

// CheckPath reports what is wrong with an XksProxyUriPath: an optional prefix, and PathSuffix.
func CheckPath(path string) error {
	if len(path) > MaxPath {
		return fmt.Errorf("it is longer than %d characters", MaxPath)
	}
	if !pathPattern.MatchString(path) {
		return errors.New("it is not /PREFIX" + PathSuffix + " of letters, digits, - and _")
	}
	return nil
}

// ValidKeyID reports whether id may be the id of an external key. "." and ".." have the form, but
// as parts of a path they lead elsewhere.
func ValidKeyID(id string) bool { return keyPattern.MatchString(id) && id != "." && id != ".." }

// ValidAccessKeyID reports whether id may be the access key id of a proxy credential.
func ValidAccessKeyID(id string) bool { return accessKey.MatchString(id) }

// ValidSecret reports whether s may be the secret access key of a proxy credential.
func ValidSecret(s string) bool { return secretKey.MatchString(s) }

// operations are the last part of a key's URIs.
var operations = map[string]Operation{"metadata": GetKeyMetadata, "encrypt": Encrypt, "decrypt": Decrypt}

// Path is the path of a request: path is the XksProxyUriPath, key the external key's id.
func Path(path string, op Operation, key string) string {
	switch op {
	case GetKeyMetadata:
		return path + "/keys/" + key + "/metadata"
	case Encrypt:
		return path + "/keys/" + key + "/encrypt"
	case Decrypt:
		return path + "/keys/" + key + "/decrypt"
	default:
		return path + "/health"
	}
}

// CheckURI reports whether all URIs of a key are short enough.
func CheckURI(endpoint, path, key string) error {
	if n := len(endpoint) + len(Path(path, GetKeyMetadata, key)); n > MaxURI {
		return fmt.Errorf("the URI of the external key would have %d characters, more than %d", n, MaxURI)
	}
	return nil
}

// ParsePath reads the path of a request. path is the XksProxyUriPath that it begins with, and key
// the external key's id, "" in GetHealthStatus. A path that is not one of the API's is not ok.
func ParsePath(p string) (path string, op Operation, key string, ok bool) {
	if path, ok = strings.CutSuffix(p, "/health"); ok {
		op = GetHealthStatus
	} else {
		rest, last, found := cutLast(p)
		if op = operations[last]; !found || op == "" {
			return "", "", "", false
		}
		if rest, key, found = cutLast(rest); !found || !ValidKeyID(key) {
			return "", "", "", false
		}
		if path, found = strings.CutSuffix(rest, "/keys"); !found {
			return "", "", "", false
		}
	}
	if CheckPath(path) != nil {
		return "", "", "", false
	}
	return path, op, key, true
}

// cutLast splits at the last slash.
func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}
