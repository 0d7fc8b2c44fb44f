package clients

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/oidc/oidctest"
)

// workload is what the programs of these tests run with: an identity provider that gave them
// a token, a user who may assume a role, and a key that only the roles may use.
type workload struct {
	*node
	key    string
	issuer *oidctest.Issuer
}

const (
	podSubject = "system:serviceaccount:default:app"
	podRole    = "arn:aws:iam::000000000000:role/pod"
	deployRole = "arn:aws:iam::000000000000:role/deploy"
)

// newWorkload sets up the server as its operator would, with the SDK.
func newWorkload(t *testing.T) *workload {
	t.Helper()
	w := &workload{node: start(t), issuer: oidctest.New(t)}
	ctx := t.Context()
	cfg := load(t, w.node)
	c := iam.NewFromConfig(cfg)
	w.key = newGoKey(t, kms.NewFromConfig(cfg))
	did := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	did(c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
		Url: &w.issuer.URL, ClientIDList: []string{"sts.amazonaws.com"}, ThumbprintList: []string{w.issuer.Thumbprint},
	}))
	did(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ci")}))
	w.newRole(ctx, c, "pod", fmt.Sprintf(`{"Federated":"arn:aws:iam::000000000000:oidc-provider/%s"}`, w.issuer.Name), "sts:AssumeRoleWithWebIdentity",
		fmt.Sprintf(`{"StringEquals":{"%[1]s:sub":%[2]q,"%[1]s:aud":"sts.amazonaws.com"}}`, w.issuer.Name, podSubject))
	w.newRole(ctx, c, "deploy", `{"AWS":"arn:aws:iam::000000000000:user/ci"}`, "sts:AssumeRole", `{"StringEquals":{"sts:ExternalId":"k8s"}}`)
	key, err := c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("ci")})
	did(key, err)
	w.write("token", []byte(w.issuer.Sign(w.issuer.Claims(podSubject))))
	w.write("config", fmt.Appendf(nil, "[profile deploy]\nrole_arn = %s\nsource_profile = ci\nexternal_id = k8s\nrole_session_name = release\n", deployRole))
	w.write("credentials", fmt.Appendf(nil, "[ci]\naws_access_key_id = %s\naws_secret_access_key = %s\n", *key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey))
	return w
}

// newRole makes a role that may encrypt and decrypt.
func (w *workload) newRole(ctx context.Context, c *iam.Client, name, principal, action, condition string) {
	w.t.Helper()
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":%q,"Condition":%s}]}`, principal, action, condition)
	if _, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}); err != nil {
		w.t.Fatal(err)
	}
	const use = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*"}]}`
	if _, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("use"), PolicyDocument: aws.String(use)}); err != nil {
		w.t.Fatal(err)
	}
}

// environment is the server's, with one address more: the credential chain of the SDK for Go
// does not know AWS_ENDPOINT_URL yet when it makes its client of STS.
func (w *workload) environment(extra ...string) []string {
	return w.env(append([]string{"AWS_ENDPOINT_URL_STS=" + w.URL}, extra...)...)
}

// pod is the environment of a program with a token in a file and no secret, as Kubernetes
// gives it to a pod.
func (w *workload) pod(extra ...string) []string {
	return w.environment(append([]string{
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_CONFIG_FILE=/dev/null", "AWS_ROLE_ARN=" + podRole, "AWS_ROLE_SESSION_NAME=app-1",
		"AWS_WEB_IDENTITY_TOKEN_FILE=" + filepath.Join(w.dir, "token"), "KEY_ID=" + w.key,
		"WANT_ARN=arn:aws:sts::000000000000:assumed-role/pod/app-1",
	}, extra...)...)
}

// deploy is the environment of a program whose profile names a role.
func (w *workload) deploy(extra ...string) []string {
	return w.environment(append([]string{
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(w.dir, "credentials"), "AWS_CONFIG_FILE=" + filepath.Join(w.dir, "config"), "AWS_PROFILE=deploy",
		"KEY_ID=" + w.key, "WANT_ARN=arn:aws:sts::000000000000:assumed-role/deploy/release",
	}, extra...)...)
}

// TestRolesGo: a Go program gets a role's credentials by itself, and uses a key.
func TestRolesGo(t *testing.T) {
	w := newWorkload(t)
	for name, env := range map[string][]string{"pod": w.pod(), "deploy": w.deploy()} {
		t.Run(name, func(t *testing.T) {
			want := ""
			for _, v := range env {
				name, value, _ := strings.Cut(v, "=")
				if name == "WANT_ARN" {
					want = value
				}
				if strings.HasPrefix(name, "AWS_") {
					t.Setenv(name, value)
				}
			}
			cfg, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			who, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			if err != nil {
				t.Fatal(err)
			}
			if *who.Arn != want {
				t.Errorf("the program is %s, want %s", *who.Arn, want)
			}
			c := kms.NewFromConfig(cfg)
			sealed, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &w.key, Plaintext: []byte("hello")})
			if err != nil {
				t.Fatal(err)
			}
			opened, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
			if err != nil || !bytes.Equal(opened.Plaintext, []byte("hello")) {
				t.Errorf("Decrypt: %v", err)
			}
			if _, err := c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &w.key}); err == nil || !strings.Contains(err.Error(), "AccessDeniedException: User: "+want) {
				t.Errorf("DisableKey: %v", err)
			}
		})
	}
}

// TestRolesBoto3 runs testdata/boto3_roles_test.py.
func TestRolesBoto3(t *testing.T) {
	needFile(t, debianPython)
	out, err := exec.Command(debianPython, "-c", "import boto3").CombinedOutput()
	need(t, "boto3: "+string(out), err)
	script, err := filepath.Abs("testdata/boto3_roles_test.py")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkload(t)
	for name, env := range map[string][]string{"pod": w.pod(), "deploy": w.deploy()} {
		cmd := exec.Command(debianPython, "-W", "ignore::ResourceWarning", script, "--verbose")
		cmd.Dir, cmd.Env = w.dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestRolesJavaScript runs javascript/roles.test.js.
func TestRolesJavaScript(t *testing.T) {
	dir, node := javascript(t)
	w := newWorkload(t)
	path := "PATH=" + filepath.Dir(node) + ":/usr/bin:/bin"
	for name, env := range map[string][]string{"pod": w.pod(path), "deploy": w.deploy(path)} {
		cmd := exec.Command(node, "--test", "roles.test.js")
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// authorizationMessage is the header of a denial, as the AWS CLI's --debug shows it.
var authorizationMessage = regexp.MustCompile(`(?i)'x-keystead-authorization-message': '([^']+)'`)

// encodedMessage is the message at the end of a denial by EC2.
var encodedMessage = regexp.MustCompile(`Encoded authorization failure message: (\S+)`)

// cliRoles assumes roles at a shell, and looks into a denial.
func cliRoles(t *testing.T, c cli) {
	issuer := oidctest.New(t)
	provider := c.query("OpenIDConnectProviderArn", "iam", "create-open-id-connect-provider", "--url", issuer.URL,
		"--client-id-list", "sts.amazonaws.com", "--thumbprint-list", issuer.Thumbprint)
	trust := func(principal, action string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:` + action + `"}]}`
	}
	pod := c.query("Role.Arn", "iam", "create-role", "--role-name", "cli-pod", "--assume-role-policy-document", trust(`{"Federated":"`+provider+`"}`, "AssumeRoleWithWebIdentity"))
	next := c.query("Role.Arn", "iam", "create-role", "--role-name", "cli-next", "--assume-role-policy-document", trust(`{"AWS":"`+pod+`"}`, "AssumeRole"))

	anonymous := c
	anonymous.env = []string{"AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_CONFIG_FILE=/dev/null"}
	got := anonymous.answer("sts", "assume-role-with-web-identity", "--role-arn", pod, "--role-session-name", "shell", "--web-identity-token", issuer.Sign(issuer.Claims(podSubject)))
	if got["Provider"] != provider || got["Audience"] != "sts.amazonaws.com" || got["SubjectFromWebIdentityToken"] != podSubject {
		t.Errorf("assume-role-with-web-identity prints %v", got)
	}
	as := func(answer map[string]any) cli {
		made := answer["Credentials"].(map[string]any)
		session := c
		session.env = []string{
			"AWS_ACCESS_KEY_ID=" + made["AccessKeyId"].(string), "AWS_SECRET_ACCESS_KEY=" + made["SecretAccessKey"].(string),
			"AWS_SESSION_TOKEN=" + made["SessionToken"].(string),
		}
		return session
	}
	first := as(got)
	second := as(first.answer("sts", "assume-role", "--role-arn", next, "--role-session-name", "chained", "--duration-seconds", "900"))
	if who := second.query("Arn", "sts", "get-caller-identity"); who != "arn:aws:sts::000000000000:assumed-role/cli-next/chained" {
		t.Errorf("the caller at the end of the chain is %s", who)
	}
	if account := c.query("Account", "sts", "get-access-key-info", "--access-key-id", second.env[0][len("AWS_ACCESS_KEY_ID="):]); account != "000000000000" {
		t.Errorf("get-access-key-info prints %s", account)
	}
	decoded := func(what, printed string, where *regexp.Regexp, wants ...string) {
		t.Helper()
		m := where.FindStringSubmatch(printed)
		if m == nil {
			t.Fatalf("the denial of %s comes without a message:\n%s", what, printed)
		}
		message := c.query("DecodedMessage", "sts", "decode-authorization-message", "--encoded-message", m[1])
		for _, want := range append(wants, `"allowed":false`, `"arn":"arn:aws:sts::000000000000:assumed-role/cli-next/chained"`, `"explanation":"`) {
			if !strings.Contains(message, want) {
				t.Errorf("the message of %s lacks %s: %s", what, want, message)
			}
		}
	}
	_, debug, _ := second.run("kms", "list-keys", "--debug")
	decoded("list-keys", debug, authorizationMessage, `"action":"kms:ListKeys"`)
	_, errs, status := second.run("ec2", "delete-vpc-endpoints", "--vpc-endpoint-ids", "vpce-0123456789abcdef0")
	if status != statusService || !strings.Contains(errs, "(UnauthorizedOperation)") {
		t.Errorf("delete-vpc-endpoints without leave: exit status %d, %s", status, errs)
	}
	decoded("delete-vpc-endpoints", errs, encodedMessage, `"action":"ec2:DeleteVpcEndpoints"`, `"resource":"arn:aws:ec2:us-east-1:000000000000:vpc-endpoint/vpce-0123456789abcdef0"`)
}
