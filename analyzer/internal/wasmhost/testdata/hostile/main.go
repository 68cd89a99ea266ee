// Command hostile is a check module whose checks do what checks must not. Each
// is named after what it does; see the tests of wasmhost.
package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// guest writes output lines.
type guest struct {
	out                *bufio.Writer
	now                time.Time
	findings, statuses int
}

func main() {
	g := &guest{out: bufio.NewWriterSize(os.Stdout, 1<<16)}
	var req abi.Request
	raw, err := os.ReadFile("/" + abi.RequestPath)
	if err == nil {
		err = json.Unmarshal(raw, &req)
	}
	if err != nil || len(os.Args) != 2 || os.Args[0] != "check" || os.Args[1] != "run" {
		fmt.Fprintln(os.Stderr, "usage:", os.Args, err)
		os.Exit(abi.ExitUsage)
	}
	g.now = req.Now
	for _, id := range req.Checks {
		act, ok := acts[id]
		if !ok {
			act = func(g *guest, id string) { g.status(id, abi.OutcomePass, "") }
		}
		act(g, id)
		g.out.Flush()
	}
	if !slices.Contains(req.Checks, "no-end") {
		g.line(abi.End{T: abi.TypeEnd, Findings: g.findings, Statuses: g.statuses})
	}
	g.out.Flush()
}

func (g *guest) line(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	g.out.Write(append(raw, '\n'))
}

func (g *guest) status(id string, o abi.Outcome, reason string) {
	g.statuses++
	g.line(abi.Status{T: abi.TypeStatus, Check: id, Outcome: o, Reason: reason})
}

func (g *guest) finding(id, key string, s abi.Severity) {
	g.findings++
	g.line(abi.Finding{T: abi.TypeFinding, Check: id, Key: key, Severity: s, Title: "T " + key})
}

// say passes with a text, so that the host sees what the guest saw.
func (g *guest) say(id string, v ...any) { g.status(id, abi.OutcomePass, fmt.Sprint(v...)) }

var acts = map[string]func(*guest, string){
	"spin": func(*guest, string) {
		for i := 0; ; i++ {
			sink = i
		}
	},
	"trap": func(*guest, string) { trap() },
	"exit": func(*guest, string) { os.Exit(7) },
	"exit-zero": func(g *guest, id string) {
		g.finding(id, "k", abi.Warning)
		g.out.Flush()
		os.Exit(0)
	},
	"unsupported": func(*guest, string) { os.Exit(abi.ExitUnsupported) },
	"usage":       func(*guest, string) { os.Exit(abi.ExitUsage) },
	"panic":       func(*guest, string) { panic("boom \x1b[31m") },
	"found-then-panic": func(g *guest, id string) {
		g.finding(id, "k", abi.Warning)
		g.out.Flush()
		panic("late")
	},
	"memory": func(*guest, string) {
		var keep [][]byte
		for {
			b := make([]byte, 1<<20)
			b[0] = 1
			keep = append(keep, b)
			sink = len(keep)
		}
	},
	"recursion": func(*guest, string) { sink = deep(1) },
	"flood": func(g *guest, id string) {
		for {
			g.line(map[string]string{"t": "noise", "text": strings.Repeat("x", 1000)})
		}
	},
	"stderr": func(g *guest, id string) {
		for range 300 {
			fmt.Fprintln(os.Stderr, strings.Repeat("e", 1000))
		}
		g.say(id)
	},
	"long-line": func(g *guest, id string) { g.out.WriteString(strings.Repeat("x", 70<<10)) },
	"million": func(g *guest, id string) {
		for i := range 1_000_000 {
			g.finding(id, fmt.Sprint("k", i), abi.Warning)
		}
	},
	"no-status": func(*guest, string) {},
	"two-statuses": func(g *guest, id string) {
		g.say(id)
		g.say(id)
	},
	"no-end":    func(g *guest, id string) { g.say(id) },
	"miscount":  func(g *guest, id string) { g.say(id); g.findings++ },
	"bad-json":  func(g *guest, id string) { g.out.WriteString("{\"t\":\n"); g.say(id) },
	"bad-utf8":  func(g *guest, id string) { g.out.WriteString("{\"t\":\"x\",\"y\":\"\xff\"}\n"); g.say(id) },
	"bad-array": func(g *guest, id string) { g.out.WriteString("[1]\n"); g.say(id) },
	"unknown-lines": func(g *guest, id string) {
		g.out.WriteString("\n{\"t\":\"novelty\",\"x\":1}\n")
		g.line(map[string]any{"t": "status", "check": id, "outcome": "pass", "novel": true})
		g.statuses++
	},
	"bad-outcome": func(g *guest, id string) { g.status(id, "wonderful", "") },
	"bad-severity": func(g *guest, id string) {
		g.finding(id, "a", abi.Info)
		g.finding(id, "b", abi.Warning)
		g.status(id, abi.OutcomeFindings, "")
	},
	"same-key": func(g *guest, id string) {
		g.finding(id, "a", abi.Warning)
		g.finding(id, "a", abi.Warning)
		g.status(id, abi.OutcomeFindings, "")
	},
	"no-key":        func(g *guest, id string) { g.finding(id, "", abi.Warning); g.status(id, abi.OutcomeFindings, "") },
	"empty-handed":  func(g *guest, id string) { g.status(id, abi.OutcomeFindings, "") },
	"pass-findings": func(g *guest, id string) { g.finding(id, "k", abi.Warning); g.say(id) },
	"for-others": func(g *guest, id string) {
		g.finding("somebody-else", "k", abi.Critical)
		g.status("somebody-else", abi.OutcomeFindings, "")
		g.say(id)
	},
	"insufficient": func(g *guest, id string) {
		g.finding(id, "k", abi.Critical)
		g.status(id, abi.OutcomeInsufficient, "half of it")
	},
	"sleep": func(g *guest, id string) {
		before := time.Now()
		time.Sleep(time.Hour)
		g.say(id, time.Since(before).Round(time.Second))
	},
	"clock": func(g *guest, id string) {
		a, b := time.Now(), time.Now()
		g.say(id, a.Sub(g.now) < time.Second, a.Before(g.now), b.After(a))
	},
	"random": func(g *guest, id string) {
		b := make([]byte, 8)
		rand.Read(b)
		g.say(id, b)
	},
	"environment": func(g *guest, id string) { g.say(id, os.Environ()) },
	"outside": func(g *guest, id string) {
		var said []string
		for _, name := range []string{"/etc/passwd", "/bundle/../etc/passwd", "/../etc/passwd", "/bundle/secret", "/proc/self/environ"} {
			_, err := os.ReadFile(name)
			said = append(said, fmt.Sprint(errors.Is(err, fs.ErrNotExist)))
		}
		g.say(id, strings.Join(said, " "))
	},
	"write": func(g *guest, id string) {
		name := "/bundle/facts/services.json"
		said := []error{os.WriteFile(name, nil, 0o600), os.Remove(name), os.Mkdir("/x", 0o700), os.Rename(name, "/y"), os.Symlink("/", "/z")}
		after, _ := os.ReadFile(name)
		refused := 0
		for _, err := range said {
			if err != nil {
				refused++
			}
		}
		g.say(id, refused, " ", string(after))
	},
	"list": func(g *guest, id string) {
		var names []string
		fs.WalkDir(os.DirFS("/"), ".", func(name string, d fs.DirEntry, err error) error {
			names = append(names, name)
			return err
		})
		g.say(id, strings.Join(names, " "))
	},
	"reader": func(g *guest, id string) {
		os.ReadFile("/bundle/facts/services.json")
		os.ReadFile("/scans/s.jsonl")
		g.say(id)
	},
	"many-files": func(g *guest, id string) {
		for {
			os.ReadFile("/bundle/facts/services.json")
		}
	},
	"stdin": func(g *guest, id string) {
		n, err := os.Stdin.Read(make([]byte, 10))
		g.say(id, n, " ", err)
	},
}

var sink int

//go:noinline
func trap() {
	var p *int
	defer func() { panic("trap again") }()
	sink = *p
}

func deep(n int) int {
	var pad [256]byte
	pad[n%256] = byte(n)
	return deep(n+1) + int(pad[(n+1)%256])
}
