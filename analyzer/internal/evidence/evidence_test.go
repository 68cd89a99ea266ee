package evidence

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// utf16le encodes a text with byte order mark.
func utf16le(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\uFEFF" + s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

const (
	logPath = "logs/cxps/C/cxps.err.log"
	fact    = `{"items":[{"name":"a/b","state":"stopped","n":1.50,"big":9007199254740993,"list":[1,"x",null]}],"~x":true}`
)

// testBundle has a log, the same in UTF-16, a large one, a fact and samples.
func testBundle(t *testing.T) *bundles.Bundle {
	t.Helper()
	log := "first line\r\nsecond: \u00e4\u00f6\u00fc\r\nthird line"
	files := map[string]string{
		"bundle.json": `{"format":"asr-bundle","version":1,"id":"x"}`,
		"manifest.json": `{"format":"asr-bundle","version":1,"id":"x","files":[{"path":"logs/tail/t.log","first_line":1001},
			{"path":"logs/cxps/C/u16.log","encoding":"utf-16le"}]}`,
		logPath:                  log,
		"logs/cxps/C/u16.log":    utf16le(log),
		"logs/tail/t.log":        "a\nb\nc\n",
		"logs/big.log":           strings.Repeat("0123456789abcde\n", 10_000) + "end",
		"facts/services.json":    fact,
		"facts/broken.json":      `{"a":`,
		"metrics/samples.ndjson": "{\"t\":\"2026\",\"cpu\":0.5}\n{\"t\":\"2027\",\"cpu\":1e0,\"fs\":{\"E:\":0.8}}\n",
	}
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	b, err := bundles.Open(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func at(file string, offset, length int64) abi.Evidence {
	return abi.Evidence{File: file, Offset: &offset, Length: length}
}

func pointer(file, p, value string) abi.Evidence {
	return abi.Evidence{File: file, Pointer: &p, Value: json.RawMessage(value)}
}

func inLine(file string, line int64, value string) abi.Evidence {
	return abi.Evidence{File: file, Line: line, Value: json.RawMessage(value)}
}

func verify(t *testing.T, list ...abi.Evidence) ([]abi.Evidence, int) {
	t.Helper()
	dropped := New(testBundle(t), nil, nil).Verify([]*[]abi.Evidence{&list})
	return list, dropped[0]
}

func TestRanges(t *testing.T) {
	tests := map[string]struct {
		ev      abi.Evidence
		line    int64
		excerpt string
	}{
		"first":         {at(logPath, 0, 10), 1, "first line"},
		"second":        {at(logPath, 12, 14), 2, "second: \u00e4\u00f6\u00fc"},
		"over a line":   {at(logPath, 6, 12), 1, "line\nsecond"},
		"to the end":    {at(logPath, 28, 10), 3, "third line"},
		"utf-16":        {at("logs/cxps/C/u16.log", 26, 22), 2, "second: \u00e4\u00f6\u00fc"},
		"numbered":      {at("logs/tail/t.log", 4, 1), 1003, "c"},
		"far":           {at("logs/big.log", 160_000, 3), 10_001, "end"},
		"over a chunk":  {at("logs/big.log", 65_534, 4), 4096, "e\n01"},
		"much is short": {at("logs/big.log", 0, 100_000), 1, strings.Repeat("0123456789abcde\n", 19)[:MaxExcerpt]},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.ev.Excerpt, test.ev.Line = "a lie", 77
			list, dropped := verify(t, test.ev)
			if dropped != 0 || len(list) != 1 {
				t.Fatalf("%d dropped, want none", dropped)
			}
			if list[0].Line != test.line || list[0].Excerpt != test.excerpt {
				t.Errorf("line %d %q, want line %d %q", list[0].Line, list[0].Excerpt, test.line, test.excerpt)
			}
		})
	}
}

func TestLies(t *testing.T) {
	tests := map[string]abi.Evidence{
		"no file":         at("logs/none.log", 0, 1),
		"outside":         at("../etc/passwd", 0, 1),
		"past the end":    at(logPath, 28, 11),
		"begins past it":  at(logPath, 1000, 1),
		"negative":        at(logPath, -1, 2),
		"negative length": at(logPath, 1, -1),
		"empty":           at(logPath, 1, 0),
		"overflow":        at(logPath, 1<<62, 1<<62),
		"half character":  at("logs/cxps/C/u16.log", 3, 2),
		"no form":         {File: logPath},
		"wrong value":     pointer("facts/services.json", "/items/0/state", `"running"`),
		"no value":        pointer("facts/services.json", "/items/0/state", ``),
		"two values":      pointer("facts/services.json", "/items/0/state", `"stopped" 1`),
		"no member":       pointer("facts/services.json", "/items/0/none", `null`),
		"index":           pointer("facts/services.json", "/items/1", `{}`),
		"leading zero":    pointer("facts/services.json", "/items/00/state", `"stopped"`),
		"dash":            pointer("facts/services.json", "/items/-/state", `"stopped"`),
		"no slash":        pointer("facts/services.json", "items", `[]`),
		"bad escape":      pointer("facts/services.json", "/~x", `true`),
		"near integer":    pointer("facts/services.json", "/items/0/big", `9007199254740992`),
		"not JSON":        pointer(logPath, "", `"first"`),
		"broken":          pointer("facts/broken.json", "/a", `1`),
		"line":            inLine("metrics/samples.ndjson", 1, `{"cpu":0.6}`),
		"line too far":    inLine("metrics/samples.ndjson", 3, `{"cpu":0.5}`),
		"empty claim":     inLine("metrics/samples.ndjson", 1, `{}`),
		"no object":       inLine("metrics/samples.ndjson", 1, `0.5`),
		"other member":    inLine("metrics/samples.ndjson", 1, `{"cpu":0.5,"x":null}`),
		"line of a log":   inLine(logPath, 1, `{"first":"line"}`),
	}
	for name, ev := range tests {
		if list, dropped := verify(t, ev); dropped != 1 || len(list) != 0 {
			t.Errorf("%s: %d dropped, want it dropped", name, dropped)
		}
	}
}

func TestValues(t *testing.T) {
	tests := map[string]abi.Evidence{
		"string":       pointer("facts/services.json", "/items/0/state", `"stopped"`),
		"number":       pointer("facts/services.json", "/items/0/n", `1.5`),
		"exponent":     pointer("facts/services.json", "/items/0/n", `15e-1`),
		"integer":      pointer("facts/services.json", "/items/0/big", `9007199254740993`),
		"escaped":      pointer("facts/services.json", "/~0x", `true`),
		"list":         pointer("facts/services.json", "/items/0/list", `[1, "x", null]`),
		"member":       inLine("metrics/samples.ndjson", 1, `{"cpu":0.50}`),
		"two members":  inLine("metrics/samples.ndjson", 2, `{"cpu":1,"fs":{"E:":0.8}}`),
		"the document": pointer("facts/services.json", "", fact),
	}
	for name, ev := range tests {
		ev.Excerpt = "a lie"
		list, dropped := verify(t, ev)
		if dropped != 0 || len(list) != 1 || list[0].Excerpt != "" {
			t.Errorf("%s: %d dropped, excerpt kept: %v", name, dropped, list)
		}
	}
}

func TestVerifyKeepsOrder(t *testing.T) {
	list := []abi.Evidence{at(logPath, 28, 5), at("none", 0, 1), pointer("facts/services.json", "/~0x", `true`), at(logPath, 0, 5)}
	other := []abi.Evidence{at(logPath, 12, 6)}
	dropped := New(testBundle(t), nil, nil).Verify([]*[]abi.Evidence{&list, &other})
	if dropped[0] != 1 || dropped[1] != 0 {
		t.Errorf("dropped = %v, want [1 0]", dropped)
	}
	if len(list) != 3 || list[0].Line != 3 || list[1].Pointer == nil || list[2].Line != 1 || other[0].Excerpt != "second" {
		t.Errorf("lists = %v and %v, want their order kept", list, other)
	}
}

func TestHitsNeedNoReading(t *testing.T) {
	b := testBundle(t)
	b.FS.(fstest.MapFS)[logPath] = &fstest.MapFile{} // as if it could not be read again
	v := New(b, []scan.Hit{{File: logPath, Line: 7, Offset: 5, Length: 9, Text: strings.Repeat("\u00e4", 200)}}, nil)
	list := []abi.Evidence{at(logPath, 5, 9), at(logPath, 5, 8)}
	if dropped := v.Verify([]*[]abi.Evidence{&list}); dropped[0] != 1 {
		t.Errorf("dropped = %v, want the one that is no hit", dropped)
	}
	if list[0].Line != 7 || list[0].Excerpt != strings.Repeat("\u00e4", 150) {
		t.Errorf("evidence = %+v, want the hit's line and text", list[0])
	}
}

func FuzzRanges(f *testing.F) {
	f.Add([]byte("a\nb\n"), int64(2), int64(1), "")
	f.Add([]byte(utf16le("a\nb")), int64(2), int64(4), "")
	f.Add([]byte("\x00\n\x00a"), int64(0), int64(4), "utf-16be")
	f.Fuzz(func(t *testing.T, data []byte, offset, length int64, enc string) {
		c := &claim{Evidence: &abi.Evidence{Offset: &offset, Length: length}}
		if offset < 0 || length <= 0 || offset > 1<<62 || length > 1<<62 {
			return
		}
		p := &pass{declared: enc, line: 1, todo: []*span{{claim: c, end: offset + length}}}
		p.read(strings.NewReader(string(data)))
		if c.holds && offset+length > int64(len(data)) {
			t.Errorf("range %d+%d holds in %d bytes", offset, length, len(data))
		}
		if c.holds && (len(c.Excerpt) > MaxExcerpt || !utf8.ValidString(c.Excerpt) || c.Line < 1) {
			t.Errorf("line %d, excerpt %q", c.Line, c.Excerpt)
		}
	})
}

// TestTail has evidence in the tail of a log, numbered as in its source, and an
// entry that goes on from the log into its tail.
func TestTail(t *testing.T) {
	m := fstest.MapFS{
		"bundle.json": {Data: []byte(`{"format":"asr-bundle","version":1,"id":"x"}`)},
		"manifest.json": {Data: []byte(`{"format":"asr-bundle","version":1,"id":"x","files":[
			{"path":"logs/x/a.log","source_path":"/a.log","first_line":1,"original_size":20},
			{"path":"logs/x/a.log.tail","source_path":"/a.log","ranges":[[20,40]],"first_line":3}]}`)},
		"logs/x/a.log":      {Data: []byte("one\nERROR begins so\n")},
		"logs/x/a.log.tail": {Data: []byte("  and ends so\nlater\n")},
	}
	b, err := bundles.Open(m)
	if err != nil {
		t.Fatal(err)
	}
	hit := scan.Hit{File: "logs/x/a.log", Line: 2, Offset: 4, Length: 15, Text: "ERROR begins so\n  and ends so"}
	list := []abi.Evidence{at("logs/x/a.log", 4, 15), at("logs/x/a.log.tail", 14, 5), at("logs/x/a.log", 4, 40)}
	dropped := New(b, []scan.Hit{hit}, nil).Verify([]*[]abi.Evidence{&list})
	if dropped[0] != 1 || len(list) != 2 {
		t.Fatalf("%d are dropped of %+v, want the one behind the end of its file", dropped[0], list)
	}
	if list[0].Line != 2 || list[0].Excerpt != hit.Text || list[1].Line != 4 || list[1].Excerpt != "later" {
		t.Errorf("evidence %+v", list)
	}
}
