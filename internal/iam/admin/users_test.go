package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/keysteadtest"
)

func TestUsers(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		made, err := a.CreateUser(ctx, &sdkiam.CreateUserInput{
			UserName: new("Bob"), Path: new("/team/a/"), Tags: []types.Tag{{Key: new("Team"), Value: new("a b")}},
		})
		must(t, "CreateUser", err)
		u := made.User
		if *u.Arn != a.userARN("/team/a/Bob") || *u.UserName != "Bob" || *u.Path != "/team/a/" || len(*u.UserId) != 21 || !strings.HasPrefix(*u.UserId, "AIDA") {
			t.Errorf("made %s %s %s %s", *u.Arn, *u.UserName, *u.Path, *u.UserId)
		}
		if since := time.Since(*u.CreateDate); since < 0 || since > time.Minute {
			t.Errorf("made %v ago", since)
		}
		got, err := a.GetUser(ctx, &sdkiam.GetUserInput{UserName: new("Bob")})
		must(t, "GetUser", err)
		if *got.User.UserId != *u.UserId || len(got.User.Tags) != 1 || *got.User.Tags[0].Value != "a b" || got.User.PermissionsBoundary != nil {
			t.Errorf("got %+v", got.User)
		}
		_, err = a.CreateUser(ctx, &sdkiam.CreateUserInput{UserName: new("BOB")})
		wantOutcome(t, "a name that differs in case", err, "EntityAlreadyExists: User with name BOB already exists.")
		wantStatus(t, "a name that differs in case", err, 409)

		self, err := a.GetUser(ctx, &sdkiam.GetUserInput{})
		must(t, "GetUser of the caller", err)
		if *self.User.Arn != "arn:aws:iam::"+srv.Account+":root" || *self.User.UserId != srv.Account {
			t.Errorf("the root user is %+v", self.User)
		}

		_, err = a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: new("Bob")})
		must(t, "DeleteUser", err)
		_, err = a.GetUser(ctx, &sdkiam.GetUserInput{UserName: new("Bob")})
		wantOutcome(t, "a user that is gone", err, "NoSuchEntity: The user with name Bob cannot be found.")
		wantStatus(t, "a user that is gone", err, 404)
	})
}

func TestCreateUserRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a := root(t, srv)
		tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
		for _, tt := range []struct {
			name string
			in   sdkiam.CreateUserInput
			want string
		}{
			{"a space in the name", sdkiam.CreateUserInput{UserName: new("a b")},
				`ValidationError: 1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+`},
			{"a name that is too long", sdkiam.CreateUserInput{UserName: new(strings.Repeat("a", 65))},
				"ValidationError: 1 validation error detected: Value '" + strings.Repeat("a", 65) + "' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"},
			{"a path that ends early", sdkiam.CreateUserInput{UserName: new("a"), Path: new("/a")},
				`ValidationError: 1 validation error detected: Value '/a' at 'path' failed to satisfy constraint: Member must satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
			{"a tag twice", sdkiam.CreateUserInput{UserName: new("a"), Tags: []types.Tag{tag("k", "1"), tag("K", "2")}},
				"InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive."},
			{"a reserved tag", sdkiam.CreateUserInput{UserName: new("a"), Tags: []types.Tag{tag("Aws:k", "1")}},
				"InvalidInput: Caller is an end user and not allowed to mutate system tags"},
			{"a boundary that is none", sdkiam.CreateUserInput{UserName: new("a"), PermissionsBoundary: new("arn:aws:iam::aws:policy/NoSuchPolicy")},
				"NoSuchEntity: Scope ARN: arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable."},
		} {
			_, err := a.CreateUser(t.Context(), &tt.in)
			wantOutcome(t, tt.name, err, tt.want)
		}
		list, err := a.ListUsers(t.Context(), &sdkiam.ListUsersInput{})
		must(t, "ListUsers", err)
		if len(list.Users) != 0 {
			t.Errorf("the refused calls left %d users", len(list.Users))
		}
	})
}

func TestListUsers(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, other, ctx := root(t, srv), newcomer(t, srv, "111122223333"), t.Context()
		other.user("stranger")
		var all, even []string
		for i := range 23 {
			name, path := fmt.Sprintf("User%02d", i), "/odd/"
			if i%2 == 0 {
				path = "/even/x/"
				even = append(even, name)
			}
			all = append(all, name)
			_, err := a.CreateUser(ctx, &sdkiam.CreateUserInput{UserName: &name, Path: &path})
			must(t, "CreateUser", err)
		}
		pages := func(prefix *string, size *int32) []string {
			var names []string
			p := sdkiam.NewListUsersPaginator(a.Client, &sdkiam.ListUsersInput{PathPrefix: prefix, MaxItems: size})
			for p.HasMorePages() {
				out, err := p.NextPage(ctx)
				must(t, "ListUsers", err)
				if size != nil && len(out.Users) > int(*size) || out.IsTruncated != (out.Marker != nil) {
					t.Errorf("a page of %d users, truncated: %v, marker %v", len(out.Users), out.IsTruncated, out.Marker)
				}
				for _, u := range out.Users {
					names = append(names, *u.UserName)
				}
			}
			return names
		}
		for _, tt := range []struct {
			name   string
			prefix *string
			size   *int32
			want   []string
		}{
			{"all at once", nil, nil, all},
			{"one by one", nil, new(int32(1)), all},
			{"in sevens", nil, new(int32(7)), all},
			{"a page that is just full", nil, new(int32(23)), all},
			{"by path", new("/even/"), nil, even},
			{"by path, in threes", new("/even/"), new(int32(3)), even},
			{"by half a path", new("/ev"), new(int32(12)), even},
			{"by a path that none has", new("/none/"), new(int32(2)), nil},
		} {
			if got := pages(tt.prefix, tt.size); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
		_, err := a.ListUsers(ctx, &sdkiam.ListUsersInput{Marker: new("User01")})
		wantOutcome(t, "a marker that nobody made", err, "ValidationError: Invalid Marker.")
	})
}

// TestUpdateUser: what a user has stays with it.
func TestUpdateUser(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob", "eve")
		a.group("ops")
		a.join("bob", "ops")
		a.allow("bob", everything)
		key := a.accessKey("bob")
		before, err := a.GetUser(ctx, &sdkiam.GetUserInput{UserName: new("bob")})
		must(t, "GetUser", err)
		for _, step := range []struct {
			name string
			in   sdkiam.UpdateUserInput
			want string // the path and the name
		}{
			{"a path", sdkiam.UpdateUserInput{UserName: new("bob"), NewPath: new("/a/b/")}, "/a/b/bob"},
			{"a name", sdkiam.UpdateUserInput{UserName: new("bob"), NewUserName: new("rob")}, "/a/b/rob"},
			{"nothing", sdkiam.UpdateUserInput{UserName: new("rob")}, "/a/b/rob"},
			{"the same name in another case", sdkiam.UpdateUserInput{UserName: new("rob"), NewUserName: new("Rob")}, "/a/b/Rob"},
			{"both", sdkiam.UpdateUserInput{UserName: new("rob"), NewUserName: new("bob"), NewPath: new("/")}, "/bob"},
		} {
			_, err := a.UpdateUser(ctx, &step.in)
			must(t, step.name, err)
			if got, want := a.whoAmI(key), a.userARN(step.want); got != want {
				t.Errorf("%s: the access key is %s's, want %s", step.name, got, want)
			}
			self, err := a.as(key).GetUser(ctx, &sdkiam.GetUserInput{}) // by its policy
			must(t, step.name, err)
			if *self.User.UserId != *before.User.UserId || !self.User.CreateDate.Equal(*before.User.CreateDate) {
				t.Errorf("%s: the user is %s", step.name, *self.User.UserId)
			}
			if got := a.groupsOf(*self.User.UserName, 9); !slices.Equal(got, []string{"ops"}) {
				t.Errorf("%s: the groups are %v", step.name, got)
			}
			keys, err := a.ListAccessKeys(ctx, &sdkiam.ListAccessKeysInput{UserName: self.User.UserName})
			must(t, step.name, err)
			if len(keys.AccessKeyMetadata) != 1 || *keys.AccessKeyMetadata[0].UserName != *self.User.UserName {
				t.Errorf("%s: the access keys are %+v", step.name, keys.AccessKeyMetadata)
			}
		}
		_, err = a.UpdateUser(ctx, &sdkiam.UpdateUserInput{UserName: new("bob"), NewUserName: new("EVE")})
		wantOutcome(t, "a name that is taken", err, "EntityAlreadyExists: User with name EVE already exists.")
		if list, _ := a.ListUsers(ctx, &sdkiam.ListUsersInput{}); len(list.Users) != 2 {
			t.Errorf("there are %d users", len(list.Users))
		}
	})
}

// TestDeletedUser: another user of the same name is another user.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func TestDeletedUser(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		a, ctx := root(t, srv), t.Context()
		a.user("bob")
		key := a.accessKey("bob")
		made, err := a.srv.KMS().CreateKey(ctx, &kms.CreateKeyInput{Policy: new(`{"Statement": [
			{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::` + a.account + `:root"}, "Action": "kms:*", "Resource": "*"},
			{"Effect": "Allow", "Principal": {"AWS": "` + a.userARN("/bob") + `"}, "Action": "kms:DescribeKey", "Resource": "*"}]}`)})
		must(t, "CreateKey", err)
		describe := func(c aws.Credentials) error {
			_, err := kms.NewFromConfig(srv.ConfigFor(c)).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: made.KeyMetadata.KeyId})
			return err
		}
		must(t, "the user that the key policy names", describe(key))
		_, err = a.DeleteAccessKey(ctx, &sdkiam.DeleteAccessKeyInput{UserName: new("bob"), AccessKeyId: &key.AccessKeyID})
		must(t, "DeleteAccessKey", err)
		_, err = a.DeleteUser(ctx, &sdkiam.DeleteUserInput{UserName: new("bob")})
		must(t, "DeleteUser", err)
		a.user("bob")
		if err := describe(a.accessKey("bob")); !strings.HasPrefix(outcome(err), "AccessDeniedException: ") {
			t.Errorf("another user of the same name: %v", err)
		}
	})
}
