package eventbridge_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/keysteadtest"
)

// TestConditionKeys has policies with the keys that EventBridge has for a request: each lets the
// one call through and not the other.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
func TestConditionKeys(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	root, ctx := client(srv), t.Context()
	putRule(t, root, &eventbridge.PutRuleInput{Name: aws.String("there"), EventPattern: aws.String(`{"source":["s"]}`)})
	put := func(source, kind string) func(c *eventbridge.Client) error {
		return func(c *eventbridge.Client) error {
			_, err := c.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry(source, kind, "{}")}})
			return err
		}
	}
	rule := func(pattern string) func(c *eventbridge.Client) error {
		return func(c *eventbridge.Client) error {
			_, err := c.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("new"), EventPattern: &pattern})
			return err
		}
	}
	describe := func(name string) func(c *eventbridge.Client) error {
		return func(c *eventbridge.Client) error {
			_, err := c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name})
			return err
		}
	}
	targets := func(topics ...string) func(c *eventbridge.Client) error {
		return func(c *eventbridge.Client) error {
			in := &eventbridge.PutTargetsInput{Rule: aws.String("there")}
			for _, name := range topics {
				in.Targets = append(in.Targets, types.Target{Id: aws.String(name), Arn: aws.String("arn:aws:sns:us-east-1:" + srv.Account + ":" + name)})
			}
			_, err := c.PutTargets(ctx, in)
			return err
		}
	}
	for _, test := range []struct {
		name, action, condition string
		yes, no                 func(c *eventbridge.Client) error
	}{
		{"source", "PutEvents", `{"StringEquals":{"events:source":"my.app"}}`, put("my.app", "t"), put("other", "t")},
		{"detail-type", "PutEvents", `{"StringEquals":{"events:detail-type":"Done"}}`, put("s", "Done"), put("s", "Failed")},
		{"source-of-pattern", "PutRule", `{"ForAllValues:StringEquals":{"events:source":["a","b"]},"Null":{"events:source":"false"}}`,
			rule(`{"source":["a","b"]}`), rule(`{"source":["a","c"]}`)},
		{"any-source", "PutRule", `{"ForAllValues:StringEquals":{"events:source":["a","b"]},"Null":{"events:source":"false"}}`,
			rule(`{"source":["b"]}`), rule(`{"source":["a",{"prefix":"c"}]}`)},
		{"detail-type-of-pattern", "PutRule", `{"StringEquals":{"events:detail-type":"Done"}}`, rule(`{"detail-type":["Done"]}`), rule(`{"source":["Done"]}`)},
		{"creator", "DescribeRule", `{"StringEquals":{"events:creatorAccount":"${aws:PrincipalAccount}"}}`, describe("there"), describe("nowhere")},
		{"another-creator", "DescribeRule", `{"StringNotEqualsIfExists":{"events:creatorAccount":"` + srv.Account + `"}}`,
			func(c *eventbridge.Client) error {
				fails(t, describe("nowhere")(c), "ResourceNotFoundException", "")
				return nil
			}, describe("there")},
		{"target", "PutTargets", `{"ForAllValues:ArnLike":{"events:TargetArn":"arn:aws:sns:*:*:mine*"}}`, targets("mine-1", "mine-2"), targets("mine-1", "yours")},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := eventbridge.NewFromConfig(srv.ConfigFor(user(t, srv, test.name,
				`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"events:`+test.action+`","Resource":"*","Condition":`+test.condition+`}}`)))
			if err := test.yes(c); err != nil {
				t.Errorf("what the policy allows: %v", err)
			}
			fails(t, test.no(c), "AccessDeniedException", "events:"+test.action)
		})
	}
}

// user makes a user with a policy and returns an access key.
func user(t *testing.T, srv *keysteadtest.Server, name, policy string) aws.Credentials {
	t.Helper()
	c, ctx := iam.NewFromConfig(srv.Config()), t.Context()
	must[*iam.CreateUserOutput](t)(c.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}))
	must[*iam.PutUserPolicyOutput](t)(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &name, PolicyDocument: &policy}))
	k := must[*iam.CreateAccessKeyOutput](t)(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})).AccessKey
	return aws.Credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey}
}
