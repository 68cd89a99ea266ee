package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// analyze is asrdiag on a bundle, its report thrown away.
func (b *bench) analyze(env []string, more ...string) command {
	args := append([]string{b.program("asrdiag"), "analyze", "--format", "json", "--fail-on", "never"}, more...)
	return command{args: args, env: env, codes: []int{0, 4}}
}

const analyzeWords = "asrdiag analyze --format json BUNDLE"

// compiled gives a command that was run once, so that packs are compiled.
func (b *bench) compiled(more ...string) (command, error) {
	env, _, err := b.cache("cache")
	if err != nil {
		return command{}, err
	}
	c := b.analyze(env, more...)
	_, err = c.run(b.ctx)
	return c, err
}

func analyzeSmall(b *bench) ([]row, error) {
	file, err := b.bundle("small.zip", smallBundle, 4)
	if err != nil {
		return nil, err
	}
	c, err := b.compiled(file)
	if err != nil {
		return nil, err
	}
	least, err := b.compiled(b.sample)
	if err != nil {
		return nil, err
	}
	inflate := command{args: []string{b.self, peerArg, file}}
	spent, err := turns(b.ctx, b.rounds(25), c.run, inflate.run, least.run)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	return []row{
		{
			what: fmt.Sprintf("analyze: a bundle of %.1f MB, packs compiled, CPU", float64(info.Size())/mb), measured: ms(spent[0].cpu),
			peer: "inflate and hash its logs: " + ms(spent[1].cpu), ratio: fmt.Sprintf("%.2f", ratio(spent[0].cpu, spent[1].cpu)),
			bound: "200 ms, aim 150", command: analyzeWords, value: spent[0].cpu.Seconds(), limit: 0.2,
		},
		{
			what: "analyze: a bundle of 29 kB, packs compiled, CPU", measured: ms(spent[2].cpu), peer: "wall: " + ms(spent[2].wall),
			command: "asrdiag analyze --format json healthy.zip",
		},
	}, nil
}

// analyzeFirst gives every run an empty cache.
func analyzeFirst(b *bench) ([]row, error) {
	round := 0
	first := func(ctx context.Context) (cost, error) {
		round++
		env, dir, err := b.cache(fmt.Sprintf("cache-first-%d", round))
		if err != nil {
			return cost{}, err
		}
		defer os.RemoveAll(dir)
		return b.analyze(env, b.sample).run(ctx)
	}
	spent, err := turns(b.ctx, b.rounds(3), first)
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "analyze: a bundle of 29 kB, nothing compiled, CPU", measured: sec(spent[0].cpu), peer: "wall: " + sec(spent[0].wall),
		command: "asrdiag analyze --format json healthy.zip",
	}}, nil
}

func analyzeBig(b *bench) ([]row, error) {
	file, err := b.bundle("big.zip", bigLog, 1)
	if err != nil {
		return nil, err
	}
	c, err := b.compiled(file)
	if err != nil {
		return nil, err
	}
	inflate := command{args: []string{b.self, peerArg, file}}
	spent, err := turns(b.ctx, b.rounds(5), c.run, inflate.run)
	if err != nil {
		return nil, err
	}
	c.watch = true
	watched, err := c.run(b.ctx)
	if err != nil {
		return nil, err
	}
	own := ratio(spent[0].cpu, spent[1].cpu)
	const what = "analyze: a log of 500 MB, "
	return []row{
		{
			what: what + "CPU", measured: sec(spent[0].cpu), peer: "inflate and hash it: " + sec(spent[1].cpu),
			ratio: fmt.Sprintf("%.2f", own), bound: "ratio 1.5", command: analyzeWords, value: own, limit: 1.5,
		},
		{what: what + "wall", measured: sec(spent[0].wall), peer: "inflate and hash it: " + sec(spent[1].wall), ratio: fmt.Sprintf("%.2f", ratio(spent[0].wall, spent[1].wall))},
		{what: what + "resident", measured: inMiB(watched.largest), peer: "the worker alone", bound: "150 MiB", value: float64(watched.largest), limit: 150 * mib},
		{what: what + "resident with its worker", measured: inMiB(watched.resident), bound: "256 MiB", value: float64(watched.resident), limit: 256 * mib},
	}, nil
}

// packBesideEmpty compiles the module of a pack and an empty one, and loads them.
// "pack build" does both: it asks the module to describe itself.
func packBesideEmpty(b *bench) ([]row, error) {
	var folders [2]string
	for i, write := range []func(string) error{b.extractModule, b.compileEmpty} {
		folder, err := b.make(fmt.Sprintf("module-%d", i), func(dir string) error { return moduleFolder(dir, write) })
		if err != nil {
			return nil, err
		}
		folders[i] = folder
	}
	round := 0
	build := func(folder string, again bool) func(context.Context) (cost, error) {
		return func(ctx context.Context) (cost, error) {
			round++
			env, dir, err := b.cache(fmt.Sprintf("cache-%d", round))
			if err != nil {
				return cost{}, err
			}
			defer os.RemoveAll(dir)
			c := command{args: []string{b.program("asrdiag"), "pack", "build", "--out", filepath.Join(b.dir, "built.asrpack"), folder}, env: env}
			spent, err := c.run(ctx)
			if again && err == nil {
				spent, err = c.run(ctx)
			}
			return spent, err
		}
	}
	spent, err := turns(b.ctx, b.rounds(3), build(folders[0], false), build(folders[1], false), build(folders[0], true), build(folders[1], true))
	if err != nil {
		return nil, err
	}
	line := func(what string, own, empty time.Duration, bound float64) row {
		return row{
			what: what, measured: ms(own), peer: "an empty Go module: " + ms(empty), ratio: fmt.Sprintf("%.2f", ratio(own, empty)),
			bound: fmt.Sprintf("ratio %.1f", bound), value: ratio(own, empty), limit: bound, later: true, command: "asrdiag pack build DIR",
		}
	}
	return []row{
		line("asr-process-server: compile and describe, CPU", spent[0].cpu, spent[1].cpu, 1.5),
		line("asr-process-server: load from the cache and describe, CPU", spent[2].cpu, spent[3].cpu, 1.4),
	}, nil
}

// moduleFolder makes the source of a pack whose module is there already.
func moduleFolder(dir string, module func(file string) error) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	source := map[string]any{
		"format": 1, "name": "bench", "release": 1, "version": "1.0.0", "abi": map[string]int{"major": 1, "min_minor": 0},
		"engine_min": "0.1.0", "bundle": map[string]int{"version": 1, "min_minor": 0},
		"modules": []map[string]string{{"name": "module", "wasm": "module.wasm"}},
	}
	raw, err := json.Marshal(source)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "pack.json"), raw, 0o600); err != nil {
		return err
	}
	return module(filepath.Join(dir, "module.wasm"))
}

// extractModule takes the module out of the built pack of the process server.
func (b *bench) extractModule(file string) error {
	packs, err := filepath.Glob(filepath.Join(b.bin, "packs", "asr-process-server-*.asrpack"))
	if err != nil || len(packs) != 1 {
		return fmt.Errorf("%d packs of the process server: make build", len(packs))
	}
	z, err := zip.OpenReader(packs[0])
	if err != nil {
		return err
	}
	defer z.Close()
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	for _, e := range z.File {
		if strings.HasSuffix(e.Name, ".wasm") {
			err = eachEntry(e, func(r io.Reader) error { _, err := io.Copy(out, r); return err })
			break
		}
	}
	return closeAfter(out, err)
}

// compileEmpty compiles the empty module, as packs are.
func (b *bench) compileEmpty(file string) error {
	cmd := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", file, "./"+filepath.Base(b.empty()))
	cmd.Dir = filepath.Dir(b.empty())
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %s", err, out)
	}
	return nil
}

// empty is the folder of the empty module.
func (b *bench) empty() string { return b.beside("empty") }
