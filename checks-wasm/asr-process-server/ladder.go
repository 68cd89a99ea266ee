package main

import (
	"fmt"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// The article's alerts speak of the last 15 minutes. A window that cannot show
// them is judged by the best evidence there is: see climb.
const (
	alertWindow = 15 * time.Minute
	// enoughSamples of those that the interval gives.
	enoughSamples = 0.9
	// A shorter window speaks only when all of it breaks the limit.
	shortWindow     = time.Minute
	shortSamples    = 12
	productVerdict  = 30 * time.Minute // how long the product's own word holds
	limitArticle    = "Azure Site Recovery: process server health alerts"
	confidenceShort = "short window"
)

// Words of the product for its own verdicts, in its log.
const (
	productWarning  = "WARNING"
	productCritical = "CRITICAL"
)

// limits are where a ratio of a resource becomes bad. Equality breaks a limit,
// as it does in the product.
type limits struct{ warning, critical float64 }

// of gives the severity of a value and the limit that it breaks; the next limit
// when it breaks none.
func (l limits) of(v float64) (abi.Severity, float64) {
	switch {
	case v >= l.critical:
		return abi.Critical, l.critical
	case v >= l.warning:
		return abi.Warning, l.warning
	}
	return "", l.warning
}

// Rungs of the ladder.
const (
	rungWindow  = "window"
	rungProduct = "product"
	rungShort   = "short"
	rungNone    = ""
)

// verdict is what the ladder gives.
type verdict struct {
	rung     string
	severity abi.Severity // empty: fine
	value    float64      // mean of the window, least value of a short one
	limit    float64
	row      scan.SeriesRow
	hit      scan.Hit
	gaps     bool   // the window was long enough, and samples lack
	reason   string // why no rung holds
}

// climb judges a 15-minute rule by the best evidence: the own window with enough
// samples; the product's own health line; a shorter window of which every sample
// breaks the limit.
func climb(p *check.Pass, series, health string, l limits) verdict {
	res := p.Series(series)
	var row scan.SeriesRow
	if len(res.Rows) > 0 {
		row = res.Rows[0]
	}
	v := verdict{row: row}
	if row.Mean != nil && whole(row, res.IntervalSeconds, windowOf(p)) {
		v.rung, v.value = rungWindow, *row.Mean
		v.severity, v.limit = l.of(v.value)
		return v
	}
	if hit, sev, ok := productWord(p, health); ok {
		v.rung, v.hit, v.severity = rungProduct, hit, sev
		v.limit = l.warning
		if sev == abi.Critical {
			v.limit = l.critical
		}
		return v
	}
	if row.Min != nil && row.Samples >= shortSamples && row.SpanSeconds >= shortWindow.Seconds()-slack(res.IntervalSeconds) {
		v.value = *row.Min
		if v.severity, v.limit = l.of(v.value); v.severity != "" {
			v.rung, v.gaps = rungShort, windowOf(p) >= alertWindow
			return v
		}
	}
	v.gaps = windowOf(p) >= alertWindow
	v.reason = shortfall(row, res.IntervalSeconds, v.gaps)
	if why, ok := p.Missing(bundles.SamplesPath); !ok {
		v.reason = why
	}
	return v
}

// slack is by how much the samples of a full span fall short of it: one
// interval, and half of one because timers are late.
func slack(interval float64) float64 { return 1.5 * interval }

// windowOf is how long the collector sampled by its manifest; zero for a bundle
// that was cut off.
func windowOf(p *check.Pass) time.Duration {
	w := p.Bundle.Manifest.Window
	return w.End.Sub(w.Start)
}

// whole reports whether a row covers the alerts' window: enough samples, and a
// collection, or at least a span of samples, that is long enough.
func whole(row scan.SeriesRow, interval float64, window time.Duration) bool {
	return row.Samples > 0 && float64(row.Samples) >= enoughSamples*float64(row.Expected) &&
		(window >= alertWindow || row.SpanSeconds >= alertWindow.Seconds()-slack(interval))
}

// shortfall says why a row is not whole, and what it shows nevertheless.
func shortfall(row scan.SeriesRow, interval float64, gaps bool) string {
	if row.Samples == 0 || row.Mean == nil {
		return "the metric was not sampled"
	}
	seen := "; their mean is " + check.Percent(*row.Mean)
	if !gaps && row.SpanSeconds < alertWindow.Seconds()-slack(interval) {
		return fmt.Sprintf("sampled for %s of the 15 min that the alert speaks of: %s%s",
			check.Span(check.Seconds(row.SpanSeconds+interval)), check.Count(int64(row.Samples), "sample", "samples"), seen)
	}
	return check.Number(int64(row.Samples)) + " of " + check.Number(int64(row.Expected)) + " samples were taken; 90 % are needed" + seen
}

// window names what a verdict of too little was measured over.
func (v verdict) window() string {
	if v.gaps {
		return "a window with gaps"
	}
	return "a short window"
}

// productWord is the newest health line of the process server's own log, when it
// is young and bad.
func productWord(p *check.Pass, id string) (scan.Hit, abi.Severity, bool) {
	h := hitsOf(p, id)
	if len(h.hits) == 0 {
		return scan.Hit{}, "", false
	}
	last := h.hits[len(h.hits)-1]
	if p.Now.Sub(*last.Time) > productVerdict {
		return scan.Hit{}, "", false
	}
	switch last.Fields["health"] {
	case productWarning:
		return last, abi.Warning, true
	case productCritical:
		return last, abi.Critical, true
	}
	return scan.Hit{}, "", false
}

// healthScan looks for the product's verdict on one resource.
func healthScan(id, resource string) scan.Scan {
	return scan.Scan{
		ID: id, Input: dotnetLogs().ID, Format: asrlogs.DotnetObjects().ID,
		Any: []scan.Pattern{{Regexp: "Set " + resource + ` health to (?P<health>[A-Za-z]+)`}},
	}
}

// windowAsk asks for a window long enough.
func windowAsk(metric string) *abi.Ask {
	return ask("averages "+metric+" over the 15 minutes of the alert", "--duration", "15m")
}

// method says how a verdict was measured.
func (v verdict) method() string {
	switch v.rung {
	case rungWindow:
		return "time-weighted mean"
	case rungShort:
		return "least of all samples"
	}
	return "the process server's own log"
}

func (v verdict) measure(metric string) *abi.Measure {
	if v.rung == rungProduct {
		return nil
	}
	return &abi.Measure{
		Metric: metric, Value: v.value, Op: ">=", Limit: v.limit, Unit: "1", WindowSeconds: alertWindow.Seconds(),
		Samples: v.row.Samples, ExpectedSamples: v.row.Expected, Method: v.method(), LimitSource: limitArticle,
	}
}
