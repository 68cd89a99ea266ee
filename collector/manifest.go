package collector

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/source"
)

// manifest describes the run. Its strings pass the redactor like all others.
func (s *session) manifest(rows []source.Result) (bundles.Manifest, error) {
	m := bundles.Manifest{
		Case:      s.opt.Case,
		Collector: bundles.Collector{Version: s.opt.Version, OS: runtime.GOOS, Arch: runtime.GOARCH, Elevated: elevated()},
		Profile:   bundles.Profile{Name: s.profile.Name, Version: s.profile.Version, SHA256: s.profile.SHA256, SignedBy: s.origin.signer()},
		Host:      s.hostOf(),
		Window:    s.windowOf(),
		Consent:   s.opt.consent(),
	}
	for _, r := range rows {
		m.Sources = append(m.Sources, r.Source)
	}
	m.Host.Name = s.naming.hidden(m.Host.Name)
	counts := redact.Counts{}
	raw, err := s.red.JSON(m, counts)
	if err != nil {
		return m, err
	}
	var clean bundles.Manifest
	if err := json.Unmarshal(raw, &clean); err != nil {
		return m, fmt.Errorf("redact the manifest: %w", err)
	}
	counts.Add(s.store.Counts())
	clean.Privacy = bundles.Privacy{Mode: s.naming.mode.String(), Counts: counts, EncryptedTo: s.seal.Keys()}
	return clean, nil
}

// hostOf is the host as far as it is known.
func (s *session) hostOf() bundles.Host {
	h := s.host.get().Host
	if h.Name == "" { // the source failed
		h.Name, h.OS, h.Role = hostname(), runtime.GOOS, bundles.RoleUnknown
	}
	return h
}

// summary is what the terminal shows of a run. It stays on the machine, so its
// names are the real ones; secrets are gone.
func (s *session) summary(m bundles.Manifest, rows []source.Result) Summary {
	out := Summary{
		Path: s.path, ID: s.header.ID, Size: s.seal.Size(s.archive.Written()), Profile: s.profile.Name, Host: s.hostOf().Name, Role: m.Host.Role,
		Window: m.Window, Privacy: m.Privacy.Mode, Files: len(s.archive.Files()), Complete: true, Lacking: []bundles.Source{}, EncryptTo: s.seal.Keys(),
	}
	for _, r := range rows {
		if r.Status == bundles.StatusOK || r.Chosen {
			continue
		}
		out.Complete = false
		out.Lacking = append(out.Lacking, r.Source)
	}
	return out
}
