package server

import (
	"fmt"
	"net/netip"

	"github.com/keystead/keystead/internal/vpc"
)

// checkPrivateEndpoints refuses addresses that more than one endpoint could be reached at,
// and those that would serve keys in clear to a network.
func (c *Config) checkPrivateEndpoints() []error {
	var wrong []error
	used := map[string]bool{c.Listen: true}
	seen := map[string]bool{}
	for _, n := range c.PrivateEndpoints {
		switch {
		case !vpc.ValidVPC(n.VPC):
			wrong = append(wrong, fmt.Errorf("private-endpoints: %q is not the name of a VPC, such as vpc-a", n.VPC))
		case seen[n.VPC]:
			wrong = append(wrong, fmt.Errorf("private-endpoints: %s is there twice", n.VPC))
		case n.Account != "" && !accountPattern.MatchString(n.Account):
			wrong = append(wrong, fmt.Errorf("private-endpoints: account %q of %s does not have 12 digits", n.Account, n.VPC))
		}
		seen[n.VPC] = true
		for _, a := range n.Addresses {
			if err := c.checkPrivateAddress(a); err != nil {
				wrong = append(wrong, fmt.Errorf("private-endpoints: %s: %w", n.VPC, err))
			} else if used[a] {
				wrong = append(wrong, fmt.Errorf("private-endpoints: the address %s is used twice", a))
			}
			used[a] = true
		}
	}
	return wrong
}

func (c *Config) checkPrivateAddress(text string) error {
	a, err := netip.ParseAddrPort(text)
	switch {
	case err != nil || a.Port() == 0:
		return fmt.Errorf("%q is not an IP address and a port, such as 10.0.0.5:8443", text)
	case a.String() != text:
		return fmt.Errorf("write the address %s as %s", text, a)
	case a.Addr().IsUnspecified():
		return fmt.Errorf("%s would be reached from every network; name an address of one", text)
	case a.Addr().IsLoopback():
		return nil
	case c.TLS.Mode == "off":
		return fmt.Errorf("refusing to listen on %s without TLS: use --tls auto, or --tls-cert and --tls-key", text)
	case c.TestClock:
		return fmt.Errorf("--test-clock works with loopback addresses only, not with %s", text)
	}
	return nil
}
