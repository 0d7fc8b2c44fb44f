package preset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// XKSOptions say what watches over an external key store.
type XKSOptions struct {
	Store          string // its id or its name
	Email          string // who gets the notifications; "" if the topic has its recipients
	Topic          string // the name of the topic; "" is the one of Install
	CredentialDays int    // after how many days the proxy's credential should be a new one; 0 sets no alarm
	DryRun         bool   // only say what would be done
}

// InstallXKS sets up the alarms that AWS recommends for an external key store. It says on out
// what it did.
func InstallXKS(ctx context.Context, cfg aws.Config, o XKSOptions, out io.Writer) error {
	s, err := begin(ctx, cfg, Options{Email: o.Email, Topic: o.Topic, DryRun: o.DryRun}, out)
	if err != nil {
		return err
	}
	store, err := externalStore(ctx, kms.NewFromConfig(cfg), o.Store)
	if err != nil {
		return err
	}
	topic, err := s.topic(ctx)
	if err != nil {
		return err
	}
	for _, c := range xksControls(*store.CustomKeyStoreId, *store.CustomKeyStoreName, o.CredentialDays) {
		if err := s.alarm(ctx, c, topic); err != nil {
			return err
		}
	}
	return nil
}

// externalStore finds an external key store by its id or its name.
func externalStore(ctx context.Context, keys *kms.Client, idOrName string) (*kmstypes.CustomKeyStoresListEntry, error) {
	byID, byName := &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &idOrName}, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: &idOrName}
	questions := []*kms.DescribeCustomKeyStoresInput{byName}
	if strings.HasPrefix(idOrName, "cks-") { // which a name may begin with as well
		questions = []*kms.DescribeCustomKeyStoresInput{byID, byName}
	}
	for _, in := range questions {
		got, err := keys.DescribeCustomKeyStores(ctx, in)
		if _, missing := errors.AsType[*kmstypes.CustomKeyStoreNotFoundException](err); missing {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for key store %s: %w", idOrName, err)
		}
		for _, store := range got.CustomKeyStores {
			if store.CustomKeyStoreType != kmstypes.CustomKeyStoreTypeExternalKeyStore {
				return nil, fmt.Errorf("key store %s is of type %s; these alarms are about external key stores", idOrName, store.CustomKeyStoreType)
			}
			return &store, nil
		}
	}
	return nil, fmt.Errorf("there is no key store %s in this account and Region", idOrName)
}

// xksControls are the recommended alarms of one store, with AWS's thresholds where it has any.
// Those on errors count over all operations and exceptions; the one on latency looks at each
// operation by itself.
//
// Sources: https://docs.aws.amazon.com/kms/latest/developerguide/xks-alarms.html;
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html
func xksControls(id, store string, credentialDays int) []control {
	const above, below = types.ComparisonOperatorGreaterThanThreshold, types.ComparisonOperatorLessThanThreshold
	about := func(name, description string, expression string, period int32, comparison types.ComparisonOperator, threshold float64) control {
		return control{
			name: "XKS-" + id + "-" + name, description: fmt.Sprintf("External key store %s: %s", store, description),
			expression: expression, period: period, comparison: comparison, threshold: threshold,
		}
	}
	search := func(function, dimensions, metric, filter, statistic string, period int32) string {
		return fmt.Sprintf(`%s(SEARCH('{AWS/KMS,%s} MetricName="%s" CustomKeyStoreId="%s"%s', '%s', %d))`, function, dimensions, metric, id, filter, statistic, period)
	}
	errorsOf := func(kind string) string {
		return search("SUM", "CustomKeyStoreId,ErrorType,ExceptionName,KeySpec,KmsOperation,XksOperation", "XksProxyErrors", ` ErrorType="`+kind+`"`, "Sum", 60)
	}
	managers := func(state string) string {
		return search("MAX", "CustomKeyStoreId,XksExternalKeyManagerState", "XksExternalKeyManagerStates", ` XksExternalKeyManagerState="`+state+`"`, "Maximum", 60)
	}
	all := []control{
		about("CertificateExpires", "the certificate of the proxy expires in less than 10 days.",
			search("MIN", "CertificateName,CustomKeyStoreId", "XksProxyCertificateDaysToExpire", "", "Minimum", 300), 300, below, 10),
		about("Latency", "the proxy needs more than 200 ms on average; after 250 ms KMS gives up.",
			search("MAX", "CustomKeyStoreId,KeySpec,KmsOperation,XksOperation", "XksProxyLatency", "", "Average", 300), 300, above, 200),
		about("RetryableErrors", "more than 5 calls of the proxy have failed in a minute, as they do when it, the key manager or the network is down.", errorsOf("Retryable"), 60, above, 5),
		about("NonRetryableErrors", "the proxy has refused more than 5 calls in a minute, as it does when a credential, a path or a key is not right.", errorsOf("Non-retryable"), 60, above, 5),
		about("KeyManagersUnavailable", "an instance of the external key manager can't serve.", managers("Unavailable"), 60, above, 0),
		about("KeyManagersDegraded", "an instance of the external key manager is unhealthy.", managers("Degraded"), 60, above, 0),
		about("Throttled", "calls were refused because there were more than the key store may have.",
			search("SUM", "CustomKeyStoreId,KeySpec,KmsOperation", "ExternalKeyStoreThrottle", "", "Sum", 60), 60, above, 0),
	}
	if credentialDays > 0 {
		all = append(all, about("CredentialAge", fmt.Sprintf("the credential of the proxy is in use for more than %d days.", credentialDays),
			search("MAX", "CustomKeyStoreId", "XksProxyCredentialAge", "", "Maximum", 300), 300, above, float64(credentialDays)))
	}
	return all
}
