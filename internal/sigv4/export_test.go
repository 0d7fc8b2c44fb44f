package sigv4

// MaxSigningKeys is for the tests of the bound.
const MaxSigningKeys = maxSigningKeys

// Remembered lists the scopes of the signing keys that the credential keeps.
func (c *Credential) Remembered() (scopes []string) {
	if keys := c.keys.Load(); keys != nil {
		for _, k := range *keys {
			scopes = append(scopes, k.date+"/"+k.region+"/"+k.service)
		}
	}
	return scopes
}
