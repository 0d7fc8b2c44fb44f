package awsapi_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/fxamacker/cbor/v2"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/iam"
)

// cborRequest is one of rpcv2Cbor.
func cborRequest(path string, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://monitoring.example"+path, bytes.NewReader(body))
	r.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	r.Header.Set("Content-Type", "application/cbor")
	return r
}

const listMetrics = "/service/GraniteServiceVersion20100801/operation/ListMetrics"

// monitoring has one operation, which fails with err.
func monitoring(err *error) awsapi.Service {
	s := monitoringTable
	s.Operations = []awsapi.Operation{awsapi.OpOf("ListMetrics", true,
		reflect.TypeFor[cloudwatch.ListMetricsInput](), reflect.TypeFor[cloudwatch.ListMetricsOutput](), failing(err))}
	s.Missing = []string{"PutMetricData"}
	s.Constraints = map[string][]awsapi.Constraint{"ListMetrics": {{Path: "metricName", MinLen: 3}}}
	return s
}

// TestRPCv2 has what the protocol says about requests and their answers.
func TestRPCv2(t *testing.T) {
	var failure error
	w := newWorld(t, monitoring(&failure), kmsService(&failure))
	for name, tt := range map[string]struct {
		request *http.Request
		edit    func(*http.Request)
		status  int
		code    string
	}{
		"nothing in the body":        {request: cborRequest(listMetrics, nil), status: 200},
		"no content type, no body":   {request: cborRequest(listMetrics, nil), edit: func(r *http.Request) { r.Header.Del("Content-Type") }, status: 200},
		"an empty map":               {request: cborRequest(listMetrics, []byte{0xa0}), status: 200},
		"an empty map without end":   {request: cborRequest(listMetrics, []byte{0xbf, 0xff}), status: 200},
		"another content type":       {request: cborRequest(listMetrics, []byte{0xa0}), edit: func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, status: 415, code: "UnsupportedMediaTypeException"},
		"no map":                     {request: cborRequest(listMetrics, []byte{0x80}), status: 400, code: "SerializationException"},
		"more than one item":         {request: cborRequest(listMetrics, []byte{0xa0, 0xa0}), status: 400, code: "SerializationException"},
		"an operation that is not":   {request: cborRequest("/service/GraniteServiceVersion20100801/operation/Nothing", nil), status: 404, code: "UnknownOperationException"},
		"a service that is not":      {request: cborRequest("/service/Nobody/operation/ListMetrics", nil), status: 404, code: "UnknownOperationException"},
		"a service without it":       {request: cborRequest("/service/TrentService/operation/DescribeKey", nil), status: 404, code: "UnknownOperationException"},
		"no path of the protocol":    {request: cborRequest("/", nil), status: 404, code: "UnknownOperationException"},
		"a path with something else": {request: cborRequest("/prefix"+listMetrics, nil), status: 404, code: "UnknownOperationException"},
		"not built":                  {request: cborRequest("/service/GraniteServiceVersion20100801/operation/PutMetricData", nil), status: 400, code: "UnsupportedOperationException"},
		"too short a name":           {request: cborRequest(listMetrics, cborOf(t, map[string]any{"MetricName": "ab"})), status: 400, code: "ValidationException"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.edit != nil {
				tt.edit(tt.request)
			}
			answer := w.send(tt.request)
			header := answer.Header()
			if answer.Code != tt.status || header.Get("Smithy-Protocol") != "rpc-v2-cbor" || header.Get("Content-Type") != "application/cbor" {
				t.Errorf("got %d, %v, want %d", answer.Code, header, tt.status)
			}
			var body struct {
				Type    string `cbor:"__type"`
				Message string `cbor:"message"`
			}
			if err := cbor.Unmarshal(answer.Body.Bytes(), &body); err != nil || body.Type != tt.code {
				t.Errorf("got %+v, %v, want %s", body, err, tt.code)
			}
		})
	}
	if o := w.seen[0]; o.Protocol != "rpcv2Cbor" {
		t.Errorf("seen as %+v", o)
	}
}

// TestQueryCompatible: the code of an error is the shape's in the newer protocols, awsQuery's
// in awsQuery, and the SDK's client finds the type by the one and shows the other.
func TestQueryCompatible(t *testing.T) {
	for name, tt := range map[string]struct {
		err         error
		code, query string
		status      int // of awsQuery
	}{
		"a typed error":     {&types.InvalidParameterValueException{Message: new("no")}, "InvalidParameterValueException", "InvalidParameterValue", 400},
		"by its query code": {&smithy.GenericAPIError{Code: "ValidationError", Message: "no"}, "ValidationException", "ValidationError", 400},
		"without another":   {&smithy.GenericAPIError{Code: "ConflictException", Message: "no"}, "ConflictException", "", 400},
		"denied":            {&iam.Denied{}, "AccessDeniedException", "AccessDenied", 403},
		"internal":          {errors.New("the disk is on fire"), "InternalServiceFault", "InternalServiceError", 500},
	} {
		failure := tt.err
		w := newWorld(t, monitoring(&failure))
		t.Run(name, func(t *testing.T) {
			fault := "Sender"
			if tt.status == 500 {
				fault = "Receiver"
			}
			want := ""
			if tt.query != "" {
				want = tt.query + ";" + fault
			}
			r := cborRequest(listMetrics, nil)
			if got := w.send(r).Header().Get("X-Amzn-Query-Error"); got != "" {
				t.Errorf("not asked for, told %s", got)
			}
			r = cborRequest(listMetrics, nil)
			r.Header.Set("X-Amzn-Query-Mode", "true")
			answer := w.send(r)
			if got := answer.Header().Get("X-Amzn-Query-Error"); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
			if got := answer.Header().Get("X-Amzn-Errortype"); got != tt.code {
				t.Errorf("code %s, want %s", got, tt.code)
			}
			query := w.send(formRequest("Action=ListMetrics&Version=2010-08-01"))
			if query.Code != tt.status || !bytes.Contains(query.Body.Bytes(), []byte("<Code>"+cmp.Or(tt.query, tt.code)+"</Code>")) {
				t.Errorf("awsQuery: %d %s", query.Code, query.Body)
			}
			for protocol, p := range monitoringProtocols {
				_, err := monitoringClient(t, w, p).ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
				var api smithy.APIError
				if !errors.As(err, &api) || api.ErrorCode() != cmp.Or(tt.query, tt.code) && protocol != "query" {
					t.Errorf("%s: got %v", protocol, err)
				}
				if _, typed := errors.AsType[*types.InvalidParameterValueException](err); typed != (tt.query == "InvalidParameterValue") {
					t.Errorf("%s: got %T", protocol, err)
				}
			}
		})
	}
}

// failing is an operation that does nothing but fail.
func failing(err *error) func(context.Context, *iam.Caller, any) (any, error) {
	return func(context.Context, *iam.Caller, any) (any, error) {
		return &cloudwatch.ListMetricsOutput{}, *err
	}
}

func cborOf(t testing.TB, v any) []byte {
	t.Helper()
	b, err := cbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
