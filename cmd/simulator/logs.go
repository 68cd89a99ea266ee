package simulator

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Log is one log of the simulated server, with all of its lines.
type Log struct {
	Name   string
	Format string // a name of formats
	Path   string
	// A log is cut every Cut, and Keep former pieces are kept as Piece, where
	// {i}, {epoch} and {iso} tell them apart; "...gz" is compressed. 0: not cut.
	Cut   time.Duration
	Keep  int
	Piece string
	Lines []LogLine
	own   int // from which on Lines are the incident's; those before are its deployment's
}

// LogLine is one line, or a series of them.
type LogLine struct {
	When
	Cells []string // as the format wants them
	// Drop takes the lines out that former texts have put into the span.
	Drop bool
}

// logLine reads one line of the section "logs":
//
//	NAME = FORMAT PATH                  a log
//	NAME cut AGE keep N as PATH         how it is cut
//	NAME drop [FROM..TO]                without its lines so far
//	NAME absent
//	NAME: WHEN | CELL | ...             a line or a series of lines
func (in *Incident) logLine(l string) error {
	if name, rest, ok := strings.Cut(l, ":"); ok && !strings.ContainsAny(name, " =") {
		log, err := in.log(name)
		if err != nil {
			return err
		}
		return log.add(rest)
	}
	name, rest, _ := strings.Cut(l, " ")
	if declared, ok := strings.CutPrefix(rest, "= "); ok {
		format, path, _ := strings.Cut(declared, " ")
		if formats[format] == nil || !isPath(path) {
			return fmt.Errorf("want NAME = FORMAT PATH; formats are %s", strings.Join(formatNames(), ", "))
		}
		in.Logs = append(in.Logs, Log{Name: name, Format: format, Path: path})
		return nil
	}
	log, err := in.log(name)
	if err != nil {
		return err
	}
	switch verb, rest, _ := strings.Cut(rest, " "); verb {
	case "absent":
		in.Logs = slices.DeleteFunc(in.Logs, func(g Log) bool { return g.Name == name })
		return nil
	case "drop":
		return log.drop(rest)
	case "cut":
		return log.setCut(rest)
	}
	return fmt.Errorf("want a log's lines, or one of =, cut, drop, absent")
}

func (in *Incident) log(name string) (*Log, error) {
	i := slices.IndexFunc(in.Logs, func(g Log) bool { return g.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no log %q", name)
	}
	return &in.Logs[i], nil
}

func (g *Log) add(rest string) error {
	c := strings.Split(rest, " | ")
	for i := range c {
		c[i] = strings.TrimSpace(c[i])
	}
	w, err := parseWhen(c[0])
	if err != nil {
		return err
	}
	if want := formats[g.Format].cells; len(c)-1 < want {
		return fmt.Errorf("a line of format %s has %d cells behind its time", g.Format, want)
	}
	g.Lines = append(g.Lines, LogLine{When: w, Cells: c[1:]})
	return nil
}

func (g *Log) drop(span string) error {
	w := When{From: -100 * 365 * 24 * time.Hour}
	if span != "" {
		var err error
		if w, err = parseWhen(span + "/1s"); err != nil {
			return err
		}
	}
	g.Lines = append(g.Lines, LogLine{When: w, Drop: true})
	return nil
}

func (g *Log) setCut(rest string) (err error) {
	f := strings.SplitN(rest, " ", 5)
	if len(f) != 5 || f[1] != "keep" || f[3] != "as" {
		return fmt.Errorf("want cut AGE keep N as PATH")
	}
	if g.Cut, err = parseAge(f[0]); err != nil {
		return err
	}
	g.Piece = f[4]
	g.Keep, err = strconv.Atoi(f[2])
	return err
}

// entry is one line with its time, in the order in which it was made.
type entry struct {
	at    time.Time
	cells []string
}

// entries evaluates the lines of a log: the same for the same seed and clock.
func (g *Log) entries(now time.Time, vars Vars, seed uint64) []entry {
	h := fnv.New64a()
	h.Write([]byte(g.Name))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	var out []entry
	for _, l := range g.Lines {
		if l.Drop {
			out = slices.DeleteFunc(out, func(e entry) bool { return l.holds(e.at, now) })
			continue
		}
		for n, at := range l.moments(now) {
			e := entry{at: at}
			for _, c := range l.Cells {
				e.cells = append(e.cells, draw(vars.Expand(c), n, r))
			}
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b entry) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	return out
}

// piece is one file of a log.
type piece struct {
	path  string
	data  []byte // as it lies on the disk
	plain []byte // without compression
	last  time.Time
}

// pieces writes a log to its format, with the files it was cut into.
func (g *Log) pieces(now time.Time, zone *time.Location, vars Vars, seed uint64) ([]piece, error) {
	all := g.entries(now, vars, seed)
	if g.Cut == 0 {
		return []piece{g.piece(vars.Expand(g.Path), all, zone, now).ends(vars)}, nil
	}
	var out []piece
	for i := range g.Keep + 1 {
		to, from := now.Add(-time.Duration(i)*g.Cut), now.Add(-time.Duration(i+1)*g.Cut)
		var part []entry
		for _, e := range all {
			if e.at.After(from) && !e.at.After(to) {
				part = append(part, e)
			}
		}
		path := g.Path
		if i > 0 {
			path = pieceName(g.Piece, i, to.In(zone))
		}
		if i > 0 && len(part) == 0 {
			continue
		}
		p := g.piece(vars.Expand(path), part, zone, to).ends(vars)
		if strings.HasSuffix(path, ".gz") {
			p.data = zipped(p.plain)
		}
		out = append(out, p)
	}
	return out, nil
}

func pieceName(pattern string, i int, at time.Time) string {
	return strings.NewReplacer("{i}", strconv.Itoa(i), "{epoch}", strconv.FormatInt(at.Unix(), 10), "{iso}", at.Format("20060102T150405")).Replace(pattern)
}

func (g *Log) piece(path string, part []entry, zone *time.Location, empty time.Time) piece {
	f := formats[g.Format]
	var b bytes.Buffer
	b.WriteString(f.header)
	p := piece{path: path, last: empty}
	for i, e := range part {
		b.WriteString(f.line(e, i, zone))
		p.last = e.at
	}
	p.plain = b.Bytes()
	p.data = p.plain
	return p
}

// ends gives the lines the ends that they have on the machine's system.
func (p piece) ends(vars Vars) piece {
	if vars["system"] == "linux" {
		p.plain = bytes.ReplaceAll(p.plain, []byte("\r\n"), []byte("\n"))
		p.data = p.plain
	}
	return p
}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data) // a buffer takes all
	w.Close()
	return b.Bytes()
}
