//go:build !wasip1

package pattern

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Case is one fixture of a pattern as a bundle, with what must come of it.
type Case struct {
	Name    string
	Files   map[string]string // but for bundle.json
	Outcome abi.Outcome
	// Severity and State of the findings, if there must be any.
	Severity abi.Severity
	State    string
}

// Cases gives the fixtures, and the one in which the log was denied.
func (p Pattern) Cases() []Case {
	list := []Case{
		{Name: "fire", Files: p.bundle(p.Fixtures.Fire), Outcome: abi.OutcomeFindings, Severity: p.Severity},
		{Name: "pass", Files: p.bundle(p.Fixtures.Pass), Outcome: abi.OutcomePass},
		{Name: "denied", Files: p.bundle(nil), Outcome: abi.OutcomeInsufficient},
	}
	if lines := p.Fixtures.Recovered; len(lines) > 0 {
		list = append(list, Case{Name: "recovered", Files: p.bundle(lines), Outcome: abi.OutcomeFindings, Severity: abi.Info, State: abi.StateRecovered})
	}
	return list
}

// bundle has one log; without lines it was denied to the collector.
func (p Pattern) bundle(lines []string) map[string]string {
	now := p.Fixtures.Now
	if now.IsZero() {
		now = DefaultNow()
	}
	m := p.manifest(now)
	files := map[string]string{}
	path := p.Scan.FixtureFile()
	row := bundles.Source{Name: bundles.SourceOf(path), Status: bundles.StatusOK, DurationMS: 1}
	if lines == nil {
		row.Status, row.Error = bundles.StatusDenied, "access is denied"
	} else {
		text := strings.Join(lines, "\n") + "\n"
		sum := sha256.Sum256([]byte(text))
		files[path] = text
		m.Files = []bundles.File{{Path: path, Source: row.Name, Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), MTime: &now, FirstLine: 1}}
	}
	m.Sources = []bundles.Source{row}
	files[bundles.ManifestPath] = document(m)
	files[bundles.HeaderPath] = document(bundles.Header{Format: m.Format, Version: m.Version, Minor: m.Minor, ID: m.ID, Created: m.Created})
	return files
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
