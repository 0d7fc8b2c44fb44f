package oidctest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
)

// Grant is what stands behind an authorization code: somebody has proved who he is.
type Grant struct {
	ClientID, Secret string // of the client that may take it; without a secret none is asked for
	RedirectURI      string
	CodeVerifier     string // of PKCE
	Claims           map[string]any
}

// Code makes an authorization code, which is good once.
func (i *Issuer) Code(g Grant) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.grants == nil {
		i.grants = map[string]Grant{}
	}
	code := rand.Text()
	i.grants[code] = g
	return code
}

// serveToken is the token endpoint.
func (i *Issuer) serveToken(w http.ResponseWriter, r *http.Request) {
	code := r.PostFormValue("code")
	i.mu.Lock()
	g, ok := i.grants[code]
	delete(i.grants, code)
	i.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id = r.PostFormValue("client_id")
	} else {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	}
	if !ok || r.Method != http.MethodPost || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != g.RedirectURI ||
		challenge(r.PostFormValue("code_verifier")) != challenge(g.CodeVerifier) || id != g.ClientID || secret != g.Secret {
		w.WriteHeader(http.StatusBadRequest)
		i.write(w, map[string]string{"error": "invalid_grant"})
		return
	}
	i.write(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "id_token": i.Sign(g.Claims)})
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
