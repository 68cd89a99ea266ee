package simulator

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// Every incident can be read, and says what it is and what must be seen of it.
func TestIncidents(t *testing.T) {
	names := Names()
	if len(names) < 20 {
		t.Errorf("%d incidents, want at least 20", len(names))
	}
	for _, name := range names {
		in, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		raw, err := sources.ReadFile("incidents/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		own := &Incident{Set: map[string]string{}}
		if err := eachLine(section(txtar.Parse(raw), "expect"), own.expectLine); err != nil || len(own.Expect) == 0 {
			t.Errorf("%s: %d expectations of its own, %v", name, len(own.Expect), err)
		}
		if !strings.HasSuffix(in.Title, ".") || len(in.Title) > 100 {
			t.Errorf("%s: the first line %q is no sentence for a list", name, in.Title)
		}
	}
}

// What an incident says is laid over its deployment.
func TestLayers(t *testing.T) {
	in, err := Parse("x", []byte(`A try.
-- base --
configuration-server
-- set --
cx-type = 1
-- services --
mysql | stopped | manual
W3SVC | absent
-- actions --
obengine | nothing
-- ports --
azure | filtered
-- logs --
CBEngine absent
-- files --
{R}\etc\PSSettings.json | | absent
-- run --
--commands
exit 3
`))
	if err != nil {
		t.Fatal(err)
	}
	if in.Title != "A try." || in.Set["cx-type"] != "1" || in.Set["release"] == "" || in.Run.Exit != 3 || len(in.Run.Args) != 1 {
		t.Errorf("incident = %+v", in)
	}
	states := map[string]string{}
	for _, s := range in.Services {
		states[s.Name] = s.State + " " + s.Start + " " + s.Display
	}
	if states["mysql"] != "stopped manual MySQL" || states["dra"] != "running automatic Microsoft Azure Site Recovery Service" || states["W3SVC"] != "" {
		t.Errorf("services = %q", states)
	}
	for _, a := range in.Actions {
		if a.Service == "obengine" {
			t.Errorf("action %+v is still there", a)
		}
	}
	for _, p := range in.Ports {
		if p.Name == "azure" && (p.Kind != kindFiltered || p.Address != "{net}.40:443") {
			t.Errorf("port = %+v", p)
		}
	}
	for _, f := range in.Files {
		if strings.HasSuffix(f.Path, "PSSettings.json") {
			t.Errorf("file %+v is still there", f)
		}
	}
}

// A case has several machines, each with a base of its own.
func TestMachines(t *testing.T) {
	in, err := Parse("x", []byte(`A case.
-- base --
standalone
-- ports --
data-port | silent
-- machine linux --
-- base --
source-linux
-- run --
starve 3s every 5s
interrupt 6s
-- expect --
collect.log present
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Others) != 1 || in.Title != "A case." || in.linux() || !in.needsWine() {
		t.Fatalf("%+v", in)
	}
	other := in.Others[0]
	if other.Name != "x.linux" || !other.linux() || other.needsWine() || len(other.Expect)-other.base != 1 {
		t.Errorf("%+v", other)
	}
	if other.Run.Starve != 3*time.Second || other.Run.Every != 5*time.Second || other.Run.Interrupt != 6*time.Second {
		t.Errorf("%+v", other.Run)
	}
	for _, p := range other.Ports {
		if p.Name == "data-port" && p.Kind != kindTLS {
			t.Errorf("the port of the other machine is %+v", p)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"-- base --\nnone\n":            `no deployment "none"`,
		"-- nonsense --\n":              "no such section",
		"-- set --\nx\n":                "want NAME = VALUE",
		"-- services --\nx | running\n": "is no path",

		"-- services --\nx | asleep | manual | | C:\\x.exe\n":           `state "asleep"`,
		"-- services --\nx | running | disabled | | C:\\x.exe\n":        "cannot be started",
		"-- services --\nx | running | never | | C:\\x.exe\n":           `start type "never"`,
		"-- actions --\nx | dances | y\n":                               "want SERVICE",
		"-- ports --\nx | tls\n":                                        "want an address",
		"-- ports --\nx | tls a | {net}.1\n":                            "want tls CERTIFICATE STATUS",
		"-- ports --\nx | tls a 400 | 10.0.0.1:80\n":                    "want an address",
		"-- files --\nx | | dir\n":                                      "is no path",
		"-- files --\nC:\\x | | turn\n":                                 "want dir",
		"-- files --\nC:\\x | | size x\n":                               "invalid syntax",
		"-- run --\nstarve 3s\n":                                        "want starve AGE every AGE",
		"-- run --\nstarve 3s every 2s\n":                               "a longer one",
		"-- run --\nraw logs\n":                                         "is no path",
		"-- services --\nx | exited | manual | | C:\\x.exe\n":           "Windows has no state",
		"-- base --\nsource-linux\n-- services --\nchrony | starting\n": "has no state",
		"-- base --\nsource-linux\n-- registry --\n[HKLM\\X]\n":         "has no registry",
		"-- machine b --\n-- nonsense --\n":                             "incident x.b: nonsense: there is no such section",

		"-- run --\nexit x\n":       "expected integer",
		"-- run --\ninterrupt x\n":  "invalid duration",
		"-- overlay --\na /x ~ y\n": "want FILE POINTER = JSON",
		"-- overlay --\na /x = y\n": "invalid character",
		"-- expect --\nx\n":         "want FILE",
	} {
		if _, err := Parse("x", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

// The example in the documentation is one that works.
func TestDocumentation(t *testing.T) {
	raw, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for i, part := range strings.Split(string(raw), "```") {
		text, ok := strings.CutPrefix(part, "txtar\n")
		if i%2 == 0 || !ok {
			continue
		}
		examples++
		if in, err := Parse("example", []byte(text)); err != nil || len(in.Expect) == 0 {
			t.Errorf("example: %v", err)
		}
	}
	if examples == 0 {
		t.Error("there is no example")
	}
	for _, word := range append(formatNames(), kindTLS, kindHTTP, kindProxy, kindSilent, kindClosed, kindFiltered, connects, starts, holds, exits, grows, rotates) {
		if !strings.Contains(string(raw), "`"+word) {
			t.Errorf("there is no word on %q", word)
		}
	}
}
