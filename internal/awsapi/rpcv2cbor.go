package awsapi

import (
	"net/http"
	"reflect"
	"strings"
)

const mediaCBOR = "application/cbor"

var contentCBOR = []string{mediaCBOR}

// rpcV2CBOR is Smithy's RPC v2 protocol with CBOR: the path names the operation.
//
// Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
type rpcV2CBOR struct{}

// smithyProtocol is the header that requests of the protocol and their answers have, and
// its value.
const (
	smithyProtocol = "Smithy-Protocol"
	smithyRPCv2    = "rpc-v2-cbor"
)

func (rpcV2CBOR) locate(c *call) *fault {
	rest, ok := strings.CutPrefix(c.r.URL.Path, "/service/")
	service, name, both := strings.Cut(rest, "/operation/")
	if ok && both {
		c.op = c.h.targets[service+"."+name]
	}
	if c.op == nil || !c.op.service.RPCv2 {
		c.op = nil
		return &fault{code: rpcV2CBOR{}.words().unknownOperation, status: http.StatusNotFound}
	}
	if f := c.readBody(c.op.service.MaxBody); f != nil {
		return f
	}
	if len(c.raw) > 0 && mediaType(c.r) != mediaCBOR {
		return &fault{code: "UnsupportedMediaTypeException", status: http.StatusUnsupportedMediaType}
	}
	return nil
}

func (rpcV2CBOR) decode(c *call, in reflect.Value) error { return decodeCBOR(c.op.in, c.body, in) }

func (rpcV2CBOR) appendOutput(b []byte, c *call, out reflect.Value) []byte {
	return appendCBOR(b, c.op.out, out)
}

func (rpcV2CBOR) appendError(b []byte, _ *call, f *fault) []byte {
	if f.message == "" {
		b = appendCBORHead(b, cborMap, 1)
	} else {
		b = appendCBORHead(b, cborMap, 2)
		b = appendCBORText(appendCBORText(b, "message"), f.message)
	}
	return appendCBORText(appendCBORText(b, "__type"), f.code)
}

func (rpcV2CBOR) contentType(*call) []string { return contentCBOR }
func (rpcV2CBOR) words() vocabulary          { return awsJSON{}.words() }
func (rpcV2CBOR) query() bool                { return false }
func (rpcV2CBOR) String() string             { return "rpcv2Cbor" }
