package asrlogs

import "github.com/asrdiag/asrdiag/checks-wasm/pattern"

// Known are the formats and signatures, for patterns.
func Known() pattern.Known { return pattern.Known{Formats: Formats(), Signature: line} }

func line(id string) (pattern.Line, bool) {
	s, ok := byID()[id]
	return pattern.Line{Input: s.Log.Input(), Scan: s.Scan, Owns: s.Log.Owns}, ok
}
