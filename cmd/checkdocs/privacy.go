package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/collector/profiles"
)

// privacyDoc is for the customer's security officer. What is below the mark comes
// from the profiles.
const (
	privacyDoc  = "docs/privacy.md"
	privacyMark = "<!-- From here on: go run ./cmd/checkdocs -->\n"
)

// privacy gives the document with all that the built-in profiles collect.
func privacy(root string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(privacyDoc)))
	if err != nil {
		return "", err
	}
	head, _, ok := strings.Cut(string(raw), privacyMark)
	if !ok {
		return "", fmt.Errorf("%s has no line %q", privacyDoc, strings.TrimSpace(privacyMark))
	}
	all, err := profiles.Builtin()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(head + privacyMark)
	for _, p := range all {
		fmt.Fprintf(&b, "\n### %s %s\n\n%s\n", p.Name, p.Version, wrapped("", "", "For: "+p.Title+"."))
		for _, s := range itemsOf(p) {
			if len(s.items) == 0 {
				continue
			}
			b.WriteString("\n" + wrapped("", "", "**"+s.title+".** "+s.what) + "\n\n")
			for _, i := range s.items {
				b.WriteString(wrapped("- ", "  ", i) + "\n")
			}
		}
	}
	return b.String(), nil
}

// section is one kind of items.
type section struct {
	title, what string
	items       []string
}

// itemsOf lists all that a profile collects and contacts.
func itemsOf(p *profiles.Profile) []section {
	return []section{
		{"Services", "State, start type, account and path of the program.", services(p)},
		{"Processes", "Of every process the name; of these the command line, CPU and I/O.", one(quoted(p.Processes.Watch))},
		{"Connections", "Of these processes and of those above: both ends and the state.", one(quoted(p.Connections.Processes))},
		{"Registry", "These values and no others.", registry(p)},
		{"Settings", "Of these files these keys and no others.", settings(p)},
		{"Paths", "Existence, size and time.", files(p)},
		{"Cache", "Sizes, numbers and ages of files, no content and no name.", cache(p)},
		{"Events", "Of the Windows event log.", events(p)},
		{"Certificates", "The public part: names, dates, fingerprint.", certificates(p)},
		{"Software", "Names and versions of what is installed; numbers of all else.", software(p)},
		{"Antivirus and firewall", "State, and what concerns these folders and ports.", guards(p)},
		{"Logs", "Content, the newest lines up to the cap.", logs(p)},
		{"Programs", "Started with --commands or a yes, the client with its own flag; their output.", commands(p)},
		{"Contacts", "Connection tests. Not with --no-probes.", contacts(p)},
	}
}

// one is a list of one item, none when that is empty.
func one(item string) []string {
	if item == "" {
		return nil
	}
	return []string{item}
}

// quoted writes names as code with commas.
func quoted(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, "`"+n+"`")
	}
	return strings.Join(out, ", ")
}

func services(p *profiles.Profile) []string {
	var names []string
	for _, s := range p.Services {
		name := cmp.Or(s.Name, s.Folder+`\...`)
		if s.Name == "*" {
			name = "all"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return one(quoted(names))
}

// valuesOf lists values, and those of which only the existence is told.
func valuesOf(where string, values, presence []string) string {
	text := where
	if len(values) > 0 {
		text += ": " + quoted(values)
	} else if len(presence) == 0 {
		text += ": whether it is there"
	}
	if len(presence) > 0 {
		text += "; only whether it is there and how long: " + quoted(presence)
	}
	return text
}

func registry(p *profiles.Profile) (out []string) {
	for _, r := range p.Registry {
		out = append(out, valuesOf("`"+r.Key+"`", r.Values, r.Presence))
	}
	return out
}

func settings(p *profiles.Profile) (out []string) {
	for _, c := range p.Config {
		out = append(out, valuesOf(quoted(c.Paths), c.Keys, c.Presence))
	}
	return out
}

func files(p *profiles.Profile) (out []string) {
	for _, f := range p.Paths {
		out = append(out, "`"+f.Path+"`")
	}
	for _, f := range p.Files {
		out = append(out, "`"+cmp.Or(f.Path, f.Glob)+"`")
	}
	return out
}

func cache(p *profiles.Profile) []string {
	if p.Cache == nil {
		return nil
	}
	return []string{"`" + p.Cache.Root + "`: " + quoted(p.Cache.Folders)}
}

func events(p *profiles.Profile) (out []string) {
	for _, e := range p.Events {
		ids := "all"
		if len(e.IDs) > 0 {
			var list []string
			for _, id := range e.IDs {
				list = append(list, strconv.Itoa(id))
			}
			ids = strings.Join(list, ", ")
		}
		out = append(out, fmt.Sprintf("%s, %s: %s", e.Channel, e.Provider, ids))
	}
	return out
}

func certificates(p *profiles.Profile) (out []string) {
	for _, c := range p.Certificates {
		if c.File != "" {
			out = append(out, "file `"+c.File+"`")
			continue
		}
		text := "store " + c.Store
		for _, which := range []struct{ name, value string }{{"subject", c.Subject}, {"thumbprint", c.Thumbprint}} {
			if which.value != "" {
				text += ", " + which.name + " `" + which.value + "`"
			}
		}
		out = append(out, text)
	}
	return out
}

func software(p *profiles.Profile) (out []string) {
	if p.Software == nil {
		return nil
	}
	if len(p.Software.Names) > 0 {
		out = append(out, "programs: "+quoted(p.Software.Names))
	}
	if len(p.Software.Features) > 0 {
		out = append(out, "features of the server: "+quoted(p.Software.Features))
	}
	if p.Software.Updates {
		out = append(out, "updates of the system")
	}
	return out
}

func guards(p *profiles.Profile) (out []string) {
	if p.Antivirus != nil {
		out = append(out, "exclusions for: "+quoted(p.Antivirus.Folders))
	}
	if p.Firewall != nil {
		out = append(out, "rules for the ports: "+quoted(p.Firewall.Ports))
	}
	return out
}

func logs(p *profiles.Profile) (out []string) {
	for _, l := range p.Logs {
		file, total := l.Caps()
		out = append(out, fmt.Sprintf("%s, at most %d MiB of a file and %d MiB in all: %s", l.ID, file>>20, total>>20, quoted(l.Globs)))
	}
	return out
}

func commands(p *profiles.Profile) (out []string) {
	for _, c := range p.Commands {
		out = append(out, "`"+c.Name+"`")
	}
	return out
}

// contacts lists every place that a run may connect to.
func contacts(p *profiles.Profile) (out []string) {
	if len(p.Time.SNTP) > 0 {
		out = append(out, "the time (SNTP, UDP 123): "+quoted(p.Time.SNTP))
	}
	if len(p.Time.HTTPS) > 0 {
		out = append(out, "the time where none of these answers (HTTPS): "+quoted(p.Time.HTTPS))
	}
	for _, pr := range p.Probes {
		if to := target(pr); to != "" {
			out = append(out, pr.Name+": "+to)
		}
	}
	for _, pr := range p.Proxy {
		out = append(out, "by way of the proxy that is set in "+proxyIn(pr))
	}
	return out
}

// target says where a probe goes.
func target(p profiles.Probe) string {
	switch {
	case p.Target != "":
		return "`" + p.Target + "`"
	case p.FromConfig != nil:
		return fmt.Sprintf("the host that `%s` of the settings %q has", p.FromConfig.Host, p.FromConfig.Config) + suffix(p.FromConfig.Suffix)
	case p.FromRegistry != nil:
		return fmt.Sprintf("the host that the value `%s` of `%s` has", p.FromRegistry.Host, p.FromRegistry.Key)
	case p.FromLog != nil:
		return fmt.Sprintf("at most %d hosts that the log %q names: public addresses and configured servers alone", p.FromLog.Max, p.FromLog.Input)
	case p.FromConnections != nil:
		return fmt.Sprintf("at most %d hosts that `%s` is connected to: public addresses and configured servers alone", p.FromConnections.Max, p.FromConnections.Process)
	}
	return ""
}

func suffix(s string) string {
	if s == "" {
		return ""
	}
	return ", below `" + s + "`"
}

func proxyIn(p profiles.Proxy) string {
	switch {
	case p.FromEnv != "":
		return "the variable `" + p.FromEnv + "`"
	case p.FromConfig != nil:
		return fmt.Sprintf("the settings %q", p.FromConfig.Config)
	}
	return "`" + p.FromRegistry.Key + "`"
}

// wrapped fills lines of at most 80 columns with words.
func wrapped(first, indent, text string) string {
	var b strings.Builder
	line := first
	empty := true
	for _, word := range strings.Split(text, " ") {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > 80 {
			b.WriteString(line + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	return b.String() + line
}
