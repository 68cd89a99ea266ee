package scan

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/asrdiag/asrdiag/bundles"
	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// What is read of a log to tell its format.
const (
	headBytes = 64 << 10
	headLines = 200
)

// Formats knows the formats that modules declare, and for which files.
type Formats struct {
	plan   *plan
	all    []known
	byPath map[string][]int // index in all, of the formats declared for a file
}

// known is a format and what it was compiled from.
type known struct {
	decl     decl.Format
	compiled *format
}

// NewFormats takes the formats of all scans. The error is that of a declaration.
func NewFormats(b *bundles.Bundle, mods []Module) (*Formats, error) {
	k := &Formats{plan: &plan{formats: map[string]*format{}}, byPath: map[string][]int{}}
	for _, mod := range mods {
		if err := k.add(b, mod); err != nil {
			return nil, fmt.Errorf("module %q: %w", mod.Name, err)
		}
	}
	return k, nil
}

func (k *Formats) add(b *bundles.Bundle, mod Module) error {
	index := map[string]int{}
	for _, f := range mod.Formats {
		i, err := k.enter(f)
		if err != nil {
			return err
		}
		index[f.ID] = i
	}
	inputs := map[string][]string{}
	for _, in := range mod.Inputs {
		inputs[in.ID] = b.MatchLogs(in.Glob)
	}
	for _, s := range mod.Scans {
		i, ok := index[s.Format]
		if !ok {
			continue
		}
		for _, path := range inputs[s.Input] {
			if !slices.Contains(k.byPath[path], i) {
				k.byPath[path] = append(k.byPath[path], i)
			}
		}
	}
	return nil
}

// enter gives the place of a format, the same for all that say the same.
func (k *Formats) enter(f decl.Format) (int, error) {
	compiled, err := k.plan.format(f)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(k.all, func(have known) bool { return have.compiled == compiled }); i >= 0 {
		return i, nil
	}
	k.all = append(k.all, known{f, compiled})
	return len(k.all) - 1, nil
}

// Declare adds a format for one file.
func (k *Formats) Declare(path string, f decl.Format) error {
	i, err := k.enter(f)
	if err != nil {
		return err
	}
	k.byPath[path] = append(k.byPath[path], i)
	return nil
}

// Of gives the format of a file: of those that are declared for it the one that
// most of its first lines have. A log for which none is declared has the known
// one that more than half of them have. False: it has none.
func (k *Formats) Of(b *bundles.Bundle, path string) (decl.Format, bool) {
	row, _ := b.File(path)
	row.Path = path
	f := k.of(b, row)
	if f == nil {
		return decl.Format{}, false
	}
	i := slices.IndexFunc(k.all, func(have known) bool { return have.compiled == f })
	return k.all[i].decl, true
}

func (k *Formats) of(b *bundles.Bundle, row bundles.File) *format {
	declared := k.byPath[row.Path]
	if len(declared) == 0 && !isLog(row.Path) || len(k.all) == 0 {
		return nil
	}
	if len(declared) == 1 {
		return k.all[declared[0]].compiled
	}
	lines := headOfFile(b, row)
	best, most, full := -1, 0, 0
	for _, l := range lines {
		if len(bytes.TrimSpace(l)) > 0 {
			full++
		}
	}
	try := func(i int) {
		if n := k.all[i].count(lines); n > most {
			best, most = i, n
		}
	}
	for _, i := range declared {
		try(i)
	}
	switch {
	case best >= 0:
		return k.all[best].compiled
	case len(declared) > 0:
		return k.all[declared[0]].compiled
	}
	for i := range k.all {
		try(i)
	}
	if best < 0 || 2*most <= full {
		return nil
	}
	return k.all[best].compiled
}

// count is how many lines have the format.
func (k known) count(lines [][]byte) (n int) {
	r := newLineReader(k.compiled)
	for _, l := range lines {
		if r.match(l) {
			n++
		}
	}
	return n
}

// headOfFile reads the first whole lines of a file.
func headOfFile(b *bundles.Bundle, row bundles.File) [][]byte {
	file, err := b.FS.Open(row.Path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var lines [][]byte
	f := &flow{pool: &blockPool{}, search: newSearcher(nil), read: func(int) {}, take: func(b *block) {
		for i := range min(b.count(), headLines) {
			lines = append(lines, bytes.Clone(b.text(i)))
		}
	}}
	f.serial(context.Background(), newChunker(io.LimitReader(file, headBytes), headBytes, declaredEncoding(row.Encoding)))
	return lines
}

// zoneOf gives the zone of a bundle's host.
func zoneOf(b *bundles.Bundle) *decl.Zone {
	var offs []decl.Offset
	for _, o := range b.Host().UTCOffsets {
		offs = append(offs, decl.Offset{From: o.From, Seconds: o.Seconds})
	}
	return decl.NewZone(offs)
}

// firstLine is the number of the first stored line; known is false where it is
// counted from the first stored one.
func firstLine(row bundles.File) (n int64, known bool) {
	whole := len(row.Ranges) == 0 || row.Ranges[0][0] == 0
	return max(row.FirstLine, 1), row.FirstLine > 0 || whole
}

// total sums sizes.
func total(jobs []*job) (n int64) {
	for _, j := range jobs {
		n += cmp.Or(j.size, 0)
	}
	return n
}
