package main

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed cache-free-space.md
var cacheFreeSpaceDoc string

// Limits of the cache volume, as used space: the article's 30 %, 25 % and 20 %
// free. The product compares with "at most".
const (
	usedWarning  = 1 - 0.30
	usedCritical = 1 - 0.25
	usedThrottle = 1 - 0.20
	// agreeing is how long the samples must agree: free space does not swing, so
	// the newest value says more than a mean of 15 minutes.
	agreeing = time.Minute
	// agreeingSpan of it must be sampled: a sample at its ends may lack.
	agreeingSpan = 45 * time.Second
	// pendingShare of what is used, below which something else fills the volume.
	pendingShare = 1.0 / 3
)

const (
	seriesVolume     = "volume"
	seriesVolumeLast = "volume-60s"
	scanHealthDisk   = "health-disk"
)

func cacheFreeSpace() *check.Check {
	return &check.Check{
		ID: "cache-free-space", Title: "Free space of the cache volume", Doc: cacheFreeSpaceDoc,
		URL: article + "#step-1-troubleshoot-process-server-health-alerts", Since: firstVersion, Article: []string{"alert: cache folder free space", "practice: free space"},
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Warning, abi.Critical},
		Inputs: []abi.Input{
			check.OptionalMetrics(), check.OptionalFact("cache"), check.OptionalFact("disks"), check.OptionalFact("files"), dotnetLogs(),
		},
		Formats: []scan.Format{asrlogs.DotnetObjects()},
		Scans:   []scan.Scan{healthScan(scanHealthDisk, "disk space")},
		Series: []scan.Series{
			volumeSeries(),
			{ID: seriesVolumeLast, Metric: bundles.MetricFilesystem, WindowSeconds: agreeing.Seconds(), Reduce: []string{"min", "max", "last"}},
		},
		ExplainedBy: []abi.Cause{
			{Check: "data-push"},
			{Check: "mars-registration"},
			{Check: "azure-public-ip"},
			{Check: "azure-storage-connection"},
			{Check: "required-urls"},
			{Check: "proxy-agreement"},
			{Check: "proxy-resolution"},
			{Check: "services-running", Subjects: []string{"obengine", "rcmreplicationagent"}},
		},
		Run: runCacheFreeSpace,
	}
}

// volumeSeries are all volumes over the whole window.
func volumeSeries() scan.Series {
	return scan.Series{ID: seriesVolume, Metric: bundles.MetricFilesystem, Reduce: []string{"mean"}}
}

func runCacheFreeSpace(p *check.Pass) error {
	mount, reason := cacheVolume(p)
	if _, _, told := productWord(p, scanHealthDisk); mount == "" && !told {
		p.Insufficient("the volume of the cache folder is not known: "+reason, askElevated("the cache folder"))
		return nil
	}
	last := p.Series(seriesVolumeLast)
	row, found := volumeRow(last, mount)
	switch {
	case found && row.Min != nil && row.SpanSeconds >= min(agreeingSpan.Seconds(), agreeing.Seconds()-slack(last.IntervalSeconds)):
		judgeVolume(p, mount, row)
	default:
		judgeByProduct(p, mount, row)
	}
	return nil
}

// judgeVolume judges the last minute: the limit counts as broken when all of it
// breaks it.
func judgeVolume(p *check.Pass, mount string, row scan.SeriesRow) {
	sev, limit := limits{usedWarning, usedCritical}.of(*row.Min)
	free := 1 - *row.Last
	whole, _ := volumeRow(p.Series(seriesVolume), mount)
	p.Exhibit(volumeExhibit(mount, whole))
	if sev == "" && *row.Last >= usedWarning {
		p.Insufficient(justBroken(mount, row, limit), ask("samples the cache volume for longer", "--duration", "15m"))
		return
	}
	if sev == "" {
		p.Pass(fmt.Sprintf("cache volume %s has %s free (limit %s)", shortVolume(mount), check.PercentBeside(free, 1-limit), check.Percent(1-limit)))
		return
	}
	fill := readFill(p, mount)
	f := check.Finding{
		Subject: shortVolume(mount), Key: "volume", Severity: sev, State: abi.StateOngoing,
		Title:    fmt.Sprintf("Cache volume %s has %s free (limit %s)%s", shortVolume(mount), check.PercentBeside(free, 1-limit), check.Percent(1-limit), fill.culprit()),
		Detail:   volumeDetail(p, mount, *row.Last, volumeEnds(p, whole, mount)) + fill.words(),
		Remedy:   volumeRemedy(mount, fill, sev),
		Evidence: append([]abi.Evidence{check.Sample(row.Lines.Last, map[string]any{bundles.MetricFilesystem: volumesAt(p, row.Lines.Last)})}, fill.evidence...),
		Measure: &abi.Measure{
			Metric: bundles.MetricFilesystem, Value: free, Op: "<=", Limit: 1 - limit, Unit: "1", WindowSeconds: agreeing.Seconds(),
			Samples: row.Samples, ExpectedSamples: row.Expected, Method: "last sample; all samples of the last 60 s break the limit", LimitSource: limitArticle,
		},
	}
	p.Report(f)
}

// justBroken words a limit that the newest sample breaks and another one of the last
// minute does not.
func justBroken(mount string, row scan.SeriesRow, limit float64) string {
	return fmt.Sprintf("cache volume %s has %s free in the last sample and had %s within the same minute (limit %s): whether it stays there was not seen",
		shortVolume(mount), check.PercentBeside(1-*row.Last, 1-limit), check.PercentBeside(1-*row.Min, 1-limit), check.Percent(1-limit))
}

func volumeExhibit(mount string, row scan.SeriesRow) abi.Exhibit {
	return abi.Exhibit{
		Kind: "series", Title: "Used space of cache volume " + shortVolume(mount), Series: seriesVolume,
		Metric: bundles.MetricFilesystem, Attributes: row.Attributes, Unit: "1",
		Limits: []abi.Limit{{Value: usedWarning, Severity: abi.Warning, Op: ">="}, {Value: usedCritical, Severity: abi.Critical, Op: ">="}},
	}
}

// judgeByProduct falls back to the process server's own verdict.
func judgeByProduct(p *check.Pass, mount string, row scan.SeriesRow) {
	hit, sev, ok := productWord(p, scanHealthDisk)
	if !ok {
		reason := "volume " + shortVolume(mount) + " was not sampled"
		if why, ok := p.Missing(bundles.SamplesPath); !ok {
			reason = why
		}
		if row.Samples > 0 {
			reason = fmt.Sprintf("volume %s was sampled for less than %s, with %s free", shortVolume(mount), check.Span(agreeing), check.Percent(1-*row.Last))
		}
		p.Insufficient(reason, ask("samples the cache volume for a minute or more", "--duration", "2m"))
		return
	}
	limit := usedWarning
	if sev == abi.Critical {
		limit = usedCritical
	}
	fill, volume := readFill(p, mount), "volume "+shortVolume(mount)
	if mount == "" {
		volume = "the cache's volume"
	}
	p.Report(check.Finding{
		Subject: orElse(shortVolume(mount), "cache"), Key: "volume", Severity: sev, State: abi.StateOngoing,
		Title:    productTitle(hit.Fields["health"], limit, fill),
		Detail:   fmt.Sprintf("This collection did not sample %s for a minute; at %s the process server logged: %s. ", volume, p.Clock(*hit.Time), hit.Fields["message"]) + fill.words(),
		Remedy:   volumeRemedy(mount, fill, sev),
		Evidence: append([]abi.Evidence{check.At(hit)}, fill.evidence...),
	})
}

// productTitle words the process server's verdict, shorter where there is more to
// say.
func productTitle(health string, limit float64, f fill) string {
	if who := f.culprit(); who != "" {
		return fmt.Sprintf("Cache space is %s by the server's own log (limit %s)%s", health, check.Percent(1-limit), who)
	}
	return fmt.Sprintf("Free space of the cache is %s by the process server's own log (limit %s)", health, check.Percent(1-limit))
}

// volumeDetail tells why it matters, the course and where it leads.
func volumeDetail(p *check.Pass, mount string, used float64, ends []abi.Point) string {
	d := "Replicated data lies here until it is uploaded. At 20 % free the process server refuses uploads of all its machines. "
	if used >= usedThrottle {
		d = "Replicated data lies here until it is uploaded. At or below 20 % free, as now, the process server refuses uploads of all its machines. "
	}
	if row, ok := volumeRow(p.Series(seriesVolume), mount); ok && row.Mean != nil {
		d += fmt.Sprintf("Mean from %s to %s: %s free in %d samples. ", p.Clock(row.First), p.Clock(row.LastTime), check.Percent(1-*row.Mean), row.Samples)
	}
	return d + forecast(ends)
}

// forecast extends the course of the window to the throttle limit.
func forecast(ends []abi.Point) string {
	if len(ends) < 2 {
		return ""
	}
	first, last := ends[0], ends[len(ends)-1]
	span := last.T.Sub(first.T)
	grown := last.Value - first.Value
	switch {
	case span < time.Minute || grown == 0:
		return "Free space did not change. "
	case grown < 0:
		return fmt.Sprintf("Free space grows by %s an hour. ", check.Percent(-grown*float64(time.Hour)/float64(span)))
	}
	words := fmt.Sprintf("Free space shrinks by %s an hour", check.Percent(grown*float64(time.Hour)/float64(span)))
	if left := usedThrottle - last.Value; left > 0 {
		words += "; 20 % is reached in " + check.Span(time.Duration(left/grown*float64(span)).Round(time.Minute))
	}
	return words + ". "
}

// volumeRemedy is the article's list; the alert's two stages differ by the
// planner only.
func volumeRemedy(mount string, f fill, sev abi.Severity) []string {
	steps := []string{"Don't add new machines to this process server, and consider setting up an additional process server."}
	if f.foreign() {
		steps = append(steps, fmt.Sprintf("Move files that are not Site Recovery's off volume %s; see which folders hold them: `Get-ChildItem %s -Directory -Force | ForEach-Object { [pscustomobject]@{Folder=$_.FullName; GiB=[math]::Round((Get-ChildItem $_.FullName -Recurse -File -Force -ErrorAction SilentlyContinue | Measure-Object Length -Sum).Sum/1GB,1)} }`. Never delete files under the ASR folder.", shortVolume(mount), mount))
	}
	steps = append(steps,
		"Check that the number of machines that use it agrees with the capacity guidelines of its size.",
		"Check connectivity and replication, steps 4 to 13 of the article: data that cannot leave stays in the cache.")
	if sev == abi.Critical {
		steps = append(steps, "If the issue persists, run the Deployment Planner for VMware and physical server replication.")
	}
	return steps
}

func shortVolume(mount string) string { return strings.TrimSuffix(mount, `\`) }
