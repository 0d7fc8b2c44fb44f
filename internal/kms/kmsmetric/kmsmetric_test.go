package kmsmetric_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/kms/kmstest"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// sum is the sum of a metric's samples of the last ten minutes, by the server's clock.
func sum(t *testing.T, srv *keysteadtest.Server, now time.Time, namespace, name string, dimensions ...string) float64 {
	t.Helper()
	in := &cloudwatch.GetMetricStatisticsInput{
		Namespace: &namespace, MetricName: &name, StartTime: aws.Time(now.Add(-10 * time.Minute)), EndTime: aws.Time(now.Add(2 * time.Minute)), Period: aws.Int32(60),
		Statistics: []types.Statistic{types.StatisticSum},
	}
	for i := 0; i < len(dimensions); i += 2 {
		in.Dimensions = append(in.Dimensions, types.Dimension{Name: &dimensions[i], Value: &dimensions[i+1]})
	}
	out, err := cloudwatch.NewFromConfig(srv.Config()).GetMetricStatistics(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, p := range out.Datapoints {
		total += *p.Sum
	}
	return total
}

func TestCalls(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)))
		keys, ctx := srv.KMS(), t.Context()
		var arns []string
		for range 2 {
			out, err := keys.CreateKey(ctx, &kms.CreateKeyInput{})
			if err != nil {
				t.Fatal(err)
			}
			arns = append(arns, *out.KeyMetadata.Arn)
		}
		var blob []byte
		for range 3 {
			out, err := keys.Encrypt(ctx, &kms.EncryptInput{KeyId: &arns[0], Plaintext: []byte("x")})
			if err != nil {
				t.Fatal(err)
			}
			blob = out.CiphertextBlob
		}
		if _, err := keys.ReEncrypt(ctx, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &arns[1]}); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Encrypt(ctx, &kms.EncryptInput{KeyId: &arns[0], Plaintext: []byte("x"), DryRun: aws.Bool(true)}); err == nil {
			t.Fatal("a dry run succeeds")
		}
		srv.Advance(time.Minute)
		now := time.Now().Add(time.Minute)
		for _, test := range []struct {
			want            float64
			namespace, name string
			dimensions      []string
		}{
			{3, "AWS/KMS", "SuccessfulRequest", []string{"KeyArn", arns[0], "Operation", "Encrypt"}},
			{1, "AWS/KMS", "SuccessfulRequest", []string{"SourceKeyArn", arns[0], "DestinationKeyArn", arns[1], "Operation", "ReEncrypt"}},
			{0, "AWS/KMS", "SuccessfulRequest", []string{"KeyArn", arns[1], "Operation", "Encrypt"}},
			{4, "AWS/Usage", "CallCount", []string{"Type", "API", "Resource", "Encrypt", "Service", "KMS", "Class", "None"}},
			{2, "AWS/Usage", "CallCount", []string{"Type", "API", "Resource", "CreateKey", "Service", "KMS", "Class", "None"}},
		} {
			if got := sum(t, srv, now, test.namespace, test.name, test.dimensions...); got != test.want {
				t.Errorf("%s %v: %v, want %v", test.name, test.dimensions, got, test.want)
			}
		}
	})
}

func TestExpirations(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	id := kmstest.ImportExpiring(t, srv.KMS(), 48*time.Hour)
	srv.Advance(time.Minute)
	out, err := cloudwatch.NewFromConfig(srv.Config()).GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/KMS"), MetricName: aws.String("SecondsUntilKeyMaterialExpiration"), Period: aws.Int32(60), Statistics: []types.Statistic{types.StatisticMinimum},
		StartTime: aws.Time(time.Now().Add(-time.Hour)), EndTime: aws.Time(time.Now().Add(time.Hour)), Dimensions: []types.Dimension{{Name: aws.String("KeyId"), Value: &id}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(out.Datapoints, func(p types.Datapoint) bool {
		return p.Unit == types.StandardUnitSeconds && *p.Minimum > 47*3600 && *p.Minimum < 48*3600
	}) {
		t.Errorf("got %+v", out.Datapoints)
	}
}
