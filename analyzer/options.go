package analyzer

import (
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Options of Analyze. The zero value analyzes a bundle as it describes itself.
type Options struct {
	Integrity  Integrity // of Open
	Role       string    // overrides the bundle's
	Deployment string    // overrides the bundle's
	// CacheDir keeps compiled modules; empty: none. A folder that cannot be
	// used is not.
	CacheDir string
	Version  string // of the program, for the report
	Build    string // "development build"; empty: release
	// Refused are packs that had to be left out, for the report.
	Refused []report.RefusedPack
	// Progress, if not nil, is called as the work goes on, from several
	// goroutines.
	Progress func(Progress)
	// Skip names checks that are not run and get the outcome error.
	Skip []Skip

	oneCore    bool    // logs are read on one core
	kept       *keeper // from the bundle before; nil: nothing is kept
	unverified bool    // Integrity has no result of reading the files yet

	oneByOne []string                      // keys of modules whose checks run alone
	fresh    []string                      // keys of modules whose cached code is not to be used
	givenUp  map[string]string             // keys of modules that are not run, with the reason
	guard    func(activity) (ended func()) // called around what may have to be killed
}

// Skip is a check that is not run.
type Skip struct {
	Check  string `json:"check"` // qualified
	Reason string `json:"reason"`
}

// Stages of an analysis.
const (
	StageOpen     = "open"
	StageVerify   = "verify"
	StageScan     = "scan"
	StageModules  = "modules"
	StageEvidence = "evidence"
)

// Progress says how far an analysis has come. Total is 0 while it is unknown.
type Progress struct {
	Stage string `json:"stage"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
}

func (o *Options) progress(stage string, done, total int64) {
	if o.Progress != nil {
		o.Progress(Progress{Stage: stage, Done: done, Total: total})
	}
}

// activity is a piece of work on one module that may never end, or bring the
// process down.
type activity struct {
	Module string   `json:"module"` // key
	Checks []string `json:"checks"` // qualified; those that are lost with it
	// Compile is set for the compiler's work, else it is an instance.
	Compile bool          `json:"compile,omitempty"`
	Kept    bool          `json:"kept,omitempty"` // the compiler's work is to load what it made before
	Wall    time.Duration `json:"wall"`
}

// begin announces an activity.
func (o *Options) begin(a activity) (ended func()) {
	if o.guard == nil {
		return func() {}
	}
	return o.guard(a)
}

// moduleKey names a module of a pack, wherever the pack came from.
func moduleKey(p *packfile.Pack, path string) string { return p.SHA256 + ":" + path }
