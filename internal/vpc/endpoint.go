package vpc

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// endpointKind is the kind of endpoint records. A record's key is "REGION/ACCOUNT/vpce-ID",
// and its Ref, for endpoints made with a client token, "REGION/ACCOUNT/TOKEN/".
const endpointKind = "vpc-endpoint"

// endpoint is a private endpoint. One from the cache is shared and must not be changed.
type endpoint struct {
	VPC        string            `json:"vpc"`
	Service    string            `json:"service"`             // "com.amazonaws.eu-west-1.kms"
	Policy     string            `json:"policy,omitempty"`    // as it was put; "": the default one
	PolicyIDs  map[string]string `json:"policyIds,omitempty"` // the unique ids of the users and roles that it names
	PrivateDNS bool              `json:"privateDns,omitempty"`
	IPAddress  string            `json:"ipAddress"` // IpAddressType
	DNSRecord  string            `json:"dnsRecord"` // DnsRecordIpType
	Subnets    []string          `json:"subnets,omitempty"`
	Groups     []string          `json:"groups,omitempty"`
	Tags       []iam.Tag         `json:"tags,omitempty"`
	Created    time.Time         `json:"created"`
	Token      string            `json:"token,omitempty"`   // ClientToken
	Request    []byte            `json:"request,omitempty"` // hash of what was asked for with it

	region, account, id string
	version             int64
	compiled            iam.Endpoint
}

// defaultPolicy lets everything through, in the form in which AWS shows it.
const defaultPolicy = "{\n  \"Statement\": [\n    {\n      \"Action\": \"*\", \n      \"Effect\": \"Allow\", \n" +
	"      \"Principal\": \"*\", \n      \"Resource\": \"*\"\n    }\n  ]\n}"

// maxPolicy is the most characters that an endpoint policy may have.
//
// Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
const maxPolicy = 20480

// newID makes an id in the form of AWS's: "vpce-" and 17 hexadecimal digits.
func newID() string {
	b := make([]byte, 9)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return idPrefix + hex.EncodeToString(b)[:17]
}

const idPrefix = "vpce-"

func recordKey(region, account, id string) string { return region + "/" + account + "/" + id }

func (e *endpoint) key() string { return recordKey(e.region, e.account, e.id) }

func endpointARN(region, account, id string) string {
	return ec2ARN(region, account, "vpc-endpoint/"+id)
}

func ec2ARN(region, account, resource string) string {
	return "arn:" + iam.Partition(region) + ":ec2:" + region + ":" + account + ":" + resource
}

func (e *endpoint) door() Door {
	d := Door{Key: e.key(), ID: e.id, VPC: e.VPC, Region: e.region}
	if e.PrivateDNS {
		d.PrivateDNS = e.dnsName()
	}
	return d
}

// dnsName is the service's public DNS name, which private DNS leads to the endpoint.
func (e *endpoint) dnsName() string { return e.offer().dnsName }

// offer is the service that the endpoint leads to.
func (e *endpoint) offer() offer {
	for _, o := range offers(e.region) {
		if o.name == e.Service {
			return o
		}
	}
	return offer{}
}

// document is the policy as it is shown.
func (e *endpoint) document() string {
	if e.Policy == "" {
		return defaultPolicy
	}
	return e.Policy
}

// compile prepares the endpoint for decisions.
func (e *endpoint) compile() error {
	doc, err := policy.Parse([]byte(e.document()))
	if err != nil {
		return fmt.Errorf("policy of endpoint %s: %w", e.id, err)
	}
	doc.Bind(e.PolicyIDs)
	e.compiled = iam.Endpoint{
		ID: e.id, VPC: e.VPC, Account: e.account, Region: e.region, Services: []string{e.offer().signing},
		Policy: decision.Policy{Document: doc, Name: "the policy of endpoint " + e.id},
	}
	return nil
}

// record returns the record of an endpoint.
func (e *endpoint) record() (store.Record, error) {
	body, err := json.Marshal(e)
	r := store.Record{Kind: endpointKind, Key: e.key(), Version: e.version, Body: body}
	if e.Token != "" {
		r.Ref = tokenRef(e)
	}
	return r, err
}

// tokenRef is the Ref of the endpoint that an account made with a client token. A token may
// have any character; the end of the Ref is beyond all of them.
func tokenRef(e *endpoint) string {
	return recordKey(e.region, e.account, hex.EncodeToString([]byte(e.Token))) + "/"
}

// compiledFactor is about how much memory a compiled policy takes for each byte of it.
const compiledFactor = 8

// compiledEndpoint makes an endpoint ready for decisions.
func compiledEndpoint(r store.Record) (*endpoint, int64, error) {
	e, err := decodeEndpoint(r)
	if err == nil {
		err = e.compile()
	}
	if err != nil {
		return nil, 0, err
	}
	return e, int64(2000 + compiledFactor*len(e.Policy)), nil
}

func decodeEndpoint(r store.Record) (*endpoint, error) {
	e := &endpoint{version: r.Version}
	if err := json.Unmarshal(r.Body, e); err != nil {
		return nil, fmt.Errorf("decode endpoint record %s: %w", r.Key, err)
	}
	parts := strings.Split(r.Key, "/")
	if len(parts) != 3 {
		return nil, fmt.Errorf("malformed key of an endpoint record: %q", r.Key)
	}
	e.region, e.account, e.id = parts[0], parts[1], parts[2]
	return e, nil
}

// open reads an endpoint of the caller's account and Region inside a transaction. It
// returns nil for one that does not exist, and the result is the caller's own.
func open(tx *store.Tx, c *iam.Caller, id string) (*endpoint, error) {
	return decoded(tx.Get(endpointKind, recordKey(c.Region, c.Principal.Account, id)))
}

func decoded(r store.Record, err error) (*endpoint, error) {
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeEndpoint(r)
}
