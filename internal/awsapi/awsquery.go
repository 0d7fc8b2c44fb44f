package awsapi

import (
	"net/http"
	"reflect"
	"strings"
)

// awsQuery is the older protocol: a form in, XML out.
type awsQuery struct{}

// listItem is what awsQuery calls an element of a list.
const listItem = "member"

// noVersion is the version of a form that has none.
const noVersion = "NO_VERSION_SPECIFIED"

// version and action name an operation.
type actionName struct{ version, action string }

func (awsQuery) locate(c *call) *fault {
	if f := c.readBody(c.h.maxForm); f != nil {
		return f
	}
	c.source = string(c.body)
	if !strings.Contains(c.source, "Action=") {
		c.source = c.r.URL.RawQuery // a link, or a presigned request
	}
	action, found, ok := only(c.source, "Action")
	version, versioned, single := only(c.source, "Version")
	switch {
	case !ok || !single:
		return requestFault(awsQuery{}.words(), errForm)
	case !found:
		return &fault{code: "MissingAction", message: "The request is missing an Action parameter", status: http.StatusBadRequest}
	case !versioned:
		version = noVersion
	}
	if c.h.ec2Versions[version] {
		c.proto = ec2Query{}
	}
	c.op = choose(c.h.actions[actionName{version, action}], c.r)
	if c.op == nil {
		return c.proto.(queryProtocol).unknownAction(action, version)
	}
	if limit := c.op.service.MaxBody; int64(len(c.body)) > limit {
		return requestFault(c.proto.words(), errTooLarge)
	}
	return nil
}

// choose takes the service that the request is signed for, if several have the action in
// the same version.
func choose(all []*operation, r *http.Request) *operation {
	if len(all) == 0 {
		return nil
	}
	if len(all) > 1 {
		signed := signingName(r)
		for _, op := range all {
			if op.service.Name == signed {
				return op
			}
		}
	}
	return all[0]
}

// signingName is the service in the request's credential scope, "" if there is none. It is
// not verified here, and decides nothing that the signature does not.
func signingName(r *http.Request) string {
	_, credential, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	credential, _, _ = strings.Cut(credential, ",")
	scope := strings.Split(credential, "/") // key id, date, region, service, aws4_request
	if len(scope) < 5 {
		return ""
	}
	return scope[len(scope)-2]
}

// queryProtocol is awsQuery or its variant.
type queryProtocol interface {
	protocol
	unknownAction(action, version string) *fault
}

func (awsQuery) unknownAction(action, version string) *fault {
	return &fault{
		code: "InvalidAction", message: "Could not find operation " + action + " for version " + version, status: http.StatusBadRequest,
	}
}

// readForm reads the whole form, when its sender is known.
func (c *call) readForm() (form, error) {
	most := maxParameters
	if c.op.unsigned {
		most = maxUnsignedParameters
	}
	f, ok := parseForm(c.source, most)
	if !ok {
		return nil, errForm
	}
	return f, nil
}

const errForm = malformed("The query string is malformed")

func (awsQuery) decode(c *call, in reflect.Value) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	return formDecoder{f, "." + listItem}.structure(c.op.in, "", in)
}

func (awsQuery) appendOutput(b []byte, c *call, out reflect.Value) []byte {
	name := c.op.name
	b = append(b, "<"...)
	b = append(b, name...)
	b = append(b, `Response xmlns="`...)
	b = appendXMLText(b, c.op.service.XMLNamespace)
	b = append(b, `">`...)
	if len(c.op.out.fields) > 0 || c.op.service.EmptyResults[name] {
		b = appendTag(b, "<", name+"Result")
		b = appendXML(b, listItem, c.op.out, out)
		b = appendTag(b, "</", name+"Result")
	}
	b = append(b, "<ResponseMetadata>"...)
	b = appendTextElement(b, "RequestId", c.requestID)
	b = append(b, "</ResponseMetadata>"...)
	return appendTag(b, "</", name+"Response")
}

func (awsQuery) appendError(b []byte, c *call, f *fault) []byte {
	b = append(b, "<ErrorResponse"...)
	if c.op != nil {
		b = append(b, ` xmlns="`...)
		b = appendXMLText(b, c.op.service.XMLNamespace)
		b = append(b, '"')
	}
	b = append(b, "><Error>"...)
	b = appendTextElement(b, "Type", blame(f))
	b = appendTextElement(b, "Code", f.code)
	if f.message != "" {
		b = appendTextElement(b, "Message", f.message)
	}
	b = append(b, "</Error>"...)
	b = appendTextElement(b, "RequestId", c.requestID)
	return append(b, "</ErrorResponse>"...)
}

func (awsQuery) contentType(*call) []string { return contentXML }

func (awsQuery) words() vocabulary {
	return vocabulary{
		unknownOperation: "InvalidAction",
		malformed:        "MalformedInput",
		invalid:          "ValidationError",
		tooLarge:         "RequestEntityTooLargeException",
	}
}

func (awsQuery) query() bool    { return true }
func (awsQuery) String() string { return "awsQuery" }
