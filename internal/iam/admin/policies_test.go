package admin_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/keysteadtest"
)

// holder has the operations on the policies of one user or group, so that one test does
// for both.
type holder struct {
	what, size            string
	put                   func(name, document string) error
	get                   func(name string) (document string, err error)
	delete                func(name string) error
	list                  func(marker *string, size int32) (names []string, next *string)
	attach, detach        func(arn string) error
	attached              func(prefix *string) (arns []string)
	remove                func() error
	putMissing, getAbsent func() error
}

// holders makes a user and a group.
func (a admin) holders(name string) []holder {
	a.t.Helper()
	a.user(name)
	a.group(name)
	ctx, none := a.t.Context(), new("nobody")
	return []holder{
		{
			what: "user", size: "2048",
			put: func(p, doc string) error {
				_, err := a.PutUserPolicy(ctx, &sdkiam.PutUserPolicyInput{UserName: &name, PolicyName: &p, PolicyDocument: &doc})
				return err
			},
			get: func(p string) (string, error) {
				out, err := a.GetUserPolicy(ctx, &sdkiam.GetUserPolicyInput{UserName: &name, PolicyName: &p})
				if err != nil {
					return "", err
				}
				return *out.PolicyDocument, nil
			},
			delete: func(p string) error {
				_, err := a.DeleteUserPolicy(ctx, &sdkiam.DeleteUserPolicyInput{UserName: &name, PolicyName: &p})
				return err
			},
			list: func(marker *string, size int32) ([]string, *string) {
				out, err := a.ListUserPolicies(ctx, &sdkiam.ListUserPoliciesInput{UserName: &name, Marker: marker, MaxItems: &size})
				must(a.t, "ListUserPolicies", err)
				return out.PolicyNames, out.Marker
			},
			attach: func(arn string) error {
				_, err := a.AttachUserPolicy(ctx, &sdkiam.AttachUserPolicyInput{UserName: &name, PolicyArn: &arn})
				return err
			},
			detach: func(arn string) error {
				_, err := a.DetachUserPolicy(ctx, &sdkiam.DetachUserPolicyInput{UserName: &name, PolicyArn: &arn})
				return err
			},
			attached: func(prefix *string) []string {
				out, err := a.ListAttachedUserPolicies(ctx, &sdkiam.ListAttachedUserPoliciesInput{UserName: &name, PathPrefix: prefix})
				must(a.t, "ListAttachedUserPolicies", err)
				return arnsOf(out.AttachedPolicies)
			},
			remove: func() error {
				_, err := a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: &name})
				return err
			},
			putMissing: func() error {
				_, err := a.PutUserPolicy(ctx, &sdkiam.PutUserPolicyInput{UserName: none, PolicyName: none, PolicyDocument: new(everything)})
				return err
			},
			getAbsent: func() error {
				_, err := a.ListUserPolicies(ctx, &sdkiam.ListUserPoliciesInput{UserName: none})
				return err
			},
		},
		{
			what: "group", size: "5120",
			put: func(p, doc string) error {
				_, err := a.PutGroupPolicy(ctx, &sdkiam.PutGroupPolicyInput{GroupName: &name, PolicyName: &p, PolicyDocument: &doc})
				return err
			},
			get: func(p string) (string, error) {
				out, err := a.GetGroupPolicy(ctx, &sdkiam.GetGroupPolicyInput{GroupName: &name, PolicyName: &p})
				if err != nil {
					return "", err
				}
				return *out.PolicyDocument, nil
			},
			delete: func(p string) error {
				_, err := a.DeleteGroupPolicy(ctx, &sdkiam.DeleteGroupPolicyInput{GroupName: &name, PolicyName: &p})
				return err
			},
			list: func(marker *string, size int32) ([]string, *string) {
				out, err := a.ListGroupPolicies(ctx, &sdkiam.ListGroupPoliciesInput{GroupName: &name, Marker: marker, MaxItems: &size})
				must(a.t, "ListGroupPolicies", err)
				return out.PolicyNames, out.Marker
			},
			attach: func(arn string) error {
				_, err := a.AttachGroupPolicy(ctx, &sdkiam.AttachGroupPolicyInput{GroupName: &name, PolicyArn: &arn})
				return err
			},
			detach: func(arn string) error {
				_, err := a.DetachGroupPolicy(ctx, &sdkiam.DetachGroupPolicyInput{GroupName: &name, PolicyArn: &arn})
				return err
			},
			attached: func(prefix *string) []string {
				out, err := a.ListAttachedGroupPolicies(ctx, &sdkiam.ListAttachedGroupPoliciesInput{GroupName: &name, PathPrefix: prefix})
				must(a.t, "ListAttachedGroupPolicies", err)
				return arnsOf(out.AttachedPolicies)
			},
			remove: func() error {
				_, err := a.DeleteGroup(ctx, &sdkiam.DeleteGroupInput{GroupName: &name})
				return err
			},
			putMissing: func() error {
				_, err := a.PutGroupPolicy(ctx, &sdkiam.PutGroupPolicyInput{GroupName: none, PolicyName: none, PolicyDocument: new(everything)})
				return err
			},
			getAbsent: func() error {
				_, err := a.ListGroupPolicies(ctx, &sdkiam.ListGroupPoliciesInput{GroupName: none})
				return err
			},
		},
	}
}

func arnsOf(list []types.AttachedPolicy) []string {
	arns := []string{}
	for _, p := range list {
		arns = append(arns, *p.PolicyArn)
		if (*p.PolicyArn)[strings.LastIndexByte(*p.PolicyArn, '/')+1:] != *p.PolicyName {
			arns = append(arns, "named "+*p.PolicyName)
		}
	}
	return arns
}

func TestInlinePolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		for _, h := range root(t, srv).holders("bob") {
			const doc = "{\"Version\": \"2012-10-17\",\n \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kms:List*\", \"Resource\": \"*\",\n" +
				" \"Condition\": {\"StringLike\": {\"aws:PrincipalTag/a+b\": \"50% é/~*'()\"}}}}"
			must(t, h.what+": put", h.put("p+1", doc))
			got, err := h.get("p+1")
			must(t, h.what+": get", err)
			// Clients decode by either rule: "+" is not to be in there.
			if decoded, err := url.PathUnescape(got); err != nil || decoded != doc || strings.ContainsAny(got, "+ *'()") {
				t.Errorf("%s: the document reads back as %s", h.what, got)
			}
			must(t, h.what+": put again", h.put("p+1", everything))
			if got, _ := h.get("p+1"); !strings.Contains(got, "%22Action%22%3A%20%22%2A%22") {
				t.Errorf("%s: the new document reads back as %s", h.what, got)
			}
			must(t, h.what+": put another", h.put("P+1", everything))
			must(t, h.what+": put another", h.put("a", everything))
			first, next := h.list(nil, 2)
			rest, last := h.list(next, 2)
			if all := append(first, rest...); !slices.Equal(all, []string{"P+1", "a", "p+1"}) || last != nil {
				t.Errorf("%s: the policies are %v", h.what, all)
			}
			wantOutcome(t, h.what+" with inline policies: delete", h.remove(), "DeleteConflict: Cannot delete entity, must delete policies first.")
			for _, name := range []string{"a", "P+1", "p+1"} {
				must(t, h.what+": delete policy", h.delete(name))
			}
			notFound := "NoSuchEntity: The " + h.what + " policy with name a cannot be found."
			wantOutcome(t, h.what+": delete no policy", h.delete("a"), notFound)
			_, err = h.get("a")
			wantOutcome(t, h.what+": get no policy", err, notFound)
			if names, _ := h.list(nil, 1); names == nil || len(names) != 0 {
				t.Errorf("%s: without policies the list is %v", h.what, names)
			}
			for _, err := range []error{h.putMissing(), h.getAbsent()} {
				wantOutcome(t, "no such "+h.what, err, "NoSuchEntity: The "+h.what+" with name nobody cannot be found.")
			}
			must(t, h.what+": delete", h.remove())
		}
	})
}

// TestInlinePolicyRefusals: documents that are none, and too much of them.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TestInlinePolicyRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		for _, h := range root(t, srv).holders("bob") {
			for _, tt := range []struct{ name, doc, want string }{
				{"no JSON", "{", "MalformedPolicyDocument: Syntax errors in policy."},
				{"a principal", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`,
					"MalformedPolicyDocument: Policy document should not specify a principal."},
				{"no resource", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*"}}`,
					"MalformedPolicyDocument: Policy statement must contain resources."},
			} {
				wantOutcome(t, h.what+", "+tt.name, h.put("p", tt.doc), tt.want)
			}
			var limit int
			_, _ = fmt.Sscan(h.size, &limit)
			short := strings.ReplaceAll(everything, " ", "")
			doc := func(size int) string { // of so many characters that count
				return strings.Replace(everything, `"*"`, `"kms:`+strings.Repeat("x", size-len(short)-4)+`*"`, 1) + strings.Repeat(" \n\t\r", 1000)
			}
			tooMuch := "LimitExceeded: Maximum policy size of " + h.size + " bytes exceeded for " + h.what + " bob"
			must(t, h.what+": as much as can be", h.put("p", doc(limit)))
			wantOutcome(t, h.what+": one more", h.put("p", doc(limit+1)), tooMuch)
			wantOutcome(t, h.what+": another policy", h.put("q", everything), tooMuch)
			must(t, h.what+": half", h.put("p", doc(limit/2)))
			must(t, h.what+": half again", h.put("q", doc(limit/2)))
			if names, _ := h.list(nil, 10); len(names) != 2 {
				t.Errorf("%s: the policies are %v", h.what, names)
			}
			if h.what == "user" {
				continue
			}
			must(t, h.what+": delete", h.delete("p"))
			must(t, h.what+": delete", h.delete("q"))
			for i := range 9 { // white space alone, of which 8 documents full fit
				err := h.put(fmt.Sprint("w", i), everything+strings.Repeat(" ", 131072-len(everything)))
				if i < 8 {
					must(t, "white space", err)
				} else {
					wantOutcome(t, "too much white space", err, tooMuch)
				}
			}
		}
	})
}

func TestAttachedPolicies(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		const prefix = "arn:aws:iam::aws:policy/"
		for _, h := range root(t, srv).holders("bob") {
			must(t, h.what+": attach", h.attach(prefix+"PowerUserAccess"))
			must(t, h.what+": attach", h.attach(prefix+"AdministratorAccess"))
			must(t, h.what+": attach again", h.attach(prefix+"PowerUserAccess"))
			if got, want := h.attached(nil), []string{prefix + "AdministratorAccess", prefix + "PowerUserAccess"}; !slices.Equal(got, want) {
				t.Errorf("%s: attached are %v, want %v", h.what, got, want)
			}
			if got := h.attached(new("/none/")); len(got) != 0 {
				t.Errorf("%s: attached with path /none/ are %v", h.what, got)
			}
			for _, tt := range []struct{ name, arn, want string }{
				{"none of AWS's", prefix + "Nothing", "NoSuchEntity: Policy " + prefix + "Nothing does not exist or is not attachable."},
				{"none of ours", "arn:aws:iam::000000000000:policy/p", "NoSuchEntity: Policy arn:aws:iam::000000000000:policy/p does not exist or is not attachable."},
				{"no ARN", strings.Repeat("x", 20), "InvalidInput: ARN " + strings.Repeat("x", 20) + " is not valid."},
			} {
				wantOutcome(t, h.what+": attach "+tt.name, h.attach(tt.arn), tt.want)
			}
			wantOutcome(t, h.what+" with attached policies: delete", h.remove(), "DeleteConflict: Cannot delete entity, must detach all policies first.")
			must(t, h.what+": detach", h.detach(prefix+"PowerUserAccess"))
			wantOutcome(t, h.what+": detach again", h.detach(prefix+"PowerUserAccess"), "NoSuchEntity: Policy "+prefix+"PowerUserAccess was not found.")
			must(t, h.what+": detach", h.detach(prefix+"AdministratorAccess"))
			must(t, h.what+": delete", h.remove())
		}
	})
}

// TestBoundary: a permissions boundary is told and limits.
func TestBoundary(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		const boundary = "arn:aws:iam::aws:policy/PowerUserAccess" // which leaves IAM out
		a.user("bob")
		a.allow("bob", everything)
		bob := a.as(a.accessKey("bob"))
		_, err := bob.ListGroups(ctx, &sdkiam.ListGroupsInput{})
		must(t, "without a boundary", err)

		_, err = a.PutUserPermissionsBoundary(ctx, &sdkiam.PutUserPermissionsBoundaryInput{UserName: new("bob"), PermissionsBoundary: new(boundary)})
		must(t, "PutUserPermissionsBoundary", err)
		u, err := a.GetUser(ctx, &sdkiam.GetUserInput{UserName: new("bob")})
		must(t, "GetUser", err)
		if b := u.User.PermissionsBoundary; b == nil || *b.PermissionsBoundaryArn != boundary || b.PermissionsBoundaryType != types.PermissionsBoundaryAttachmentTypePolicy {
			t.Errorf("the boundary is %+v", b)
		}
		_, err = bob.ListGroups(ctx, &sdkiam.ListGroupsInput{})
		wantOutcome(t, "within a boundary", err, "AccessDenied: User: "+a.userARN("/bob")+" is not authorized to perform: iam:ListGroups on resource: "+
			"arn:aws:iam::000000000000:group/ because no permissions boundary allows the iam:ListGroups action")
		wantStatus(t, "within a boundary", err, 403)

		_, err = a.PutUserPermissionsBoundary(ctx, &sdkiam.PutUserPermissionsBoundaryInput{UserName: new("bob"), PermissionsBoundary: new(boundary + "X")})
		wantOutcome(t, "a boundary that is none", err, "NoSuchEntity: Scope ARN: "+boundary+"X does not exist or is not attachable.")
		_, err = a.DeleteUserPermissionsBoundary(ctx, &sdkiam.DeleteUserPermissionsBoundaryInput{UserName: new("bob")})
		must(t, "DeleteUserPermissionsBoundary", err)
		_, err = bob.ListGroups(ctx, &sdkiam.ListGroupsInput{})
		must(t, "without a boundary again", err)
		_, err = a.DeleteUserPermissionsBoundary(ctx, &sdkiam.DeleteUserPermissionsBoundaryInput{UserName: new("bob")})
		wantOutcome(t, "no boundary", err, "NoSuchEntity: The user with name bob has no permissions boundary.")
	})
}
