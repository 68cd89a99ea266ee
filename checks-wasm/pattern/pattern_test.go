package pattern

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
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
	f.Add([]byte(`{"fixtures":{"now":"2026-03-05T09:15:00Z"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Parse(raw)
		if err == nil && p.Validate(p.ID+".json", Known{}) == nil {
			plan, err := p.Plan(Known{})
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
