package main

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// Logs of setup and updates: what installs a component writes the same file as what
// updates it.
const (
	sourceSetup     = "logs/setup"
	sourceAppliance = "logs/appliance"
	scanSetup       = "update-results"
	scanInstall     = "install-results"
)

func updateLogs() []abi.Input {
	return []abi.Input{check.May("setup-logs", sourceSetup+"/**/*.log"), check.May("installer-logs", sourceAppliance+"/**/*Installer*.log")}
}

// updateScans find the lines that tell how an installation ended. The format of the
// lines is not known; the words of Windows Installer are.
func updateScans() (list []scan.Scan) {
	of := `(?:installation|install|configuration|update|upgrade)(?: of [\w .()-]{1,60})? (?:has |was |operation )?`
	results := []scan.Pattern{
		{Regexp: `(?:Installation success or error status: |MainEngineThread is returning |(?:exit|return|error) code[ :=]+)(?P<code>-?\d+)`},
		{Regexp: of + `(?P<bad>failed)\b`},
		{Regexp: of + `(?:completed |finished )?(?P<good>succeeded|successful|completed|finished)`},
	}
	for i, id := range []string{scanSetup, scanInstall} {
		list = append(list, scan.Scan{ID: id, Input: updateLogs()[i].ID, IgnoreCase: true, MaxHits: 1000, Any: results})
	}
	return list
}

// updateResult is how the last installation of a log ended.
type updateResult struct {
	hit  scan.Hit
	name string
	end  time.Time // of the log, by its file; zero: not known
}

// lastResults gives the last result of the newest log of each component.
func lastResults(p *check.Pass) (list []updateResult) {
	for _, id := range []string{scanSetup, scanInstall} {
		for h := range p.Hits(id) {
			r := updateResult{hit: h, name: componentOf(h.File)}
			if f, ok := p.Bundle.File(h.File); ok && f.MTime != nil {
				r.end = *f.MTime
			}
			i := slices.IndexFunc(list, func(o updateResult) bool { return o.name == r.name })
			switch {
			case strings.Contains(strings.ToLower(h.Text), "failed: 0"): // a count
			case i < 0:
				list = append(list, r)
			case r.after(list[i]):
				list[i] = r
			}
		}
	}
	return list
}

// after reports whether a result is the later one: in a log by its place, of two logs
// by their files' times, else by their names, which may have the time in them.
func (r updateResult) after(o updateResult) bool {
	switch {
	case r.hit.File == o.hit.File:
		return r.hit.Offset > o.hit.Offset
	case !r.end.Equal(o.end):
		return r.end.After(o.end)
	}
	return r.hit.File > o.hit.File
}

// componentOf is the name of a log without what differs from run to run.
func componentOf(file string) string {
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	return strings.TrimRight(strings.TrimSuffix(name, ".log"), "0123456789-_. ")
}

// failed reports whether a result is none of success: 1641 and 3010 say that it
// worked, and that Windows waits for a restart.
func (r updateResult) failed() bool {
	code := r.hit.Fields["code"]
	return r.hit.Fields["bad"] != "" || code != "" && !slices.Contains([]string{"0", "1641", "3010"}, code)
}

// reportUpdateLogs tells of components whose last installation or update failed.
func reportUpdateLogs(p *check.Pass) {
	for _, r := range lastResults(p) {
		if !r.failed() {
			continue
		}
		f := check.Finding{
			Subject: r.name, Key: "log-" + slug(r.name), Severity: abi.Warning, State: abi.StateOngoing, Evidence: []abi.Evidence{check.At(r.hit)},
			Title:  "Last update or setup of " + clip(r.name) + " failed",
			Detail: "The last result in its log: " + strings.TrimSuffix(shorten(oneLine(r.hit.Text), 200), ".") + ". Until an update succeeds the component stays at its release, or at half of two.",
			Remedy: []string{
				"Read the log up to that line: `Get-Content \"" + r.source(p) + "\" -Tail 100`; with Windows Installer the cause stands above the last `Return value 3`.",
				"Restart Windows if it waits for a restart, then update the component in Microsoft Azure Appliance Configuration Manager, https://localhost:44368. It stops the component for some minutes; source machines try again by themselves.",
			},
		}
		if code := r.hit.Fields["code"]; code != "" {
			f.Title += " (code " + code + ")"
		}
		if !r.end.IsZero() {
			f.LastSeen = &r.end
			f.Title += ", log of " + p.Clock(r.end)
		}
		p.Report(f)
	}
}

// source is the log's place on the appliance.
func (r updateResult) source(p *check.Pass) string {
	if f, ok := p.Bundle.File(r.hit.File); ok && f.SourcePath != "" {
		return f.SourcePath
	}
	return path.Base(r.hit.File)
}
