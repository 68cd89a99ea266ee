package redact

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cpu is the time that the process has computed, whatever else the machine does.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// transfers are lines of a transfer log from n addresses.
func transfers(n, lines int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := range lines {
		ip := uint32(r.IntN(n)) * 2654435761
		fmt.Fprintf(&b, "2026-Nov-22 03:13:%02d\t/putfile\t77A93D11-5E02-4D4C-8B1A-60E2B3C4D5E6\t%d.%d.%d.%d\tC:/ProgramData/ASR/home/svsystems/77A93D11-5E02-4D4C-8B1A-60E2B3C4D5E6/{disk-0}/diffs/completed_diff_S%d_1.dat\t667212\t53\t9\tyes\tsuccess\t(sid: 12d.a9e8fa)\n",
			i%60, 11+ip>>24%100, ip>>16&255, ip>>8&255, ip&255, r.IntN(1e6))
	}
	return []byte(b.String())
}

// BenchmarkNames is the speed of each mode, in bytes of text, on lines without
// identities, on a transfer log of few hosts, and on one of a million.
func BenchmarkNames(b *testing.B) {
	ordinary := strings.Repeat("#~> (03-05-2024 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed to send data with error [at client.h:x:478] timed out (300). Transport failures = 4\n", 2000)
	texts := []struct {
		name string
		text []byte
	}{{"ordinary", []byte(ordinary)}, {"few", transfers(40, 50000)}, {"distinct", transfers(1_000_000, 100_000)}}
	for _, t := range texts {
		for _, mode := range []string{"secrets", "standard", "strict"} {
			b.Run(t.name+"/"+mode, func(b *testing.B) {
				b.SetBytes(int64(len(t.text)))
				r := named(modes()[mode])
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				w := r.NewWriter(&discard{}, StreamOptions{})
				begin, n := cpu(b), 0
				for b.Loop() {
					_, _ = w.Write(t.text)
					n += len(t.text)
				}
				b.ReportMetric(float64(n)/1e6/(cpu(b)-begin).Seconds(), "MB/s-cpu")
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MiB-heap")
				runtime.KeepAlive(r)
			})
		}
	}
}
