// Argo CD's application controller, its repository server and what this gives git to ask for a password, by the name that it
// is called or that ARGOCD_BINARY_NAME says, as in Argo CD's own main. Under any other name what Argo CD makes of an object:
// `argocd health ARGOCD-CM OBJECT`. Its API server and command line, which nothing here needs, would be a quarter more to compile.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	askpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/argoproj/argo-cd/v3/util/log"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
)

func main() {
	klog.SetLogger(log.NewLogrusLogger(log.NewWithCurrentConfig()))
	name := os.Getenv("ARGOCD_BINARY_NAME")
	if name == "" {
		name = filepath.Base(os.Args[0])
	}
	var command *cobra.Command
	switch name {
	case "argocd-application-controller":
		command = controller.NewCommand()
	case "argocd-repo-server":
		command = reposerver.NewCommand()
	case "argocd-git-ask-pass":
		command = askpass.NewCommand()
	default:
		command = &cobra.Command{Use: "argocd"}
		command.AddCommand(&cobra.Command{
			Use: "health ARGOCD-CM OBJECT", Args: cobra.ExactArgs(2), SilenceUsage: true,
			RunE: func(command *cobra.Command, args []string) error {
				found, err := healthOf(command.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				fmt.Printf("STATUS: %s\nMESSAGE: %s\n", found.Status, found.Message)
				return nil
			},
		})
	}
	if command.Execute() != nil {
		os.Exit(1)
	}
}
