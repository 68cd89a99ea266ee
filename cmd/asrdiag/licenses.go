package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// licensesFile is what cmd/licenses writes, among what is embedded.
const licensesFile = "licenses/licenses.json"

// licensed is a module that one of the two programs links.
type licensed struct {
	Path     string   `json:"path"`
	Version  string   `json:"version"`
	Programs []string `json:"programs"`
	Licenses []string `json:"licenses"` // SPDX identifiers
	Files    []struct {
		Name string `json:"name"`
		Text string `json:"text"`
	} `json:"files"`
}

func (a *app) licensesCommand() *cobra.Command {
	all := false
	c := command(&cobra.Command{
		Use:   "licenses [MODULE]...",
		Short: "Print the licences of asrdiag and asrcollect, and of their parts",
		Long: `licenses lists the modules that asrdiag and asrcollect are made of, with their
licences as SPDX identifiers. With a MODULE, or a part of its name, it prints
the text of its licence; with --all the texts of all.`,
		Example: `asrdiag licenses
asrdiag licenses wazero
asrdiag licenses --all > LICENSES.txt`,
		RunE: func(_ *cobra.Command, args []string) error { return a.licenses(args, all) },
	})
	c.Flags().BoolVar(&all, "all", false, "print the texts of all licences")
	return c
}

func (a *app) licenses(args []string, all bool) error {
	raw, err := fs.ReadFile(a.packs, licensesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return failed(errors.New("this asrdiag was built without the texts of the licences"), "make build")
	}
	var modules []licensed
	if err == nil {
		err = json.Unmarshal(raw, &modules)
	}
	switch {
	case err != nil:
		return failed(fmt.Errorf("read the licences: %w", err), "build asrdiag again: make clean build")
	case all:
		return a.licenseTexts(modules)
	case len(args) == 0:
		return a.licenseTable(modules)
	}
	for _, arg := range args {
		found := withName(modules, arg)
		if len(found) == 0 {
			return failed(fmt.Errorf("no module is named %q", arg), "asrdiag licenses lists them")
		}
		if err := a.licenseTexts(found); err != nil {
			return err
		}
	}
	return nil
}

// withName finds modules by their path or a part of it.
func withName(modules []licensed, part string) []licensed {
	var found []licensed
	for _, m := range modules {
		if m.Path == part {
			return []licensed{m}
		}
		if strings.Contains(strings.ToLower(m.Path), strings.ToLower(part)) {
			found = append(found, m)
		}
	}
	return found
}

func (a *app) licenseTable(modules []licensed) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LICENCE\tMODULE\tIN")
	for _, m := range modules {
		in := "both"
		if len(m.Programs) == 1 {
			in = m.Programs[0]
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", strings.Join(m.Licenses, ", "), m.Path, in)
	}
	return w.Flush()
}

func (a *app) licenseTexts(modules []licensed) error {
	for _, m := range modules {
		for _, f := range m.Files {
			title := strings.TrimSpace(m.Path+" "+m.Version) + ", " + f.Name
			if _, err := fmt.Fprintf(a.stdout, "%s\n%s\n\n%s\n\n", title, strings.Repeat("=", len(title)), strings.TrimSpace(f.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}
