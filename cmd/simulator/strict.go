package simulator

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/collector"
)

// strictEnd is what the folder and the bundle of a strict run have behind their
// names.
const strictEnd = "-strict"

// strictName is what asrcollect may call a strict bundle.
var strictName = regexp.MustCompile(`^asr-bundle-host-[a-z2-7]{12}(\.dom-[a-z2-7]{12})*(\.[a-z]+)?-\d{8}T\d{6}Z\.zip$`)

// strictly is a run with pseudonyms for machines and addresses, too.
func (m *Machine) strictly() privacy {
	return privacy{strictEnd, []string{"--privacy", collector.PrivacyStrict, "--case-key", m.keyFile()}}
}

// keyFile is the key of the case on the machine.
func (m *Machine) keyFile() string {
	profile, _ := m.system.places()
	return strings.TrimSuffix(profile, "profile.json") + "case.key"
}

// secrets is what a run has kept from its bundle, and turns its pseudonyms back.
type secrets struct {
	reveal *collector.Reveal
	hider  *collector.Hider
	list   []secret
}

// secret is a line of a map.
type secret struct{ Token, Value, Class string }

// openSecrets opens the map and the key that a run of a mode has left on the
// machine. A plain run without a name has no map.
func (m *Machine) openSecrets(mode, end string) (*secrets, error) {
	_, bundle := m.system.places()
	dir, err := m.disk().at(bundle + end)
	if err != nil {
		return nil, err
	}
	key, err := m.disk().at(m.keyFile())
	if err != nil {
		return nil, err
	}
	s := &secrets{}
	var maps []string
	switch s.list, err = readMap(dir); {
	case errors.Is(err, errNoMap) && mode == collector.PrivacyStandard:
	case err != nil:
		return nil, err
	default:
		maps = []string{dir}
	}
	if s.reveal, err = collector.OpenReveal(maps, ""); err != nil {
		return nil, err
	}
	s.hider, err = collector.NewHider(mode, key, s.values("host"), s.values("user"))
	return s, err
}

// errNoMap means that a run has left no map, or several.
var errNoMap = errors.New("asrcollect left not one map")

// shown is the content of a bundle with its names.
func (s *secrets) shown(b *bundles.Bundle) contents {
	return contents{revealing{b.FS, s.reveal}, b.Match("**")}
}

// text turns back the pseudonyms of a text.
func (s *secrets) text(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	_, err := s.reveal.Copy(&out, bytes.NewReader(raw))
	return out.Bytes(), err
}

// revealing is a file system whose files have their names.
type revealing struct {
	fs.FS
	reveal *collector.Reveal
}

// Open implements fs.FS.
func (r revealing) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	var out bytes.Buffer
	if _, err := r.reveal.Copy(&out, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return revealedFile{f, &out}, nil
}

// revealedFile reads a text instead of the file.
type revealedFile struct {
	fs.File
	text io.Reader
}

func (f revealedFile) Read(p []byte) (int, error) { return f.text.Read(p) }

// readMap reads the lines of the one map in a folder.
func readMap(dir string) (list []secret, err error) {
	found, err := filepath.Glob(filepath.Join(dir, "DO-NOT-SEND-*", "DO-NOT-SEND-*.map"))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("%w: %d, %v", errNoMap, len(found), err)
	}
	f, err := os.Open(found[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); n++ {
		if n < 2 { // what it is, and the key
			continue
		}
		var s secret
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return nil, fmt.Errorf("line %d of the map: %w", n+1, err)
		}
		list = append(list, s)
	}
	return list, lines.Err()
}

func (s *secrets) values(class string) (out []string) {
	for _, l := range s.list {
		if l.Class == class {
			out = append(out, l.Value)
		}
	}
	return out
}

// change makes the changes of one file, with its names, which get their pseudonyms
// again.
func (s *secrets) change(raw []byte, path string, changes []Change) ([]byte, error) {
	if s == nil || !slices.ContainsFunc(changes, func(c Change) bool { return c.File == path }) {
		return change(raw, path, changes)
	}
	plain, err := s.text(raw)
	if err != nil {
		return nil, err
	}
	changed, err := change(plain, path, changes)
	if err != nil {
		return nil, err
	}
	return s.hider.File(path, "", changed)
}

// checkStrict says in words what of a strict bundle is not as it should be: its
// name, its hashes, its exit code, which is that of the plain one, and every name
// or address of the map that stands in it.
func (m *Machine) checkStrict(ctx context.Context, c, plain Collection, s *secrets) (out []string, err error) {
	r, err := bundlezip.Open(c.Path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return nil, err
	}
	say := func(format string, args ...any) { out = append(out, "strict: "+fmt.Sprintf(format, args...)) }
	if want := plain.Code; c.Code != want && !(c.Code+want == lackingCode && len(m.lacking(b)) == 0) {
		say("exit code %d, want %d\n%s", c.Code, want, c.Stderr)
	}
	if !strictName.MatchString(c.Name) || b.Manifest.Privacy.Mode != collector.PrivacyStrict {
		say("the bundle is called %q, privacy %q", c.Name, b.Manifest.Privacy.Mode)
	}
	integrity, err := b.Verify(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range integrity.Problems {
		say("the bundle is not whole: %+v", p)
	}
	host, err := hostOf(plain.Path)
	if err != nil {
		return nil, err
	}
	known, err := s.known(host)
	if err != nil {
		return nil, err
	}
	for _, path := range b.Paths() {
		raw, err := bundles.ReadLimited(b.FS, path, 1<<30)
		if err != nil {
			return nil, err
		}
		for _, found := range known.in(append([]byte(path+"\n"), raw...)) {
			say("%s has %s", path, found)
		}
	}
	return out, nil
}

// hostOf is the host of a bundle.
func hostOf(path string) (string, error) {
	r, err := bundlezip.Open(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return "", err
	}
	return b.Manifest.Host.Name, nil
}

// identities are names and addresses as an expression.
type identities struct{ *regexp.Regexp }

// known are the addresses and ids of the map that are no pseudonyms as well, and
// the machine's own name.
func (s *secrets) known(host string) (identities, error) {
	tokens := map[string]bool{}
	for _, l := range s.list {
		tokens[l.Token] = true
	}
	words := []string{regexp.QuoteMeta(host)}
	for _, l := range s.list {
		if (l.Class == "address" || l.Class == "id") && !tokens[l.Value] && len(l.Value) > 6 {
			words = append(words, regexp.QuoteMeta(l.Value))
		}
	}
	re, err := regexp.Compile(`(?i)(?:^|[^0-9a-z.:_-])(` + strings.Join(words, "|") + `)(?:$|[^0-9a-z_-])`)
	return identities{re}, err
}

// in lists those that a text has, each once.
func (k identities) in(raw []byte) (out []string) {
	for _, text := range [][]byte{raw, narrowed(raw)} {
		for _, m := range k.FindAllSubmatch(text, 100) {
			if found := string(m[1]); !slices.Contains(out, found) {
				out = append(out, found)
			}
		}
	}
	return out
}

// narrowed reads a text as UTF-16.
func narrowed(raw []byte) []byte {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i]) | uint16(raw[2*i+1])<<8
	}
	return []byte(string(utf16.Decode(units)))
}

// alike says in words where the report on a strict bundle differs from that on
// the plain one: the verdict, the first finding, the findings and the outcomes.
// Of information only what the incident wants counts, as in golden reports.
func (m *Machine) alike(what string, plain, strict *report.Report) (out []string) {
	say := func(format string, args ...any) { out = append(out, what+": "+fmt.Sprintf(format, args...)) }
	if plain.Verdict.State != strict.Verdict.State {
		say("verdict %s, not %s: %s", strict.Verdict.State, plain.Verdict.State, strings.Join(append([]string{strict.Verdict.Headline}, strict.Verdict.Reasons...), "\n"))
	}
	a, b := ordered(plain), ordered(strict)
	if len(a) > 0 && len(b) > 0 && kindOf(a[0]) != kindOf(b[0]) {
		say("first is %s, not %s", line(b[0]), line(a[0]))
	}
	a, b = m.telling(a), m.telling(b)
	for _, f := range missingIn(b, a) {
		say("no finding as %s", f)
	}
	for _, f := range missingIn(a, b) {
		say("only here: %s", f)
	}
	outcomes := map[string]abi.Outcome{}
	for _, c := range plain.Checks {
		outcomes[c.ID] = answer(c)
	}
	for _, c := range strict.Checks {
		if was, is := outcomes[c.ID], answer(c); was != is {
			say("check %s: outcome %s, not %s: %s", bare(c.ID), is, was, c.Reason)
		}
	}
	return out
}

// telling leaves out what speaks of the machine beneath. What the incident wants is
// known by its check: its words have names.
func (m *Machine) telling(list []report.Finding) []report.Finding {
	return slices.DeleteFunc(list, func(f report.Finding) bool {
		wanted := slices.ContainsFunc(m.Incident.Verdict.Wanted, func(w Wanted) bool { return w.Check == bare(f.Check) })
		return f.Severity == abi.Info && !wanted
	})
}

// answer is the outcome of a check that has nothing above info to say: it passes.
func answer(c report.Check) abi.Outcome {
	if c.Outcome == abi.OutcomeFindings && !slices.ContainsFunc(c.Findings, func(f report.Finding) bool { return f.Severity != abi.Info }) {
		return abi.OutcomePass
	}
	return c.Outcome
}

// kindOf is what a finding has in common with that on the other bundle.
func kindOf(f report.Finding) string {
	text := fmt.Sprintf("%s %s %s", f.Severity, f.Check, f.State)
	for _, b := range f.Because {
		text += " <- " + b.Check
	}
	return text
}

// missingIn lists the findings of which there are fewer than here.
func missingIn(there, here []report.Finding) (out []string) {
	count := map[string]int{}
	for _, f := range there {
		count[kindOf(f)]++
	}
	for _, f := range here {
		if count[kindOf(f)]--; count[kindOf(f)] < 0 {
			out = append(out, line(f))
		}
	}
	return out
}

// sameRows reports whether two collections have got alike: a busy machine may
// give one less than the other, which says nothing about pseudonyms.
func sameRows(plain, strict string) (bool, error) {
	a, err := rowsOf(plain)
	if err != nil {
		return false, err
	}
	b, err := rowsOf(strict)
	return slices.Equal(a, b), err
}

func rowsOf(path string) (out []string, err error) {
	r, err := bundlezip.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return nil, err
	}
	for _, s := range b.Manifest.Sources {
		out = append(out, s.Name+" "+s.Status)
	}
	return append(out, fmt.Sprint(b.Manifest.Window.Samples)), nil
}

// hideBundle writes a bundle again as a strict run would have written it.
func hideBundle(from, to string, h *collector.Hider) error {
	r, err := bundlezip.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		return err
	}
	w, err := zipwriter.CreateFile(to, b.Header)
	if err != nil {
		return err
	}
	if err := hideInto(w, b, h); err != nil {
		return errors.Join(err, w.Abort())
	}
	return nil
}

func hideInto(w *zipwriter.FileWriter, b *bundles.Bundle, h *collector.Hider) error {
	for _, f := range b.Manifest.Files {
		raw, err := bundles.ReadLimited(b.FS, f.Path, 1<<30)
		if err == nil {
			err = h.Learn(f.Path, raw)
		}
		if err == nil {
			raw, err = h.File(f.Path, f.Encoding, raw)
		}
		if err != nil {
			return err
		}
		f.Path = h.Path(f.Path)
		if err := addFile(w, f, raw); err != nil {
			return err
		}
	}
	manifest := b.Manifest
	manifest.Files = nil
	raw, err := json.Marshal(manifest)
	if err == nil {
		raw, err = h.File(bundles.ManifestPath, "", raw)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return err
	}
	return w.Commit(manifest)
}
