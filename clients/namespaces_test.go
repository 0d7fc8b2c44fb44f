package clients

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// networks are network namespaces of a test: one for the server, and one for each network
// of clients, connected with it by a pair of interfaces. Their names are new; addresses mean something only in them.
type networks struct {
	t      *testing.T
	prefix string // of their names
}

// newNetworks makes the server's namespace. It needs root and iproute2.
func newNetworks(t *testing.T) *networks {
	t.Helper()
	if os.Geteuid() != 0 {
		need(t, "network namespaces", errors.New("only root can make them"))
	}
	_, err := exec.LookPath("ip")
	need(t, "iproute2", err)
	n := &networks{t, "keystead-" + rand.Text()[:8] + "-"}
	n.add("s")
	n.ip("-n", n.name("s"), "link", "set", "lo", "up")
	return n
}

// name is the name of a namespace.
func (n *networks) name(which string) string { return n.prefix + which }

// add makes a namespace, which goes with the test, and its interfaces with it.
func (n *networks) add(which string) {
	n.t.Helper()
	n.ip("netns", "add", n.name(which))
	n.t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", n.name(which)).CombinedOutput(); err != nil {
			n.t.Errorf("ip netns del: %v: %s", err, out)
		}
	})
}

func (n *networks) ip(args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// address is one in a network of clients: the server has 1, the client 2.
func address(network, host int) string {
	return fmt.Sprintf("10.77.%d.%d", network, host)
}

// connect makes a network of clients and a pair of interfaces between it and the server. The
// interfaces come to be in their namespaces, so that their names need to be new only there.
func (n *networks) connect(which string, network int) {
	n.t.Helper()
	n.add(which)
	server, client := n.name("s"), n.name(which)
	n.ip("-n", server, "link", "add", "to-"+which, "type", "veth", "peer", "name", "eth0", "netns", client)
	n.ip("-n", server, "addr", "add", address(network, 1)+"/24", "dev", "to-"+which)
	n.ip("-n", server, "link", "set", "to-"+which, "up")
	n.ip("-n", client, "addr", "add", address(network, 2)+"/24", "dev", "eth0")
	n.ip("-n", client, "link", "set", "eth0", "up")
	n.ip("-n", client, "link", "set", "lo", "up")
}

// in is a command that runs a program in a namespace.
func (n *networks) in(which string) []string { return []string{"ip", "netns", "exec", n.name(which)} }

// TestPrivateNetworks has clients in two networks, each with a private endpoint, and a third
// with the public listener only, on interfaces of their own. A key policy that demands one
// endpoint refuses the same call from everywhere else.
func TestPrivateNetworks(t *testing.T) {
	needFile(t, debianAWS)
	out, err := exec.Command(debianPython, "-c", "import boto3").CombinedOutput()
	need(t, "boto3: "+string(out), err)
	t.Parallel()
	n := newNetworks(t)
	const a, b, public = "a", "b", "p"
	for i, which := range []string{a, b, public} {
		n.connect(which, i+1)
	}
	script, err := filepath.Abs("testdata/encrypt.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf("private-endpoints:\n  - vpc: vpc-a\n    addresses: [\"%s:8443\"]\n  - vpc: vpc-b\n    addresses: [\"%s:8443\"]\n", address(1, 1), address(2, 1))
	if err := os.WriteFile(filepath.Join(dir, "keystead.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startBy(t, append(n.in("s"), program), dir, "--config", "keystead.yaml", "--tls", "auto", "--listen", address(3, 1)+":443")
	// from is a user in a network, who says at which address the service is.
	from := func(which, address string) cli {
		return cli{
			t: t, s: s, argv: append(n.in(which), debianAWS, "--endpoint-url", "https://"+address),
			env: []string{"AWS_CA_BUNDLE=" + filepath.Join(s.dataDir(), "tls", "ca.pem")},
		}
	}
	admin := from(public, address(3, 1))
	create := func(vpc string) (id string) {
		t.Helper()
		return admin.query("VpcEndpoint.VpcEndpointId", "ec2", "create-vpc-endpoint", "--vpc-id", vpc, "--vpc-endpoint-type", "Interface",
			"--service-name", "com.amazonaws.us-east-1.kms")
	}
	first, second := create("vpc-a"), create("vpc-b")
	inA, inB := from(a, address(1, 1)+":8443"), from(b, address(2, 1)+":8443")
	demand := func(condition string) (key string) {
		t.Helper()
		policy := `{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Principal":{"AWS":"` + root + `"},"Action":"kms:*","Resource":"*"},` +
			`{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":` + condition + `}]}`
		return admin.query("KeyMetadata.Arn", "kms", "create-key", "--policy", policy)
	}
	// encrypt runs a program in a network that encrypts under each key.
	encrypt := func(c cli, address string, keys map[string]string) map[string]string {
		t.Helper()
		argv := slices.Concat(c.argv[:len(c.argv)-3], []string{debianPython, script, "https://" + address})
		for name, key := range keys {
			argv = append(argv, name+"="+key)
		}
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir, cmd.Env = s.dir, s.env(c.env...)
		out, err := cmd.CombinedOutput()
		var outcomes map[string]string
		if err != nil || json.Unmarshal(out, &outcomes) != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return outcomes
	}
	tests := map[string]struct {
		condition    string
		a, b, public bool
	}{
		"aws:SourceVpce":  {`{"StringNotEquals":{"aws:SourceVpce":"` + first + `"}}`, true, false, false},
		"aws:SourceVpc":   {`{"StringNotEquals":{"aws:SourceVpc":"vpc-b"}}`, false, true, false},
		"aws:VpcSourceIp": {`{"NotIpAddress":{"aws:VpcSourceIp":"` + address(1, 0) + `/24"}}`, true, false, false},
		"aws:SourceIp":    {`{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, false, false, true},
	}
	keys := map[string]string{}
	for name, tt := range tests {
		keys[name] = demand(tt.condition)
	}
	fromA, fromB, fromPublic := encrypt(inA, address(1, 1)+":8443", keys), encrypt(inB, address(2, 1)+":8443", keys), encrypt(admin, address(3, 1), keys)
	for name, tt := range tests {
		for where, got := range map[string]struct {
			outcome string
			allowed bool
		}{"endpoint a": {fromA[name], tt.a}, "endpoint b": {fromB[name], tt.b}, "the public listener": {fromPublic[name], tt.public}} {
			want := "ok"
			if !got.allowed {
				want = "AccessDeniedException: User: " + root + " is not authorized to perform: kms:Encrypt on resource: " + keys[name] +
					" with an explicit deny in a resource-based policy"
			}
			if got.outcome != want {
				t.Errorf("%s, through %s:\n got %s\nwant %s", name, where, got.outcome, want)
			}
		}
	}
	// A network reaches no endpoint but its own.
	if _, errs, status := from(a, address(2, 1)+":8443").run("kms", "list-keys", "--cli-connect-timeout", "2"); status != statusClient {
		t.Errorf("network a reaches the endpoint of network b: exit status %d, %s", status, errs)
	}
	admin.text("ec2", "modify-vpc-endpoint", "--vpc-endpoint-id", second, "--policy-document",
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}]}`)
	inB.fails("AccessDeniedException", "User: "+root+" is not authorized to perform: kms:ListKeys on resource: * because no VPC endpoint policy allows the kms:ListKeys action", "kms", "list-keys")
	inA.text("kms", "list-keys")
	wantEndpointInRecords(t, s, map[string]string{address(1, 2): first, address(2, 2): second, address(3, 2): ""})
	// Both have the same name for the service, by private DNS.
	host := []string{"sh", "-c", `mkdir -p "$0" && cp /etc/hosts "$0/hosts" && echo "$1 kms.us-east-1.amazonaws.com" >> "$0/hosts" && shift && mount --bind "$0/hosts" /etc/hosts && exec "$@"`}
	named := from(a, "kms.us-east-1.amazonaws.com:8443")
	named.argv = append(append(n.in(a), append(host, filepath.Join(dir, "hosts"), address(1, 1))...), debianAWS, "--endpoint-url", "https://kms.us-east-1.amazonaws.com:8443")
	named.text("kms", "list-keys")
}

// wantEndpointInRecords looks in the journal for the endpoints of calls, by the client's
// address.
func wantEndpointInRecords(t *testing.T, s *node, want map[string]string) {
	t.Helper()
	out, err := exec.Command(program, "journal", "show", "--json", "--data-dir", s.dataDir()).Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		var e struct{ SourceIPAddress, EventSource, VpcEndpointID, VpcEndpointAccountID string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		id, found := want[e.SourceIPAddress]
		if !found || e.EventSource != "kms.amazonaws.com" {
			continue
		}
		seen[e.SourceIPAddress] = true
		if e.VpcEndpointID != id || (e.VpcEndpointAccountID == "000000000000") != (id != "") {
			t.Errorf("the record of a call from %s has the endpoint %q of %q, want %q", e.SourceIPAddress, e.VpcEndpointID, e.VpcEndpointAccountID, id)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("there are records of calls from %v only", seen)
	}
}
