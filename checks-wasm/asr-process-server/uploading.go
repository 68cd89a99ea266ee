package main

import (
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// uploading is the proof that data reaches Azure: what waits in the cache became
// less while the collector looked.
func uploading(p *check.Pass) (words string, at []abi.Evidence) {
	cache := optional[bundles.Cache](p, "cache")
	if cache == nil || cache.Error != "" || len(cache.Readings) < 2 {
		return "", nil
	}
	last := len(cache.Readings) - 1
	first, now := cache.Readings[0], cache.Readings[last]
	if !first.Complete || !now.Complete || now.PendingBytes >= first.PendingBytes {
		return "", nil
	}
	words = "pending data fell from " + check.Bytes(first.PendingBytes) + " to " + check.Bytes(now.PendingBytes) + " while the collector looked"
	return words, []abi.Evidence{p.At("cache", "/readings/"+itoa(last)+"/pending_bytes", now.PendingBytes)}
}

// uploadingUntil gives the time of the reading by which data had become less; zero
// when it had not.
func uploadingUntil(p *check.Pass) (words string, t time.Time) {
	words, at := uploading(p)
	if len(at) == 0 {
		return "", t
	}
	readings := optional[bundles.Cache](p, "cache").Readings
	return words, readings[len(readings)-1].T
}

// worksNow makes a finding that is inferred from a setting alone information,
// when data is seen to reach Azure all the same.
func worksNow(p *check.Pass, f check.Finding) check.Finding {
	words, at := uploading(p)
	if words == "" {
		return f
	}
	f.Severity, f.Title = abi.Info, "Works now, but: "+f.Title
	f.Detail += " Yet data reaches Azure: " + words + "."
	f.Evidence = append(f.Evidence, at...)
	return f
}

// pendingOf sums what waits in the cache for Azure. ok is false when that was not
// read.
func pendingOf(p *check.Pass) (work bool, words string, at []abi.Evidence, ok bool) {
	cache := optional[bundles.Cache](p, "cache")
	if cache == nil || cache.Error != "" {
		return false, "", nil, false
	}
	var sum uint64
	var oldest float64
	for i, f := range cache.Items {
		if f.Error != "" {
			return false, "", nil, false
		}
		sum += f.Bytes
		if f.Bytes > 0 && f.OldestAgeSeconds >= oldest {
			oldest = f.OldestAgeSeconds
			at = []abi.Evidence{p.At("cache", check.Item(i, "bytes"), f.Bytes)}
		}
	}
	words = check.Bytes(sum) + " wait in the cache, the oldest for " + check.Span(check.Seconds(oldest))
	return sum >= pendingBytes || check.Seconds(oldest) > pendingAge, words, at, true
}
