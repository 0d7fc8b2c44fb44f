package xksproxy

import (
	"time"

	"github.com/keystead/keystead/internal/secret"
)

// Config is everything that an operator can choose. Its comments are the reference page. The
// file is YAML with the names given here; unknown names are errors. It is read again when it, or
// a file that it names, has changed: a change that is not right as a whole is refused as a
// whole, and what was in use stays in use. Listen, MetricsListen, DataDir and Audit take effect
// at the next start only, so a change of them is refused while the proxy runs.
type Config struct {
	// Listen is the address of the API, "HOST:PORT". KMS calls port 443 of the endpoint's host.
	// Port 0 picks a free one. Default "127.0.0.1:8443".
	Listen string `yaml:"listen"`

	// MetricsListen is the address of /metrics (Prometheus) and of /ping, without TLS and without
	// credentials: an address that only the monitoring reaches. Default: none.
	MetricsListen string `yaml:"metrics-listen"`

	// DataDir holds what the proxy keeps: the root key, a database of sealed records, the audit
	// journal. Made with mode 0700. Default "./xks-proxy".
	DataDir string `yaml:"data-dir"`

	// TLS says how connections are protected. There is no proxy without TLS.
	TLS TLS `yaml:"tls"`

	// Audit says how the journal in DataDir/journal is kept. "keystead journal verify" and
	// "keystead journal show" with the same --data-dir read it.
	Audit Audit `yaml:"audit"`

	// FleetSize is how many proxies there are behind the endpoint, for the health status. Default 1.
	FleetSize int `yaml:"fleet-size"`

	// Backends say where key material is.
	Backends []Backend `yaml:"backends"`

	// Stores are the external key stores that the proxy serves, each under a path of its own.
	Stores []Store `yaml:"stores"`

	// ShutdownGrace is how long a stopping proxy waits for requests in flight. Default 5s.
	ShutdownGrace time.Duration `yaml:"shutdown-grace"`

	dir string // of the file; relative paths begin there
}

// TLS says how connections are protected: TLS 1.2 or 1.3.
type TLS struct {
	// Cert and Key are PEM files; the certificate comes with its intermediates. Both are read again
	// when they change. Default: a certificate of a certificate authority of the proxy's own in
	// DataDir/tls, for KMSs that are told to trust DataDir/tls/ca.pem. AWS KMS trusts public
	// authorities only.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// Hosts are the names that a certificate of the proxy's own authority is for, beside localhost.
	Hosts []string `yaml:"hosts"`
	// ClientCA is a PEM file of certificate authorities. With it, clients must show a certificate
	// that one of them has issued, and whose subject's common name, or DNS name, is one of
	// ClientNames: others don't get through the handshake. A KMS signs its requests all the same.
	// AWS KMS shows "cks.kms.REGION.amazonaws.com", issued by Amazon Trust Services.
	ClientCA    string   `yaml:"client-ca"`
	ClientNames []string `yaml:"client-names"`
}

// Audit says how the journal is kept.
type Audit struct {
	// Sync is "interval" (to disk every 100 ms; a killed process loses nothing, a power failure up
	// to that) or "always" (to disk before each answer). Default "interval".
	Sync string `yaml:"sync"`
	// Retention is how long the journal keeps events at least, such as 8760h. Default 0: for ever.
	Retention time.Duration `yaml:"retention"`
}

// Backend is a place of key material. Exactly one of PKCS11, Software and KMS is set.
type Backend struct {
	// Name is what stores call it. Keys that were made in a backend remember its name: under another
	// one they are refused with InvalidStateException.
	Name string `yaml:"name"`
	// PKCS11 is a token of an HSM.
	PKCS11 *PKCS11 `yaml:"pkcs11"`
	// Software is the proxy itself: keys are sealed in its database, under its root key.
	Software *Software `yaml:"software"`
	// KMS is another KMS: keys are data keys that a key there has wrapped.
	KMS *KMS `yaml:"kms"`
}

// PKCS11 is a token of an HSM. AES-GCM happens in it.
type PKCS11 struct {
	// Module is the vendor's library.
	Module string `yaml:"module"`
	// Driver is the program that loads it, keystead-hsm. Default: beside the running program, then
	// in $PATH.
	Driver string `yaml:"driver"`
	// Env is for the driver, beside a minimal environment: "SOFTHSM2_CONF=/etc/softhsm2.conf".
	Env []string `yaml:"env"`
	// Token is the token's label, Serial its serial number, Slot its slot. Default: the only
	// initialized token.
	Token  string `yaml:"token"`
	Serial string `yaml:"serial"`
	Slot   *uint  `yaml:"slot"`
	// PinFile holds the PIN of the crypto user in its first line. AWS CloudHSM wants "USER:PASSWORD".
	PinFile string `yaml:"pin-file"`
	// Sessions is how many sessions may be open at once. Default 16.
	Sessions int `yaml:"sessions"`
	// Wait is how long a request waits for a free session before it gets a ThrottlingException.
	// Default 100ms.
	Wait time.Duration `yaml:"wait"`
	// Timeout is how long a call of the module may take before the driver is killed and started
	// again. KMS itself waits 250 ms. Default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// HealthKey is the label of the AES key that the health check uses, and nothing else. It is made
	// if it is not there. Default "keystead-xks-health".
	HealthKey string `yaml:"health-key"`
}

// Software has no settings.
type Software struct{}

// KMS is another Keystead, or AWS KMS.
type KMS struct {
	// Endpoint is its URL, https except on this machine. Default: AWS's, of the Region.
	Endpoint string `yaml:"endpoint"`
	// CA is a file of certificate authorities to trust in place of the system's, PEM.
	CA string `yaml:"ca"`
	// Region is the Region of the key.
	Region string `yaml:"region"`
	// CredentialsFile is in AWS's shared-credentials format; Profile is the profile to take.
	// Default: what AWS's SDKs find in the environment.
	CredentialsFile string `yaml:"credentials-file"`
	Profile         string `yaml:"profile"`
	// Key is the ARN of the symmetric key that wraps. It must not itself be in a key store behind
	// this proxy.
	Key string `yaml:"key"`
	// Refresh is how long the proxy uses an unwrapped data key before it has the KMS unwrap it
	// again: so long a key that was disabled there can go on working here. Default 5m.
	Refresh time.Duration `yaml:"refresh"`
}

// Store is one external key store.
type Store struct {
	// Prefix begins the store's URI path, which is PREFIX/kms/xks/v1: "" or "/a/b", of letters,
	// digits, "-" and "_". AWS KMS tells the XksProxyUriPath; a prefix of 20 random characters
	// keeps others from finding it.
	Prefix string `yaml:"prefix"`
	// Backend is the name of the backend with the store's keys.
	Backend string `yaml:"backend"`
	// Disabled refuses everything with InvalidStateException.
	Disabled bool `yaml:"disabled"`
	// Credentials are what KMS signs requests with, one, or two during a rotation. "keystead
	// xks-proxy credential new" makes one.
	Credentials []Credential `yaml:"credentials"`
	// RequestsPerSecond bounds the requests for keys; more get a ThrottlingException. KMS asks for
	// 1,800. Default 0: no bound.
	RequestsPerSecond int `yaml:"requests-per-second"`
	// Allow has rules: a request for a key must fit one of them. Without the list all fit, with an
	// empty one none does. Health checks are never refused.
	Allow *[]Rule `yaml:"allow"`
	// Keys say more about keys: rules of their own, names of keys that are in an HSM already. Other
	// keys come from "keystead xks-proxy key create".
	Keys []Key `yaml:"keys"`
}

// Credential is an access key for the proxy. It is none of AWS's IAM.
type Credential struct {
	// File is a JSON file with AccessKeyId and RawSecretAccessKey, in place of the rest: the form of
	// XksProxyAuthenticationCredential, so that KMS and the proxy can be given one file. "keystead
	// xks-proxy credential new --format json" makes it.
	File string `yaml:"file"`
	// AccessKeyID has 20 to 30 characters of A-Z and 2-7.
	AccessKeyID string `yaml:"access-key-id"`
	// Secret has 43 to 64 characters of a-z A-Z 0-9 / + =. SecretFile is a file that holds it in its
	// first line, in place of Secret.
	Secret     secret.Bytes `yaml:"secret"`
	SecretFile string       `yaml:"secret-file"`
}

// Key says more about an external key.
type Key struct {
	// ID is the id by which KMS calls it: 1 to 128 characters of A-Z a-z 0-9 - . _
	ID string `yaml:"id"`
	// Label (CKA_LABEL) or CKAID (CKA_ID, in hexadecimal digits) name the key in an HSM. With one of
	// them, the key need not have been made by "keystead xks-proxy key create".
	Label string `yaml:"label"`
	CKAID string `yaml:"cka-id"`
	// Usage is what the key may be used for: ENCRYPT, DECRYPT. What an HSM does not allow is not
	// allowed by this. Default: both.
	Usage []string `yaml:"usage"`
	// Disabled refuses the key's use with InvalidStateException.
	Disabled bool `yaml:"disabled"`
	// Allow takes the place of the store's rules.
	Allow *[]Rule `yaml:"allow"`
}

// Rule fits a request if each of its lists has a pattern that fits. In patterns, "*" stands for
// any characters and "?" for one. What a request does not say fits no pattern: KMS names no
// kmsKeyArn for CreateKey, and the VPC only of calls that came through a VPC endpoint.
type Rule struct {
	AWSPrincipalARN []string `yaml:"awsPrincipalArn"`
	KMSOperation    []string `yaml:"kmsOperation"`
	KMSKeyARN       []string `yaml:"kmsKeyArn"`
	AWSSourceVPC    []string `yaml:"awsSourceVpc"`
	AWSSourceVPCE   []string `yaml:"awsSourceVpce"`
	KMSViaService   []string `yaml:"kmsViaService"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Listen: "127.0.0.1:8443", DataDir: "./xks-proxy", Audit: Audit{Sync: "interval"}, FleetSize: 1,
		ShutdownGrace: 5 * time.Second,
	}
}
