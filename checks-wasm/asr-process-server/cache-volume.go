package main

import (
	"fmt"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// rootPath is where setup puts a junction to the installation; the cache lies
// under it.
const rootPath = `C:\ProgramData\ASR`

// cacheVolume gives the mount point of the volume that holds the cache: by the
// walk of the cache folder, else by the junction's target. Empty with the reason
// when neither is known.
func cacheVolume(p *check.Pass) (mount, reason string) {
	cache := optional[bundles.Cache](p, "cache")
	if cache != nil && cache.Volume != "" {
		return cache.Volume, ""
	}
	folder := cacheFolder(cache, optional[bundles.Files](p, "files"))
	if folder == "" {
		if why, ok := p.Missing("facts/**/cache.json"); !ok {
			return "", why
		}
		return "", "neither the cache folder nor " + rootPath + " was found"
	}
	if mount = volumeOf(p, folder); mount == "" {
		return "", "no volume of " + folder + " was sampled"
	}
	return mount, ""
}

func cacheFolder(cache *bundles.Cache, files *bundles.Files) string {
	if cache != nil && cache.Root != "" && cache.Error == "" {
		return cache.Root
	}
	if files == nil {
		return ""
	}
	for _, f := range files.Items {
		if !strings.EqualFold(f.Path, rootPath) && f.Name != "cache" && f.Name != "cache-directory" || !f.Exists {
			continue
		}
		if f.LinkTarget != "" {
			return f.LinkTarget
		}
		return f.Path
	}
	return ""
}

// volumeOf finds the mount point that holds a folder: the longest that begins
// its path.
func volumeOf(p *check.Pass, folder string) string {
	folder, best := withSeparator(folder), ""
	for _, row := range p.Series(seriesVolume).Rows {
		m := row.Attributes["mountpoint"]
		if len(m) > len(best) && strings.HasPrefix(folder, withSeparator(m)) {
			best = m
		}
	}
	return best
}

// withSeparator makes paths comparable: lower case, one separator at the end.
func withSeparator(path string) string {
	path = strings.TrimPrefix(path, `\??\`)
	return strings.TrimSuffix(strings.ToLower(strings.ReplaceAll(path, "/", `\`)), `\`) + `\`
}

func volumeRow(res scan.SeriesResult, mount string) (scan.SeriesRow, bool) {
	for _, row := range res.Rows {
		if withSeparator(row.Attributes["mountpoint"]) == withSeparator(mount) {
			return row, true
		}
	}
	return scan.SeriesRow{}, false
}

func volumeValue(s bundles.Sample, mount string) *float64 {
	for name, v := range s.Filesystem {
		if withSeparator(name) == withSeparator(mount) {
			return &v
		}
	}
	return nil
}

// volumesAt gives the whole member of one line of the samples, as evidence must
// repeat it.
func volumesAt(p *check.Pass, line int) map[string]float64 {
	var out map[string]float64
	eachSample(p, func(n int) bool { return n == line }, func(s bundles.Sample) { out = s.Filesystem })
	return out
}

// fill says what the used space of the volume holds; zero: not known.
type fill struct {
	used, pending, other, rest uint64
	complete                   bool
	evidence                   []abi.Evidence
}

// readFill compares the last walk of the cache folder with the volume.
func readFill(p *check.Pass, mount string) fill {
	cache, disks := optional[bundles.Cache](p, "cache"), optional[bundles.Disks](p, "disks")
	if cache == nil || disks == nil || len(cache.Readings) == 0 {
		return fill{}
	}
	n := len(cache.Readings) - 1
	walk := cache.Readings[n]
	f := fill{pending: walk.PendingBytes, other: walk.OtherBytes, complete: walk.Complete}
	if p.Deployment == bundles.DeployAppliance { // its folder holds nothing else
		f.pending, f.other = f.pending+f.other, 0
	}
	for i, d := range disks.Items {
		if d.Error == "" && d.TotalBytes > d.FreeBytes && withSeparator(d.Mountpoint) == withSeparator(mount) {
			f.used = d.TotalBytes - d.FreeBytes
			f.rest = f.used - min(f.used, f.pending+f.other)
			f.evidence = []abi.Evidence{
				p.At("disks", check.Item(i, "free_bytes"), d.FreeBytes),
				p.At("cache", fmt.Sprintf("/readings/%d/pending_bytes", n), walk.PendingBytes),
			}
			return f
		}
	}
	return fill{}
}

// foreign reports whether something else than pending data fills the volume.
func (f fill) foreign() bool {
	return f.used > 0 && f.complete && float64(f.pending) < pendingShare*float64(f.used)
}

// culprit names, for the title, who uses the volume when it is not pending data.
func (f fill) culprit() string {
	if !f.foreign() {
		return ""
	}
	who, bytes := "files outside the ASR folder", f.rest
	if f.other > f.rest {
		who, bytes = "other files of the ASR folder", f.other
	}
	return fmt.Sprintf("; %s hold %s of what is used", who, check.Percent(float64(bytes)/float64(f.used)))
}

func (f fill) words() string {
	if f.used == 0 {
		return "What fills the volume was not read."
	}
	s := fmt.Sprintf("Of %s used, %s is data that waits for upload, %s other data under the ASR folder, %s the rest of the volume.",
		check.Bytes(f.used), check.Bytes(f.pending), check.Bytes(f.other), check.Bytes(f.rest))
	if !f.complete {
		s += " The folder was not read to its end: the first two are at least that."
	}
	return s
}
