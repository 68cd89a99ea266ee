package analyzer

import (
	"cmp"
	"context"
	"slices"

	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Describe runs "check describe" of a module in the calling process.
func Describe(ctx context.Context, wasm []byte) (abi.Describe, error) {
	return describe(ctx, wasm, "")
}

func describe(ctx context.Context, wasm []byte, cacheDir string) (abi.Describe, error) {
	h, err := newHost(cacheDir)
	if err != nil {
		return abi.Describe{}, err
	}
	m, err := h.Compile(ctx, wasm, packfile.Limits{})
	if err != nil {
		return abi.Describe{}, err
	}
	defer m.Close()
	return m.Describe(ctx)
}

// SlowPattern is a pattern of a declared scan that is tried on every line of its
// logs, because no literal stands in all that it matches.
type SlowPattern struct {
	Checks  []string // that declare the scan
	Scan    string
	Pattern string // literal or expression
}

// SlowPatterns lists those of a module, in the order of its scans.
func SlowPatterns(d abi.Describe) []SlowPattern {
	var out []SlowPattern
	for _, s := range d.Scans {
		for _, p := range logscan.Slow(s) {
			slow := SlowPattern{Scan: s.ID, Pattern: cmp.Or(p.Literal, p.Regexp)}
			for _, c := range d.Checks {
				if slices.Contains(c.Scans, s.ID) {
					slow.Checks = append(slow.Checks, c.ID)
				}
			}
			out = append(out, slow)
		}
	}
	return out
}
