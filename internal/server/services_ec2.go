package server

import (
	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/vpc"
)

// ec2Service is the part of the EC2 API about private endpoints, and what clients that
// manage them call besides. Its other operations are not listed as missing: EC2 has some
// seven hundred, and its SDK is not among our dependencies.
func ec2Service(s *vpc.Service) awsapi.Service {
	return awsapi.Service{
		Name: "ec2", QueryVersion: "2016-11-15", EC2Query: true, XMLNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/", MaxBody: maxBody,
		Part:         "about private endpoints, the only part of the API that there is",
		InternalCode: "InternalError", Status: vpc.StatusCodes,
		Operations: []awsapi.Operation{
			awsapi.Op("CreateTags", changes, s.CreateTags),
			awsapi.Op("CreateVpcEndpoint", changes, s.CreateVpcEndpoint),
			awsapi.Op("DeleteTags", changes, s.DeleteTags),
			awsapi.Op("DeleteVpcEndpoints", changes, s.DeleteVpcEndpoints),
			awsapi.Op("DescribePrefixLists", reads, s.DescribePrefixLists),
			awsapi.Op("DescribeVpcEndpointServices", reads, s.DescribeVpcEndpointServices),
			awsapi.Op("DescribeVpcEndpoints", reads, s.DescribeVpcEndpoints),
			awsapi.Op("ModifyVpcEndpoint", changes, s.ModifyVpcEndpoint),
		},
	}
}
