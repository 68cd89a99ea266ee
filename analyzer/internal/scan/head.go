package scan

import (
	"regexp/syntax"
	"strings"

	decl "github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// newFormat takes a format that is compiled as a whole. Its head is without what
// follows behind the last thing that the expression asks of a line, as a message
// that may be anything. It matches the same lines and reads the same times, but
// not the same fields.
//
// What is left out matches the rest of every line, so neither whether the
// expression matches nor which way it takes up to there depends on it.
func newFormat(id string, f decl.Format, whole *decl.LineFormat) *format {
	out := &format{id: id, lf: whole, head: whole, long: stepsOf(f.Line)}
	out.short = out.long
	if expr, ok := withoutRest(f.Line); ok {
		f.Line = expr
		if head, err := decl.CompileFormat(f); err == nil { // else a group of the time was left out
			out.head, out.short = head, stepsOf(expr)
		}
	}
	return out
}

// withoutRest leaves out what ends an expression and always matches the rest of
// a line, if there is such a thing.
func withoutRest(expr string) (string, bool) {
	whole, err := syntax.Parse(expr, syntax.Perl)
	if err != nil || whole.Op != syntax.OpConcat {
		return "", false
	}
	parts := whole.Sub
	if last := parts[len(parts)-1]; last.Op == syntax.OpEndText && last.Flags&syntax.WasDollar != 0 {
		parts = parts[:len(parts)-1]
	}
	if len(parts) < 2 || !isRest(parts[len(parts)-1]) {
		return "", false
	}
	text := strings.TrimSuffix(strings.TrimSuffix(expr, "$"), ")")
	text = strings.TrimSuffix(text, ".*")
	if i := strings.LastIndexByte(text, '('); strings.HasSuffix(expr, ")$") || strings.HasSuffix(expr, ")") {
		text = text[:max(i, 0)]
	}
	head, err := syntax.Parse(text, syntax.Perl)
	return text, err == nil && head.Equal(concat(parts[:len(parts)-1]))
}

// concat is the expression of these parts.
func concat(parts []*syntax.Regexp) *syntax.Regexp {
	if len(parts) == 1 {
		return parts[0]
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Flags: syntax.Perl, Sub: parts}
}

// isRest reports whether an expression matches whatever is left of a line, which
// has no newline, as often as it is tried.
func isRest(re *syntax.Regexp) bool {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	return re.Op == syntax.OpStar && (re.Sub[0].Op == syntax.OpAnyCharNotNL || re.Sub[0].Op == syntax.OpAnyChar)
}
