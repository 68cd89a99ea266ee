package main

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// answerLogs ends a check that read logs. Findings stay whatever was not read;
// without one the check is content only when every log was there, whole, and in
// its format. Of several logs of one source that was read, one is enough: not
// every server has all of them.
func answerLogs(p *check.Pass, found int, content string, signatures ...string) {
	var why []string
	searched := 0
	for _, id := range signatures {
		log := asrlogs.Lookup(id).Log
		reason, ok := p.Searched(id, log.Owns)
		switch {
		case ok:
			searched++
		case p.Summary(id).Files == 0 && collected(p, log):
		case !slices.Contains(why, reason):
			why = append(why, reason)
		}
	}
	switch {
	case len(why) > 0:
		p.Insufficient(strings.Join(why, "; "), askElevated("the logs"))
	case searched == 0 && found == 0:
		reason, _ := p.Searched(signatures[0], nil)
		p.Insufficient(reason, askElevated("the logs"))
	case found == 0:
		p.Pass(content)
	}
}

// collected reports whether the collector read a log's source, with or without a
// file in it.
func collected(p *check.Pass, log asrlogs.Log) bool {
	_, ok := p.Missing(log.Input().Glob)
	return ok
}

// newestOf is evidence of the newest hits of a trail, one a file, at most limit.
func newestOf(t check.Trail, limit int) []abi.Evidence {
	var list []abi.Evidence
	var files []string
	for i := len(t.Hits) - 1; i >= 0 && len(list) < limit; i-- {
		if h := t.Hits[i]; !slices.Contains(files, h.File) {
			files, list = append(files, h.File), append(list, check.At(h))
		}
	}
	return list
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
