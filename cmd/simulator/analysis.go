package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/report"
)

// analyze lets asrdiag, with its own packs only, look at a bundle. What it compiles
// stays in home for the next one. The report has the names that the bundle's
// secrets know.
func analyze(ctx context.Context, program, home, bundle string, s *secrets) (*report.Report, error) {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "analyze", "--format", "json", "--fail-on", "never", bundle)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		cmd.Env = append(cmd.Env, name+"="+home)
	}
	out, err := cmd.Output()
	var exit *exec.ExitError
	incomplete := errors.As(err, &exit) && exit.ExitCode() == 4
	if err != nil && !incomplete {
		return nil, fmt.Errorf("analyze %s: %w\n%s", bundle, err, stderr.String())
	}
	if s != nil {
		if out, err = s.text(out); err != nil {
			return nil, err
		}
	}
	var r report.Report
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, fmt.Errorf("read the report on %s: %w", bundle, err)
	}
	return &r, nil
}

// judge analyzes a bundle, and says in words what does not come out as it must.
// Only what does may become a golden report.
func (m *Machine) judge(ctx context.Context, opt Options, bundle string, holds bool, s *secrets) ([]string, *report.Report, error) {
	v := m.Incident.Verdict
	if opt.Analyzer == "" || v.State == "" {
		return nil, nil, nil
	}
	r, err := analyze(ctx, opt.Analyzer, filepath.Join(opt.Work, "asrdiag-home"), bundle, s)
	if err != nil {
		return nil, nil, err
	}
	out := v.Judge(r, m.Vars)
	name, _, _ := strings.Cut(m.Incident.Name, ".")
	if holds && len(out) == 0 && opt.Golden != "" && slices.Contains(Names(), name) {
		out = opt.golden(m.Incident.Name, v.summaryOf(r, m.Vars))
	}
	return out, r, nil
}
