//go:build !wasip1

package pattern

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

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
	file := p.Scan.FixtureFile()
	files := map[string]string{"manifest.json": p.manifest(now, strings.Join(strings.Split(file, "/")[:2], "/"), lines == nil)}
	if lines != nil {
		files[file] = strings.Join(lines, "\n") + "\n"
	}
	return files
}

// manifest has the members that matter.
func (p Pattern) manifest(now time.Time, source string, denied bool) string {
	row := map[string]any{"name": source, "status": "ok", "duration_ms": 1}
	if denied {
		row["status"], row["error"] = "denied", "access is denied"
	}
	raw, err := json.Marshal(map[string]any{
		"host": map[string]any{
			"name": "FIXTURE", "os": first(p.OS, "windows"), "role": first(p.Roles, "unknown"), "deployment": first(p.Deployments, ""), "time_zone": "UTC",
			"utc_offsets": []any{map[string]any{"from": "2000-01-01T00:00:00Z", "seconds": 0}},
		},
		"window":  map[string]any{"start": now.Add(-15 * time.Minute), "end": now, "interval_seconds": 5, "requested_seconds": 900},
		"sources": []any{row},
	})
	if err != nil {
		panic("BUG: " + err.Error()) // strings, numbers and times
	}
	return string(raw)
}

func first(list []string, otherwise string) string {
	return cmp.Or(append(slices.Clone(list), otherwise)...)
}
