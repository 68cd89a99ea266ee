package metrics

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
)

// usesOf picks the watched processes.
func usesOf(procs []ntinfo.Process, watched func(string) bool) []use {
	var out []use
	for _, p := range procs {
		if !watched(p.Name) {
			continue
		}
		u := use{name: p.Name, pid: p.PID, cpuSeconds: p.CPUSeconds}
		if !p.Started.IsZero() {
			u.start = float64(p.Started.UnixMilli())
		}
		if p.IO != nil {
			u.io = &bundles.ProcessIO{PID: p.PID, Read: p.IO.Read, Write: p.IO.Write, Other: p.IO.Other}
		}
		out = append(out, u)
	}
	return out
}

// pagesRead is what SYSTEM_PERFORMANCE_INFORMATION counts as read from disk since
// boot, which the counter Pages Input/sec is the rate of. A machine that runs has
// read pages: zero means that nobody counts.
func pagesRead(info []byte) *uint64 {
	const at = 80
	if len(info) < at+4 {
		return nil
	}
	n := uint64(binary.LittleEndian.Uint32(info[at:]))
	if n == 0 {
		return nil
	}
	return &n
}

// itemSize is that of a PDH_FMT_COUNTERVALUE_ITEM with a number of 64 bits: a
// pointer to the name, a status, the value.
const itemSize = 24

// diskQueues reads the items of a counter over all volumes from buf, which lay
// at the address base: the mount point and the mean number of requests.
func diskQueues(buf []byte, base uint64, count uint32) map[string]float64 {
	out := map[string]float64{}
	for i := range min(int(count), len(buf)/itemSize) {
		item := buf[i*itemSize:]
		value := math.Float64frombits(binary.LittleEndian.Uint64(item[16:]))
		at := binary.LittleEndian.Uint64(item) - base
		if binary.LittleEndian.Uint32(item[8:]) > 1 || at >= uint64(len(buf)) || math.IsNaN(value) || math.IsInf(value, 0) || value < 0 {
			continue // more than 1: the value is not valid
		}
		if m := mountOf(wideText(buf[at:])); m != "" {
			out[m] = math.Round(value*1e6) / 1e6
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// mountOf is the mount point of an instance of LogicalDisk: "E:" is `E:\`, a
// volume in a folder has the folder's path. The sum of all and volumes without a
// mount point have none.
func mountOf(instance string) string {
	if len(instance) < 2 || instance[1] != ':' {
		return ""
	}
	return strings.TrimSuffix(instance, `\`) + `\`
}

// wideText reads UTF-16 up to its end or a zero.
func wideText(buf []byte) string {
	var wide []uint16
	for ; len(buf) >= 2; buf = buf[2:] {
		c := binary.LittleEndian.Uint16(buf)
		if c == 0 {
			break
		}
		wide = append(wide, c)
	}
	return string(utf16.Decode(wide))
}
