package simulator

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/asrdiag/asrdiag/bundles"
)

func sample(t *testing.T) *bundles.Bundle {
	t.Helper()
	b, err := bundles.Open(fstest.MapFS{
		"bundle.json":         {Data: []byte(`{"format":"asr-bundle","version":1,"minor":0,"id":"x","created":"2026-03-05T12:00:00Z"}`)},
		"manifest.json":       {Data: []byte(`{"format":"asr-bundle","version":1,"minor":0,"id":"x","created":"2026-03-05T12:00:00Z","sources":[{"name":"logs/cxps","status":"ok"}]}`)},
		"facts/services.json": {Data: []byte(`{"items":[{"name":"A","state":"running","exit_code":5},{"name":"tmansvc","state":"stopped","account":null}]}`)},
		"logs/cxps/C/x y.log": {Data: []byte("one\r\ntwo 407\r\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExpectations(t *testing.T) {
	b := sample(t)
	for line, ok := range map[string]bool{
		"facts/services.json /items/name=TMANSVC/state = stopped":     true,
		"facts/services.json /items/name=tmansvc/state = \"stopped\"": true,
		"facts/services.json /items/name=tmansvc/state = running":     false,
		"facts/services.json /items/0/exit_code = 5":                  true,
		"facts/services.json /items/0/exit_code > 4":                  true,
		"facts/services.json /items/0/exit_code < 5":                  false,
		"facts/services.json /items/0/exit_code > 5":                  false,
		"facts/services.json /items/0/state > 4":                      false,
		"facts/services.json /items/-1/state ~ ^stop":                 true,
		"facts/services.json /items/-1/state !~ ^stop":                false,
		"facts/services.json /items/7/state = x":                      false,
		"facts/services.json /items/name=none/state absent":           true,
		"facts/services.json /items/0/state absent":                   false,
		"facts/services.json /items/0/state present":                  true,
		"manifest.json /sources/name=logs~1cxps/status = ok":          true,
		"logs/**/x y.log ~ ^two {code}$":                              true,
		"logs/**/x y.log ~ ^three":                                    false,
		"logs/**/x y.log !~ three":                                    true,
		"logs/**/x y.log !~ two":                                      false,
		"logs/**/*.txt absent":                                        true,
		"logs/**/*.txt ~ x":                                           false,
		"logs/cxps/C/x y.log absent":                                  false,
		"** !~ secret":                                                true,
	} {
		e, err := parseExpectation(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if why := e.Check(contentsOf(b), Vars{"code": "407"}); (why == "") != ok {
			t.Errorf("%s: %q, want it to hold: %v", line, why, ok)
		}
	}
	for _, line := range []string{"facts/x.json", "facts/x.json = 1", "facts/x.json items = 1 ~ (", "a ~ (", "a /x > y"} {
		if e, err := parseExpectation(line); err == nil {
			t.Errorf("%q = %+v, want an error", line, e)
		}
	}
}

func TestChange(t *testing.T) {
	const doc = `{"items":[{"name":"a","n":1}],"big":12345678901234567890}`
	for _, c := range []struct{ pointer, value, want string }{
		{"/items/name=a/n", "2", `"n":2`},
		{"/items/-", `{"name":"b"}`, `"name":"b"`},
		{"/items/0/new", `"{x}"`, `"new":"{x}"`},
		{"/simulated", `["x"]`, `"simulated":[`},
	} {
		got, err := change([]byte(doc), "f", []Change{{"f", c.pointer, c.value}, {"other", "/x", "1"}})
		if err != nil || !strings.Contains(string(got), c.want) || !strings.Contains(string(got), "12345678901234567890") {
			t.Errorf("%s: %s, %v; want %s", c.pointer, got, err, c.want)
		}
	}
	for _, pointer := range []string{"/items/name=z/n", "/items/5", "/big/x", "/items/x"} {
		if got, err := change([]byte(doc), "f", []Change{{"f", pointer, "1"}}); err == nil {
			t.Errorf("%s: %s, want an error", pointer, got)
		}
	}
	if got, err := change([]byte("no JSON"), "f", nil); err != nil || string(got) != "no JSON" {
		t.Errorf("without a change: %q, %v", got, err)
	}
}
