package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/analyzer/render"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

func (a *app) packShowCommand() *cobra.Command {
	var allowUnsigned bool
	c := command(&cobra.Command{
		Use:   "show [NAME[@VERSION] | FILE]...",
		Short: "Print what packs are and which checks they have",
		Long: `show prints a pack's origin, its checks and who vouches for it: of a file
*.asrpack, of the newest installed or built-in pack of a NAME, or of the VERSION
that is named. Without arguments it shows the packs that analyze uses.`,
		Example: `asrdiag pack show asr-process-server
asrdiag pack show asr-process-server@1.2.0
asrdiag pack show asr-process-server-1.2.0.asrpack`,
		RunE: func(_ *cobra.Command, args []string) error { return a.packShow(args, allowUnsigned) },
	})
	c.Flags().BoolVar(&allowUnsigned, "allow-unsigned", false, "show a pack file that has no signature")
	return c
}

func (a *app) packShow(args []string, allowUnsigned bool) error {
	d, err := a.openDesk()
	if err != nil {
		return err
	}
	all, bad, err := d.all(a.openEmbedded, false)
	if err != nil {
		return err
	}
	use := newest(all)
	packs := sorted(use)
	if len(args) == 0 && len(packs) == 0 {
		return errNoPacks
	}
	if len(args) > 0 {
		packs = nil
	}
	for _, arg := range args {
		p, err := d.find(arg, all, bad, allowUnsigned)
		if err != nil {
			return err
		}
		packs = append(packs, p)
	}
	for i, p := range packs {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		writePack(a.stdout, p, use[p.Manifest.Name])
	}
	return nil
}

// showWidth is the width of what show prints.
const showWidth = 80

// writePack prints a pack in lines of at most 80 columns. Used is the pack of
// this name that analyze uses, if there is one. What stands in a pack may be
// meant to act on the terminal, so it is cleaned.
func writePack(w io.Writer, p, used pack) {
	m := p.Manifest
	fmt.Fprintf(w, "%s %s (release %d), %s\n\n", m.Name, m.Version, m.Release, p.state())
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-10s %s\n", name, oneLine(value))
		}
	}
	if used.Pack != nil && used.SHA256 != p.SHA256 {
		row("not used", fmt.Sprintf("analyze uses %s (release %d), %s", used.Manifest.Version, used.Manifest.Release, used.state()))
	}
	row("needs", fmt.Sprintf("ABI %d.%d, engine %s, bundle format %d.%d", m.ABI.Major, m.ABI.MinMinor, m.EngineMin, m.Bundle.Version, m.Bundle.MinMinor))
	if m.Built != nil {
		row("built", m.Built.UTC().Format(time.RFC3339))
	}
	row("source", strings.TrimSpace(m.Source.Repository+" "+m.Source.Revision))
	row("compiler", m.Source.Go)
	row("sha256", p.SHA256)
	for _, mod := range m.Modules {
		row("module", fmt.Sprintf("%s, %s%s", mod.Path, mib(mod.Size), limitsNote(mod.Limits)))
	}
	checks := p.Checks()
	fmt.Fprintf(w, "\n%s\n", count(len(checks), "check"))
	for _, c := range checks {
		writeCheck(w, c)
	}
}

// oneLine cleans a text and joins its lines.
func oneLine(s string) string { return strings.Join(strings.Fields(render.Clean(s)), " ") }

// limitsNote says that a module runs under limits of its own.
func limitsNote(l packfile.Limits) string {
	if l == (packfile.Limits{}) {
		return ""
	}
	return ", own limits"
}

// Columns of a check: id, worst severity, title.
const (
	idColumn       = 28
	severityColumn = 10
)

// writeCheck prints a check; what is too long for its column goes on in the
// next line.
func writeCheck(w io.Writer, c abi.Check) {
	worst := slices.MaxFunc(c.Severities, func(x, y abi.Severity) int { return x.Rank() - y.Rank() })
	id := c.ID
	if len(id) > idColumn-1 {
		fmt.Fprintf(w, "  %s\n", id)
		id = ""
	}
	for i, line := range render.Fill(render.Clean(c.Title), showWidth-2-idColumn-severityColumn) {
		if i > 0 {
			id, worst = "", ""
		}
		fmt.Fprintf(w, "  %-*s%-*s%s\n", idColumn, id, severityColumn, worst, line)
	}
}
