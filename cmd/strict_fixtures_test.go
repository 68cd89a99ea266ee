package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/collector"
)

// TestStrictFixtures: every check says of every fixture of the packs the same when
// names and addresses in it are pseudonyms: outcome, severities and states.
func TestStrictFixtures(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: more than a thousand runs of checks")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "case.key")
	slots := make(chan struct{}, 4)
	var wg sync.WaitGroup
	changed := 0
	for _, pack := range []string{"asr-process-server", "asr-source-machine"} {
		f := &fixtures{program: filepath.Join(t.TempDir(), pack), key: key}
		cmd := exec.Command("go", "build", "-o", f.program, "./checks-wasm/"+pack)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", pack, err, out)
		}
		list, err := filepath.Glob(filepath.Join(root, "checks-wasm", pack, "testdata", "*", "*.txtar"))
		if err != nil || len(list) < 50 {
			t.Fatalf("%s: %d fixtures, %v", pack, len(list), err)
		}
		for _, path := range list {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				name := pack + "/" + filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
				plain, strict, err := f.both(t, path)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if plain != strict {
					t.Errorf("%s: with pseudonyms\n%swithout\n%s", name, strict, plain)
				}
			})
		}
		wg.Wait()
		changed += f.changed
	}
	if changed < 200 {
		t.Errorf("pseudonyms are in %d fixtures only", changed)
	}
	t.Logf("%d fixtures have pseudonyms", changed)
}

// fixtures runs the checks of a pack, built for this machine.
type fixtures struct {
	program, key string
	mu           sync.Mutex
	changed      int // those with pseudonyms
}

// both gives what the check of a fixture says of it, as it is and with pseudonyms.
func (f *fixtures) both(t *testing.T, path string) (plain, strict string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", "", err
	}
	check := filepath.Base(filepath.Dir(path))
	tree, err := bundletest.Parse(txtar.Parse(raw))
	if err != nil {
		return "", "", err
	}
	other, err := hidden(tree, f.key)
	if err != nil || !slices.ContainsFunc(keysOf(tree.Data), func(name string) bool { return !bytes.Equal(other.Data[name], tree.Data[name]) }) {
		return "", "", err // without a name there is nothing to compare
	}
	f.mu.Lock()
	f.changed++
	f.mu.Unlock()
	if plain, err = f.run(t, tree, check); err != nil {
		return "", "", err
	}
	strict, err = f.run(t, other, check)
	return plain, strict, err
}

func keysOf(m map[string][]byte) (out []string) {
	for name := range m {
		out = append(out, name)
	}
	return out
}

// hidden is a bundle as a strict run would have written it.
func hidden(tree *bundletest.Tree, key string) (*bundletest.Tree, error) {
	h, err := collector.NewHider(collector.PrivacyStrict, key, []string{tree.Manifest.Host.Name}, nil)
	if err != nil {
		return nil, err
	}
	out := &bundletest.Tree{Header: tree.Header, Data: map[string][]byte{}, Extra: tree.Extra}
	for _, name := range []string{"facts/registry.json", "facts/config.json"} {
		_ = h.Learn(name, tree.Data[name]) // a broken one has nothing to tell
	}
	encodings := map[string]string{}
	for _, f := range tree.Manifest.Files {
		encodings[f.Path] = f.Encoding
	}
	for name, raw := range tree.Data {
		if out.Data[h.Path(name)], err = h.File(name, encodings[name], raw); err != nil {
			return nil, err
		}
	}
	manifest, err := json.Marshal(tree.Manifest)
	if err != nil {
		return nil, err
	}
	if manifest, err = h.File(bundles.ManifestPath, "", manifest); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(manifest, &out.Manifest); err != nil {
		return nil, err
	}
	for i := range out.Manifest.Files {
		f := &out.Manifest.Files[i]
		f.Path = h.Path(tree.Manifest.Files[i].Path)
		f.Size = int64(len(out.Data[f.Path]))
	}
	return out, nil
}

// run gives what a check says of a bundle, a line for the outcome and for each
// kind of finding.
func (f *fixtures) run(t *testing.T, tree *bundletest.Tree, check string) (string, error) {
	fsys, err := tree.FS()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(t.TempDir(), "bundle-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, fsys); err != nil {
		return "", err
	}
	cmd := exec.Command(f.program, "run", dir, check)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return "", err
	}
	return said(check, out, errs.String())
}

// said reads the lines of a check; what the host would answer itself is told on
// stderr.
func said(check string, out []byte, errs string) (string, error) {
	var list []string
	for line := range bytes.Lines(out) {
		var l struct {
			T        string
			Check    string
			Severity abi.Severity
			State    string
			Outcome  abi.Outcome
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return "", fmt.Errorf("line %q: %w\n%s", line, err, errs)
		}
		switch {
		case l.Check != check:
		case l.T == abi.TypeFinding:
			list = append(list, fmt.Sprintf("finding %s %s\n", l.Severity, l.State))
		case l.T == abi.TypeStatus:
			list = append(list, fmt.Sprintf("outcome %s\n", l.Outcome))
		}
	}
	for line := range strings.Lines(errs) {
		if rest, ok := strings.CutPrefix(line, check+": "); ok {
			outcome, _, _ := strings.Cut(rest, ":")
			list = append(list, "answered "+outcome+"\n")
		}
	}
	if len(list) == 0 {
		return "", fmt.Errorf("nothing is said: %s", errs)
	}
	slices.Sort(list)
	return strings.Join(list, ""), nil
}
