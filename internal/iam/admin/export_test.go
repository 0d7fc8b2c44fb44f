package admin

import "github.com/keystead/keystead/internal/marker"

// Cut takes pages of a size out of a list of names until there are no more.
func Cut(list []string, size int) (pages [][]string) {
	p := page{limit: size}
	for {
		shown, next := cut(p, list, func(s string) string { return s })
		pages = append(pages, shown)
		if next == nil {
			return pages
		}
		m, _ := marker.Parse(*next)
		p.after = m.After
	}
}

// Scan is how many names a call of scan returns of n, none of which are kept but every
// keep-th, and how many it looks at.
func Scan(n, keep, size int) (shown, examined int, more bool) {
	list, next, _ := scan(page{limit: size}, func(i int) bool { examined++; return i%keep == 0 }, func(i int) string { return string(rune('A' + i)) },
		func(after string, limit int) (batch []int, err error) {
			from := 0
			if after != "" {
				from = int([]rune(after)[0]-'A') + 1
			}
			for i := from; i < n && len(batch) < limit; i++ {
				batch = append(batch, i)
			}
			return batch, nil
		})
	return len(list), examined, next != nil
}

// Encoded is a document as answers have it.
func Encoded(document string) string { return *encoded(document) }

// NamesOf reads an ARN as one of a managed policy and as one of an identity provider, and
// returns the account and name of each; "" where it is none.
func NamesOf(arn string) (policyAccount, policy, providerAccount, provider string) {
	if n, err := parsePolicyARN(arn); err == nil {
		policyAccount, policy = n.account, n.name
	}
	providerAccount, provider, _ = providerName(arn)
	return policyAccount, policy, providerAccount, provider
}

// ProviderURL says whether an identity provider can have the URL.
func ProviderURL(text string) bool { return checkProviderURL(text) == nil }
