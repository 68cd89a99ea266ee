package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// packSource is pack.json in the folder of a pack's source: the manifest
// without what the build finds out, and modules that name what to build.
type packSource struct {
	Format    int                  `json:"format"`
	Name      string               `json:"name"`
	Release   int                  `json:"release"`
	Version   string               `json:"version"`
	ABI       packfile.ABIRange    `json:"abi"`
	EngineMin string               `json:"engine_min"`
	Bundle    packfile.BundleRange `json:"bundle"`
	Built     *time.Time           `json:"built"`
	Modules   []moduleSource       `json:"modules"`
	Source    packfile.Origin      `json:"source"`
	dir       string
}

// moduleSource is one module: a Go package to compile, or a file built before,
// both relative to the folder and inside of it; or the folder's patterns, which
// need neither.
type moduleSource struct {
	Name     string          `json:"name"`
	Go       string          `json:"go"`
	Wasm     string          `json:"wasm"`
	Patterns bool            `json:"patterns"`
	Limits   packfile.Limits `json:"limits"`
}

// ways counts how the module says what it is made of.
func (m moduleSource) ways() (n int) {
	for _, is := range []bool{m.Go != "", m.Wasm != "", m.Patterns} {
		if is {
			n++
		}
	}
	return n
}

// readPackSource reads DIR/pack.json. A member that it does not know is an
// error: it is more likely mistyped than from the future.
func readPackSource(dir string) (packSource, error) {
	file := filepath.Join(dir, packfile.ManifestPath)
	raw, err := readFile(file, packfile.MaxFileBytes)
	if err != nil {
		return packSource{}, failed(err, "name the folder that has the pack's pack.json")
	}
	src := packSource{dir: dir}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&src); err != nil {
		return src, fmt.Errorf("read %q: %w", file, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return src, fmt.Errorf("read %q: there is more behind the document", file)
	}
	if src.Built == nil {
		src.Built, err = sourceDate()
	}
	return src, errors.Join(err, src.validate(file))
}

// validate checks what packfile.Build cannot: where the modules are.
func (s packSource) validate(file string) error {
	for _, m := range s.Modules {
		path := m.Go + m.Wasm
		switch {
		case !abi.ValidID(m.Name):
			return fmt.Errorf("%s: module name %q is not of lower-case words with hyphens", file, m.Name)
		case m.ways() != 1:
			return fmt.Errorf(`%s: module %q needs one of "go", "wasm" and "patterns"`, file, m.Name)
		case !m.Patterns && !filepath.IsLocal(filepath.FromSlash(path)):
			return fmt.Errorf("%s: module %q: %q is outside of the folder", file, m.Name, path)
		}
	}
	return nil
}

// sourceDate is the time of SOURCE_DATE_EPOCH, in seconds, the convention for
// reproducible builds; nil when it is not set.
func sourceDate() (*time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return nil, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH %q is not a number of seconds", text)
	}
	t := time.Unix(seconds, 0).UTC()
	return &t, nil
}

// manifest is what goes into the pack.
func (s packSource) manifest() packfile.Manifest {
	return packfile.Manifest{
		Format: s.Format, Name: s.Name, Release: s.Release, Version: s.Version, ABI: s.ABI,
		EngineMin: s.EngineMin, Bundle: s.Bundle, Built: s.Built, Source: s.Source,
	}
}

// usesGo reports whether a module is compiled.
func (s packSource) usesGo() bool {
	for _, m := range s.Modules {
		if m.Go != "" {
			return true
		}
	}
	return false
}

// load gives the bytes of a module.
func (s packSource) load(ctx context.Context, m moduleSource) ([]byte, error) {
	if m.Wasm != "" {
		return readFile(filepath.Join(s.dir, filepath.FromSlash(m.Wasm)), packfile.MaxModuleBytes)
	}
	return compileGo(ctx, s.dir, m.Go)
}

// compileGo compiles a Go package for WASI, without anything in the file that
// depends on where or when.
func compileGo(ctx context.Context, dir, pkg string) ([]byte, error) {
	tmp, err := os.MkdirTemp("", program+"-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "module.wasm")
	cmd := goCommand(ctx, dir, "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", out, "./"+filepath.ToSlash(filepath.Clean(pkg)))
	cmd.Env = append(cmd.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, goFailure(err, fmt.Sprintf("compile %q", filepath.Join(dir, pkg)), string(text))
	}
	return readFile(out, packfile.MaxModuleBytes)
}

// goRelease asks the compiler for its version, which decides on the bytes.
func goRelease(ctx context.Context, dir string) (string, error) {
	out, err := goCommand(ctx, dir, "env", "GOVERSION").Output()
	if err != nil {
		return "", goFailure(err, "ask go for its version", "")
	}
	return strings.TrimSpace(string(out)), nil
}

func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	return cmd
}

func goFailure(err error, what, output string) error {
	if errors.Is(err, exec.ErrNotFound) {
		return failed(fmt.Errorf("%s: go is not installed", what), `install Go, or name a built module with "wasm" in pack.json`)
	}
	return fmt.Errorf("%s: %v\n%s", what, err, strings.TrimSpace(output))
}
