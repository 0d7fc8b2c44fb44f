package trail

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"
)

// The errors of the API, with AWS's texts as far as they are known.

func unknownTrail(name, account string) error {
	return &types.TrailNotFoundException{Message: new("Unknown trail: " + name + " for the user: " + account)}
}

func trailExists(name, account string) error {
	return &types.TrailAlreadyExistsException{Message: new("Trail " + name + " already exists for customer: " + account)}
}

func tooManyTrails(account, region string) error {
	return &types.MaximumNumberOfTrailsExceededException{Message: new(fmt.Sprintf("User: %s already has %d trails in %s.", account, maxTrails, region))}
}

func notHome(t *trail) error {
	return &types.InvalidHomeRegionException{Message: new("The operation must be called from the home Region of the trail " + t.arn() + ": " + t.Home)}
}

func badName(format string, args ...any) error {
	return &types.InvalidTrailNameException{Message: new(fmt.Sprintf(format, args...))}
}

func badARN(arn string) error {
	return &types.CloudTrailARNInvalidException{Message: new("The ARN is not valid: " + arn)}
}

func badCombination(text string) error {
	return &types.InvalidParameterCombinationException{Message: &text}
}

func badSelectors(text string) error { return &types.InvalidEventSelectorsException{Message: &text} }

func badGroup(text string) error {
	return &types.InvalidCloudWatchLogsLogGroupArnException{Message: &text}
}

func badRole(text string) error {
	return &types.InvalidCloudWatchLogsRoleArnException{Message: &text}
}

func throttled() error {
	return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
}
