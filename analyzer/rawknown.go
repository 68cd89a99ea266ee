package analyzer

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// logInput is a kind of log that a check of a pack reads: what packs declare is
// all that is known of logs.
type logInput struct {
	glob    string // logs/cxps/**/cxps.err*
	name    string // the last element, lower case
	telling bool   // the name alone says what the log is
	formats []*scan.LineFormat
	readers []abi.Check
}

// logKnowledge is what all packs know.
type logKnowledge struct {
	inputs  []*logInput // by glob
	sources []string    // that a check reads, by name
}

func newLogKnowledge(packs []*packfile.Pack) (*logKnowledge, error) {
	k := &logKnowledge{}
	for _, pack := range packs {
		for _, row := range pack.Manifest.Modules {
			d, err := pack.Describe(row.Path)
			if err == nil {
				err = k.learn(d)
			}
			if err != nil {
				return nil, packError(pack.Manifest.Name, err)
			}
		}
	}
	return k, nil
}

// learn adds what one module declares.
func (k *logKnowledge) learn(d abi.Describe) error {
	for _, in := range d.Inputs {
		if name := sourceOf(in.Glob); name != "" && !strings.ContainsAny(name, "*?") {
			if i, has := slices.BinarySearch(k.sources, name); !has {
				k.sources = slices.Insert(k.sources, i, name)
			}
		}
		if !strings.HasPrefix(in.Glob, "logs/") {
			continue
		}
		i, has := slices.BinarySearchFunc(k.inputs, in.Glob, func(l *logInput, glob string) int { return strings.Compare(l.glob, glob) })
		if !has {
			k.inputs = slices.Insert(k.inputs, i, newLogInput(in.Glob))
		}
		if err := k.inputs[i].learn(d, in); err != nil {
			return err
		}
	}
	return nil
}

// sourceOf names the source of an input's glob.
func sourceOf(glob string) string { return bundles.SourceOf(strings.ReplaceAll(glob, "**/", "")) }

// minTelling is how many characters of a pattern must stand for themselves, its
// ending aside, for a name to tell what a file is: *.log matches anything.
const minTelling = 4

func newLogInput(glob string) *logInput {
	name := strings.ToLower(path.Base(glob))
	stem := strings.TrimSuffix(name, path.Ext(name))
	if strings.ContainsAny(path.Ext(name), "*?") {
		stem = name
	}
	own := len(stem) - strings.Count(stem, "*") - strings.Count(stem, "?")
	return &logInput{glob: glob, name: name, telling: own >= minTelling}
}

// nonsense is a line of no log. A format that it has would match anything.
const nonsense = "so much for lines of which nobody knows a format"

// learn adds the formats in which a module reads the input, and who reads it.
func (in *logInput) learn(d abi.Describe, declared abi.Input) error {
	used := map[string]bool{declared.ID: true}
	formats := map[string]bool{}
	for _, s := range d.Scans {
		if s.Input == declared.ID {
			used[s.ID], formats[s.Format] = true, true
		}
	}
	for _, f := range d.Formats {
		if !formats[f.ID] {
			continue
		}
		lf, err := scan.CompileFormat(f)
		if err != nil {
			return err
		}
		if !lf.Match([]byte(nonsense)) && !lf.Match(nil) {
			in.formats = append(in.formats, lf)
		}
	}
	for _, c := range d.Checks {
		if slices.ContainsFunc(slices.Concat(c.Inputs, c.Scans), func(id string) bool { return used[id] }) {
			in.readers = append(in.readers, c)
		}
	}
	return nil
}

// rawPlace is where a log belongs.
type rawPlace struct {
	path     string
	encoding string
	crlf     bool
}

// place finds out what log a file is: by the folders of a bundle or of the
// script collector, by its name, or by its first lines.
func (r *rawReader) place(f *archive.LooseFile) (rawPlace, bool) {
	for _, in := range r.known.inputs {
		if at, ok := in.inFolders(f.Name); ok {
			return r.placed(f, in, at, nil)
		}
	}
	var named, other []*logInput
	for _, in := range r.known.inputs {
		switch {
		case !bundles.GlobElement(in.name, strings.ToLower(path.Base(f.Name))):
			other = append(other, in)
		default:
			named = append(named, in)
		}
	}
	if !slices.ContainsFunc(named, func(in *logInput) bool { return in.telling }) {
		if r.tried++; r.tried > maxRawTried {
			return rawPlace{}, false
		}
	}
	head, err := r.loose.Head(f, rawHead)
	if err != nil {
		return rawPlace{}, false
	}
	text := newRawText(head)
	if in := text.best(named); in != nil {
		return r.placed(f, in, in.pathOf(f.Name), text)
	}
	for _, in := range named {
		if in.telling && !text.binary {
			return r.placed(f, in, in.pathOf(f.Name), text)
		}
	}
	likeliestFirst(other, strings.ToLower(path.Base(f.Name)))
	if in := text.best(other); in != nil {
		return r.placed(f, in, in.pathOf(f.Name), text)
	}
	return rawPlace{}, false
}

// likeliestFirst orders inputs for a log of another name: several may have its
// format. First is the one whose own name is in the log's, as in a copy that says of
// which machine it is, then the one that most checks read.
func likeliestFirst(inputs []*logInput, name string) {
	within := func(in *logInput) int {
		if in.telling && strings.Contains(name, in.stem()) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(inputs, func(a, b *logInput) int {
		return cmp.Or(cmp.Compare(within(b), within(a)), cmp.Compare(len(b.readers), len(a.readers)))
	})
}

// stem is the name up to its first wildcard behind its own characters.
func (in *logInput) stem() string {
	own := strings.TrimLeft(in.name, "*?")
	if i := strings.IndexAny(own, "*?"); i >= 0 {
		own = own[:i]
	}
	return own
}

func (r *rawReader) placed(f *archive.LooseFile, in *logInput, at string, text *rawText) (rawPlace, bool) {
	if text == nil {
		head, _ := r.loose.Head(f, rawHead) // what cannot be read is told when it is scanned
		text = newRawText(head)
	}
	return rawPlace{at, text.encoding, text.crlf}, bundles.Glob(in.glob, at)
}

// inFolders gives the part of a name from an element on that the glob matches:
// ps01/logs/cxps/C/cxps.err.log is logs/cxps/C/cxps.err.log.
func (in *logInput) inFolders(name string) (at string, ok bool) {
	for rest := name; ; {
		if strings.HasPrefix(rest, "logs/") && bundles.Glob(in.glob, rest) {
			return rest, true
		}
		if _, rest, ok = strings.Cut(rest, "/"); !ok {
			return "", false
		}
	}
}

// pathOf builds the path of a file that the glob matches: folders where it has
// **, and the name, inside the pattern when it is another.
func (in *logInput) pathOf(name string) string {
	elems := strings.Split(in.glob, "/")
	dir, base := path.Split(name)
	var out []string
	for i, e := range elems {
		last := i == len(elems)-1
		switch {
		case e == "**":
			if dir = strings.Trim(dir, "/"); dir != "" {
				out = append(out, dir)
			}
			if dir = ""; last {
				out = append(out, base)
			}
		case last && bundles.GlobElement(strings.ToLower(e), strings.ToLower(base)):
			out = append(out, base)
		case last:
			filled := strings.Replace(e, "*", base, 1)
			out = append(out, strings.NewReplacer("*", "", "?", "_").Replace(filled))
		default:
			out = append(out, strings.NewReplacer("*", "", "?", "_").Replace(e))
		}
	}
	return strings.Join(out, "/")
}

// votes count for each role the checks that read the logs that there are.
type votes map[*logInput]bool

// add counts all who read the log of that path.
func (v votes) add(known *logKnowledge, name string) {
	for _, in := range known.inputs {
		if bundles.GlobLog(in.glob, name) {
			v[in] = true
		}
	}
}

// role is that with most checks, unknown when there is not one.
func (v votes) role() string {
	count := map[string]int{}
	for in := range v {
		for _, c := range in.readers {
			for _, role := range c.Roles {
				count[role]++
			}
		}
	}
	best, most, ties := bundles.RoleUnknown, 0, 0
	for role, n := range count {
		switch {
		case n > most:
			best, most, ties = role, n, 0
		case n == most:
			ties++
		}
	}
	if ties > 0 {
		return bundles.RoleUnknown
	}
	return best
}

// system is that for which the checks of the role are, and among several what
// the line ends say.
func (v votes) system(role string, crlf bool) string {
	systems := map[string]bool{}
	for in := range v {
		for _, c := range in.readers {
			if len(c.OS) == 0 || len(c.Roles) > 0 && !slices.Contains(c.Roles, role) {
				continue
			}
			for _, s := range c.OS {
				systems[s] = true
			}
		}
	}
	if len(systems) == 1 {
		for s := range systems {
			return s
		}
	}
	if crlf {
		return "windows"
	}
	return "linux"
}

// sources names the kinds of logs that there are.
func (v votes) sources() []string {
	var list []string
	for in := range v {
		list = append(list, cmp.Or(sourceOf(in.glob), in.glob))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// rawText is the beginning of a file as text.
type rawText struct {
	lines    [][]byte
	encoding string // without a byte order mark
	binary   bool
	crlf     bool
}

func newRawText(head []byte) *rawText {
	t := &rawText{}
	head, t.encoding = plainText(head)
	t.binary = bytes.IndexByte(head, 0) >= 0
	t.crlf = bytes.Contains(head, []byte("\r\n"))
	for line := range bytes.Lines(head) {
		if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
			t.lines = append(t.lines, line[:min(len(line), 4096)])
		}
		if len(t.lines) == rawLines {
			break
		}
	}
	return t
}

// enough is how many lines prove a format where there are more than a few.
const enough = 3

// best is the input of whose formats most lines are, nil when there is none of
// which enough are.
func (t *rawText) best(inputs []*logInput) *logInput {
	var best *logInput
	most := 0
	for _, in := range inputs {
		for _, f := range in.formats {
			n := 0
			for _, line := range t.lines {
				if f.Match(line) {
					n++
				}
			}
			if n > most && (n >= enough || 2*n >= len(t.lines)) {
				best, most = in, n
			}
		}
	}
	return best
}
