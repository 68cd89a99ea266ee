// Package regex matches regular expressions as package regexp does, with the
// same syntax and the same answers, but for classes of Unicode (\pL): the tables
// that these need, and the machines for expressions that run often, are a
// quarter of a megabyte of the collector, which has few expressions and asks
// them of short texts.
//
// An expression becomes a program of few instructions. It is run by going back,
// and no instruction is run twice at one place of a text, so that the time is
// bounded by the product of both lengths, whatever the expression and the text.
package regex

// Bounds of an expression.
const (
	maxRepeat  = 1000 // n of x{n}, as in package regexp
	maxProgram = 4000 // instructions
	maxDepth   = 100  // groups within groups
)
