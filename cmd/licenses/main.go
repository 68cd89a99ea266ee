// Command licenses writes the licences of all that the two programs link: one
// JSON document, which asrdiag embeds and prints. It fails when a module has no
// licence file, or one that it does not know, so that nothing is shipped
// unread.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// programs are the packages whose modules are listed, targets the systems that
// they are built for.
var (
	programs = []string{"asrcollect", "asrdiag"}
	targets  = []string{"linux", "windows"}
)

// Module is what one module asks to be told.
type Module struct {
	Path     string   `json:"path"`
	Version  string   `json:"version,omitempty"`
	Programs []string `json:"programs"`
	Licenses []string `json:"licenses"` // SPDX identifiers
	Files    []File   `json:"files"`
	dir      string
}

// File is a licence as it stands in the module.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "licenses: error: %v\n", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	modules, err := list()
	if err != nil {
		return err
	}
	for i := range modules {
		if err := modules[i].read(); err != nil {
			return fmt.Errorf("%s: %w", modules[i].Path, err)
		}
	}
	return json.NewEncoder(out).Encode(modules)
}

// list gives the modules that the programs link, by path, the standard library
// first.
func list() ([]Module, error) {
	found := map[string]*Module{}
	for _, program := range programs {
		for _, target := range targets {
			rows, err := linked(program, target)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				m := found[row.Path]
				if m == nil {
					m = &row
					found[row.Path] = m
				}
				if !slices.Contains(m.Programs, program) {
					m.Programs = append(m.Programs, program)
				}
			}
		}
	}
	root, err := goOutput(nil, "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(root), "\n")
	out := []Module{{Path: "the Go standard library", Version: version, Programs: programs, dir: goroot}}
	for _, path := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[path])
	}
	return out, nil
}

// linked lists the modules of one program on one system.
func linked(program, goos string) ([]Module, error) {
	text, err := goOutput([]string{"GOOS=" + goos, "GOARCH=amd64"}, "list", "-deps", "-f", "{{with .Module}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}", "./cmd/"+program)
	if err != nil {
		return nil, err
	}
	var out []Module
	for line := range strings.Lines(text) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
			out = append(out, Module{Path: f[0], Version: f[1], dir: f[2]})
		} else if len(f) == 2 { // the main module has no version
			out = append(out, Module{Path: f[0], dir: f[1]})
		}
	}
	return out, nil
}

func goOutput(env []string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return string(out), nil
}

var licenseName = regexp.MustCompile(`(?i)^(un)?licen[sc]e|^copying|^notice|^patents`)

// coverage is how much of a licence file, in per cent, has to be known text.
const coverage = 75

// read takes the module's licence files and tells what they are.
func (m *Module) read() error {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !licenseName.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(m.dir, e.Name()))
		if err != nil {
			return err
		}
		m.Files = append(m.Files, File{e.Name(), string(raw)})
		if c := licensecheck.Scan(raw); c.Percent >= coverage {
			for _, match := range c.Match {
				m.Licenses = append(m.Licenses, match.ID)
			}
		}
	}
	slices.Sort(m.Licenses)
	m.Licenses = slices.Compact(m.Licenses)
	switch {
	case len(m.Files) == 0:
		return fmt.Errorf("no licence file: %w", fs.ErrNotExist)
	case len(m.Licenses) == 0:
		return errors.New("its licence is not a known one")
	}
	return nil
}
