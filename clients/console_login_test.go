package clients

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/oidc/oidctest"
)

// loginClient and loginRole are what the console is at the provider, and what people get.
const loginClient, loginRole = "console-of-the-test", "ConsolePeople"

// loginProvider is an OpenID Connect provider with a sign-in page, for the authorization code flow
// with PKCE. Anybody may sign in, with a name alone.
type loginProvider struct {
	t      *testing.T
	issuer *oidctest.Issuer

	mu    sync.Mutex
	codes map[string]url.Values // the request that each code is for
}

func newLoginProvider(t *testing.T) *loginProvider {
	p := &loginProvider{t: t, issuer: oidctest.New(t), codes: map[string]url.Values{}}
	serve := p.serve
	p.issuer.Answer.Store(&serve)
	return p
}

// config is the part of the server's configuration that names the provider.
func (p *loginProvider) config(dir string) string {
	ca := filepath.Join(dir, "login-ca.pem")
	if err := os.WriteFile(ca, p.issuer.PEM(), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("console:\n  oidc:\n    - name: company\n      label: Company login\n      issuer: %s\n      client-id: %s\n      role-arn: arn:aws:iam::000000000000:role/%s\n      ca-file: %s\n",
		p.issuer.URL, loginClient, loginRole, ca)
}

var loginPage = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><title>Company login</title>
<h1>Company login</h1><form method="post"><label>E-mail <input name="email"></label> <button>Continue</button> <button name="deny" value="1">Refuse</button></form>`))

// serve answers what a plain issuer does not.
func (p *loginProvider) serve(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/id/EXAMPLE/.well-known/openid-configuration":
		p.json(w, http.StatusOK, map[string]any{
			"issuer": p.issuer.URL, "jwks_uri": p.issuer.URL + "/keys", "authorization_endpoint": p.issuer.URL + "/authorize",
			"token_endpoint": p.issuer.URL + "/token", "response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"},
		})
	case "/id/EXAMPLE/authorize":
		p.authorize(w, r)
	case "/id/EXAMPLE/token":
		p.token(w, r)
	default:
		return false
	}
	return true
}

// authorize shows the page, and sends who has filled it in back with a code.
func (p *loginProvider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Path != "/console/" || q.Get("client_id") != loginClient || q.Get("response_type") != "code" ||
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "not a request for a code with PKCE, state and nonce: "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	if r.Method != http.MethodPost {
		_ = loginPage.Execute(w, nil) // the browser may have gone
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	if r.FormValue("deny") != "" {
		answer.Set("error", "access_denied")
	} else {
		code := rand.Text()
		q.Set("email", r.FormValue("email"))
		p.mu.Lock()
		p.codes[code] = q
		p.mu.Unlock()
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

// token gives a token for a code, once, to who knows the verifier.
func (p *loginProvider) token(w http.ResponseWriter, r *http.Request) {
	code := r.FormValue("code")
	p.mu.Lock()
	q, found := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !found || r.FormValue("redirect_uri") != q.Get("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		p.json(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := p.issuer.Claims(q.Get("email"))
	claims["aud"], claims["email"], claims["nonce"] = loginClient, q.Get("email"), q.Get("nonce")
	p.json(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 3600, "id_token": p.issuer.Sign(claims)})
}

func (p *loginProvider) json(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the server may have gone
}
