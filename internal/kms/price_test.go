package kms

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// TestMonthlyPrice has the rules of AWS's price list as a table.
//
// Source: https://aws.amazon.com/kms/pricing/
func TestMonthlyPrice(t *testing.T) {
	rotated := func(n int) (m []keyMaterial) {
		m = append(m, keyMaterial{State: types.KeyMaterialStateNonCurrent})
		for i := range n {
			m = append(m, keyMaterial{State: types.KeyMaterialStateNonCurrent, Rotated: time.Unix(int64(i)+1, 0)})
		}
		return m
	}
	primary := &multiRegion{Primary: "us-east-1", Replicas: []string{"eu-west-1"}}
	for name, c := range map[string]struct {
		key  key
		want int
	}{
		"symmetric":                   {key{Spec: types.KeySpecSymmetricDefault, Origin: types.OriginTypeAwsKms}, 1},
		"asymmetric":                  {key{Spec: types.KeySpecRsa4096, Origin: types.OriginTypeAwsKms}, 1},
		"HMAC":                        {key{Spec: types.KeySpecHmac512, Origin: types.OriginTypeAwsKms}, 1},
		"disabled":                    {key{State: types.KeyStateDisabled}, 1},
		"waits for its material":      {key{State: types.KeyStatePendingImport, Origin: types.OriginTypeExternal}, 1},
		"imported material":           {key{Origin: types.OriginTypeExternal, Materials: rotated(0)}, 1},
		"in a custom key store":       {key{Origin: types.OriginTypeAwsCloudhsm}, 1},
		"in an external key store":    {key{Origin: types.OriginTypeExternalKeyStore, State: types.KeyStateUnavailable}, 1},
		"multi-Region primary":        {key{MultiRegion: primary}, 1},
		"never rotated":               {key{Materials: rotated(0)}, 1},
		"rotated once":                {key{Materials: rotated(1)}, 2},
		"rotated twice":               {key{Materials: rotated(2)}, 3},
		"rotated three times":         {key{Materials: rotated(3)}, 3},
		"rotated a hundred times":     {key{Materials: rotated(100)}, 3},
		"replica of a rotated key":    {key{MultiRegion: &multiRegion{Primary: "eu-west-1"}, Materials: rotated(2)}, 3},
		"imported, rotated on demand": {key{Origin: types.OriginTypeExternal, Materials: rotated(1)}, 2},
		"AWS managed":                 {key{Manager: types.KeyManagerTypeAws}, 0},
		"AWS managed, rotated":        {key{Manager: types.KeyManagerTypeAws, Materials: rotated(5)}, 0},
		"pending deletion":            {key{State: types.KeyStatePendingDeletion}, 0},
		"pending deletion, rotated":   {key{State: types.KeyStatePendingDeletion, Materials: rotated(2)}, 0},
		"pending replica deletion":    {key{State: types.KeyStatePendingReplicaDeletion, MultiRegion: primary}, 0},
	} {
		if got := c.key.monthlyPrice(); got != c.want {
			t.Errorf("%s: %d USD, want %d", name, got, c.want)
		}
	}
}
