package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	cases := map[string]struct {
		in, want string
		code     int
	}{
		"pass": {
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN TestA\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want: "ok  \tp\t0.1s\n",
		},
		"skip": {
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: skipped: unzip is not installed\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestSilent"}
{"Action":"pass","Package":"p"}
`,
			want: "skip\tTestA: unzip is not installed\n",
		},
		"fail": {
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`,
			want: "    a_test.go:3: wrong\nFAIL: 2 failed\n", code: 1,
		},
		"no build": {
			in:   `{"ImportPath":"p","Action":"build-output","Output":"./x.go:1: syntax error\n"}` + "\n" + `{"ImportPath":"p","Action":"build-fail"}` + "\n",
			want: "./x.go:1: syntax error\nFAIL: 1 failed\n", code: 1,
		},
		"nothing": {in: "go: cannot find main module\n", want: "go: cannot find main module\nFAIL: 0 failed\n", code: 1},
	}
	for name, c := range cases {
		var out strings.Builder
		if code := run(strings.NewReader(c.in), &out); code != c.code || out.String() != c.want {
			t.Errorf("%s: exit code %d, %q; want %d, %q", name, code, out.String(), c.code, c.want)
		}
	}
}
