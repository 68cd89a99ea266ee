package main

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed replication-throttle.md
var replicationThrottleDoc string

const (
	// throttleRetry: throttling that was logged in the last 30 minutes goes on.
	throttleRetry = 15 * time.Minute
	// diskLimit is how much of a disk may wait before it is throttled, unless
	// amethyst.conf says otherwise.
	diskLimit = 8 << 30
)

func cumulativeScans() []string {
	return []string{asrlogs.XferCumulative, asrlogs.CxpsThrottle, asrlogs.ServerCumulative}
}

func diskScans() []string { return []string{asrlogs.XferThrottled, asrlogs.ServerPairThrottle} }

func replicationThrottle() *check.Check {
	use := asrlogs.Use(append(append(cumulativeScans(), diskScans()...), asrlogs.XferByHost)...)
	return &check.Check{
		ID: "replication-throttle", Title: "Replication is not throttled", Doc: replicationThrottleDoc,
		URL: article + "#best-practices-for-process-server-deployment", Since: firstVersion, Article: []string{"practice: free space"},
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: allSeverities(),
		Inputs: append(use.Inputs, check.OptionalMetrics(), check.OptionalFact("cache"), check.OptionalFact("disks"), check.OptionalFact("files"),
			check.OptionalFact("config"), check.OptionalFact("probes"), check.OptionalFact("network")),
		Formats: use.Formats, Scans: use.Scans,
		Series: []scan.Series{
			{ID: seriesVolume, Metric: bundles.MetricFilesystem, Reduce: []string{"mean"}},
			{ID: seriesVolumeLast, Metric: bundles.MetricFilesystem, WindowSeconds: agreeing.Seconds(), Reduce: []string{"min", "max", "last"}},
		},
		ExplainedBy: []abi.Cause{{Check: "cache-free-space"}, {Check: "azure-public-ip"}, {Check: "proxy-agreement"}, {Check: "services-running", Subjects: []string{"obengine", "rcmreplicationagent"}}},
		Worked:      workedUploads,
		Run:         runReplicationThrottle,
	}
}

func runReplicationThrottle(p *check.Pass) error {
	found := reportCumulative(p)
	for _, d := range throttledDisks(p) {
		if reportDisk(p, d) {
			found++
		}
	}
	mount, why := cacheVolume(p)
	row, sampled := volumeRow(p.Series(seriesVolumeLast), mount)
	switch logs := transferGap(p); {
	case logs != "":
		p.Insufficient(logs, askElevated("the transfer log"))
	case mount == "" || !sampled || row.Last == nil:
		if reason, ok := p.Missing(bundles.SamplesPath); !ok {
			why = reason
		}
		p.Insufficient("free space of the cache volume is not known: "+orElse(why, "it was not sampled"), askElevated("the cache folder"))
	case found == 0 && *row.Last >= usedThrottle:
		p.Insufficient(justBroken(mount, row, usedThrottle), ask("samples the cache volume for longer", "--duration", "15m"))
	case found == 0:
		passUnlessBlind(p, fmt.Sprintf("cache volume %s has %s free, and no upload was throttled in the last day of the log", shortVolume(mount), check.Percent(1-*row.Last)),
			asrlogs.ServerLog().Source)
	}
	return nil
}

// transferGap says why the transfer log does not tell of throttling.
func transferGap(p *check.Pass) string {
	if v := configValue(p, "cxps", "xfer_log_enabled"); switchedOff(v) {
		return "the transfer log is off (xfer_log_enabled = " + v + ")"
	}
	why, _ := p.Searched(asrlogs.XferCumulative, nil)
	return why
}

// cumulative keeps the lines that speak of all replication.
func cumulative(h scan.Hit) bool {
	kind := h.Fields["kind"]
	return kind == "" || strings.EqualFold(kind, "cumulative")
}

// reportCumulative reports that all uploads are refused: by the volume's free
// space, else by the logs.
func reportCumulative(p *check.Pass) int {
	upload := lastUpload(p)
	t := p.Follow(check.Following{Scans: cumulativeScans(), Retry: throttleRetry, Success: upload, Keep: cumulative})
	f := check.Finding{
		Subject: "cache", Key: "cumulative", Severity: abi.Critical, Title: "All uploads are refused because the cache is full", Evidence: newestOf(t, 2),
		Detail: "When 80 % of the cache volume are used, the process server refuses what all source machines send, until data has gone to Azure.", Remedy: throttleRemedy(),
	}
	if t.State == abi.StateUnknown && p.Recent(t.Last, 2*throttleRetry) {
		t.State = abi.StateOngoing
		if upload.After(t.Last) {
			f.Detail += " An upload of a source machine has succeeded since; the state counts as over when that lasts for " + check.Span(check.RecoverySpan) + "."
		}
	}
	mount, _ := cacheVolume(p)
	row, ok := volumeRow(p.Series(seriesVolumeLast), mount)
	if mount == "" || !ok || row.Min == nil || *row.Min < usedThrottle {
		if p.ReportTrail(f, t) {
			return 1
		}
		return 0
	}
	free := 1 - *row.Last
	f.Subject, f.State = shortVolume(mount), abi.StateOngoing
	f.Title = fmt.Sprintf("Cache volume %s has %s free: replication is throttled (limit 20 %%)", shortVolume(mount), check.PercentBeside(free, 1-usedThrottle))
	if t.State != "" {
		f.Detail += fmt.Sprintf(" The logs say so %s since %s.", times(t.Count), p.Clock(t.First))
		f.FirstSeen, f.LastSeen, f.Count = &t.First, &t.Last, int64(t.Count)
	}
	f.Evidence = append(f.Evidence, check.Sample(row.Lines.Last, map[string]any{bundles.MetricFilesystem: volumesAt(p, row.Lines.Last)}))
	f.Measure = &abi.Measure{
		Metric: bundles.MetricFilesystem, Value: free, Op: "<=", Limit: 1 - usedThrottle, Unit: "1", WindowSeconds: agreeing.Seconds(),
		Samples: row.Samples, ExpectedSamples: row.Expected, Method: "last sample; all samples of the last 60 s break the limit", LimitSource: "Azure Site Recovery: best practices",
	}
	p.Report(f)
	return 1
}

// throttledDisk is one disk of one source machine.
type throttledDisk struct{ id, kind string }

// diskOf names the disk that a line is about: the pair, or host and folder of the
// file.
func diskOf(h scan.Hit) throttledDisk {
	d := throttledDisk{kind: strings.ToLower(h.Fields["kind"]), id: h.Fields["pair"]}
	if d.id == "" {
		d.id = h.Fields["host"] + ":" + path.Base(path.Dir(path.Dir(h.Fields["file"])))
	}
	return d
}

func throttledDisks(p *check.Pass) []throttledDisk {
	var list []throttledDisk
	for _, id := range diskScans() {
		for h := range p.Hits(id) {
			if d := diskOf(h); !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
	}
	slices.SortFunc(list, func(a, b throttledDisk) int { return strings.Compare(a.id+a.kind, b.id+b.kind) })
	return list[:min(len(list), 20)]
}

func reportDisk(p *check.Pass, d throttledDisk) bool {
	t := p.Follow(check.Following{Scans: diskScans(), Retry: throttleRetry, Keep: func(h scan.Hit) bool { return diskOf(h) == d }})
	if t.State == "" {
		return false
	}
	key, what := "MAX_DIFF_FILES_THRESHOLD", "Changes"
	if d.kind == "resync" {
		key, what = "MAX_RESYNC_FILES_THRESHOLD", "Initial copy"
	}
	limit := check.Bytes(diskLimit)
	if v := configValue(p, "amethyst", key); v != "" {
		limit = v + " bytes (" + key + ")"
	}
	pending := ""
	if v := t.Newest().Fields["pending"]; v != "" {
		pending = " Pending: " + v + " bytes."
	}
	return p.ReportTrail(check.Finding{
		Subject: d.id, Key: d.kind + "-" + slug(d.id), Severity: abi.Warning, Title: fmt.Sprintf("%s of disk %s throttled", what, shorten(d.id, 50)),
		Detail:   "More of this disk waits on the process server than may, " + limit + ", so that its uploads are refused until it has gone to Azure." + pending,
		Remedy:   throttleRemedy(),
		Evidence: newestOf(t, 2),
	}, t)
}

func throttleRemedy() []string {
	return []string{
		"Don't add new machines to this process server until it has caught up.",
		"Check why data does not leave the cache: connections of cbengine.exe to Azure (steps 8 to 12), then bandwidth (step 13).",
		"Free space on the cache volume: move what does not belong to Site Recovery; never delete files below C:\\ProgramData\\ASR\\home\\svsystems.",
		"Make the cache volume larger, or move machines to another process server.",
		"Run the Deployment Planner to see what size the changes need.",
	}
}
