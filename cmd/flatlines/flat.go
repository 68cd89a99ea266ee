package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
)

// flat is a file in which all statements of a function are on the line of its
// name, by line directives; all else is on the line that it is on.
func flat(name string, text []byte) ([]byte, error) {
	bodies, err := bodiesOf(name, text)
	if err != nil {
		return nil, err
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile(name, -1, len(text))
	s.Init(file, text, nil, 0)
	var out bytes.Buffer
	done, last := 0, 0
	for {
		pos, tok, lit := s.Scan()
		at, line := file.Offset(pos), file.Line(pos)
		inside := len(bodies) > 0 && at > bodies[0].begin && at <= bodies[0].end
		after := len(bodies) > 0 && at > bodies[0].end
		switch {
		case tok == token.EOF:
			out.Write(text[done:])
			return out.Bytes(), nil
		case tok == token.SEMICOLON && lit == "\n": // where a line ends, put there by the scanner
			continue
		case inside && line != last:
			out.Write(text[done:at])
			fmt.Fprintf(&out, "/*line :%d:1*/", bodies[0].line)
			done = at
		case after:
			out.Write(text[done:at])
			fmt.Fprintf(&out, "/*line :%d:1*/", line)
			done, bodies = at, bodies[1:]
		}
		last = line
	}
}

// body is a function's body: the offsets of its braces and the line of its name.
type body struct{ begin, end, line int }

// bodiesOf are the bodies of a file's functions, in order.
func bodiesOf(name string, text []byte) (out []body, err error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %q: %w", name, err)
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			out = append(out, body{set.Position(fn.Body.Lbrace).Offset, set.Position(fn.Body.Rbrace).Offset, set.Position(fn.Pos()).Line})
		}
	}
	return out, nil
}
