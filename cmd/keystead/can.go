package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/server"
)

// canOptions are the flags of can.
type canOptions struct {
	region  string
	context []string
	grants  []string
	ip      string
	via     string
}

func canCommand() *cobra.Command {
	var o canOptions
	c := vaultCommand("can PRINCIPAL ACTION KEY", "Say whether a principal may do something with a key, and why", 3,
		func(c *cobra.Command, v *server.Vault, args []string) error {
			return can(c, v, o, args[0], args[1], args[2])
		})
	c.Long = `Can decides as the server would, without a call: by the key policy, the policies of the
principal, its permissions boundary, the service control policies of its account, and the
grants on the key. It prints the decision and the statement that made it, or what is missing.
The exit status is 0 if the principal may, and 1 if not.

PRINCIPAL is the ARN of a user, of a role, of a role's session or of a root user, an account,
or the name of a service. KEY is the id, ARN or alias of a key; an id or alias is one of the
principal's own account.`
	c.Example = `  keystead can arn:aws:iam::111122223333:user/alice kms:Decrypt alias/payroll
  keystead can arn:aws:iam::111122223333:role/app Encrypt 1234abcd-… --context purpose=test --source-ip 192.0.2.1`
	f := c.Flags()
	f.StringVar(&o.region, "region", "", "`REGION` of the key, if KEY is not an ARN (default us-east-1)")
	f.StringArrayVar(&o.context, "context", nil, "a pair of the encryption context, `NAME=VALUE`; may be given more than once")
	f.StringArrayVar(&o.grants, "grant-token", nil, "a grant `TOKEN` of the request; may be given more than once")
	f.StringVar(&o.ip, "source-ip", "", "`ADDRESS` that the request comes from, for conditions that ask")
	f.StringVar(&o.via, "via", "", "`SERVICE` that calls for the principal, such as s3.amazonaws.com")
	return c
}

func can(c *cobra.Command, v *server.Vault, o canOptions, principal, action, key string) error {
	caller, err := v.IAM.CallerFor(c.Context(), principal)
	if errors.Is(err, iam.ErrNoEntity) {
		return fmt.Errorf("there is no principal %s", principal)
	}
	if err != nil {
		return err
	}
	if err := o.describe(caller, key); err != nil {
		return err
	}
	ec, err := pairs(o.context)
	if err != nil {
		return err
	}
	keys := kms.New(kms.Options{DB: v.DB, Sealer: v.Sealer, Principals: v.IAM, Clock: new(clock.Clock), Log: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20})
	answer, err := keys.Can(c.Context(), caller, kms.Question{Action: action, Key: key, EncryptionContext: ec, GrantTokens: o.grants})
	if err != nil {
		return err
	}
	printAnswer(c.OutOrStdout(), caller, action, &answer)
	if !answer.Allowed {
		return exitStatus(1)
	}
	return nil
}

// describe fills in what the flags say of the request.
func (o canOptions) describe(caller *iam.Caller, key string) error {
	caller.Region = o.region
	if arn, ok := iam.ParseARN(key); ok {
		caller.Region = arn.Region
	}
	if caller.Region == "" {
		caller.Region = "us-east-1"
	}
	if o.ip != "" {
		ip, err := netip.ParseAddr(o.ip)
		if err != nil {
			return fmt.Errorf("--source-ip: %q is not an address", o.ip)
		}
		caller.SourceIP = ip
	}
	if o.via != "" {
		caller.Via = &iam.Via{Service: o.via, Region: caller.Region}
	}
	return nil
}

// pairs reads an encryption context.
func pairs(list []string) (map[string]string, error) {
	ec := make(map[string]string, len(list))
	for _, p := range list {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--context: %q is not NAME=VALUE", p)
		}
		ec[name] = value
	}
	return ec, nil
}

func printAnswer(w io.Writer, caller *iam.Caller, action string, a *kms.Answer) {
	verdict := "yes"
	if !a.Allowed {
		verdict = "no"
	}
	fmt.Fprintf(w, "%s: %s %s %s\n", verdict, caller.Principal.ARN, action, a.KeyARN)
	fmt.Fprintf(w, "  %s\n", a.Plain())
	if a.Message != "" {
		fmt.Fprintf(w, "  The error would be: %s\n", a.Message)
	}
	for _, line := range a.Explanation[min(1, len(a.Explanation)):] {
		fmt.Fprintf(w, "  - %s\n", line)
	}
	if a.State != "" && a.State != "Enabled" {
		fmt.Fprintf(w, "  The key is %s, which may refuse the call all the same.\n", a.State)
	}
}
