package models

import "github.com/keystead/keystead/internal/awsapi"

// CloudHSM holds the constraints of the API version 2017-04-28 of CloudHSM v2.
var CloudHSM = map[string][]awsapi.Constraint{
	"CopyBackupToRegion": {
		{Path: "destinationRegion", Required: true, Pattern: `[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\d`},
		{Path: "backupId", Required: true, Pattern: `backup-[2-7a-zA-Z]{11,16}`},
		{Path: "tagList", MinLen: 1, MaxLen: 50},
		{Path: "tagList.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
		{Path: "tagList.member.value", Required: true, MaxLen: 256, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
	"CreateCluster": {
		{Path: "backupRetentionPolicy.value", MinLen: 1, MaxLen: 3, Pattern: `[0-9]+`},
		{Path: "hsmType", Required: true, MaxLen: 32, Pattern: `((p|)hsm[0-9][a-z.]*\.[a-zA-Z]+)`},
		{Path: "sourceBackupId", Pattern: `^(arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central){1,2}-[0-9]{1}):[0-9]{12}:backup/)?backup-[2-7a-zA-Z]{11,16}`},
		{Path: "subnetIds", Required: true, MinLen: 1, MaxLen: 10},
		{Path: "subnetIds.member", Pattern: `subnet-[0-9a-fA-F]{8,17}`},
		{Path: "tagList", MinLen: 1, MaxLen: 50},
		{Path: "tagList.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
		{Path: "tagList.member.value", Required: true, MaxLen: 256, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
	"CreateHsm": {
		{Path: "clusterId", Required: true, Pattern: `cluster-[2-7a-zA-Z]{11,16}`},
		{Path: "availabilityZone", Required: true, Pattern: `[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\d[a-z]`},
		{Path: "ipAddress", Pattern: `\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`},
	},
	"DeleteBackup": {
		{Path: "backupId", Required: true, Pattern: `backup-[2-7a-zA-Z]{11,16}`},
	},
	"DeleteCluster": {
		{Path: "clusterId", Required: true, Pattern: `cluster-[2-7a-zA-Z]{11,16}`},
	},
	"DeleteHsm": {
		{Path: "clusterId", Required: true, Pattern: `cluster-[2-7a-zA-Z]{11,16}`},
		{Path: "hsmId", Pattern: `hsm-[2-7a-zA-Z]{11,16}`},
		{Path: "eniId", Pattern: `eni-[0-9a-fA-F]{8,17}`},
		{Path: "eniIp", Pattern: `\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`},
	},
	"DeleteResourcePolicy": {
		{Path: "resourceArn", Pattern: `arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central){1,2}-[0-9]{1}):[0-9]{12}:(backup/backup|cluster/cluster|hsm/hsm)-[2-7a-zA-Z]{11,16}`},
	},
	"DescribeBackups": {
		{Path: "nextToken", MaxLen: 256, Pattern: `.*`},
		{Path: "maxResults", Min: 1, Max: 50},
		{Path: "filters", MaxLen: 30},
		{Path: "filters.key", Pattern: `[a-zA-Z0-9_-]+`},
	},
	"DescribeClusters": {
		{Path: "filters", MaxLen: 30},
		{Path: "filters.key", Pattern: `[a-zA-Z0-9_-]+`},
		{Path: "nextToken", MaxLen: 256, Pattern: `.*`},
		{Path: "maxResults", Min: 1, Max: 25},
	},
	"GetResourcePolicy": {
		{Path: "resourceArn", Pattern: `arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central){1,2}-[0-9]{1}):[0-9]{12}:(backup/backup|cluster/cluster|hsm/hsm)-[2-7a-zA-Z]{11,16}`},
	},
	"InitializeCluster": {
		{Path: "clusterId", Required: true, Pattern: `cluster-[2-7a-zA-Z]{11,16}`},
		{Path: "signedCert", Required: true, MaxLen: 20000, Pattern: `[a-zA-Z0-9+-/=\s]*`},
		{Path: "trustAnchor", Required: true, MaxLen: 20000, Pattern: `[a-zA-Z0-9+-/=\s]*`},
	},
	"ListTags": {
		{Path: "resourceId", Required: true, Pattern: `(?:cluster|backup)-[2-7a-zA-Z]{11,16}`},
		{Path: "nextToken", MaxLen: 256, Pattern: `.*`},
		{Path: "maxResults", Min: 1, Max: 100},
	},
	"ModifyBackupAttributes": {
		{Path: "backupId", Required: true, Pattern: `backup-[2-7a-zA-Z]{11,16}`},
		{Path: "neverExpires", Required: true},
	},
	"ModifyCluster": {
		{Path: "hsmType", MaxLen: 32, Pattern: `((p|)hsm[0-9][a-z.]*\.[a-zA-Z]+)`},
		{Path: "backupRetentionPolicy.value", MinLen: 1, MaxLen: 3, Pattern: `[0-9]+`},
		{Path: "clusterId", Required: true, Pattern: `cluster-[2-7a-zA-Z]{11,16}`},
	},
	"PutResourcePolicy": {
		{Path: "resourceArn", Pattern: `arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central){1,2}-[0-9]{1}):[0-9]{12}:(backup/backup|cluster/cluster|hsm/hsm)-[2-7a-zA-Z]{11,16}`},
		{Path: "policy", MinLen: 1, MaxLen: 20000},
	},
	"RestoreBackup": {
		{Path: "backupId", Required: true, Pattern: `backup-[2-7a-zA-Z]{11,16}`},
	},
	"TagResource": {
		{Path: "resourceId", Required: true, Pattern: `(?:cluster|backup)-[2-7a-zA-Z]{11,16}`},
		{Path: "tagList", Required: true, MinLen: 1, MaxLen: 50},
		{Path: "tagList.member.key", Required: true, MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
		{Path: "tagList.member.value", Required: true, MaxLen: 256, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
	"UntagResource": {
		{Path: "resourceId", Required: true, Pattern: `(?:cluster|backup)-[2-7a-zA-Z]{11,16}`},
		{Path: "tagKeyList", Required: true, MinLen: 1, MaxLen: 50},
		{Path: "tagKeyList.member", MinLen: 1, MaxLen: 128, Pattern: `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`},
	},
}
