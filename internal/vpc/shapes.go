package vpc

import "time"

// The structures of the EC2 API that the operations take and return, with the names of the
// SDK's, which has some ten thousand more. The tag is the name of a member on the wire, in a
// request with a capital letter and in an answer with a small one.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html

// CreateVpcEndpointInput is the input of CreateVpcEndpoint.
type CreateVpcEndpointInput struct {
	ClientToken              *string
	DnsOptions               *DnsOptionsSpecification
	DryRun                   *bool
	IpAddressType            *string
	PolicyDocument           *string
	PrivateDnsEnabled        *bool
	ResourceConfigurationArn *string
	RouteTableIds            []string `wire:"RouteTableId"`
	SecurityGroupIds         []string `wire:"SecurityGroupId"`
	ServiceName              *string
	ServiceNetworkArn        *string
	ServiceRegion            *string
	SubnetConfigurations     []SubnetConfiguration `wire:"SubnetConfiguration"`
	SubnetIds                []string              `wire:"SubnetId"`
	TagSpecifications        []TagSpecification    `wire:"TagSpecification"`
	VpcEndpointType          *string
	VpcId                    *string
}

// DnsOptionsSpecification is what is asked for about DNS.
type DnsOptionsSpecification struct {
	DnsRecordIpType                          *string
	PrivateDnsOnlyForInboundResolverEndpoint *bool
	PrivateDnsPreference                     *string
	PrivateDnsSpecifiedDomains               []string `wire:"PrivateDnsSpecifiedDomain"`
}

// SubnetConfiguration is an address in a subnet.
type SubnetConfiguration struct {
	Ipv4     *string
	Ipv6     *string
	SubnetId *string
}

// TagSpecification has the tags of a resource that is being made.
type TagSpecification struct {
	ResourceType *string
	Tags         []Tag `wire:"Tag"`
}

// Tag is a tag.
type Tag struct {
	Key   *string
	Value *string
}

// CreateVpcEndpointOutput is the output of CreateVpcEndpoint.
type CreateVpcEndpointOutput struct {
	VpcEndpoint *VpcEndpoint
	ClientToken *string
}

// VpcEndpoint describes an endpoint.
type VpcEndpoint struct {
	VpcEndpointId       *string
	VpcEndpointType     *string
	VpcId               *string
	ServiceName         *string
	ServiceRegion       *string
	State               *string
	PolicyDocument      *string
	RouteTableIds       []string                  `wire:"RouteTableIdSet"`
	SubnetIds           []string                  `wire:"SubnetIdSet"`
	Groups              []SecurityGroupIdentifier `wire:"GroupSet"`
	IpAddressType       *string
	DnsOptions          *DnsOptions
	PrivateDnsEnabled   *bool
	RequesterManaged    *bool
	NetworkInterfaceIds []string   `wire:"NetworkInterfaceIdSet"`
	DnsEntries          []DnsEntry `wire:"DnsEntrySet"`
	CreationTimestamp   *time.Time
	Tags                []Tag `wire:"TagSet"`
	OwnerId             *string
	LastError           *LastError
	FailureReason       *string
}

// SecurityGroupIdentifier names a security group.
type SecurityGroupIdentifier struct {
	GroupId   *string
	GroupName *string
}

// DnsOptions are the DNS options of an endpoint.
type DnsOptions struct {
	DnsRecordIpType                          *string
	PrivateDnsOnlyForInboundResolverEndpoint *bool
}

// DnsEntry is a name, or an address with a port, by which an endpoint is reached.
type DnsEntry struct {
	DnsName      *string
	HostedZoneId *string
}

// LastError says what is wrong with an endpoint.
type LastError struct {
	Code    *string
	Message *string
}

// Filter limits what is described.
type Filter struct {
	Name   *string
	Values []string `wire:"Value"`
}

// DescribeVpcEndpointsInput is the input of DescribeVpcEndpoints.
type DescribeVpcEndpointsInput struct {
	DryRun         *bool
	Filters        []Filter `wire:"Filter"`
	MaxResults     *int32
	NextToken      *string
	VpcEndpointIds []string `wire:"VpcEndpointId"`
}

// DescribeVpcEndpointsOutput is the output of DescribeVpcEndpoints.
type DescribeVpcEndpointsOutput struct {
	VpcEndpoints []VpcEndpoint `wire:"VpcEndpointSet"`
	NextToken    *string
}

// ModifyVpcEndpointInput is the input of ModifyVpcEndpoint.
type ModifyVpcEndpointInput struct {
	AddRouteTableIds       []string `wire:"AddRouteTableId"`
	AddSecurityGroupIds    []string `wire:"AddSecurityGroupId"`
	AddSubnetIds           []string `wire:"AddSubnetId"`
	DnsOptions             *DnsOptionsSpecification
	DryRun                 *bool
	IpAddressType          *string
	PolicyDocument         *string
	PrivateDnsEnabled      *bool
	RemoveRouteTableIds    []string `wire:"RemoveRouteTableId"`
	RemoveSecurityGroupIds []string `wire:"RemoveSecurityGroupId"`
	RemoveSubnetIds        []string `wire:"RemoveSubnetId"`
	ResetPolicy            *bool
	SubnetConfigurations   []SubnetConfiguration `wire:"SubnetConfiguration"`
	VpcEndpointId          *string
}

// ModifyVpcEndpointOutput is the output of ModifyVpcEndpoint.
type ModifyVpcEndpointOutput struct{ Return *bool }

// DeleteVpcEndpointsInput is the input of DeleteVpcEndpoints.
type DeleteVpcEndpointsInput struct {
	DryRun         *bool
	VpcEndpointIds []string `wire:"VpcEndpointId"`
}

// DeleteVpcEndpointsOutput is the output of DeleteVpcEndpoints.
type DeleteVpcEndpointsOutput struct{ Unsuccessful []UnsuccessfulItem }

// UnsuccessfulItem is one of several things that could not be done.
type UnsuccessfulItem struct {
	Error      *UnsuccessfulItemError
	ResourceId *string
}

// UnsuccessfulItemError says why.
type UnsuccessfulItemError struct {
	Code    *string
	Message *string
}

// DescribeVpcEndpointServicesInput is the input of DescribeVpcEndpointServices.
type DescribeVpcEndpointServicesInput struct {
	DryRun         *bool
	Filters        []Filter `wire:"Filter"`
	MaxResults     *int32
	NextToken      *string
	ServiceNames   []string `wire:"ServiceName"`
	ServiceRegions []string `wire:"ServiceRegion"`
}

// DescribeVpcEndpointServicesOutput is the output of DescribeVpcEndpointServices.
type DescribeVpcEndpointServicesOutput struct {
	ServiceNames   []string        `wire:"ServiceNameSet"`
	ServiceDetails []ServiceDetail `wire:"ServiceDetailSet"`
	NextToken      *string
}

// ServiceDetail describes a service that endpoints can lead to.
type ServiceDetail struct {
	ServiceName                     *string
	ServiceId                       *string
	ServiceType                     []ServiceTypeDetail
	ServiceRegion                   *string
	AvailabilityZones               []string `wire:"AvailabilityZoneSet"`
	Owner                           *string
	BaseEndpointDnsNames            []string `wire:"BaseEndpointDnsNameSet"`
	PrivateDnsName                  *string
	PrivateDnsNames                 []PrivateDnsDetails `wire:"PrivateDnsNameSet"`
	VpcEndpointPolicySupported      *bool
	AcceptanceRequired              *bool
	ManagesVpcEndpoints             *bool
	Tags                            []Tag `wire:"TagSet"`
	PrivateDnsNameVerificationState *string
	SupportedIpAddressTypes         []string `wire:"SupportedIpAddressTypeSet"`
}

// ServiceTypeDetail is a type of endpoint that a service has.
type ServiceTypeDetail struct{ ServiceType *string }

// PrivateDnsDetails is a private DNS name of a service.
type PrivateDnsDetails struct{ PrivateDnsName *string }

// CreateTagsInput is the input of CreateTags.
type CreateTagsInput struct {
	DryRun    *bool
	Resources []string `wire:"ResourceId"`
	Tags      []Tag    `wire:"Tag"`
}

// CreateTagsOutput is the output of CreateTags.
type CreateTagsOutput struct{ Return *bool }

// DeleteTagsInput is the input of DeleteTags.
type DeleteTagsInput struct {
	DryRun    *bool
	Resources []string `wire:"ResourceId"`
	Tags      []Tag    `wire:"Tag"`
}

// DeleteTagsOutput is the output of DeleteTags.
type DeleteTagsOutput struct{ Return *bool }

// DescribePrefixListsInput is the input of DescribePrefixLists.
type DescribePrefixListsInput struct {
	DryRun        *bool
	Filters       []Filter `wire:"Filter"`
	MaxResults    *int32
	NextToken     *string
	PrefixListIds []string `wire:"PrefixListId"`
}

// DescribePrefixListsOutput is the output of DescribePrefixLists.
type DescribePrefixListsOutput struct {
	PrefixLists []PrefixList `wire:"PrefixListSet"`
	NextToken   *string
}

// PrefixList is a list of address ranges.
type PrefixList struct {
	Cidrs          []string `wire:"CidrSet"`
	PrefixListId   *string
	PrefixListName *string
}
