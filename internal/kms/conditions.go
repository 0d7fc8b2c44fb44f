package kms

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// conditionKeys are the condition keys that follow from the key in question, or from what
// several operations ask, by their names in lower case. What only one operation knows
// stands in ask.further. kms:CallerAccount and kms:ViaService are the caller's, and package
// iam has them.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
var conditionKeys = map[string]func(*ask) (policy.Value, bool){
	"kms:customermasterkeyspec":  ofKey(func(k *key) string { return string(k.Spec) }),
	"kms:customermasterkeyusage": ofKey(func(k *key) string { return string(k.Usage) }),
	"kms:keyorigin":              ofKey(func(k *key) string { return string(k.Origin) }),
	"kms:keyspec":                ofKey(func(k *key) string { return string(k.Spec) }),
	"kms:keyusage":               ofKey(func(k *key) string { return string(k.Usage) }),
	"kms:multiregion":            ofKey(func(k *key) string { return strconv.FormatBool(k.MultiRegion != nil) }),
	"kms:multiregionkeytype":     (*ask).multiRegionKeyType,
	"kms:resourcealiases":        (*ask).resourceAliases,

	"aws:tagkeys":               (*ask).requestTagKeys,
	"kms:encryptionalgorithm":   (*ask).encryptionAlgorithm,
	"kms:encryptioncontextkeys": (*ask).encryptionContextKeys,
	"kms:reencryptonsamekey":    (*ask).reEncryptOnSameKey,
	"kms:requestalias":          (*ask).requestAlias,

	"kms:recipientattestation:imagesha384": (*ask).imageDigest,

	"kms:trailingdayswithoutkeyusage": (*ask).trailingDaysWithoutKeyUsage,
}

// conditionFamilies are the condition keys whose names end in a key that somebody chose.
var conditionFamilies = [...]struct {
	prefix string
	find   func(a *ask, rest string) (policy.Value, bool)
}{
	{"kms:encryptioncontext:", (*ask).encryptionContext},
	{resourceTag, (*ask).resourceTag},
	{"aws:requesttag/", (*ask).requestTag},
	{"kms:recipientattestation:pcr", (*ask).enclavePCR},
	{"kms:recipientattestation:nitrotpmpcr", (*ask).nitroTPMPCR},
}

const resourceTag = "aws:resourcetag/"

// absent is what a condition key has that the request does not.
func absent() (policy.Value, bool) { return policy.Value{}, false }

// ofKey makes a condition key of a property of the key in question.
func ofKey(property func(*key) string) func(*ask) (policy.Value, bool) {
	return func(a *ask) (policy.Value, bool) {
		if a.key == nil {
			return absent()
		}
		return policy.Single(property(a.key)), true
	}
}

func (a *ask) multiRegionKeyType() (policy.Value, bool) {
	if a.key == nil || a.key.MultiRegion == nil {
		return absent()
	}
	return policy.Single(string(a.key.multiRegionType())), true
}

// resourceAliases are the aliases of the key in question, whatever name the caller used.
// A key with more than fifty denies whoever must meet a condition on them.
func (a *ask) resourceAliases() (policy.Value, bool) {
	if a.key == nil {
		return absent()
	}
	var names []string
	var err error
	if a.tx != nil { // which must not wait for another read
		names, err = readAliases(a.tx, a.key)
	} else {
		names, err = a.service.aliasLists.of(a.ctx, a.key)
	}
	switch {
	case err != nil:
		return a.fail(err)
	case len(names) > aliasesPerKey:
		return a.fail(errUndecided("kms:ResourceAliases", "The key has too many aliases"))
	}
	return policy.Multi(names), true
}

func (a *ask) resourceTag(name string) (policy.Value, bool) {
	if a.key == nil {
		return absent()
	}
	return single(a, resourceTag+name, name, func(yield func(string, string) bool) {
		for _, t := range a.key.Tags {
			if !yield(t.Key, t.Value) {
				return
			}
		}
	})
}

func (a *ask) requestTag(name string) (policy.Value, bool) {
	return single(a, "aws:RequestTag/"+name, name, func(yield func(string, string) bool) {
		for _, t := range a.newTags {
			if !yield(*t.TagKey, *t.TagValue) {
				return
			}
		}
	})
}

func (a *ask) requestTagKeys() (policy.Value, bool) {
	if a.tagKeys != nil {
		return policy.Multi(a.tagKeys), true
	}
	keys := make([]string, len(a.newTags))
	for i, t := range a.newTags {
		keys[i] = *t.TagKey
	}
	return policy.Multi(keys), len(keys) > 0
}

func (a *ask) encryptionAlgorithm() (policy.Value, bool) {
	return policy.Single(a.algorithm), a.algorithm != ""
}

func (a *ask) encryptionContext(name string) (policy.Value, bool) {
	return single(a, "kms:EncryptionContext:"+name, name, maps.All(a.context))
}

func (a *ask) encryptionContextKeys() (policy.Value, bool) {
	return policy.Multi(slices.Sorted(maps.Keys(a.context))), len(a.context) > 0
}

// requestAlias is the alias by which the caller named the key, without what stands before
// it in an ARN.
func (a *ask) requestAlias() (policy.Value, bool) {
	name := a.name
	if arn, ok := iam.ParseARN(name); ok {
		name = arn.Resource
	}
	return policy.Single(name), a.op.takes == andAliases && strings.HasPrefix(name, aliasPrefix)
}

// reEncryptOnSameKey finds out whether source and destination are one key.
func (a *ask) reEncryptOnSameKey() (policy.Value, bool) {
	if a.otherKey == "" || a.key == nil {
		return absent()
	}
	arn, err := a.service.namedARN(a.ctx, a.caller, a.otherKey)
	if err != nil {
		return a.fail(err)
	}
	return policy.Single(strconv.FormatBool(arn == a.key.arn)), true
}

// single finds the one value whose key is name regardless of case. Where keys differ in
// nothing but case, each choice among their values could be the wrong one, so that nothing
// is decided.
func single(a *ask, condition, name string, pairs iter.Seq2[string, string]) (policy.Value, bool) {
	var value string
	found := 0
	for k, v := range pairs {
		if strings.EqualFold(k, name) {
			value = v
			found++
		}
	}
	if found > 1 {
		return a.fail(errUndecided(condition, "Several keys differ in nothing but case"))
	}
	return policy.Single(value), found == 1
}
