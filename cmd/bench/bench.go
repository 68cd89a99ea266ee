package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
)

// config is what the flags say.
type config struct {
	bin, sample, literals string
	quick, slow           bool
	only                  *regexp.Regexp
	log                   io.Writer
}

// bench is one run of the benchmark. Inputs are made when a case first asks.
type bench struct {
	config
	ctx  context.Context
	dir  string
	self string // this program
	made map[string]bool
}

func newBench(ctx context.Context, c config, dir string) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{config: c, ctx: ctx, dir: dir, self: self, made: map[string]bool{}}
	for _, name := range []string{"asrcollect", "asrdiag"} {
		if _, err := os.Stat(b.program(name)); err != nil {
			return nil, fmt.Errorf("%w: make build", err)
		}
	}
	return b, nil
}

// built is the path of one of the built programs.
func built(bin, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	file := filepath.Join(bin, name)
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

func (b *bench) program(name string) string { return built(b.bin, name) }

// sized gives the size of an input: the quick one is a hundredth.
func (b *bench) sized(n int64) int64 {
	if b.quick {
		return n / 100
	}
	return n
}

// rounds gives how often a case is run.
func (b *bench) rounds(n int) int {
	if b.quick {
		return 1
	}
	return n
}

// make makes an input once and gives its path.
func (b *bench) make(name string, write func(file string) error) (string, error) {
	file := filepath.Join(b.dir, name)
	if b.made[name] {
		return file, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	if err := write(file); err != nil {
		return "", fmt.Errorf("make %s: %w", name, err)
	}
	b.made[name] = true
	return file, nil
}

// Sizes of inputs in bytes.
const (
	bigLog      = 500_000_000
	hugeLog     = 2 * bigLog
	smallBundle = 24_700_000 // of logs, which become 5 MB
	gib         = 1 << 30
)

// log is the log of 500 MB, in a folder of its own.
func (b *bench) log() (string, error) {
	return b.make("big/bench.log", func(file string) error { return writeLogFile(file, b.sized(bigLog)) })
}

// hugeLog is the log of 1 GB, in a folder of its own.
func (b *bench) hugeLog() (string, error) {
	log, err := b.log()
	if err != nil {
		return "", err
	}
	return b.make("huge/bench.log", func(file string) error { return repeatFile(file, log, hugeLog/bigLog) })
}

// bundle has so much of the big log, in pieces.
func (b *bench) bundle(name string, size int64, pieces int) (string, error) {
	return b.bundleOf(bundleSpec{file: name, bytes: size, pieces: pieces})
}

// bundleOf makes a bundle of which file is the name.
func (b *bench) bundleOf(s bundleSpec) (string, error) {
	log, err := b.log()
	if err != nil {
		return "", err
	}
	return b.make(s.file, func(file string) error {
		s.file, s.sample, s.log, s.bytes = file, b.sample, log, b.sized(s.bytes)
		return s.write()
	})
}

// profile tells asrcollect to take the logs of a folder and nothing else.
func (b *bench) profile(name, folder string) (string, error) {
	const form = `{"name":"bench","version":"1.0.0","title":"logs of a folder","logs":[{"id":"bench","globs":[%q],"max_file":"4GiB","max_total":"4GiB","why":"measured"}]}`
	return b.make(name, func(file string) error {
		return os.WriteFile(file, fmt.Appendf(nil, form, filepath.Join(folder, "*.log")), 0o600)
	})
}

// cache is an environment whose user's cache is a folder of the benchmark.
func (b *bench) cache(name string) (env []string, dir string, err error) {
	dir, err = b.make(name, func(file string) error { return os.MkdirAll(file, 0o700) })
	return []string{"XDG_CACHE_HOME=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(b.dir, "config")}, dir, err
}

// build builds a pack of a folder.
func (b *bench) buildPack(folder, name string) (string, error) {
	env, _, err := b.cache("cache-build")
	if err != nil {
		return "", err
	}
	return b.make(name, func(file string) error {
		_, err := command{args: []string{b.program("asrdiag"), "pack", "build", "--out", file, folder}, env: append(env, "GOCACHE="+goCache())}.run(b.ctx)
		return err
	})
}

// goCache is the build cache of the Go tool, which cache would move.
func goCache() string {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return ""
	}
	return string(out[:len(out)-1])
}

// missingProgram is the reason not to measure beside a peer that is not there.
func missingProgram(names ...string) error {
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			return errors.New(name + " is not installed")
		}
	}
	return nil
}
