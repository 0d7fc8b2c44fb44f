package alarm

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// maxSuppression is the longest wait and extension period, in seconds.
const maxSuppression = 7 * 24 * 3600

// PutCompositeAlarm makes an alarm of other alarms, or replaces its configuration.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
func (s *Service) PutCompositeAlarm(ctx context.Context, c *iam.Caller, in *cloudwatch.PutCompositeAlarmInput) (*cloudwatch.PutCompositeAlarmOutput, error) {
	next := &alarm{
		Name: *in.AlarmName, Description: in.AlarmDescription, ActionsEnabled: in.ActionsEnabled == nil || *in.ActionsEnabled,
		OKActions: in.OKActions, AlarmActions: in.AlarmActions, InsufficientData: in.InsufficientDataActions, Tags: tagsOf(in.Tags),
		account: c.Principal.Account, region: c.Region,
		Composite: &compositeAlarm{
			Rule: *in.AlarmRule, Suppressor: value(in.ActionsSuppressor),
			Wait: value(in.ActionsSuppressorWaitPeriod), Extension: value(in.ActionsSuppressorExtensionPeriod),
		},
	}
	if err := authorizeAll(c, "PutCompositeAlarm", keys{}.ofActions(next.OKActions, next.AlarmActions, next.InsufficientData).ofRequest(next.Tags)); err != nil {
		return nil, err
	}
	return nil, s.put(ctx, c, "PutCompositeAlarm", next, func(tx *store.Tx) error {
		if err := next.check(); err != nil {
			return err
		}
		if in.ActionConfiguration != nil {
			return unsupported("The parameter ActionConfiguration")
		}
		if err := checkSuppressor(in); err != nil {
			return err
		}
		return next.checkComposite(tx)
	})
}

func checkSuppressor(in *cloudwatch.PutCompositeAlarmInput) error {
	wait, extension := in.ActionsSuppressorWaitPeriod, in.ActionsSuppressorExtensionPeriod
	switch {
	case in.ActionsSuppressor == nil && (wait != nil || extension != nil):
		return invalid("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod can be specified only with an ActionsSuppressor.")
	case in.ActionsSuppressor == nil:
		return nil
	case wait == nil:
		return lacking("ActionsSuppressorWaitPeriod")
	case extension == nil:
		return lacking("ActionsSuppressorExtensionPeriod")
	case *wait < 0 || *wait > maxSuppression || *extension < 0 || *extension > maxSuppression:
		return invalid("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be between 0 and %d.", maxSuppression)
	}
	return nil
}

// checkComposite checks that the rule can be evaluated.
func (a *alarm) checkComposite(tx *store.Tx) error {
	for _, list := range [][]string{a.OKActions, a.AlarmActions, a.InsufficientData} {
		for _, arn := range list {
			if service := strings.Split(arn, ":")[2]; service == "ec2" || service == "automate" || service == "swf" || service == "autoscaling" {
				return invalid("Composite alarms cannot have EC2 or Auto Scaling actions: %s", arn)
			}
		}
	}
	r, err := parseRule(a.Composite.Rule)
	if err != nil {
		return invalid("Error in AlarmRule: %s.", err)
	}
	a.rule = r
	named := r.children
	if a.Composite.Suppressor != "" {
		named = append(append([]string(nil), named...), a.Composite.Suppressor)
	}
	var missing []string
	for _, n := range named {
		key, ok := a.reference(n)
		if !ok {
			return invalid("An alarm in the AlarmRule belongs to another account or Region: %s", n)
		}
		switch _, err := tx.Get(alarmKind, key); {
		case errors.Is(err, store.ErrNotFound):
			missing = append(missing, n)
		case err != nil:
			return err
		}
	}
	if len(missing) > 0 {
		return invalid("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist", strings.Join(missing, ", "))
	}
	return nil
}

// reference is the key of an alarm that a composite alarm names. It must be one of the same
// account and Region.
func (a *alarm) reference(name string) (key string, ok bool) {
	if strings.HasPrefix(name, "arn:") {
		account, region, n, ok := parseARN(name)
		if !ok || account != a.account || region != a.region {
			return "", false
		}
		name = n
	}
	return recordKey(a.account, a.region, name), nameable(name)
}

// children are the keys of the alarms in the rule.
func (a *alarm) children() []string {
	if a.rule == nil {
		return nil
	}
	var all []string
	for _, n := range a.rule.children {
		if key, ok := a.reference(n); ok {
			all = append(all, key)
		}
	}
	return all
}

// suppressor is the key of the alarm that suppresses the actions, or "".
func (a *alarm) suppressor() string {
	if a.Composite == nil || a.Composite.Suppressor == "" {
		return ""
	}
	key, _ := a.reference(a.Composite.Suppressor)
	return key
}

// keep takes over from the configuration before what is about the state.
func (c *compositeAlarm) keep(old *compositeAlarm) {
	c.Acted = old.Acted
	if c.Suppressor != "" {
		c.Suppressed, c.Until = old.Suppressed, old.Until
	}
	c.Forced = time.Time{} // an update is evaluated anew
}
