//go:build !wasip1

package pattern

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Case is one fixture of a pattern as a bundle, with what must come of it.
type Case struct {
	Name    string
	Key     string // of the finding, but for its subject; empty: any
	Files   map[string]string
	Outcome abi.Outcome
	// Severity and State of the findings, if there must be any.
	Severity abi.Severity
	State    string
}

// Cases gives the fixtures, and the one in which the log was denied.
func (p Plan) Cases() []Case {
	log := func(lines []string) map[string]string { return p.bundle(p.Rules[0], lines) }
	list := []Case{
		{Name: "fire", Files: log(p.Fixtures.Fire), Outcome: abi.OutcomeFindings, Severity: p.Rules[0].Severity},
		{Name: "pass", Files: log(p.Fixtures.Pass), Outcome: abi.OutcomePass},
		{Name: "denied", Files: log(nil), Outcome: abi.OutcomeInsufficient},
	}
	if lines := p.Fixtures.Recovered; len(lines) > 0 {
		list = append(list, Case{Name: "recovered", Files: log(lines), Outcome: abi.OutcomeFindings, Severity: abi.Info, State: abi.StateRecovered})
	}
	for _, r := range p.Rules {
		if len(r.Fire) > 0 {
			list = append(list, Case{Name: "fire-" + r.ID, Key: r.ID, Files: p.bundle(r, r.Fire), Outcome: abi.OutcomeFindings, Severity: r.Severity})
		}
	}
	return list
}

// bundle has one log, that of a fault, and those of all fixtures; without lines it
// was denied to the collector.
func (p Plan) bundle(r Rule, lines []string) map[string]string {
	now := p.Fixtures.Now
	if now.IsZero() {
		now = DefaultNow()
	}
	m := p.manifest(now)
	files := map[string]string{}
	file := FixtureFile(r.Finds[0].Input.Glob)
	m.Sources = []bundles.Source{{Name: bundles.SourceOf(file), Status: bundles.StatusOK, DurationMS: 1}}
	if lines == nil {
		m.Sources[0].Status, m.Sources[0].Error = bundles.StatusDenied, "access is denied"
	} else {
		add(&m, files, file, lines, now)
	}
	for _, f := range p.Inputs {
		if name := bundles.SourceOf(FixtureFile(f.Glob)); !strings.HasPrefix(f.Glob, "facts/**") {
			source(&m, name)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.Fixtures.Logs)) {
		if lines != nil || bundles.SourceOf(path) != bundles.SourceOf(file) {
			add(&m, files, path, p.Fixtures.Logs[path], now)
			source(&m, bundles.SourceOf(path))
		}
	}
	files[bundles.ManifestPath] = document(m)
	files[bundles.HeaderPath] = document(bundles.Header{Format: m.Format, Version: m.Version, Minor: m.Minor, ID: m.ID, Created: m.Created})
	return files
}

// source adds one that was read.
func source(m *bundles.Manifest, name string) {
	if !slices.ContainsFunc(m.Sources, func(s bundles.Source) bool { return s.Name == name }) {
		m.Sources = append(m.Sources, bundles.Source{Name: name, Status: bundles.StatusOK, DurationMS: 1})
	}
}

// add puts a file into a bundle, unless it has one of that name.
func add(m *bundles.Manifest, files map[string]string, file string, lines []string, now time.Time) {
	if _, ok := files[file]; ok {
		return
	}
	text := strings.Join(lines, "\n") + "\n"
	sum := sha256.Sum256([]byte(text))
	files[file] = text
	m.Files = append(m.Files, bundles.File{
		Path: file, Source: bundles.SourceOf(file), Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), MTime: &now, FirstLine: 1,
	})
}

// manifest is that of a machine which the pattern is for.
func (p Pattern) manifest(now time.Time) bundles.Manifest {
	start := now.Add(-15 * time.Minute)
	system := first(p.OS, "windows")
	return bundles.Manifest{
		Format: bundles.Format, Version: bundles.Version, Minor: bundles.Minor, ID: "0123456789abcdef", Created: start,
		Collector: bundles.Collector{Version: "1.0.0", OS: system, Arch: "amd64", Elevated: true},
		Profile:   bundles.Profile{Name: "fixture", Version: "1"},
		Host: bundles.Host{
			Name: "FIXTURE", OS: system, Role: first(p.Roles, bundles.RoleUnknown), Deployment: first(p.Deployments, ""), TimeZone: "UTC",
			UTCOffsets: []bundles.UTCOffset{{From: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		},
		Window:  bundles.Window{Start: start, End: now, IntervalSeconds: 5, RequestedSeconds: 900},
		Privacy: bundles.Privacy{Mode: "standard"},
	}
}

func document(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("BUG: " + err.Error()) // plain members only
	}
	return string(raw)
}

func first(list []string, otherwise string) string {
	return cmp.Or(append(slices.Clone(list), otherwise)...)
}
