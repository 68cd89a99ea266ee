package cmd

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/cmd/simulator"
	"golang.org/x/tools/txtar"
)

// testQuietLogs: the logs of every incident without the lines of its fault give
// nothing above info. The lines of the fault are those that the incident's own
// sections "logs" add to the logs of its deployment, whatever they say, and the
// lines that they drop are there again: see simulator.Incident.Quiet. The logs are in a
// bundle that says nothing of the machine but its role; those of a process server also
// in the bundle of a healthy one, whose services, probes and cache are read beside. What those say alone does not count.
func testQuietLogs(t *testing.T, root, asrdiag string, healthy *txtar.Archive) {
	dir := t.TempDir()
	q := quietBundles{t: t, root: root, dir: dir, healthy: healthy, seen: map[[32]byte]bool{}, of: map[string]string{}}
	for _, name := range simulator.Names() {
		in, err := simulator.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range append([]*simulator.Incident{in}, in.Others...) {
			q.write(one)
		}
	}
	if len(q.of) < 10 {
		t.Fatalf("%d bundles", len(q.of))
	}
	t.Logf("%d bundles of logs that differ", len(q.of))
	for _, r := range analyzeAll(t, asrdiag, dir) {
		what := q.of[r.Bundle.File]
		if r.Summary.Pass+r.Summary.Insufficient == 0 {
			t.Errorf("%s: no check has looked at it", what)
		}
		for _, c := range r.Checks {
			for _, f := range c.Findings {
				if f.Severity != abi.Info && slices.ContainsFunc(f.Evidence, func(e abi.Evidence) bool { return strings.HasPrefix(e.File, "logs/") }) {
					t.Errorf("%s: %s of %s: %s\n%+v", what, f.Severity, c.ID, f.Title, f.Evidence)
				}
			}
		}
		delete(q.of, r.Bundle.File)
	}
	if len(q.of) > 0 {
		t.Errorf("not analyzed: %v", q.of)
	}
}

// quietBundles writes bundles of logs without a fault. Logs that are alike are
// written once: many incidents change no log.
type quietBundles struct {
	t         *testing.T
	root, dir string
	healthy   *txtar.Archive
	seen      map[[32]byte]bool
	of        map[string]string // by file: whose logs they are
}

// deployments by the simulator's names.
var deployments = map[string][2]string{
	"standalone": {bundles.RoleProcessServer, bundles.DeployStandalone}, "configuration-server": {bundles.RoleProcessServer, bundles.DeployConfigurationServer},
	"azure-failback": {bundles.RoleProcessServer, bundles.DeployAzureFailback}, "appliance": {bundles.RoleProcessServer, bundles.DeployAppliance},
	"source-windows": {bundles.RoleSourceMachine, ""}, "source-linux": {bundles.RoleSourceMachine, ""},
}

func (q *quietBundles) write(in *simulator.Incident) {
	q.t.Helper()
	host, ok := deployments[in.Base]
	if !ok {
		q.t.Fatalf("%s: deployment %q", in.Name, in.Base)
	}
	classic := host[1] != "" && host[1] != bundles.DeployAppliance
	logs := q.logs(in)
	if len(logs) == 0 {
		q.t.Fatalf("%s: no log", in.Name)
	}
	q.writeOne(in, "alone", &txtar.Archive{Files: append(logs, txtar.File{Name: bundles.ManifestPath, Data: quietManifest(q.t, in, host)})})
	if classic {
		q.writeOne(in, "with facts", &txtar.Archive{Files: append(logs, q.facts(host[1])...)})
	}
}

// writeOne writes a bundle unless there is one of the same files.
func (q *quietBundles) writeOne(in *simulator.Incident, kind string, ar *txtar.Archive) {
	q.t.Helper()
	if sum := sha256.Sum256(txtar.Format(ar)); !q.seen[sum] {
		q.seen[sum] = true
		file := strings.ReplaceAll(in.Name+" "+kind+".zip", " ", "-")
		writeTree(q.t, ar, filepath.Join(q.dir, file))
		q.of[file] = in.Name + ", " + kind
	}
}

// facts are those of a healthy standalone server, for a deployment.
func (q *quietBundles) facts(deployment string) (list []txtar.File) {
	for _, f := range q.healthy.Files {
		if !strings.HasPrefix(f.Name, "logs/") {
			f.Data = bytes.ReplaceAll(f.Data, []byte(`"deployment": "standalone"`), fmt.Appendf(nil, `"deployment": %q`, deployment))
			list = append(list, f)
		}
	}
	return list
}

func quietManifest(t *testing.T, in *simulator.Incident, host [2]string) []byte {
	t.Helper()
	offset := time.Date(2025, 10, 26, 1, 0, 0, 0, time.UTC)
	raw, err := json.Marshal(map[string]any{
		"host": map[string]any{
			"name": "QUIET01", "os": cmp.Or(in.Set["system"], "windows"), "role": host[0], "deployment": host[1],
			"utc_offsets": []bundles.UTCOffset{{From: offset, Seconds: 3600}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// logs are those of the incident that its profile collects, at the end of the
// bundles' window.
func (q *quietBundles) logs(in *simulator.Incident) (list []txtar.File) {
	q.t.Helper()
	end := time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)
	logs, err := in.Quiet(end, time.FixedZone("winter", 3600))
	if err != nil {
		q.t.Fatalf("%s: %v", in.Name, err)
	}
	globs := profileLogs(q.t, filepath.Join(q.root, "collector/profiles", in.Set["profile"]+".json"))
	for _, l := range logs {
		path := strings.TrimPrefix(strings.ReplaceAll(strings.Replace(l.Path, ":", "", 1), `\`, "/"), "/")
		i := slices.IndexFunc(globs, func(g [2]string) bool { return bundles.Glob(g[1], path) })
		if i >= 0 {
			list = append(list, txtar.File{Name: "logs/" + globs[i][0] + "/" + path, Data: l.Data})
		}
	}
	return list
}

// profileLogs are the ids of a profile's logs with their patterns, without the
// beginnings that differ from machine to machine.
func profileLogs(t *testing.T, file string) (list [][2]string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Logs []struct {
			ID    string   `json:"id"`
			Globs []string `json:"globs"`
		} `json:"logs"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, l := range doc.Logs {
		for _, g := range l.Globs {
			g = g[strings.LastIndexAny(g, "%}")+1:]
			list = append(list, [2]string{l.ID, "**/" + strings.TrimLeft(strings.ReplaceAll(g, `\`, "/"), "/")})
		}
	}
	return list
}

func writeTree(t *testing.T, ar *txtar.Archive, path string) {
	t.Helper()
	tree, err := bundletest.Parse(ar)
	if err != nil {
		t.Fatal(err)
	}
	var zip bytes.Buffer
	if err := tree.WriteZip(&zip); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, zip.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// analyzeAll lets asrdiag look at all bundles of a folder.
func analyzeAll(t *testing.T, asrdiag, dir string, args ...string) (list []report.Report) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(asrdiag, slices.Concat([]string{"analyze", "--format", "json", "--fail-on", "never"}, args, files)...)
	home := filepath.Dir(asrdiag) // compiled packs are kept there
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_CACHE_HOME="+home)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != report.ExitIncomplete) {
		t.Fatalf("asrdiag: %v\n%s", err, exit.Stderr)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var r report.Report
		if err := dec.Decode(&r); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}
