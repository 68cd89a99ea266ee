package collector

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// naming is what a run makes pseudonyms with.
type naming struct {
	mode   pseudonym.Mode
	mapper *pseudonym.Mapper
	file   *mapFile // nil: no map
	words  []string // of the built-in profile
}

// newNaming reads or makes the key of the case. The map has no place yet; what
// is told waits for it. Words and public names are those of the built-in profile
// that p is, or is a variant of: a profile in a file must not uncover what it names.
func newNaming(opt Options, p *profiles.Profile) (*naming, error) {
	key, _, err := caseKey(opt.CaseKey)
	if err != nil {
		return nil, err
	}
	base, err := baseOf(p)
	if err != nil {
		return nil, err
	}
	n := &naming{mode: modeOf(opt), words: wordsOf(base)}
	po := pseudonym.Options{Public: publicNames(base)}
	if !opt.NoMap && opt.Out != "-" {
		n.file = &mapFile{}
		po.Map, err = pseudonym.NewMapWriter(n.file, key, n.mode)
	}
	n.mapper = pseudonym.NewMapper(key, po)
	return n, err
}

func modeOf(opt Options) pseudonym.Mode {
	if opt.Privacy == PrivacyStrict {
		return pseudonym.Strict
	}
	return pseudonym.Standard
}

// publicNames are the hosts that a profile itself names.
func publicNames(p *profiles.Profile) []string {
	var out []string
	for _, probe := range p.Probes {
		if probe.Target != "" && !strings.Contains(probe.Target, "${") {
			out = append(out, probe.Target)
		}
	}
	return slices.Concat(out, p.Time.SNTP, p.Time.HTTPS)
}

// begin says where the bundle goes: the map has its folder beside it.
func (n *naming) begin(pl place, id string) {
	if n.file != nil {
		n.file.begin(pl.dir, id, pl.minFree)
	}
}

// flush writes what was told. It is for the end of each phase.
func (n *naming) flush() {
	if n.file != nil {
		n.file.flush()
	}
}

// finish ends the map of a whole bundle; nil: there is none, and none was wanted.
func (n *naming) finish() *MapSummary {
	if n.file == nil {
		return nil
	}
	return n.file.finish()
}

// abort removes the map of a bundle that was given up.
func (n *naming) abort() {
	if n.file != nil {
		n.file.abort()
	}
}

// logNaming notes how names are treated, and no name.
func (s *session) logNaming() {
	s.log.Info("privacy", runlog.Any("mode", s.naming.mode.String()), runlog.Any("case_key", s.opt.CaseKey != ""), runlog.Any("map", s.naming.file != nil))
}
