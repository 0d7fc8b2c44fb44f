package awsapi

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// ec2Query is awsQuery as the EC2 API speaks it: the elements of a list follow its name
// directly ("SubnetId.1"), answers have no wrapping and names with a lower-case first
// letter, and errors look different. A request is known to be one by its Version.
//
// Source: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
type ec2Query struct{ awsQuery }

// ec2Item is what ec2Query calls an element of a list.
const ec2Item = "item"

// decode refuses parameters that the operation does not have, as EC2 does: a misspelled
// one may be the one that was to limit access.
func (ec2Query) decode(c *call, in reflect.Value) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	for _, p := range f {
		if !ec2Common(p.key) && !c.op.in.hasParameter(p.key) {
			return unknownParameter(p.key)
		}
	}
	return formDecoder{f, ""}.structure(c.op.in, "", in)
}

// ec2Common knows the parameters that every action has.
func ec2Common(key string) bool {
	return key == "Action" || key == "Version" || strings.HasPrefix(key, "X-Amz-")
}

// hasParameter says whether a form for this structure may have the key: "Filter.1.Value.2".
func (p *plan) hasParameter(key string) bool {
	name, rest, deeper := strings.Cut(key, ".")
	i, ok := p.byName[name]
	if !ok {
		return false
	}
	p = p.fields[i].plan
	if p.kind == kindList && deeper {
		var number string
		number, rest, deeper = strings.Cut(rest, ".")
		if n, err := strconv.Atoi(number); err != nil || n < 1 {
			return false
		}
		p = p.elem
	}
	if p.kind == kindStruct {
		return deeper && p.hasParameter(rest)
	}
	return !deeper
}

// unknownParameter is a parameter that the operation does not have.
type unknownParameter string

func (e unknownParameter) Error() string {
	return "The parameter " + string(e) + " is not recognized"
}

func (ec2Query) unknownAction(action, _ string) *fault {
	return &fault{
		code: "InvalidAction", message: "The action " + action + " is not valid for this web service.", status: http.StatusBadRequest,
	}
}

func (ec2Query) appendOutput(b []byte, c *call, out reflect.Value) []byte {
	b = append(b, xmlHeader...)
	b = append(append(append(b, '<'), c.op.name...), `Response xmlns="`...)
	b = append(appendXMLText(b, c.op.service.XMLNamespace), `">`...)
	b = appendTextElement(b, "requestId", c.requestID)
	b = appendXML(b, ec2Item, c.op.out, out)
	return appendTag(b, "</", c.op.name+"Response")
}

func (ec2Query) appendError(b []byte, c *call, f *fault) []byte {
	b = append(append(b, xmlHeader...), "<Response><Errors><Error>"...)
	b = appendTextElement(b, "Code", f.code)
	b = appendTextElement(b, "Message", f.message)
	b = append(b, "</Error></Errors>"...)
	b = appendTextElement(b, "RequestID", c.requestID)
	return append(b, "</Response>"...)
}

func (ec2Query) contentType(*call) []string { return ec2ContentType }

var ec2ContentType = []string{"text/xml;charset=UTF-8"}

const xmlHeader = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func (ec2Query) words() vocabulary {
	return vocabulary{
		unknownOperation: "InvalidAction",
		unknownParameter: "UnknownParameter",
		malformed:        "InvalidParameterValue",
		invalid:          "InvalidParameterValue",
		tooLarge:         "RequestEntityTooLargeException",
	}
}

func (ec2Query) String() string { return "ec2Query" }

// ec2AuthFault words a failure to authenticate as EC2 does, which does not say why, but for
// credentials that have ended.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func ec2AuthFault(err AuthError) *fault {
	if err.Code(true) == "ExpiredToken" {
		return &fault{code: "RequestExpired", message: "Request has expired.", status: http.StatusBadRequest}
	}
	return &fault{
		code: "AuthFailure", message: "AWS was not able to validate the provided access credentials", status: http.StatusUnauthorized,
	}
}
