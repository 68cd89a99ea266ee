package simulator

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// sources are the texts of all deployments and incidents.
//
//go:embed deployments incidents
var sources embed.FS

// Incident is what is arranged and what must be seen of it. A deployment is an
// incident without a fault.
type Incident struct {
	Name  string
	Title string // the first line of the file
	// Others are further machines of the same case, which are arranged one after
	// the other, and have this one's network and certificates.
	Others   []*Incident
	Set      map[string]string // variables
	Ports    []Port
	Services []Service
	Actions  []Action
	Registry []Key
	Store    []Stored
	Files    []File
	Logs     []Log
	Answers  []Answer
	Run      Run
	Events   []Event
	Overlay  []Change
	Expect   []Expectation
	Verdict  Verdict
	// Base is the deployment that it is laid over; empty of one.
	Base string
	base int // how many of Expect are the deployment's
}

// Names lists the incidents, in alphabetical order.
func Names() []string {
	files, err := fs.Glob(sources, "incidents/*.txtar")
	if err != nil {
		panic("BUG: " + err.Error()) // the pattern is a constant
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".txtar")
	}
	return files
}

// Load reads an incident and lays it over its deployment.
func Load(name string) (*Incident, error) {
	raw, err := sources.ReadFile("incidents/" + name + ".txtar")
	if err != nil {
		return nil, fmt.Errorf("no incident %q", name)
	}
	return Parse(name, raw)
}

// maxBases is how many deployments lie under an incident.
const maxBases = 4

// Parse reads the text of an incident and lays it over the deployment that its
// section "base" names, which may name one in its turn.
func Parse(name string, text []byte) (*Incident, error) {
	ar := txtar.Parse(text)
	var first *Incident
	for _, part := range machines(ar) {
		in := &Incident{Name: name, Set: map[string]string{}}
		if first != nil {
			in.Name += "." + part.name
		}
		err := in.parse(&txtar.Archive{Files: part.files}, maxBases)
		if err == nil {
			err = in.possible()
		}
		if err != nil {
			return nil, fmt.Errorf("incident %s: %w", in.Name, err)
		}
		if first == nil {
			first = in
		} else {
			first.Others = append(first.Others, in)
		}
	}
	first.Title, _, _ = strings.Cut(strings.TrimSpace(string(ar.Comment)), "\n")
	return first, nil
}

// part is the sections about one machine.
type part struct {
	name  string
	files []txtar.File
}

// machines cuts a text where a section "machine NAME" begins another machine.
func machines(ar *txtar.Archive) []part {
	out := []part{{}}
	for _, f := range ar.Files {
		if name, ok := strings.CutPrefix(f.Name, "machine "); ok {
			out = append(out, part{name: name})
			continue
		}
		last := &out[len(out)-1]
		last.files = append(last.files, f)
	}
	return out
}

// linux reports whether the machine is one with Linux.
func (in *Incident) linux() bool { return in.Set["system"] == "linux" }

// possible says what the machine's system cannot have.
func (in *Incident) possible() error {
	for _, s := range in.Services {
		if !in.linux() && (s.State == "exited" || s.State == "failed") {
			return fmt.Errorf("service %s: Windows has no state %q", s.Name, s.State)
		}
		if in.linux() && s.State == "starting" {
			return fmt.Errorf("service %s: a machine with Linux has no state %q here", s.Name, s.State)
		}
	}
	if in.linux() && (len(in.Registry)+len(in.Store) > 0 || len(in.Answers) > 0 || len(in.Run.Raw) > 0) {
		return fmt.Errorf("a machine with Linux has no registry, no answers and no raw files")
	}
	return nil
}

func (in *Incident) parse(ar *txtar.Archive, depth int) error {
	base := strings.TrimSpace(section(ar, "base"))
	if base == "" {
		return in.lay(ar)
	}
	raw, err := sources.ReadFile("deployments/" + base + ".txtar")
	if err != nil || depth == 0 {
		return fmt.Errorf("base: no deployment %q, or one that names itself", base)
	}
	if err := in.parse(txtar.Parse(raw), depth-1); err != nil {
		return fmt.Errorf("deployment %s: %w", base, err)
	}
	in.Base, in.base = base, len(in.Expect)
	for i := range in.Logs {
		in.Logs[i].own = len(in.Logs[i].Lines)
	}
	return in.lay(ar)
}

func section(ar *txtar.Archive, name string) string {
	i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return string(ar.Files[i].Data)
}

// lay puts the sections of one text over what is there.
func (in *Incident) lay(ar *txtar.Archive) error {
	for _, f := range ar.Files {
		if err := in.laySection(f.Name, string(f.Data)); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func (in *Incident) laySection(name, text string) error {
	each, ok := map[string]func(string) error{
		"set":      in.setLine,
		"ports":    in.portLine,
		"services": in.serviceLine,
		"actions":  in.actionLine,
		"store":    in.storedLine,
		"files":    in.fileLine,
		"logs":     in.logLine,
		"run":      in.Run.line,
		"events":   in.eventLine,
		"overlay":  in.overlayLine,
		"expect":   in.expectLine,
		"checks":   in.verdictLine,
	}[name]
	switch {
	case ok:
		return eachLine(text, each)
	case name == "registry":
		return in.registryText(text)
	case strings.HasPrefix(name, "answer "):
		return in.answer(strings.TrimPrefix(name, "answer "), text)
	case isPath(name):
		in.file(name).Content = &text
		return nil
	case name == "base" || strings.HasSuffix(name, ".md"):
		return nil
	}
	return fmt.Errorf("there is no such section")
}

// eachLine calls do for each line that is neither blank nor a comment.
func eachLine(text string, do func(string) error) error {
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		if err := do(l); err != nil {
			return fmt.Errorf("line %q: %w", l, err)
		}
	}
	return nil
}

// cells splits a line of the form "a | b | c".
func cells(l string) []string {
	out := strings.Split(l, "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

func (in *Incident) setLine(l string) error {
	name, value, ok := strings.Cut(l, "=")
	if !ok {
		return fmt.Errorf("want NAME = VALUE")
	}
	in.Set[strings.TrimSpace(name)] = strings.TrimSpace(value)
	return nil
}

// Answer is what a program prints that asrcollect may start.
type Answer struct {
	Program string `json:"program"` // without .exe
	Args    string `json:"args"`    // what its arguments begin with
	Output  string `json:"output"`
}

// answer reads a section "answer PROGRAM ARGUMENTS", whose text is the output.
func (in *Incident) answer(command, text string) error {
	name, args, _ := strings.Cut(command, " ")
	in.Answers = slices.DeleteFunc(in.Answers, func(a Answer) bool { return a.Program == name && a.Args == args })
	in.Answers = append(in.Answers, Answer{name, args, text})
	return nil
}
