package scan

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// agentLog is a log of the agents of the given size: mostly lines without
// interest, every fifth one continued.
func agentLog(size int) string {
	var b strings.Builder
	at := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	for i := 0; b.Len() < size; i++ {
		at = at.Add(370 * time.Millisecond)
		fmt.Fprintf(&b, "#~> (%s):   DEBUG  2508 8408 %d ", at.Format("01-02-2006 15:04:05"), i)
		switch {
		case i%5000 == 0:
			b.WriteString("TransportStream::Write: Failed to send data with error [at client.h:x:478] timed out (300). Transport failures = 4, success = 0 since 300 secs.\n")
		case i%5 == 0:
			fmt.Fprintf(&b, "DataProtection::Process: volume state follows\n  pending %d bytes, %d changes in queue\n", i*4096, i%77)
		default:
			fmt.Fprintf(&b, "VolumeFilter::Drain: drained %d changes of device C: in %d ms at offset 0x%08x\n", i%900, i%31, i*512)
		}
	}
	return b.String()
}

// agentScans are scans like those of the source machine's checks.
func agentScans() Module {
	mod := oneScan("", decl.Scan{Any: literal("unused")}).mods[0]
	mod.Scans = nil
	mod.Formats = []decl.Format{{
		ID: "agent", Continuation: "join",
		Line: `^#~> \((?P<t>\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)\):\s+(?P<level>[A-Z]+)\s+(?P<pid>\d+)\s+(?P<tid>\S+)\s+(?P<seq>\d+)\s+(?P<message>.*)$`,
		Time: decl.TimeFormat{Groups: []string{"t"}, Layout: "01-02-2006 15:04:05", Zone: "utc"},
	}}
	for i, expr := range []string{
		`Failed to send (?:data|file) with error (?P<error>.*)\. Transport failures = (?P<failures>\d+), success = (?P<success>\d+)`,
		`Drain log upload location access failed`, `Failed to check log upload location status`, `Log upload failed with network error`,
		`failed to send/receive to/from PS with ip: (?P<ip>\S+), port: (?P<port>\d+)`, `PostToSVServer with error.*failed to post request: \((?P<code>\d+)\)`,
		`peer verification failed`, `Throttling is set for deviceName`, `Disk churn more than supported`, `High log upload network latenc`,
		`Time jump (?:forward|backward)`, `RegisterMachine failed`, `Failed to register`, `URI (?P<uri>\S+) access check failed with curl error (?P<code>\d+)`,
	} {
		mod.Scans = append(mod.Scans, decl.Scan{ID: fmt.Sprintf("s%d", i), Input: "all", Format: "agent", IgnoreCase: i%2 == 0, Any: []decl.Pattern{{Regexp: expr}}})
	}
	return mod
}

const benchSize = 16 << 20

func benchmarkRun(b *testing.B, mod Module, opts Options) {
	w := oneScan(agentLog(benchSize), decl.Scan{Any: literal("unused")})
	bundle := w.bundle(b)
	b.SetBytes(int64(len(w.files["logs/f"])))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(context.Background(), bundle, []Module{mod}, opts); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRun is the pass with 14 scans; the others show what its parts cost.
func BenchmarkRun(b *testing.B)        { benchmarkRun(b, agentScans(), Options{}) }
func BenchmarkRunAndHash(b *testing.B) { benchmarkRun(b, agentScans(), Options{Hash: true}) }
func BenchmarkLinesOnly(b *testing.B)  { benchmarkRun(b, Module{Name: "none"}, Options{}) }

func BenchmarkReference(b *testing.B) {
	w := oneScan(agentLog(benchSize/16), decl.Scan{Any: literal("unused")})
	bundle, mod := w.bundle(b), agentScans()
	b.SetBytes(int64(len(w.files["logs/f"])))
	for b.Loop() {
		reference(b, bundle, mod)
	}
}

// BenchmarkHash is the yardstick: hashing is the least that must be done.
func BenchmarkHash(b *testing.B) {
	data := []byte(agentLog(benchSize))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		sha256.Sum256(data)
	}
}

// BenchmarkTally has every line be a hit that is parsed and added up.
func BenchmarkTally(b *testing.B) {
	mod := agentScans()
	mod.Scans = []decl.Scan{{
		ID: "s", Input: "all", Format: "agent", Any: []decl.Pattern{{Regexp: `#~> .*`}},
		Tally: &decl.Tally{By: []string{"level"}, Sum: []string{"seq"}, BucketSeconds: 300},
	}}
	benchmarkRun(b, mod, Options{})
}
