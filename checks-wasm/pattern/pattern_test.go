package pattern

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// good is a pattern without fault.
const good = `{"id":"a","title":"A","severity":"warning","scan":{"logs":"logs/x/**/a?.log*","any":[{"regexp":"no (?P<thing>\\w+)"}]},
 "min_count":3,"within":"24h","finding":"There is no {thing}","detail":"d","remedy":["r"],"fixtures":{"fire":["no go"],"pass":["go"]}}`

func TestParse(t *testing.T) {
	p, err := Parse([]byte(good))
	if err != nil || time.Duration(p.Within) != 24*time.Hour {
		t.Fatalf("Parse = %+v, %v", p, err)
	}
	if err := p.Validate("a.json", Known{}); err != nil {
		t.Error(err)
	}
	if file := FixtureFile(p.Scan.Logs); file != "logs/x/C/ax.logx" {
		t.Errorf("fixture file = %q", file)
	}
	if page := p.Page(); !strings.Contains(page, "3 of them within 24h make a finding") || !strings.Contains(page, "1. r") {
		t.Errorf("page:\n%s", page)
	}
	again, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if q, err := Parse(again); err != nil || q.Within != p.Within || q.Retry != 0 {
		t.Errorf("written and read again: %+v, %v", q, err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown member", `"min_count"`, `"mincount"`, "unknown field"},
		{"more behind", `"pass":["go"]}}`, `"pass":["go"]}}{}`, "more behind the document"},
		{"duration", `"24h"`, `"a day"`, "not a duration like 15m"},
		{"negative duration", `"24h"`, `"-1h"`, "not a duration like 15m"},
		{"severity", `"warning"`, `"bad"`, `severity "bad"`},
		{"finding with a period", `{thing}"`, `{thing}."`, "no final period"},
		{"no detail", `"detail":"d"`, `"detail":""`, "detail is missing"},
		{"no remedy", `["r"]`, `[]`, "remedy is missing"},
		{"count", `"min_count":3`, `"min_count":-1`, "min_count is not"},
		{"no fixture", `"pass":["go"]`, `"pass":[]`, "fixtures need"},
		{"field", `{thing}`, `{think}`, "names the field {think}"},
		{"by", `"min_count"`, `"by":"host","min_count"`, `no group gives a field "host"`},
		{"format", `"any"`, `"format":"agents","any"`, "agents"},
		{"expression", `(?P<thing>\\w+)`, `(?P<thing>\\w+`, "missing closing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if text == good {
				t.Fatal("the case changes nothing")
			}
			p, err := Parse([]byte(text))
			if err == nil {
				err = p.Validate("a.json", Known{})
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// several has two faults by a field, one by a share and one with a log of its own.
const several = `{"id":"a","title":"A","severity":"critical","scan":{"logs":"logs/x/**","any":[{"regexp":"code (?P<code>\\d+), (?P<bad>\\d+) of (?P<good>\\d+)"}],"unless":["over"]},
 "by":"code","settings":{"peer":{"config":"c","key":"k","else":"PEER"}},"remedy":["ask {peer}"],"detail":"d {line}",
 "faults":[{"id":"one","when":{"code":["1"]},"finding":"One"},
  {"id":"share","share":{"failed":"bad","succeeded":"good","over":0.05},"severity":"warning","finding":"{share} fail","more":["{all code}"]},
  {"id":"other","scan":{"signature":"known","optional":true},"also":[{"logs":"logs/z/*","any":[{"literal":"z"}]}],"finding":"Other","fire":["known"]}],
 "needs_no_success":{"logs":"logs/x/**","any":[{"literal":"fine"}]},
 "fixtures":{"fire":["code 1, 1 of 1"],"pass":["nothing"],"logs":{"logs/y/y.log":["y"]}}}`

func known() Known {
	return Known{Signature: func(id string) (Line, bool) {
		in := abi.Input{ID: "log-y", Glob: "logs/y/**"}
		return Line{Input: in, Scan: scan.Scan{ID: "known", Input: in.ID, MaxHits: 9, Any: []scan.Pattern{{Literal: "known"}}}}, id == "known"
	}}
}

// TestPlan: faults share the pattern's search unless they have one of their own.
func TestPlan(t *testing.T) {
	p, err := Parse([]byte(several))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Validate("a.json", known()); err != nil {
		t.Fatal(err)
	}
	plan, err := p.Plan(known())
	if err != nil {
		t.Fatal(err)
	}
	var scans, rules, required []string
	for _, s := range plan.Scans {
		scans = append(scans, s.ID)
	}
	for _, r := range plan.Rules {
		rules = append(rules, string(r.Severity)+" "+r.Finds[0].Scan.ID+" "+r.Detail)
	}
	for _, in := range plan.Inputs {
		if in.Required {
			required = append(required, in.ID)
		}
	}
	if got := strings.Join(scans, " "); got != "pattern-a known pattern-a-other-2 pattern-a-success" {
		t.Errorf("scans = %s", got)
	}
	if got := strings.Join(rules, "; "); got != "critical pattern-a d {line}; warning pattern-a d {line}; critical known d {line}" {
		t.Errorf("rules = %s", got)
	}
	if len(required) > 0 {
		t.Errorf("required of several logs: %q", required)
	}
	var names []string
	for _, c := range plan.Cases() {
		names = append(names, c.Name+" "+c.Key+string(c.Severity))
	}
	if got := strings.Join(names, ", "); got != "fire critical, pass , denied , fire-other othercritical" {
		t.Errorf("cases = %s", got)
	}
}

func TestSeveralRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"signature", `"signature":"known"`, `"signature":"unknown"`, `no signature is called "unknown"`},
		{"signature and logs", `"signature":"known"`, `"signature":"known","logs":"logs/y/*"`, "has no logs, format, any and where"},
		{"id twice", `"id":"share"`, `"id":"one"`, "is no word of its own"},
		{"no id", `"id":"share",`, ``, "is no word of its own"},
		{"field of when", `"when":{"code"`, `"when":{"cod"`, `no group gives a field "cod"`},
		{"field of share", `"failed":"bad"`, `"failed":"bat"`, `no group gives a field "bat"`},
		{"share of nothing", `"failed":"bad",`, ``, "share needs the fields"},
		{"share over all", `0.05`, `1`, "share needs the fields"},
		{"share twice", `"over":0.05`, `"over":0.05,"none":true`, "share needs the fields"},
		{"share without a share", `"finding":"One"`, `"finding":"{share} fail"`, "names the field {share}"},
		{"setting", `ask {peer}`, `ask {pear}`, "names the field {pear}"},
		{"all of a field", `{all code}`, `{all codes}`, "names the field {codes}"},
		{"finding of a fault", `"finding":"Other"`, `"finding":"Other."`, `fault "other": finding has`},
		{"kinds of nothing", `"by":"code"`, `"kinds":true`, "kinds needs by"},
		{"same without output", `"by":"code"`, `"same":{"in":[{"signature":"known"}],"text":"x","says":"y"}`, "same is for outputs"},
		{"output with subjects", `"by":"code"`, `"by":"code","output":{"program":"p","one":"run","many":"runs"}`, "output needs one and many"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(several, c.old, c.new, 1)
			if text == several {
				t.Fatal("the case changes nothing")
			}
			p, err := Parse([]byte(text))
			if err == nil {
				err = p.Validate("a.json", known())
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestSlot(t *testing.T) {
	module := []byte("code" + EmptySlot + "more code")
	content := Content{Module: "mine", Patterns: []json.RawMessage{json.RawMessage(good)}}
	filled, err := Fill(module, content)
	if err != nil || len(filled) != len(module) || string(module) != "code"+EmptySlot+"more code" {
		t.Fatalf("Fill = %d bytes, %v", len(filled), err)
	}
	got, err := ReadSlot(string(filled[len("code") : len("code")+SlotSize]))
	if err != nil || got.Module != "mine" || len(got.Patterns) != 1 {
		t.Errorf("ReadSlot = %+v, %v", got, err)
	}
	if _, err := ReadSlot(EmptySlot); err == nil {
		t.Error("an empty slot is read")
	}
	if _, err := Fill([]byte("code"), content); err == nil {
		t.Error("a module without a slot is filled")
	}
	if _, err := Fill(append(module, module...), content); err == nil {
		t.Error("a module with two slots is filled")
	}
	large, err := json.Marshal(strings.Repeat("x", SlotSize))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Fill(module, Content{Patterns: []json.RawMessage{large}}); err == nil || !strings.Contains(err.Error(), "make two modules") {
		t.Errorf("too much: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(several))
	f.Add([]byte(`{"fixtures":{"now":"2026-03-05T09:15:00Z"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Parse(raw)
		if err == nil && p.Validate(p.ID+".json", known()) == nil {
			plan, err := p.Plan(known())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range plan.Cases() {
				if len(c.Files) < 2 {
					t.Errorf("%s has %d files", c.Name, len(c.Files))
				}
			}
		}
	})
}
