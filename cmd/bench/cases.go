package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// benchCase measures one thing and gives a row, or a few.
type benchCase struct {
	name string
	run  func(*bench) ([]row, error)
}

// cases are in the order of the table. Those of the collector come first.
func cases() []benchCase {
	return []benchCase{
		{"asrcollect: start", start},
		{"asrcollect.exe: size", exeSize},
		{"asrcollect: sampling every 5 s", sampling},
		{"asrcollect: a log of 500 MB", collectBig},
		{"asrcollect: a log of 1 GB", collectHuge},
		{"asrcollect: names and addresses", collectNames},
		{"analyze: a bundle of 5 MB", analyzeSmall},
		{"analyze: nothing compiled", analyzeFirst},
		{"analyze: a log of 500 MB", analyzeBig},
		{"40 literals, 400, and expressions", patterns},
		{"memory of scans", scanMemory},
		{"logs of 64 MiB to 4 GiB", scanLinear},
		{"many bundles", manyBundles},
		{"a pack beside an empty module", packBesideEmpty},
		{"metering", metering},
	}
}

const (
	mb  = 1e6
	mib = 1 << 20
)

func ms(d time.Duration) string        { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }
func sec(d time.Duration) string       { return fmt.Sprintf("%.2f s", d.Seconds()) }
func inMiB(n int64) string             { return fmt.Sprintf("%.0f MiB", float64(n)/mib) }
func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

// start is the time to the end of a process that has nothing to do; the least
// that starting any takes is its peer.
func start(b *bench) ([]row, error) {
	collect := command{args: []string{b.program("asrcollect"), "version"}}
	least := command{args: []string{"true"}}
	spent, err := turns(b.ctx, b.rounds(51), collect.run, least.run)
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "asrcollect: start", measured: ms(spent[0].wall), peer: "`true`: " + ms(spent[1].wall), bound: "10 ms",
		command: "asrcollect version", value: spent[0].wall.Seconds(), limit: 0.010,
	}}, nil
}

func exeSize(b *bench) ([]row, error) {
	info, err := os.Stat(filepath.Join(b.bin, "asrcollect.exe"))
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "asrcollect.exe: size", measured: fmt.Sprintf("%.2f MB", float64(info.Size())/mb), bound: "7.5 MB, aim 7",
		command: "make build", value: float64(info.Size()), limit: 7.5 * mb,
	}}, nil
}

// collect is asrcollect on the logs of a folder, with the shortest window.
func (b *bench) collect(log string, more ...string) (command, error) {
	folder := filepath.Dir(log)
	profile, err := b.profile(filepath.Base(folder)+".json", folder)
	if err != nil {
		return command{}, err
	}
	out, err := b.make("out-"+filepath.Base(folder), func(dir string) error { return os.Mkdir(dir, 0o700) })
	args := []string{
		b.program("asrcollect"), "--duration", "1s", "--interval", "1s", "--profile", profile, "--yes", "--no-probes",
		"--max-size", "0", "--min-free", "0", "--log-age", "0", "--quiet", "--out", out,
	}
	return command{args: append(args, more...), codes: []int{0, 3}}, err
}

const collectWords = "asrcollect --duration 1s --profile LOGS.json --yes --max-size 0 --log-age 0 --no-probes"

// emptyOut removes the bundles of a folder, so that disks do not fill up.
func emptyOut(run func(context.Context) (cost, error), folder string) func(context.Context) (cost, error) {
	return func(ctx context.Context) (cost, error) {
		c, err := run(ctx)
		files, _ := filepath.Glob(filepath.Join(folder, "*.zip"))
		for _, f := range files {
			_ = os.Remove(f)
		}
		return c, err
	}
}

func collectBig(b *bench) ([]row, error) {
	if err := missingProgram("zip"); err != nil {
		return nil, err
	}
	log, err := b.log()
	if err != nil {
		return nil, err
	}
	collect, err := b.collect(log)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(b.dir, "out-big")
	packed := command{args: []string{"zip", "-q", "-1", filepath.Join(out, "peer.zip"), log}}
	spent, err := turns(b.ctx, b.rounds(3), emptyOut(collect.run, out), emptyOut(packed.run, out))
	if err != nil {
		return nil, err
	}
	c, z := spent[0], spent[1]
	return []row{
		{
			what: "asrcollect: a log of 500 MB, redacted, CPU", measured: sec(c.cpu), peer: "`zip -1`: " + sec(z.cpu),
			ratio: fmt.Sprintf("%.2f", ratio(c.cpu, z.cpu)), bound: "10 s, aim 5", command: collectWords, value: c.cpu.Seconds(), limit: 10,
		},
		{
			what: "the same, wall", measured: sec(c.wall), peer: "`zip -1`: " + sec(z.wall),
			ratio: fmt.Sprintf("%.2f", ratio(c.wall, z.wall)), command: "zip -q -1 OUT.zip LOG",
		},
	}, nil
}

func collectHuge(b *bench) ([]row, error) {
	log, err := b.hugeLog()
	if err != nil {
		return nil, err
	}
	collect, err := b.collect(log)
	if err != nil {
		return nil, err
	}
	collect.watch = true
	c, err := emptyOut(collect.run, filepath.Join(b.dir, "out-huge"))(b.ctx)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(log); err != nil {
		return nil, err
	}
	return []row{{
		what: "asrcollect: a log of 1 GB, resident", measured: inMiB(c.resident), bound: "48 MiB", command: collectWords,
		value: float64(c.resident), limit: 48 * mib,
	}}, nil
}

func metering(*bench) ([]row, error) {
	return []row{{what: "sandbox: metering", bound: "3 % of the guest's CPU", later: true, problem: "the sandbox counts no fuel yet"}}, nil
}
