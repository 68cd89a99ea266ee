package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// patternPack is a pack that looks for patterns in all logs, and the same patterns
// for other programs.
type patternPack struct{ file, patterns string }

// beside is a folder beside that of the literals.
func (b *bench) beside(name string) string {
	return filepath.Join(filepath.Dir(b.config.literals), name)
}

func (b *bench) patternPack(name string) (patternPack, error) {
	folder := b.beside(name)
	file, err := b.buildPack(folder, name+".asrpack")
	return patternPack{file, filepath.Join(folder, "patterns.txt")}, err
}

// find looks for the patterns of a pack in a bundle. The checks of this role read
// none of the logs, so only the pack's patterns are looked for.
func (b *bench) find(p patternPack, file string) (command, error) {
	return b.warm(file, "--pack", p.file, "--allow-unsigned", "--role", "source-machine")
}

// warm gives the command for a bundle when the packs that it needs are compiled.
func (b *bench) warm(file string, args ...string) (command, error) {
	c, err := b.compiled(append(args, b.sample)...)
	c.args[len(c.args)-1] = file
	return c, err
}

const findWords = "asrdiag analyze --pack PATTERNS.asrpack --allow-unsigned --role source-machine BUNDLE"

// ripgrep looks for patterns in a bundle's logs. What it finds is not printed to
// the null device, at which it would stop at the first.
func ripgrep(how, patterns, file string) command {
	return command{args: []string{"sh", "-c", fmt.Sprintf("unzip -p '%s' 'logs/*' | rg %s -f '%s' | cat >/dev/null", file, how, patterns)}}
}

// grep prints the lines that have a literal.
func (b *bench) grep(patterns, file string) command {
	return command{args: []string{b.program("asrdiag"), "bundle", "grep", "-F", "-f", patterns, file}}
}

// patterns looks for 40 literals, 400, and the product's fifty lines, in one log
// and in eight.
func patterns(b *bench) ([]row, error) {
	if err := missingProgram("unzip", "rg"); err != nil {
		return nil, err
	}
	var packs [3]patternPack
	for i, name := range []string{"literals", "manyliterals", "signatures"} {
		p, err := b.patternPack(name)
		if err != nil {
			return nil, err
		}
		packs[i] = p
	}
	one, err := b.bundle("one.zip", gib, 1)
	if err != nil {
		return nil, err
	}
	eight, err := b.bundle("eight.zip", gib, 8)
	if err != nil {
		return nil, err
	}
	rows, err := b.besideRipgrep(packs, one, "one log of 1 GiB")
	if err != nil {
		return nil, err
	}
	more, err := b.besideRipgrep(packs, eight, "eight logs, 1 GiB together")
	return append(rows, more...), err
}

func (b *bench) besideRipgrep(packs [3]patternPack, file, words string) ([]row, error) {
	var finds [3]command
	for i, p := range packs {
		c, err := b.find(p, file)
		if err != nil {
			return nil, err
		}
		finds[i] = c
	}
	spent, err := turns(b.ctx, b.rounds(3), finds[0].run, finds[1].run, finds[2].run,
		ripgrep("-F", packs[0].patterns, file).run, ripgrep("-i", packs[2].patterns, file).run, b.grep(packs[0].patterns, file).run)
	if err != nil {
		return nil, err
	}
	peer := func(what, how string, own, other time.Duration) row {
		return row{
			what: what + " in " + words + ", wall", measured: sec(own), peer: "`unzip -p` and `rg " + how + "`: " + sec(other),
			ratio: fmt.Sprintf("%.2f", ratio(own, other)), bound: "ratio 0.6, aim 0.4", value: ratio(own, other), limit: 0.6, command: findWords,
		}
	}
	more := func(what string, own, other time.Duration) row {
		return row{
			what: "400 literals in " + words + ", " + what, measured: sec(own), peer: "40 literals: " + sec(other),
			ratio: fmt.Sprintf("%.2f", ratio(own, other)), bound: "ratio 1.3", value: ratio(own, other), limit: 1.3, command: findWords,
		}
	}
	lines := peer("the same with bundle grep:", "-F", spent[5].wall, spent[3].wall)
	lines.command = "asrdiag bundle grep -F -f PATTERNS.txt BUNDLE"
	expressions := peer("52 expressions, case ignored,", "-i", spent[2].wall, spent[4].wall)
	expressions.peer += "; CPU here: " + sec(spent[2].cpu) + ", of 40 literals: " + sec(spent[0].cpu)
	return []row{
		peer("40 literals", "-F", spent[0].wall, spent[3].wall), lines,
		more("wall", spent[1].wall, spent[0].wall),
		more("CPU", spent[1].cpu, spent[0].cpu),
		expressions,
	}, nil
}

// scanMemory is asrdiag on a log that is one line, and on one in UTF-16.
func scanMemory(b *bench) ([]row, error) {
	var rows []row
	for _, in := range []struct {
		name, words string
		change      func(io.Reader) io.Reader
	}{
		{"line.zip", "a log of 1 GiB that is one line", func(r io.Reader) io.Reader { return oneLine{r} }},
		{"wide.zip", "a log of 1 GiB in UTF-16", func(r io.Reader) io.Reader { return &wide{r: r} }},
	} {
		file, err := b.bundleOf(bundleSpec{file: in.name, bytes: gib, pieces: 1, change: in.change})
		if err != nil {
			return nil, err
		}
		c, err := b.warm(file)
		if err != nil {
			return nil, err
		}
		c.watch = true
		spent, err := c.run(b.ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, resident("analyze: "+in.words, spent))
		if err := b.drop(in.name); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func resident(what string, c cost) row {
	return row{
		what: what + ", resident", measured: inMiB(c.largest), peer: "the worker alone; wall: " + sec(c.wall), bound: "150 MiB",
		value: float64(c.largest), limit: 150 * mib, command: analyzeWords,
	}
}

// scanLinear compares the time for a byte of logs of three sizes.
func scanLinear(b *bench) ([]row, error) {
	sizes := []struct {
		words string
		size  int64
	}{{"64 MiB", 64 * mib}, {"512 MiB", 512 * mib}, {"4 GiB", 4 * gib}}
	var perGiB [3]time.Duration
	var rows []row
	for i, s := range sizes {
		name := fmt.Sprintf("linear-%d.zip", i)
		file, err := b.bundle(name, s.size, 1)
		if err != nil {
			return nil, err
		}
		c, err := b.warm(file)
		if err != nil {
			return nil, err
		}
		rounds := b.rounds(5)
		if c.watch = i == len(sizes)-1; c.watch {
			rounds = 1
		}
		spent, err := turns(b.ctx, rounds, c.run)
		if err != nil {
			return nil, err
		}
		perGiB[i] = time.Duration(float64(spent[0].cpu) / float64(s.size) * gib)
		r := row{what: "analyze: a log of " + s.words + ", CPU", measured: sec(spent[0].cpu), peer: "for a GiB: " + sec(perGiB[i]), command: analyzeWords}
		if c.watch {
			r.peer += "; for one of 512 MiB: " + sec(perGiB[1])
			r.value, r.limit, r.bound = ratio(perGiB[2], perGiB[1]), 1.15, "ratio 1.15"
			r.ratio = fmt.Sprintf("%.2f", r.value)
			rows = append(rows, r, resident("analyze: a log of "+s.words, spent[0]))
		} else {
			rows = append(rows, r)
		}
		if err := b.drop(name); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// drop removes an input that no other case uses, so that disks do not fill up.
func (b *bench) drop(name string) error {
	delete(b.made, name)
	return os.Remove(filepath.Join(b.dir, name))
}

// manyBundles analyzes bundles of 5 MB with one job and with two. A few are made,
// the rest are links to them.
func manyBundles(b *bench) ([]row, error) {
	n, rounds := 70, 3 // one run each says little: what else the machine does hits only one of them
	switch {
	case b.quick:
		n = 4
	case b.slow:
		n, rounds = 1000, 1
	}
	files, err := b.smallBundles(n)
	if err != nil {
		return nil, err
	}
	jobs := func(jobs string, files []string) (command, error) {
		return b.compiled(append([]string{"--jobs", jobs}, files...)...)
	}
	few, err := jobs("2", files[:max(n/10, 2)])
	if err != nil {
		return nil, err
	}
	few.watch = true
	least, err := few.run(b.ctx)
	if err != nil {
		return nil, err
	}
	one, two := few, few
	one.args, two.args = b.analyze(nil, append([]string{"--jobs", "1"}, files...)...).args, b.analyze(nil, append([]string{"--jobs", "2"}, files...)...).args
	spent, err := turns(b.ctx, b.rounds(rounds), one.run, two.run)
	if err != nil {
		return nil, err
	}
	faster, more := ratio(spent[0].wall, spent[1].wall), float64(spent[1].resident)/float64(least.resident)
	what := fmt.Sprintf("analyze: %d bundles of 5 MB, two jobs, ", n)
	command := "asrdiag analyze --format json --jobs 2 BUNDLES"
	return []row{
		{
			what: what + "wall", measured: sec(spent[1].wall), peer: "one job: " + sec(spent[0].wall), ratio: fmt.Sprintf("%.2f times as fast", faster),
			bound: "1.8 times", value: 1 / faster, limit: 1 / 1.8, command: command,
		},
		{
			what: what + "resident", measured: inMiB(spent[1].resident), peer: fmt.Sprintf("%d bundles: %s", max(n/10, 2), inMiB(least.resident)),
			ratio: fmt.Sprintf("%.2f", more), bound: "ratio 1.25", value: more, limit: 1.25,
		},
	}, nil
}

// smallBundles are n bundles, of which the fifth is a link to the first.
func (b *bench) smallBundles(n int) ([]string, error) {
	const different = 4
	var files []string
	for i := range n {
		name := fmt.Sprintf("many/%04d.zip", i)
		var file string
		var err error
		if i < different {
			file, err = b.bundleOf(bundleSpec{file: name, bytes: smallBundle, pieces: 4, id: i})
		} else {
			file, err = b.make(name, func(file string) error { return os.Link(files[i%different], file) })
		}
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}
