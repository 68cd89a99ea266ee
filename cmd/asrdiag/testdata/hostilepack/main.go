// Command hostile is a check pack for the tests of asrdiag's command line: each
// check misbehaves in a way of its own when the bundle has a file for it, and
// the last one does its work.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

func main() {
	check.Main("hostile",
		misbehaving("evidence", lie), misbehaving("exit", func(*check.Pass) { os.Exit(9) }),
		misbehaving("flood", flood), misbehaving("lines", lines), misbehaving("loop", loop),
		misbehaving("memory", memory), misbehaving("panic", func(*check.Pass) { panic("on purpose") }),
		misbehaving("trap", trap),
		&check.Check{
			ID: "works", Title: "Does its work", Doc: "Reports one thing.", Since: "1.0.0", Severities: []abi.Severity{abi.Info},
			Run: func(p *check.Pass) error {
				p.Report(check.Finding{Severity: abi.Info, Key: "k", Title: "The good check was heard"})
				return nil
			},
		})
}

// misbehaving acts when the bundle has a file below logs/<name>.
func misbehaving(name string, act func(*check.Pass)) *check.Check {
	return &check.Check{
		ID: name, Title: "Misbehaves: " + name, Doc: "Misbehaves.", Since: "1.0.0", Severities: []abi.Severity{abi.Critical},
		Inputs: []abi.Input{check.Need(name, "logs/"+name+"/**")},
		Run: func(p *check.Pass) error {
			act(p)
			return nil
		},
	}
}

// lie reports what the bundle does not say.
func lie(p *check.Pass) {
	length := int64(10)
	for _, e := range []abi.Evidence{
		{File: "logs/evidence/none.log", Offset: new(int64), Length: length},
		{File: "logs/evidence/x.log", Offset: &length, Length: 1 << 40},
		{File: "facts/host.json", Pointer: pointer("/name"), Value: json.RawMessage(`"a name it does not have"`)},
		{File: "../../etc/passwd", Offset: new(int64), Length: length},
	} {
		p.Report(check.Finding{Severity: abi.Critical, Key: fmt.Sprint(e.File), Title: "A lie", Evidence: []abi.Evidence{e}})
	}
}

func pointer(s string) *string { return &s }

func flood(*check.Pass) {
	for {
		fmt.Printf("{\"t\":\"noise\",\"text\":%q}\n", strings.Repeat("x", 10_000))
	}
}

func lines(*check.Pass) { fmt.Println("not JSON \x1b[31m at all") }

var sink int

func loop(*check.Pass) {
	for i := 0; ; i++ {
		sink = i
	}
}

func memory(*check.Pass) {
	var keep [][]byte
	for {
		keep = append(keep, make([]byte, 1<<20))
		sink = len(keep)
	}
}

// trap lets the Go runtime of the guest give up, which no recover stops.
func trap(*check.Pass) { select {} }
