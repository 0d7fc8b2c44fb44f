package vpc_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t))))
	})
}

// user is a client of the EC2 API. The SDK's is larger than all of this project.
type user struct {
	t       testing.TB
	cfg     aws.Config
	account string
}

// root is the root user of the server's first account.
func root(t testing.TB, srv *keysteadtest.Server) user { return user{t, srv.Config(), srv.Account} }

// newcomer is the root user of a new account.
func newcomer(t testing.TB, srv *keysteadtest.Server, account string) user {
	return user{t, srv.ConfigFor(srv.NewAccount(account)), account}
}

func (u user) in(region string) user {
	u.cfg.Region = region
	return u
}

// shown is an answer, as far as tests look at it.
type shown struct {
	RequestID   string     `xml:"requestId"`
	Endpoint    endpoint   `xml:"vpcEndpoint"`
	ClientToken string     `xml:"clientToken"`
	Endpoints   []endpoint `xml:"vpcEndpointSet>item"`
	NextToken   string     `xml:"nextToken"`
	Return      bool       `xml:"return"`
	Failed      []struct {
		ID      string `xml:"resourceId"`
		Code    string `xml:"error>code"`
		Message string `xml:"error>message"`
	} `xml:"unsuccessful>item"`
	Services []struct {
		Name       string `xml:"serviceName"`
		PrivateDNS string `xml:"privateDnsName"`
		Type       string `xml:"serviceType>item>serviceType"`
	} `xml:"serviceDetailSet>item"`
	Names []string `xml:"serviceNameSet>item"`
	Lists []string `xml:"prefixListSet>item"`
}

type endpoint struct {
	ID         string    `xml:"vpcEndpointId"`
	Type       string    `xml:"vpcEndpointType"`
	VPC        string    `xml:"vpcId"`
	Service    string    `xml:"serviceName"`
	State      string    `xml:"state"`
	Policy     string    `xml:"policyDocument"`
	Subnets    []string  `xml:"subnetIdSet>item"`
	Groups     []string  `xml:"groupSet>item>groupId"`
	IPAddress  string    `xml:"ipAddressType"`
	DNSRecord  string    `xml:"dnsOptions>dnsRecordIpType"`
	PrivateDNS bool      `xml:"privateDnsEnabled"`
	DNS        []string  `xml:"dnsEntrySet>item>dnsName"`
	Created    time.Time `xml:"creationTimestamp"`
	Owner      string    `xml:"ownerId"`
	Tags       []struct {
		Key   string `xml:"key"`
		Value string `xml:"value"`
	} `xml:"tagSet>item"`
	Error string `xml:"lastError>message"`
}

func (e endpoint) tags() string {
	var all []string
	for _, t := range e.Tags {
		all = append(all, t.Key+"="+t.Value)
	}
	return strings.Join(all, " ")
}

// call sends "Name=value" parameters as an action and returns what was answered.
func (u user) call(action string, parameters ...string) (shown, error) {
	u.t.Helper()
	status, text := u.send(action, parameters...)
	if status != http.StatusOK {
		return shown{}, refusal(u.t, status, text)
	}
	var out shown
	if err := xml.Unmarshal(text, &out); err != nil || out.RequestID == "" {
		u.t.Fatalf("%s answers %s (%v)", action, text, err)
	}
	return out, nil
}

func (u user) send(action string, parameters ...string) (status int, body []byte) {
	u.t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2016-11-15"}}
	for _, p := range parameters {
		name, value, _ := strings.Cut(p, "=")
		form.Set(name, value)
	}
	query := form.Encode()
	req, err := http.NewRequestWithContext(u.t.Context(), http.MethodPost, *u.cfg.BaseEndpoint+"/", strings.NewReader(query))
	if err != nil {
		u.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	credentials, err := u.cfg.Credentials.Retrieve(u.t.Context())
	if err != nil {
		u.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(query))
	if err := v4.NewSigner().SignHTTP(u.t.Context(), credentials, req, hex.EncodeToString(sum[:]), "ec2", u.cfg.Region, time.Now()); err != nil {
		u.t.Fatal(err)
	}
	res, err := u.cfg.HTTPClient.Do(req)
	if err != nil {
		u.t.Fatalf("%s: %v", action, err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		u.t.Fatalf("%s: %v", action, err)
	}
	return res.StatusCode, body
}

// refusal reads the body of an error.
func refusal(t testing.TB, status int, text []byte) error {
	t.Helper()
	var e struct {
		Code    string `xml:"Errors>Error>Code"`
		Message string `xml:"Errors>Error>Message"`
	}
	if err := xml.Unmarshal(text, &e); err != nil || e.Code == "" {
		t.Fatalf("status %d, %s (%v)", status, text, err)
	}
	return fmt.Errorf("%d %s: %s", status, e.Code, e.Message)
}

// must is call for what must succeed.
func (u user) must(action string, parameters ...string) shown {
	u.t.Helper()
	out, err := u.call(action, parameters...)
	if err != nil {
		u.t.Fatalf("%s %v: %v", action, parameters, err)
	}
	return out
}

// refused is call for what must fail with an error that begins so.
func (u user) refused(want, action string, parameters ...string) {
	u.t.Helper()
	if _, err := u.call(action, parameters...); err == nil || !strings.HasPrefix(err.Error(), want) {
		u.t.Errorf("%s %v:\n got %v\nwant %s", action, parameters, err, want)
	}
}

// create makes an endpoint for KMS in a VPC, without private DNS unless parameters say so.
func (u user) create(vpc string, parameters ...string) endpoint {
	u.t.Helper()
	return u.must("CreateVpcEndpoint", u.creation(vpc, parameters...)...).Endpoint
}

func (u user) creation(vpc string, parameters ...string) []string {
	return append([]string{
		"VpcId=" + vpc, "ServiceName=com.amazonaws." + u.cfg.Region + ".kms", "VpcEndpointType=Interface", "PrivateDnsEnabled=false",
	}, parameters...)
}

func (u user) describe(id string) endpoint {
	u.t.Helper()
	out := u.must("DescribeVpcEndpoints", "VpcEndpointId.1="+id)
	if len(out.Endpoints) != 1 {
		u.t.Fatalf("%d endpoints with the id %s", len(out.Endpoints), id)
	}
	return out.Endpoints[0]
}

// kms is a client that goes through an endpoint.
func (u user) kms(e endpoint) *kms.Client {
	cfg := u.cfg.Copy()
	cfg.BaseEndpoint = aws.String("http://" + e.DNS[0])
	return kms.NewFromConfig(cfg)
}

// outcome is "ok", the code of an error, or "no answer".
func outcome(err error) string {
	var e smithy.APIError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e):
		return e.ErrorCode()
	}
	return "no answer"
}

// list calls ListKeys through an endpoint.
func (u user) list(e endpoint) string {
	u.t.Helper()
	_, err := u.kms(e).ListKeys(u.t.Context(), &kms.ListKeysInput{})
	return outcome(err)
}
