package server

import (
	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/cloudwatch/alarm"
)

// alarmOperations are the rows of CloudWatch's table that are about alarms.
func alarmOperations(a *alarm.Service) []awsapi.Operation {
	return []awsapi.Operation{
		awsapi.Op("DeleteAlarms", changes, a.DeleteAlarms),
		awsapi.Op("DescribeAlarmHistory", reads, a.DescribeAlarmHistory),
		awsapi.Op("DescribeAlarms", reads, a.DescribeAlarms),
		awsapi.Op("DescribeAlarmsForMetric", reads, a.DescribeAlarmsForMetric),
		awsapi.Op("DisableAlarmActions", changes, a.DisableAlarmActions),
		awsapi.Op("EnableAlarmActions", changes, a.EnableAlarmActions),
		awsapi.Op("ListTagsForResource", reads, a.ListTagsForResource),
		awsapi.Op("PutCompositeAlarm", changes, a.PutCompositeAlarm),
		awsapi.Op("PutMetricAlarm", changes, a.PutMetricAlarm),
		awsapi.Op("SetAlarmState", changes, a.SetAlarmState),
		awsapi.Op("TagResource", changes, a.TagResource),
		awsapi.Op("UntagResource", changes, a.UntagResource),
	}
}
