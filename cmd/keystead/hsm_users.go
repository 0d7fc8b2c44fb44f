package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/secret"
)

func hsmUsersCommand() *cobra.Command {
	return group("users", "List, create and delete the users of a cluster, and change their passwords",
		`Users of a cluster are its officer, admin, and the crypto user kmsuser, as which a key store
logs in. A key store that connects changes the password of kmsuser to one that nobody knows.
Nothing can be changed about kmsuser while a key store is connected.`,
		hsmUsersListCommand(), hsmUsersCreateCommand(), hsmUsersPasswordCommand(), hsmUsersDeleteCommand())
}

func hsmUsersListCommand() *cobra.Command {
	return clusterCommand("list CLUSTER", "List the users of a cluster", 1, func(c *cobra.Command, s clusters, ref cloudhsm.ClusterRef, _ []string) error {
		all, err := s.Users(c.Context(), ref)
		if err != nil {
			return err
		}
		return table(c, func(w *tabwriter.Writer) {
			fmt.Fprintln(w, "USER\tROLE\tCREATED\tFAILED LOGINS\tLOCKED\tLOGGED IN BY")
			for _, u := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%t\t%s\n", u.Name, u.Role, u.Created.Format(time.RFC3339), u.Failures, u.LockedOut, u.LoggedIn)
			}
		})
	})
}

func hsmUsersCreateCommand() *cobra.Command {
	return setUserCommand("create CLUSTER NAME", "Make the crypto user kmsuser", "the new user's password", (*cloudhsm.Service).CreateUser)
}

func hsmUsersPasswordCommand() *cobra.Command {
	return setUserCommand("change-password CLUSTER NAME", "Change a user's password as the officer, and end a lockout", "the user's new password",
		(*cloudhsm.Service).ChangePassword)
}

// setUserCommand makes a command that gives a user a password as the officer.
func setUserCommand(use, short, what string,
	set func(_ *cloudhsm.Service, _ context.Context, _ cloudhsm.ClusterRef, name string, officer, password secret.Bytes) error) *cobra.Command {
	var officer, password passwordFlag
	c := clusterCommand(use, short, 2, func(c *cobra.Command, s clusters, ref cloudhsm.ClusterRef, args []string) error {
		admin, err := officer.read(c)
		if err != nil {
			return err
		}
		p, err := password.new(c)
		if err != nil {
			return err
		}
		return set(s.Service, c.Context(), ref, args[0], admin, p)
	})
	officer.add(c, "admin-password-file", "the officer's password")
	password.add(c, "password-file", what)
	return c
}

func hsmUsersDeleteCommand() *cobra.Command {
	var officer passwordFlag
	c := clusterCommand("delete CLUSTER NAME", "Delete a crypto user; its keys stay", 2, func(c *cobra.Command, s clusters, ref cloudhsm.ClusterRef, args []string) error {
		admin, err := officer.read(c)
		if err != nil {
			return err
		}
		return s.DeleteUser(c.Context(), ref, args[0], admin)
	})
	officer.add(c, "admin-password-file", "the officer's password")
	return c
}
