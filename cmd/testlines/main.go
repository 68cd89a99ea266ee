// Command testlines reads what "go test -json" prints and writes what a person
// wants to see: a line a package, the output of tests that failed, and why tests
// were skipped, which "go test" keeps to itself. It exits with 1 when a test or
// a build failed, or when there was none.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() { os.Exit(run(os.Stdin, os.Stdout)) }

// event is a line of go tool test2json, or of the build before.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// maxSkipped bounds the reason of one skipped test.
const maxSkipped = 300

func run(in io.Reader, out io.Writer) int {
	outputs := map[string]*strings.Builder{}
	passed, failed := 0, 0
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			p, f := handle(line, outputs, out)
			passed, failed = passed+p, failed+f
		}
		if err != nil {
			break
		}
	}
	if failed > 0 || passed == 0 {
		fmt.Fprintf(out, "FAIL: %d failed\n", failed)
		return 1
	}
	return 0
}

// handle takes one line. What is no event is shown as it is.
func handle(line []byte, outputs map[string]*strings.Builder, out io.Writer) (passed, failed int) {
	var e event
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		out.Write(line)
		return 0, 0
	}
	id := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if e.Test == "" {
			packageLine(out, e.Output)
			return 0, 0
		}
		if outputs[id] == nil {
			outputs[id] = &strings.Builder{}
		}
		outputs[id].WriteString(e.Output)
	case "build-output":
		io.WriteString(out, e.Output)
	case "skip":
		if e.Test != "" {
			skipped(out, e, outputs[id])
		}
	case "fail", "build-fail":
		if b := outputs[id]; b != nil {
			io.WriteString(out, b.String())
		}
		failed++
	case "pass":
		passed++
	}
	if e.Action != "output" {
		delete(outputs, id)
	}
	return passed, failed
}

// packageLine leaves out what says nothing.
func packageLine(out io.Writer, text string) {
	if text != "PASS\n" && !strings.Contains(text, "[no test files]") {
		io.WriteString(out, text)
	}
}

// skipped tells the reason that a test gave, if it asks to be told.
func skipped(out io.Writer, e event, output *strings.Builder) {
	if output == nil {
		return
	}
	_, reason, ok := strings.Cut(output.String(), "skipped: ")
	if !ok {
		return
	}
	reason, _, _ = strings.Cut(reason, "\n")
	fmt.Fprintf(out, "skip\t%s: %s\n", e.Test, reason[:min(len(reason), maxSkipped)])
}
