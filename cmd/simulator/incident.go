package simulator

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// sources are the texts of all deployments and incidents.
//
//go:embed deployments incidents
var sources embed.FS

// Incident is what is arranged and what must be seen of it. A deployment is an
// incident without a fault.
type Incident struct {
	Name     string
	Title    string            // the first line of the file
	Set      map[string]string // variables
	Ports    []Port
	Services []Service
	Actions  []Action
	Registry []Key
	Files    []File
	Logs     []Log
	Answers  []Answer
	Run      Run
	Overlay  []Change
	Expect   []Expectation
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
	in := &Incident{Name: name, Set: map[string]string{}}
	if err := in.parse(text, maxBases); err != nil {
		return nil, fmt.Errorf("incident %s: %w", name, err)
	}
	in.Title, _, _ = strings.Cut(strings.TrimSpace(string(txtar.Parse(text).Comment)), "\n")
	return in, nil
}

func (in *Incident) parse(text []byte, depth int) error {
	ar := txtar.Parse(text)
	base := strings.TrimSpace(section(ar, "base"))
	if base == "" {
		return in.lay(ar)
	}
	raw, err := sources.ReadFile("deployments/" + base + ".txtar")
	if err != nil || depth == 0 {
		return fmt.Errorf("base: no deployment %q, or one that names itself", base)
	}
	if err := in.parse(raw, depth-1); err != nil {
		return fmt.Errorf("deployment %s: %w", base, err)
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
		"files":    in.fileLine,
		"logs":     in.logLine,
		"run":      in.Run.line,
		"overlay":  in.overlayLine,
		"expect":   in.expectLine,
	}[name]
	switch {
	case ok:
		return eachLine(text, each)
	case name == "registry":
		return in.registryText(text)
	case strings.HasPrefix(name, "answer "):
		return in.answer(strings.TrimPrefix(name, "answer "), text)
	case isWindowsPath(name):
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

// Run is how asrcollect is run.
type Run struct {
	Args      []string
	Exit      int           // what its exit code must be
	Interrupt time.Duration // Ctrl-C so long after its start; 0: never
}

// line is "exit CODE", "interrupt AGE", or arguments for the command line.
func (r *Run) line(l string) (err error) {
	if age, ok := strings.CutPrefix(l, "interrupt "); ok {
		r.Interrupt, err = parseAge(age)
		return err
	}
	if code, ok := strings.CutPrefix(l, "exit "); ok {
		_, err := fmt.Sscanf(code, "%d", &r.Exit)
		return err
	}
	r.Args = append(r.Args, strings.Fields(l)...)
	return nil
}
