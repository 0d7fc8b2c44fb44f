package clients

import (
	"strings"
	"testing"
)

// cliEndpoints makes a private endpoint, uses KMS through it and deletes it.
func cliEndpoints(t *testing.T, c cli) {
	const service = "com.amazonaws.us-east-1.kms"
	if got := c.query("ServiceDetails[].PrivateDnsName", "ec2", "describe-vpc-endpoint-services", "--service-names", service); got != "kms.us-east-1.amazonaws.com" {
		t.Errorf("describe-vpc-endpoint-services: %q", got)
	}
	if got := c.query("length(PrefixLists)", "ec2", "describe-prefix-lists"); got != "0" {
		t.Errorf("describe-prefix-lists has %s lists", got)
	}
	made := c.answer("ec2", "create-vpc-endpoint", "--vpc-id", "vpc-cli", "--service-name", service, "--vpc-endpoint-type", "Interface",
		"--subnet-ids", "subnet-1", "--security-group-ids", "sg-1", "--tag-specifications", "ResourceType=vpc-endpoint,Tags=[{Key=team,Value=red}]")["VpcEndpoint"].(map[string]any)
	id := made["VpcEndpointId"].(string)
	if made["State"] != "available" || made["VpcId"] != "vpc-cli" || made["PrivateDnsEnabled"] != true || made["OwnerId"] != "000000000000" {
		t.Errorf("create-vpc-endpoint answers %v", made)
	}
	describe := []string{"ec2", "describe-vpc-endpoints", "--filters", "Name=vpc-id,Values=vpc-cli", "Name=tag:team,Values=red"}
	at := c.query("VpcEndpoints[].DnsEntries[0].DnsName", describe...)
	through := c
	through.argv = []string{debianAWS, "--endpoint-url", "http://" + at}
	if got := through.query("KeyMetadata.Enabled", "kms", "create-key"); got != "True" {
		t.Errorf("create-key through the endpoint: %q", got)
	}
	c.text("ec2", "modify-vpc-endpoint", "--vpc-endpoint-id", id, "--policy-document",
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:List*","Resource":"*"}]}`)
	through.fails("AccessDeniedException",
		"User: "+root+" is not authorized to perform: kms:ListKeys on resource: * with an explicit deny in a VPC endpoint policy", "kms", "list-keys")
	c.text("ec2", "modify-vpc-endpoint", "--vpc-endpoint-id", id, "--reset-policy")
	c.text("ec2", "create-tags", "--resources", id, "--tags", "Key=team,Value=blue", "Key=x,Value=")
	c.text("ec2", "delete-tags", "--resources", id, "--tags", "Key=x")
	if got := c.query("VpcEndpoints[].Tags[].join('=',[Key,Value])", "ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", id); got != "team=blue" {
		t.Errorf("the tags are %q", got)
	}
	c.fails("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", "ec2", "delete-vpc-endpoints", "--vpc-endpoint-ids", id, "--dry-run")
	if got := c.query("length(Unsuccessful)", "ec2", "delete-vpc-endpoints", "--vpc-endpoint-ids", id); got != "0" {
		t.Errorf("delete-vpc-endpoints fails for %s", got)
	}
	c.fails("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '"+id+"' does not exist", "ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", id)
	if _, errs, status := through.run("kms", "list-keys"); status != statusClient || !strings.Contains(errs, "Could not connect") {
		t.Errorf("through a deleted endpoint: exit status %d, %s", status, errs)
	}
}
