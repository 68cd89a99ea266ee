package metrics

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/ntinfo"
)

// counterItems lays out what PdhGetFormattedCounterArrayW gives at an address.
func counterItems(base uint64, items []counterItem) []byte {
	buf := make([]byte, itemSize*len(items))
	for i, it := range items {
		binary.LittleEndian.PutUint64(buf[i*itemSize:], base+uint64(len(buf)))
		binary.LittleEndian.PutUint32(buf[i*itemSize+8:], it.status)
		binary.LittleEndian.PutUint64(buf[i*itemSize+16:], math.Float64bits(it.value))
		for _, c := range append(utf16.Encode([]rune(it.name)), 0) {
			buf = binary.LittleEndian.AppendUint16(buf, c)
		}
	}
	return buf
}

type counterItem struct {
	name   string
	status uint32
	value  float64
}

func TestDiskQueues(t *testing.T) {
	const base = 0x1000
	items := []counterItem{
		{"C:", 0, 0.0123456789},
		{"E:", 1, 7.5},
		{`C:\Mounts\Cache`, 0, 0},
		{"HarddiskVolume1", 0, 1},
		{"_Total", 0, 9},
		{"F:", 0xc0000bc6, 3},
		{"G:", 0, math.NaN()},
	}
	buf := counterItems(base, items)
	want := map[string]float64{`C:\`: 0.012346, `E:\`: 7.5, `C:\Mounts\Cache\`: 0}
	if diff := cmp.Diff(want, diskQueues(buf, base, uint32(len(items)))); diff != "" {
		t.Error(diff)
	}
	for n := range len(buf) { // a buffer that is cut off: no more than it has
		if got := diskQueues(buf[:n], base, uint32(len(items))); len(got) > n/itemSize {
			t.Fatalf("%v of %d bytes", got, n)
		}
	}
	if got := diskQueues(nil, base, 3); got != nil {
		t.Errorf("nothing gives %v", got)
	}
}

func TestPagesRead(t *testing.T) {
	info := make([]byte, 344)
	if got := pagesRead(info); got != nil {
		t.Errorf("nobody counts, but it gives %d", *got)
	}
	binary.LittleEndian.PutUint32(info[76:], 11) // demand zero faults
	binary.LittleEndian.PutUint32(info[80:], 4_000_000_000)
	binary.LittleEndian.PutUint32(info[84:], 12) // read operations
	if got := pagesRead(info); got == nil || *got != 4_000_000_000 {
		t.Errorf("pages read = %v", got)
	}
	if got := pagesRead(info[:83]); got != nil {
		t.Errorf("of an answer that is cut off: %d", *got)
	}
}

func TestUsesOf(t *testing.T) {
	began := time.UnixMilli(1_700_000_000_123).UTC()
	got := usesOf([]ntinfo.Process{
		{PID: 4, Name: "System", CPUSeconds: 9},
		{PID: 2104, Name: "cxps.exe", Started: began, CPUSeconds: 4.25, IO: &ntinfo.IO{Read: 1, Write: 2, Other: 3}},
		{PID: 3120, Name: "cxagent.exe"},
	}, func(name string) bool { return strings.HasPrefix(name, "cx") })
	want := []use{
		{name: "cxps.exe", pid: 2104, start: 1_700_000_000_123, cpuSeconds: 4.25, io: &bundles.ProcessIO{PID: 2104, Read: 1, Write: 2, Other: 3}},
		{name: "cxagent.exe", pid: 3120},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(use{})); diff != "" {
		t.Error(diff)
	}
}
