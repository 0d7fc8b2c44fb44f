package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/cloudtrail"
)

func explainCommand() *cobra.Command {
	var s settings
	var event string
	c := &cobra.Command{
		Use:   "explain",
		Short: "Say why a call was allowed or denied",
		Long: `Explain reads an event from the journal of this node and says which statement of which
policy, or which grant, allowed or denied the call; and for a denied one what nearly applied
and what is missing. It tells what was decided then, whatever has changed since. The id of a
request, which clients print with their errors, does as well as that of an event.`,
		Example: `  keystead explain --event 0f3a6f1e-7c1c-4b0e-8f0e-2d0b6a1f9c11`,
		Args:    cobra.NoArgs,
	}
	s.addData(c.Flags())
	c.Flags().StringVar(&event, "event", "", "`ID` of the event or of the request")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := s.load(c)
		if err != nil {
			return err
		}
		if event == "" {
			return fmt.Errorf("say which event: --event ID")
		}
		if err := cloudtrail.ExplainCommand(c.Context(), c.OutOrStdout(), cfg.JournalDir(), event); err != nil {
			return fmt.Errorf("event %s: %w", event, err)
		}
		return nil
	}
	return c
}
