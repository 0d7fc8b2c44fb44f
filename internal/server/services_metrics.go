package server

import (
	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/cloudwatch"
)

// metricOperations are CloudWatch's operations on metrics and dashboards.
func metricOperations(s *cloudwatch.Service) []awsapi.Operation {
	return []awsapi.Operation{
		awsapi.Op("DeleteDashboards", changes, s.DeleteDashboards),
		awsapi.Op("GetDashboard", reads, s.GetDashboard),
		awsapi.Op("GetMetricData", reads, s.GetMetricData),
		awsapi.Op("GetMetricStatistics", reads, s.GetMetricStatistics),
		awsapi.Op("ListDashboards", reads, s.ListDashboards),
		awsapi.Op("ListMetrics", reads, s.ListMetrics),
		awsapi.Op("PutDashboard", changes, s.PutDashboard),
		awsapi.Op("PutMetricData", changes, s.PutMetricData),
	}
}
