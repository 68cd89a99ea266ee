package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

const bigLog = "logs/app/C/big.log"

// grow IN.zip OUT.zip MIB: writes a bundle again, as the collector does, with
// one log more, of that size.
func grow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: grow IN.zip OUT.zip MIB")
	}
	mib, err := strconv.Atoi(args[2])
	ts.Check(err)
	in, err := bundlezip.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer in.Close()
	b, err := bundles.Open(in)
	ts.Check(err)
	out, err := zipwriter.CreateFile(ts.MkAbs(args[1]), b.Header)
	ts.Check(err)
	for _, f := range b.Manifest.Files {
		raw, err := bundles.ReadLimited(in, f.Path, bundles.MaxFactBytes)
		ts.Check(err)
		ts.Check(add(out, f, bytes.NewReader(raw)))
	}
	lines := new(bytes.Buffer)
	for i := 0; lines.Len() < mib<<20; i++ {
		fmt.Fprintf(lines, "2026-04-01T11:%02d:%02dZ request %d of %x took %d ms\n", i/60%60, i%60, i, i*i, i%977)
	}
	ts.Check(add(out, bundles.File{Path: bigLog, Source: "logs/app", Encoding: "utf-8"}, lines))
	ts.Check(out.Commit(b.Manifest))
}

func add(w *zipwriter.FileWriter, f bundles.File, r io.Reader) error {
	e, err := w.Create(f)
	if err != nil {
		return err
	}
	_, err = io.Copy(e, r)
	return errors.Join(err, e.Close())
}

// lie IN.zip OUT.zip: makes the restart points of a bundle wrong, and leaves
// every entry but the manifest as it was.
func lie(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lie IN.zip OUT.zip")
	}
	in, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer in.Close()
	var buf bytes.Buffer
	out := zip.NewWriter(&buf)
	for _, f := range in.File {
		if f.Name != bundles.ManifestPath {
			ts.Check(out.Copy(f))
			continue
		}
		raw, err := bundles.ReadLimited(in, f.Name, bundles.MaxManifestBytes)
		ts.Check(err)
		var m bundles.Manifest
		ts.Check(json.Unmarshal(raw, &m))
		for _, row := range m.Files {
			for i := range row.Restarts {
				row.Restarts[i][1]--
			}
		}
		raw, err = json.Marshal(m)
		ts.Check(err)
		w, err := out.Create(f.Name)
		ts.Check(err)
		_, err = w.Write(raw)
		ts.Check(err)
	}
	ts.Check(out.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), buf.Bytes(), 0o600))
}

// cuts FILE.zip N: cuts a bundle at N places and analyzes all parts in one run:
// each has a report that tells of the cut, or an error with a hint.
func cuts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cuts FILE.zip N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	whole := ts.ReadFile(args[0])
	rnd := rand.New(rand.NewPCG(1, 2))
	call := []string{"--format", "json"}
	for i := range n {
		name := fmt.Sprintf("cut-%03d.zip", i)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(whole[:rnd.IntN(len(whole)-22)]), 0o600))
		call = append(call, name)
	}
	code, stdout, stderr := execute(ts, "asrdiag", call...)
	if code != report.ExitIncomplete || strings.Contains(stderr, "goroutine ") {
		ts.Fatalf("exit code %d\n%s", code, stderr)
	}
	reports := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	for _, line := range reports {
		var r report.Report
		ts.Check(json.Unmarshal([]byte(line), &r))
		if p := r.Bundle.Integrity.Problems; r.Bundle.Integrity.OK || len(p) == 0 || r.Verdict.State == "healthy" {
			ts.Fatalf("%s: nothing is said of the cut", r.Bundle.File)
		}
		for _, l := range r.Logs {
			if l.File == bigLog {
				ts.Fatalf("%s: it holds no more than a part of %s", r.Bundle.File, bigLog)
			}
		}
	}
	if failed := strings.Count(stderr, "asrdiag: error: "); len(reports)+failed != n || failed > n/2 {
		ts.Fatalf("of %d cut bundles %d have a report and %d an error", n, len(reports), failed)
	}
}
