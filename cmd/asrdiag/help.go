package main

import (
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/bundles"
)

// helpWidth is how wide help texts are, in columns.
const helpWidth = "80"

// roles are what --role can name.
func roles() []string {
	return []string{bundles.RoleProcessServer, bundles.RoleSourceMachine, bundles.RoleUnknown}
}

// deployments are what --deployment can name.
func deployments() []string {
	return []string{
		bundles.DeployStandalone, bundles.DeployConfigurationServer, bundles.DeployConfigurationServerOnly,
		bundles.DeployAzureFailback, bundles.DeployMasterTarget, bundles.DeployAppliance,
	}
}

// narrowHelp makes the flags of all commands fit a terminal of 80 columns.
func narrowHelp(root *cobra.Command) {
	root.SetUsageTemplate(strings.NewReplacer(
		".LocalFlags.FlagUsages ", "(.LocalFlags.FlagUsagesWrapped "+helpWidth+") ",
		".InheritedFlags.FlagUsages ", "(.InheritedFlags.FlagUsagesWrapped "+helpWidth+") ",
	).Replace(root.UsageTemplate()))
}

// words completes a flag that takes one of a few words.
func words(list ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)
}

// completeFlags tells the shell what the flags of c take. Flags that c does not
// have are left out.
func (a *app) completeFlags(c *cobra.Command) {
	for name, f := range map[string]cobra.CompletionFunc{
		"format":     words("table", "json", "html"),
		"fail-on":    words("critical", "warning", "info", "never"),
		"role":       words(roles()...),
		"deployment": words(deployments()...),
		"jobs":       words(),
	} {
		if c.Flags().Lookup(name) != nil {
			_ = c.RegisterFlagCompletionFunc(name, f) // fails for a flag that is not there
		}
	}
}

// completeCheck offers the checks of the packs that are part of the program.
func (a *app) completeCheck(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	packs, err := a.embeddedPacks(a.openEmbedded)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	for _, c := range listChecks(packs) {
		for _, id := range []string{c.ID, c.qualified()} {
			if strings.HasPrefix(id, typed) {
				out = append(out, cobra.CompletionWithDesc(id, c.Title))
			}
		}
	}
	slices.Sort(out)
	return out, cobra.ShellCompDirectiveNoFileComp
}

// finishHelp makes help and completion of all commands what they should be.
func (a *app) finishHelp(root *cobra.Command) {
	narrowHelp(root)
	root.InitDefaultCompletionCmd()
	for c := range tree(root) {
		a.completeFlags(c)
		switch c.CommandPath() {
		case program + " completion":
			c.Example = indent("source <(asrdiag completion bash)\nasrdiag completion powershell >> $PROFILE")
		case program + " explain":
			c.ValidArgsFunction = a.completeCheck
		}
	}
}

// tree gives a command and all below it.
func tree(c *cobra.Command) iter.Seq[*cobra.Command] {
	return func(yield func(*cobra.Command) bool) {
		if !yield(c) {
			return
		}
		for _, sub := range c.Commands() {
			for s := range tree(sub) {
				if !yield(s) {
					return
				}
			}
		}
	}
}
