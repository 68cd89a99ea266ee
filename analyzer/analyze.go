package analyzer

import (
	"cmp"
	"context"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/internal/evidence"
	"github.com/asrdiag/asrdiag/analyzer/internal/safetext"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// noEvidence marks a finding none of whose evidence was in the bundle.
const noEvidence = "evidence not in the bundle"

// Analyze runs the checks of packs over a bundle. It runs the modules in the
// calling process, where one that spins cannot be stopped; a Pool can. The
// error is an *Error.
func Analyze(ctx context.Context, b *bundles.Bundle, packs []*packfile.Pack, o Options) (*report.Report, error) {
	r, err := analyze(ctx, b, packs, &o)
	if err != nil {
		return nil, asError(err)
	}
	return r, nil
}

func analyze(ctx context.Context, b *bundles.Bundle, packs []*packfile.Pack, o *Options) (*report.Report, error) {
	p, err := newPlan(b, packs, o)
	if err != nil {
		return nil, err
	}
	o.progress(StageScan, 0, 0)
	scanned, err := p.scan(ctx, o)
	if err != nil {
		return nil, err
	}
	if raw := o.Integrity.raw; raw != nil {
		raw.settle(b, scanned.Logs)
		p.host = b.Host()
	}
	if o.unverified {
		o.progress(StageVerify, 0, 0)
		if err := o.Integrity.verify(ctx, b, scanned.Sums); err != nil {
			return nil, err
		}
	}
	if err := p.runModules(ctx, scanned.Results, o); err != nil {
		return nil, err
	}
	o.progress(StageEvidence, 0, 0)
	p.verify(evidence.New(b, found(scanned.Results).hits(), scanned.Marks))
	p.doubt(doubtful(o.Integrity.all()))
	if p.raw {
		p.doubtRaw()
	}
	r := p.report(packs, o)
	r.Logs = scanned.Logs
	safetext.CleanAll(r)
	return r, nil
}

// verify drops evidence that is not in the bundle.
func (p *plan) verify(v *evidence.Verifier) {
	var lists []*[]abi.Evidence
	var owners []*report.Finding
	for _, c := range p.checks {
		for i := range c.result.Findings {
			f := &c.result.Findings[i]
			if len(f.Evidence) > 0 {
				lists, owners = append(lists, &f.Evidence), append(owners, f)
			}
		}
	}
	for i, n := range v.Verify(lists) {
		f := owners[i]
		f.DroppedEvidence = n
		if len(f.Evidence) > 0 {
			continue
		}
		f.Confidence = joinWords(f.Confidence, noEvidence)
	}
}

func (p *plan) report(packs []*packfile.Pack, o *Options) *report.Report {
	findings := p.link()
	return &report.Report{
		Format: report.Format, Version: report.Version,
		GeneratedBy: report.GeneratedBy{Name: "asrdiag", Version: o.Version, Build: o.Build, ABI: abi.Version},
		Bundle:      p.bundleInfo(o.Integrity),
		Packs:       packInfo(packs),
		Refused:     o.Refused,
		Verdict:     p.verdict(findings, o.Integrity.Integrity),
		Summary:     p.summarize(findings),
		Checks:      p.ordered(findings),
		Next:        p.next(),
	}
}

func (p *plan) bundleInfo(in Integrity) report.Bundle {
	m := p.bundle.Manifest
	info := report.Bundle{
		File: in.File, SHA256: in.SHA256, ID: p.bundle.Header.ID, Created: p.bundle.Header.Created, Case: m.Case,
		Kind: kindOf(in), Host: p.host, Role: p.role, Deployment: p.deployment, Window: m.Window,
		Collector: m.Collector, Profile: m.Profile.Name, Simulated: m.Simulated, Integrity: in.Integrity, Notes: in.Notes,
		Names: p.names(), Peers: p.peers(), Pseudonyms: m.Privacy.Mode == "strict",
	}
	for _, s := range m.Sources {
		if s.Status != bundles.StatusOK {
			info.Sources = append(info.Sources, s)
		}
	}
	return info
}

func kindOf(in Integrity) string {
	if in.Raw() {
		return kindRaw
	}
	return kindBundle
}

func packInfo(packs []*packfile.Pack) []report.Pack {
	var list []report.Pack
	for _, p := range packs {
		list = append(list, report.Pack{
			Name: p.Manifest.Name, Version: p.Manifest.Version, Release: p.Manifest.Release,
			SHA256: p.SHA256, SignedBy: p.SignedBy, Unsigned: p.Unsigned,
		})
	}
	slices.SortFunc(list, func(a, b report.Pack) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
