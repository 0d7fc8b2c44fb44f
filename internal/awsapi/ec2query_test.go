package awsapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/iam"
)

// makeInput and makeOutput are in the manner of EC2's structures, hand-written.
type makeInput struct {
	VpcID     *string    `wire:"VpcId"`
	Subnets   []string   `wire:"SubnetId"`
	Tags      []tagsSpec `wire:"TagSpecification"`
	Filters   []filter   `wire:"Filter"`
	Options   *options
	DryRun    *bool
	MaxResult *int32
}

type tagsSpec struct {
	ResourceType *string
	Tags         []tag `wire:"Tag"`
}

type tag struct{ Key, Value *string }

type filter struct {
	Name   *string
	Values []string `wire:"Value"`
}

type options struct{ Kind *string }

type makeOutput struct {
	Thing *thing
	Token *string `wire:"NextToken"`
}

type thing struct {
	VpcID   *string  `wire:"VpcId"`
	Subnets []string `wire:"SubnetIdSet"`
	Tags    []tag    `wire:"TagSet"`
	Managed *bool
}

// ec2Service makes things of what it is told, or fails with whatever err is.
func ec2Service(err *error) awsapi.Service {
	return awsapi.Service{
		Name: "ec2", QueryVersion: "2016-11-15", EC2Query: true, XMLNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
		MaxBody: 64 << 10, InternalCode: "InternalError", Status: map[string]int{"UnauthorizedOperation": 403},
		Operations: []awsapi.Operation{
			awsapi.Op("MakeThing", false, func(_ context.Context, _ *iam.Caller, in *makeInput) (*makeOutput, error) {
				if *err != nil {
					return nil, *err
				}
				out := &thing{VpcID: in.VpcID, Subnets: in.Subnets, Managed: in.DryRun, Tags: []tag{}}
				for _, s := range in.Tags {
					out.Tags = append(out.Tags, s.Tags...)
				}
				return &makeOutput{Thing: out}, nil
			}),
		},
	}
}

const ec2Prefix = "Action=MakeThing&Version=2016-11-15&"

func TestEC2Answers(t *testing.T) {
	var failure error
	w := newWorld(t, ec2Service(&failure), stsService(&failure))
	var got strings.Builder
	show := func(name string, answer *httptest.ResponseRecorder) {
		fmt.Fprintf(&got, "== %s\n%s\n", name, render(answer))
	}
	show("success", w.send(formRequest(ec2Prefix+"VpcId=vpc-1&SubnetId.2=b&SubnetId.1=a%3C&DryRun=false"+
		"&TagSpecification.1.ResourceType=x&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v&TagSpecification.1.Tag.2.Key=l")))
	show("nothing given", w.send(formRequest(ec2Prefix)))
	show("unknown parameter", w.send(formRequest(ec2Prefix+"VpcID=vpc-1")))
	show("awsQuery's list", w.send(formRequest(ec2Prefix+"SubnetId.member.1=a")))
	show("wrong type", w.send(formRequest(ec2Prefix+"DryRun=perhaps")))
	show("unknown action", w.send(formRequest("Action=RunInstances&Version=2016-11-15")))
	show("action of another service", w.send(formRequest("Action=GetCallerIdentity&Version=2016-11-15")))
	failure = &smithy.GenericAPIError{Code: "UnauthorizedOperation", Message: "You are not <authorized>."}
	show("refused", w.send(formRequest(ec2Prefix)))
	failure = errLost
	show("internal error", w.send(formRequest(ec2Prefix)))
	w.auth.err = refusal{}
	show("not authenticated", w.send(formRequest(ec2Prefix)))
	golden(t, "testdata/ec2_answers.golden", got.String())
}

// TestEC2Record: records have the API's names, not the form's, and codes say who is to blame.
func TestEC2Record(t *testing.T) {
	var failure error
	w := newWorld(t, ec2Service(&failure))
	w.send(formRequest(ec2Prefix + "VpcId=vpc-1&SubnetId.1=a&Filter.1.Name=n&Filter.1.Value.1=v"))
	e := w.recorder.last(t)
	const request = `{"vpcID":"vpc-1","subnets":["a"],"filters":[{"name":"n","values":["v"]}]}`
	const response = `{"thing":{"vpcID":"vpc-1","subnets":["a"],"tags":[]}}`
	if e.Source != "ec2.amazonaws.com" || string(e.RequestParameters) != request || string(e.ResponseElements) != response {
		t.Errorf("%s: %s, %s", e.Source, e.RequestParameters, e.ResponseElements)
	}
	for want, err := range map[string]error{
		"Client.DryRunOperation": &smithy.GenericAPIError{Code: "DryRunOperation"},
		"Server.InternalError":   errors.New("lost"),
	} {
		failure = err
		w.send(formRequest(ec2Prefix))
		if e := w.recorder.last(t); e.ErrorCode != want {
			t.Errorf("the record has error code %s, want %s", e.ErrorCode, want)
		}
	}
	if o := w.seen[0]; o.Protocol != "ec2Query" || o.Operation != "MakeThing" {
		t.Errorf("observed %+v", o)
	}
}

func TestDecodeEC2Form(t *testing.T) {
	c := codec(t, &makeInput{}, nil)
	tests := map[string]struct {
		form string
		want makeInput
	}{
		"scalars":            {"VpcId=v&DryRun=true&MaxResult=5", makeInput{VpcID: new("v"), DryRun: new(true), MaxResult: new(int32(5))}},
		"list":               {"SubnetId.1=a&SubnetId.2=b", makeInput{Subnets: []string{"a", "b"}}},
		"list, out of order": {"SubnetId.10=j&SubnetId.2=b", makeInput{Subnets: []string{"b", "j"}}},
		"nested lists": {"Filter.1.Name=n&Filter.1.Value.1=v&Filter.1.Value.2=w&Filter.2.Name=m",
			makeInput{Filters: []filter{{new("n"), []string{"v", "w"}}, {Name: new("m")}}}},
		"structure": {"Options.Kind=k", makeInput{Options: &options{new("k")}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got makeInput
			if err := c.DecodeEC2Form(tt.form, &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
	for _, bad := range []string{
		"SubnetId=a", "SubnetId.0=a", "SubnetId.x=a", "SubnetId.-1=a", "SubnetId.01=a", "SubnetId.1.2=a", "SubnetId.1=a&SubnetId.1=b",
		"Filter.1=a", "Filter.1.Name.1=a", "Filter.1.Nome=a", "Options=a", "Options.Kind.x=a", "VpcId.1=a", "subnetId.1=a", "Other=1",
		"SubnetId.99999999999999999999=a", "DryRun=1", "MaxResult=x", "VpcId=%",
	} {
		if err := c.DecodeEC2Form(bad, &makeInput{}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

// FuzzEC2Form: what decodes encodes to a form that decodes to the same.
func FuzzEC2Form(f *testing.F) {
	for _, seed := range []string{
		"VpcId=v&SubnetId.1=a&SubnetId.2=b", "Filter.1.Name=n&Filter.1.Value.1=v", "TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v",
		"Options.Kind=k&DryRun=true&MaxResult=7", "SubnetId.1=a&SubnetId.1.x=b", "Filter.2147483647.Name=x", "SubnetId=", "=&=", "VpcId=%ff",
	} {
		f.Add(seed)
	}
	c := codec(f, &makeInput{}, nil)
	f.Fuzz(func(t *testing.T, form string) {
		var got, again makeInput
		if c.DecodeEC2Form(form, &got) != nil {
			return
		}
		if err := c.DecodeEC2Form(encodeEC2(&got), &again); err != nil {
			t.Fatalf("%q was read and is %q: %v", form, encodeEC2(&got), err)
		}
		if d := cmp.Diff(got, again); d != "" {
			t.Fatalf("%q (-first +second)\n%s", form, d)
		}
		c.AppendXML(nil, &got)
	})
}

// encodeEC2 writes a form as the SDKs do; it is written out by hand, apart from the plans.
func encodeEC2(in *makeInput) string {
	var b bytes.Buffer
	put := func(v *string, key ...string) {
		if v != nil {
			fmt.Fprintf(&b, "&%s=%s", strings.Join(key, "."), url.QueryEscape(*v))
		}
	}
	list := func(values []string, key ...string) {
		if values != nil && len(values) == 0 {
			fmt.Fprintf(&b, "&%s=", strings.Join(key, "."))
		}
		for i := range values {
			put(&values[i], append(key, strconv.Itoa(i+1))...)
		}
	}
	put(in.VpcID, "VpcId")
	list(in.Subnets, "SubnetId")
	if in.Filters != nil && len(in.Filters) == 0 {
		b.WriteString("&Filter=")
	}
	for i, x := range in.Filters {
		n := strconv.Itoa(i + 1)
		put(x.Name, "Filter", n, "Name")
		list(x.Values, "Filter", n, "Value")
	}
	if in.Tags != nil && len(in.Tags) == 0 {
		b.WriteString("&TagSpecification=")
	}
	for i, x := range in.Tags {
		n := strconv.Itoa(i + 1)
		put(x.ResourceType, "TagSpecification", n, "ResourceType")
		if x.Tags != nil && len(x.Tags) == 0 {
			fmt.Fprintf(&b, "&TagSpecification.%s.Tag=", n)
		}
		for j, y := range x.Tags {
			put(y.Key, "TagSpecification", n, "Tag", strconv.Itoa(j+1), "Key")
			put(y.Value, "TagSpecification", n, "Tag", strconv.Itoa(j+1), "Value")
		}
	}
	if in.Options != nil {
		put(in.Options.Kind, "Options", "Kind")
	}
	if in.DryRun != nil {
		fmt.Fprintf(&b, "&DryRun=%t", *in.DryRun)
	}
	if in.MaxResult != nil {
		fmt.Fprintf(&b, "&MaxResult=%d", *in.MaxResult)
	}
	return b.String()
}
