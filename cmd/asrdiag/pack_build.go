package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// buildOptions are the flags of pack build.
type buildOptions struct {
	out string
	key keyFlags
}

func (a *app) packBuildCommand() *cobra.Command {
	var o buildOptions
	c := command(&cobra.Command{
		Use:   "build DIR",
		Short: "Build a pack from its source, and sign it with --key",
		Long: `build reads DIR/pack.json, compiles the Go modules that it names for WASI (or
takes a .wasm file that is there), asks every module to describe itself, writes
the documents of the checks, and puts all into one file. The same source and the
same Go release give the same bytes; SOURCE_DATE_EPOCH gives the time in
"built".

Checks without code are files DIR/patterns/<id>.json; build runs their fixtures,
and fails when one does not come out as it says. A pack of patterns alone has
the module {"name": "my-pack", "patterns": true} and needs no compiler.

DIR/pack.json:
  {"format": 1, "name": "my-pack", "release": 1, "version": "1.0.0",
   "abi": {"major": 1, "min_minor": 0}, "engine_min": "0.1.0",
   "bundle": {"version": 1, "min_minor": 0},
   "modules": [{"name": "my-pack", "go": "."}]}`,
		Example: `asrdiag pack build --key dev.key ./my-pack
asrdiag pack build --out dist/ ./my-pack`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.packBuild(c.Context(), args[0], o) },
	})
	c.Flags().StringVarP(&o.out, "out", "o", "", "`FILE` or folder to write to (default <name>-<version>.asrpack here)")
	o.key.flags(c.Flags(), "sign with this secret key `FILE`")
	return c
}

func (a *app) packBuild(ctx context.Context, dir string, o buildOptions) error {
	source, err := readPackSource(dir)
	if err != nil {
		return err
	}
	var key packfile.PrivateKey
	if o.key.key != "" { // before the work, which takes its time
		if key, err = a.loadKey(o.key); err != nil {
			return err
		}
	}
	raw, err := a.assemble(ctx, source)
	if err != nil {
		return err
	}
	file := outFile(o.out, source.manifest().FileName())
	if err := writeFile(file, 0o644, raw); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "wrote     %s, %s\n", file, mib(int64(len(raw))))
	if o.key.key == "" {
		return a.leaveUnsigned(file)
	}
	if err := sign(key, file, raw); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "signed    %s by key %016X\n", file+packfile.SignatureExt, key.ID())
	return nil
}

// leaveUnsigned removes the signature of what was in the file before.
func (a *app) leaveUnsigned(file string) error {
	err := os.Remove(file + packfile.SignatureExt)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fmt.Fprintf(a.stdout, "unsigned  asrdiag pack sign --key KEY %s signs it\n", file)
	return nil
}

// outFile puts the usual name into a folder.
func outFile(out, name string) string {
	if out == "" {
		return name
	}
	info, err := os.Stat(out)
	if err == nil && info.IsDir() || os.IsPathSeparator(out[len(out)-1]) {
		return filepath.Join(out, name)
	}
	return out
}

// assemble gives the bytes of the pack and tells what it does.
func (a *app) assemble(ctx context.Context, source packSource) ([]byte, error) {
	src := packfile.Source{Manifest: source.manifest()}
	if source.usesGo() {
		release, err := goRelease(ctx, source.dir)
		if err != nil {
			return nil, err
		}
		src.Manifest.Source.Go = release
	}
	patterns, err := packPatterns(source.dir)
	if err != nil {
		return nil, err
	}
	src.Files = patterns.files()
	for _, m := range source.Modules {
		mod, err := a.buildModule(ctx, source, m, patterns)
		if err != nil {
			return nil, fmt.Errorf("module %q: %w", m.Name, err)
		}
		src.Modules = append(src.Modules, mod)
	}
	if err := patterns.check(src.Modules); err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	if err := packfile.Build(&raw, src); err != nil {
		return nil, err
	}
	return raw.Bytes(), a.tryPatterns(ctx, src.Manifest.Name, raw.Bytes(), patterns)
}

// buildModule compiles a module, or takes it as it is, and has a worker run it
// once, for its description.
func (a *app) buildModule(ctx context.Context, source packSource, m moduleSource, patterns patternFiles) (packfile.SourceModule, error) {
	verb, load := "read     ", source.load
	switch {
	case m.Go != "":
		verb = "compiled "
	case m.Patterns:
		verb, load = "filled   ", func(context.Context, moduleSource) ([]byte, error) { return a.fill(m.Name, patterns) }
	}
	wasm, err := load(ctx, m)
	if err != nil {
		return packfile.SourceModule{}, err
	}
	fmt.Fprintf(a.stdout, "%s modules/%s.wasm, %s\n", verb, m.Name, mib(int64(len(wasm))))
	pool, err := a.pool(1)
	if err != nil {
		return packfile.SourceModule{}, err
	}
	defer pool.Close()
	describe, err := pool.Describe(ctx, wasm)
	if err != nil {
		return packfile.SourceModule{}, err
	}
	fmt.Fprintf(a.stdout, "described %s\n", count(len(describe.Checks), "check"))
	a.warnSlow(describe)
	return packfile.SourceModule{Name: m.Name, Wasm: wasm, Describe: describe, Limits: m.Limits}, nil
}

// warnSlow names patterns that cost time on every line.
func (a *app) warnSlow(d abi.Describe) {
	for _, p := range analyzer.SlowPatterns(d) {
		by := "no check"
		if len(p.Checks) > 0 {
			by = "check " + strings.Join(p.Checks, ", ")
		}
		a.warnf("%s: scan %q: %q holds no literal of 2 bytes or more that stands in all it matches, so it is tried on every line of the log, which is slow", by, p.Scan, p.Pattern)
	}
}
