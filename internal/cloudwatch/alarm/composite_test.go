package alarm

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

func TestComposite(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.clock.Advance(5 * time.Second) // the next evaluation of what is set below is far
		quiet := func(in *sdk.PutMetricAlarmInput) { in.AlarmActions = nil }
		b.watch("A", quiet)
		b.watch("B", quiet)
		b.combine("Both", `ALARM(A) AND ALARM("`+alarmARN(account, region, "B")+`")`, nil)
		b.combine("Top", "ALARM(Both) OR ALARM(B)", nil)
		b.run()
		b.state("Both", ok)
		b.state("Top", ok)
		if r := b.alarm("Both").State.Reason; r != alarmARN(account, region, "Both")+" was created and its alarm rule evaluates to OK" {
			t.Errorf("the first reason is %q", r)
		}
		b.told(`OK: "Both"`, `OK: "Top"`)

		b.clock.Advance(time.Second)
		b.set("A", alarmed)
		b.run()
		b.state("Both", ok)
		b.clock.Advance(time.Second)
		b.set("B", alarmed)
		b.run() // parents after their children, in one round
		b.state("Both", alarmed)
		b.state("Top", alarmed)
		a := b.alarm("Both")
		if want := alarmARN(account, region, "B") + " transitioned to ALARM at Wednesday 20 May, 2026 20:00:07 UTC"; a.State.Reason != want {
			t.Errorf("the reason is %q, want %q", a.State.Reason, want)
		}
		if want := `{"triggeringAlarms":[{"arn":"` + alarmARN(account, region, "B") + `","state":{"value":"ALARM","timestamp":"2026-05-20T20:00:07.000+0000"}}]}`; a.State.Data != want {
			t.Errorf("the data are %s", a.State.Data)
		}
		b.told(`OK: "Both"`, `OK: "Top"`, `ALARM: "Both"`, `ALARM: "Top"`)
		n := b.notices()[2]
		if !strings.Contains(n.Message, `"AlarmRule":"ALARM(A)`) || !strings.Contains(n.Message, `"TriggeringChildren":[{"Arn":"`+alarmARN(account, region, "B")) || strings.Contains(n.Message, "Trigger\"") {
			t.Errorf("the message is %s", n.Message)
		}

		// SetAlarmState stays until a child changes.
		b.set("Both", ok)
		b.run()
		b.state("Both", ok)
		b.clock.Advance(time.Second)
		b.set("A", ok)
		b.set("A", alarmed)
		b.run()
		b.state("Both", alarmed)

		// A rule that is put anew is evaluated anew.
		b.combine("Both", "NOT ALARM(A)", nil)
		b.run()
		b.state("Both", ok)
		if r := b.alarm("Both").State.Reason; !strings.HasSuffix(r, "was updated and its alarm rule evaluates to OK") {
			t.Errorf("the reason after an update is %q", r)
		}
	})
}

// TestCycle checks that alarms that depend on each other, and those above them, stay as they
// are, and that the cycle can be broken.
func TestCycle(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.combine("A", "FALSE", nil)
		b.combine("B", "NOT ALARM(A)", nil)
		b.combine("Above", "ALARM(B)", nil)
		b.run()
		b.state("Above", alarmed)
		b.combine("A", "NOT ALARM(B)", nil)
		b.run()
		b.run()
		b.state("A", ok) // as it was
		b.state("B", alarmed)
		_, err := b.DeleteAlarms(t.Context(), b.caller, &sdk.DeleteAlarmsInput{AlarmNames: []string{"A"}})
		if codeOf(err) != "ValidationError" || !strings.Contains(err.Error(), "Cannot delete A as there are composite alarm(s) depending on it.") {
			t.Errorf("an alarm of a cycle: %v", err)
		}
		b.combine("A", "TRUE", nil)
		b.run()
		b.state("A", alarmed)
		b.state("B", ok)
		b.state("Above", ok)
	})
}

func TestSuppression(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		quiet := func(in *sdk.PutMetricAlarmInput) { in.AlarmActions = nil }
		b.watch("Child", quiet)
		b.watch("Quiet", quiet)
		suppressed := func(in *sdk.PutCompositeAlarmInput) {
			in.ActionsSuppressor, in.ActionsSuppressorWaitPeriod, in.ActionsSuppressorExtensionPeriod = new("Quiet"), new(int32(120)), new(int32(180))
		}
		b.watch("Off", quiet)
		b.combine("Top", "ALARM(Child)", suppressed)
		by := func(want types.ActionsSuppressedBy) {
			t.Helper()
			b.run()
			if got := b.alarm("Top").Composite.Suppressed; got != want {
				t.Fatalf("at %s the actions are suppressed by %q, want %q", b.clock.Now().Format(time.TimeOnly), got, want)
			}
		}
		set := func(name string, v types.StateValue) { // between evaluations of the metric alarms
			t.Helper()
			b.clock.Advance(time.Millisecond)
			b.set(name, v)
		}
		// The metrics have no data here; only SetAlarmState moves the children.
		b.Service.metrics = nil
		for _, n := range []string{"Child", "Quiet"} {
			b.watch(n, func(in *sdk.PutMetricAlarmInput) { in.AlarmActions, in.TreatMissingData = nil, new(treatIgnore) })
			b.set(n, ok)
		}
		b.run()
		b.advance(121 * time.Second) // the first change of a new alarm waits too
		b.told(`OK: "Top"`)

		// The suppressor comes in time, and the child recovers: nobody hears of it.
		set("Child", alarmed)
		by(types.ActionsSuppressedByWaitPeriod)
		b.clock.Advance(100 * time.Second)
		set("Quiet", alarmed)
		by(types.ActionsSuppressedByAlarm)
		b.clock.Advance(time.Hour)
		by(types.ActionsSuppressedByAlarm)
		set("Child", ok)
		by("")
		b.told(`OK: "Top"`)

		// The suppressor is on already, and goes away before the child: after the extension.
		set("Child", alarmed)
		by(types.ActionsSuppressedByAlarm)
		set("Quiet", ok)
		by(types.ActionsSuppressedByExtensionPeriod)
		b.clock.Advance(179 * time.Second)
		by(types.ActionsSuppressedByExtensionPeriod)
		b.clock.Advance(2 * time.Second)
		by("")
		b.told(`OK: "Top"`, `ALARM: "Top"`)
		set("Child", ok)
		by(types.ActionsSuppressedByWaitPeriod)
		b.clock.Advance(121 * time.Second)
		by("")
		b.told(`OK: "Top"`, `ALARM: "Top"`, `OK: "Top"`)

		// The suppressor does not come.
		set("Child", alarmed)
		by(types.ActionsSuppressedByWaitPeriod)
		b.clock.Advance(121 * time.Second)
		by("")
		b.told(`OK: "Top"`, `ALARM: "Top"`, `OK: "Top"`, `ALARM: "Top"`)
		out, err := b.DescribeAlarms(t.Context(), b.caller, &sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"CompositeAlarm"}})
		if err != nil || len(out.CompositeAlarms) != 1 || *out.CompositeAlarms[0].ActionsSuppressorWaitPeriod != 120 {
			t.Errorf("DescribeAlarms: %+v, %v", out, err)
		}
	})
}

func TestCompositeRefusals(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("A", nil)
		for name, c := range map[string]struct {
			change func(*sdk.PutCompositeAlarmInput)
			want   string
		}{
			"no such child": {func(in *sdk.PutCompositeAlarmInput) { in.AlarmRule = new("ALARM(A) OR OK(B)") }, "alarms [B] in the alarm rule do not exist"},
			"itself":        {func(in *sdk.PutCompositeAlarmInput) { in.AlarmRule = new("ALARM(C)") }, "alarms [C] in the alarm rule do not exist"},
			"another Region": {func(in *sdk.PutCompositeAlarmInput) {
				in.AlarmRule = new("ALARM(" + alarmARN(account, "eu-west-1", "A") + ")")
			}, "another account or Region"},
			"another account": {func(in *sdk.PutCompositeAlarmInput) {
				in.AlarmRule = new("ALARM(" + alarmARN("999999999999", region, "A") + ")")
			}, "another account or Region"},
			"no rule": {func(in *sdk.PutCompositeAlarmInput) { in.AlarmRule = new("ALARM(A") }, "Error in AlarmRule: expected"},
			"EC2 actions": {func(in *sdk.PutCompositeAlarmInput) {
				in.AlarmActions = []string{"arn:aws:automate:us-east-1:ec2:stop"}
			}, "EC2 or Auto Scaling"},
			"no action":            {func(in *sdk.PutCompositeAlarmInput) { in.AlarmActions = []string{"nonsense"} }, "Invalid arn syntax: nonsense"},
			"a suppressor without": {func(in *sdk.PutCompositeAlarmInput) { in.ActionsSuppressor = new("A") }, "ActionsSuppressorWaitPeriod is required"},
			"periods without":      {func(in *sdk.PutCompositeAlarmInput) { in.ActionsSuppressorWaitPeriod = new(int32(1)) }, "only with an ActionsSuppressor"},
			"a suppressor not there": {func(in *sdk.PutCompositeAlarmInput) {
				in.ActionsSuppressor, in.ActionsSuppressorWaitPeriod, in.ActionsSuppressorExtensionPeriod = new("B"), new(int32(1)), new(int32(1))
			}, "alarms [B]"},
			"the name of a metric one": {func(in *sdk.PutCompositeAlarmInput) { in.AlarmName = new("A") }, "of another type"},
		} {
			in := &sdk.PutCompositeAlarmInput{AlarmName: new("C"), AlarmRule: new("ALARM(A)")}
			c.change(in)
			if _, err := b.PutCompositeAlarm(t.Context(), b.caller, in); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q in it", name, err, c.want)
			}
		}
	})
}
