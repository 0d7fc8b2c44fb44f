package sns

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// invalid is AWS's InvalidParameter.
func invalid(format string, args ...any) error {
	return &types.InvalidParameterException{Message: new("Invalid parameter: " + fmt.Sprintf(format, args...))}
}

func noTopic() error { return &types.NotFoundException{Message: new("Topic does not exist")} }

func noSubscription() error {
	return &types.NotFoundException{Message: new("Subscription does not exist")}
}

func noResource() error {
	return &types.ResourceNotFoundException{Message: new("Resource does not exist")}
}
