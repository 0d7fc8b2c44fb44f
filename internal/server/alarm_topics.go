package server

import (
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/cloudwatch/alarm"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
)

// alarmTopics lets alarms publish to topics.
type alarmTopics struct{ sns *sns.Service }

// PublishAs implements alarm.Topics.
func (t alarmTopics) PublishAs(tx *store.Tx, n alarm.Notice) error {
	err := t.sns.PublishAs(tx, sns.Notice{
		Topic: n.Topic, Subject: n.Subject, Message: n.Message, Email: n.Email,
		Service: "cloudwatch.amazonaws.com", SourceARN: n.SourceARN, SourceAccount: n.SourceAccount,
	})
	switch {
	case errors.Is(err, sns.ErrNoTopic):
		return &alarm.RefusedError{Reason: "Topic does not exist"}
	case errors.Is(err, sns.ErrRefused):
		return &alarm.RefusedError{Reason: fmt.Sprintf("Resource: %s is not authorized to perform: SNS:Publish on resource: %s", n.SourceARN, n.Topic)}
	}
	return err
}
