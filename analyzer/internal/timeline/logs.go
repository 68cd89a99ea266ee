package timeline

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	logscan "github.com/asrdiag/asrdiag/analyzer/internal/scan"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// levelFields are the names that formats give the level of a line.
var levelFields = []string{"level", "severity"}

// told are the levels that say that something is not as it should be.
var told = []string{"WARNING", "WARN", "ERROR", "FATAL", "SEVERE", "CRITICAL", "EXCEPTION", "ALERT", "EMERGENCY"}

// Logs adds the lines of logs whose format is known: those with a level of
// warning or above, those that a check looks for, and gaps; with All every line.
// An entry of several lines is one event. Formats know the logs, mods has the
// scans of checks. The error is that of ctx, or of a declaration.
func Logs(ctx context.Context, b *bundles.Bundle, name string, formats *logscan.Formats, mods []logscan.Module, o Options, progress func(n int), add func(Event)) (LogsResult, error) {
	l := &logs{maker: &maker{bundle: b, name: name, host: b.Host().Name, o: o, add: add}}
	own := l.ownModules(formats)
	if !o.All {
		own = append(own, l.ofChecks(mods)...)
	}
	out, err := logscan.Run(ctx, b, own, logscan.Options{Progress: progress})
	if err != nil {
		return LogsResult{}, err
	}
	unread := map[string]bool{}
	for _, results := range out.Results {
		for _, r := range results {
			for _, path := range r.Summary.Unread {
				unread[path] = true
			}
		}
	}
	r := LogsResult{Untimed: l.untimed.Load(), Unknown: l.unknown}
	for _, log := range out.Logs {
		r.Bytes += log.Bytes
		r.Lines += log.Lines
		l.gaps(log)
		if unread[log.File] {
			r.Unread = append(r.Unread, log.File)
		}
	}
	return r, nil
}

// busyLog is from how many lines with a time on a log is one that a pause says
// something of: a log of errors alone may well be silent for days.
const busyLog = 100

// gaps adds the spans in which a busy log has no lines.
func (l *logs) gaps(log report.Log) {
	if log.Parsed < busyLog {
		return
	}
	for _, g := range log.Gaps {
		l.put(g.From, Event{
			Kind: KindGap, Source: bundles.SourceOf(log.File), File: log.File,
			Text: fmt.Sprintf("no lines for %s up to %s", span(g.To.Sub(g.From)), g.To.UTC().Format("2006-01-02 15:04:05Z")),
		})
	}
}

// LogsResult says how much was read.
type LogsResult struct {
	Bytes, Lines int64
	Untimed      int64    // lines that were wanted and have no time
	Unknown      []string // logs without a known format
	Unread       []string // files that could not be read to their end
}

type logs struct {
	*maker
	untimed atomic.Int64
	unknown []string
}

// ownModules declares a module for every format that a log has.
func (l *logs) ownModules(formats *logscan.Formats) []logscan.Module {
	var mods []logscan.Module
	for _, path := range l.bundle.Match("logs/**") {
		if _, tail := l.bundle.TailOf(path); tail {
			continue
		}
		f, ok := formats.Of(l.bundle, path)
		if !ok {
			l.unknown = append(l.unknown, path)
			continue
		}
		f.ID = "format"
		i := slices.IndexFunc(mods, func(m logscan.Module) bool { return same(m.Formats[0], f) })
		if i < 0 {
			i = len(mods)
			mods = append(mods, logscan.Module{
				Name: fmt.Sprintf("timeline-%d", i), Formats: []scan.Format{f}, Scans: l.scans(f), Paths: map[string][]string{}, Sink: l.take,
				Inputs: []abi.Input{{ID: "logs"}},
			})
		}
		mods[i].Paths["logs"] = append(mods[i].Paths["logs"], path)
		if tail := path + bundles.TailSuffix; l.bundle.Has(tail) {
			mods[i].Paths["logs"] = append(mods[i].Paths["logs"], tail)
		}
	}
	return mods
}

func same(a, b scan.Format) bool { return fmt.Sprintf("%q", []any{a}) == fmt.Sprintf("%q", []any{b}) }

// scans are what is looked for in the logs of one format.
func (l *logs) scans(f scan.Format) []scan.Scan {
	if l.o.All {
		return []scan.Scan{{ID: "all", Input: "logs", Any: []scan.Pattern{{Regexp: "^"}}, Format: f.ID}}
	}
	re, err := regexp.Compile(f.Line)
	if err != nil {
		return nil
	}
	var out []scan.Scan
	for _, field := range levelFields {
		if re.SubexpIndex(field) < 0 {
			continue
		}
		s := scan.Scan{ID: field, Input: "logs", IgnoreCase: true, Format: f.ID, Where: map[string][]string{field: told}}
		for _, word := range told {
			s.Any = append(s.Any, scan.Pattern{Literal: word})
		}
		out = append(out, s)
	}
	return out
}

// ofChecks takes the scans of checks for lines that say something by being there:
// not those that count all lines of a kind, or ask for the newest only.
func (l *logs) ofChecks(mods []logscan.Module) []logscan.Module {
	var out []logscan.Module
	for _, m := range mods {
		m.Sink = l.take
		m.Scans = slices.DeleteFunc(slices.Clone(m.Scans), func(s scan.Scan) bool {
			return s.Tally != nil || s.MaxHits == 1 || s.Format == ""
		})
		if len(m.Scans) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// take makes an event of a hit.
func (l *logs) take(_ string, h *scan.Hit) {
	if h.Time == nil {
		l.untimed.Add(1)
		return
	}
	first, rest, _ := strings.Cut(h.Text, "\n")
	if message, ok := h.Fields["message"]; ok && strings.TrimSpace(message) != "" {
		first = message
	}
	e := Event{Kind: KindLog, Source: bundles.SourceOf(h.File), File: h.File, Line: h.Line, Text: strings.TrimSpace(first), Ambiguous: h.TimeAmbiguous}
	if rest != "" {
		e.More = strings.Count(rest, "\n") + 1
	}
	for _, field := range levelFields {
		if level, ok := h.Fields[field]; ok {
			e.Level = strings.ToUpper(level)
		}
	}
	l.put(*h.Time, e)
}
