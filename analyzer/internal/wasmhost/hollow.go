package wasmhost

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// The engine decodes and validates a module whenever it loads its native code,
// which takes four times as long as loading: the bodies of the functions are
// most of it, and the native code has them already. So what is kept of a module
// is its hollow form, with empty bodies, and beside it the native code of the
// whole one under the name that the engine looks for. That name is made of the
// hash of the hollow form, which is thereby verified.

// hollowFile is the hollow form in the folder of a module. It is written last:
// where it is, the native code is.
const hollowFile = "hollow.wasm"

// Sections of a module.
const (
	customSection = 0
	codeSection   = 10
)

// emptyBody is a function of three bytes: no locals, unreachable, end. It is
// valid for every type.
var emptyBody = []byte{3, 0, 0, 0x0b}

var errSections = errors.New("read sections: the module is cut off")

// hollow gives a module without the bodies of its functions and without custom
// sections, and with fewer data segments.
func hollow(wasm []byte) ([]byte, error) {
	if len(wasm) < 8 {
		return nil, errSections
	}
	out := bytes.Clone(wasm[:8])
	counted := false // the code may name segments by their numbers
	for rest := wasm[8:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, errSections
		}
		start, end := 1+n, 1+n+int(size)
		switch rest[0] {
		case customSection:
		case codeSection:
			section, err := hollowCode(rest[start:end])
			if err != nil {
				return nil, err
			}
			out = append(out, section...)
		case dataSection:
			content := rest[start:end]
			if merged, ok := mergeData(content); ok && !counted {
				content = merged
			}
			out = append(binary.AppendUvarint(append(out, dataSection), uint64(len(content))), content...)
		default:
			counted = counted || rest[0] == dataCountSection
			out = append(out, rest[:end]...)
		}
		rest = rest[end:]
	}
	return out, nil
}

// hollowCode gives a code section with as many functions.
func hollowCode(content []byte) ([]byte, error) {
	count, n := binary.Uvarint(content)
	if n <= 0 || count > uint64(len(content)) {
		return nil, errSections
	}
	body := append(bytes.Clone(content[:n]), bytes.Repeat(emptyBody, int(count))...)
	return append(binary.AppendUvarint([]byte{codeSection}, uint64(len(body))), body...), nil
}

// loadKept loads a module of which native code is kept. Nothing is compiled:
// code for another release of the engine or another processor is an error.
func loadKept(ctx context.Context, dir string, limits packfile.Limits) (*Module, error) {
	form, err := os.ReadFile(filepath.Join(dir, hollowFile))
	if err != nil {
		return nil, err
	}
	return compile(ctx, form, engineOptions{dir: dir, onlyKept: true}, limits)
}

// compileKept compiles a module and keeps what came of it. When it cannot be
// kept the module is compiled all the same.
func (d cacheDir) compileKept(ctx context.Context, code []byte, dir string, limits packfile.Limits) (*Module, error) {
	tmp, err := os.MkdirTemp(string(d), unfinished)
	if err != nil {
		return compile(ctx, code, engineOptions{}, limits)
	}
	defer os.RemoveAll(tmp)
	whole := filepath.Join(tmp, "whole")
	m, err := compile(ctx, code, engineOptions{dir: whole}, limits)
	switch {
	case err == nil:
	case errors.As(err, new(*refusedError)) || ctx.Err() != nil:
		return nil, err
	default: // there may be no room
		return compile(ctx, code, engineOptions{}, limits)
	}
	m.dir = ""
	if err := keep(ctx, code, whole, filepath.Join(tmp, "hollow"), limits); err == nil {
		m.dir = dir
		_ = os.RemoveAll(dir)
		_ = os.Rename(filepath.Join(tmp, "hollow"), dir) // if another process was faster, its folder is as good
	}
	return m, nil
}

// keep makes the folder of a module's hollow form. Whole is that of its code.
func keep(ctx context.Context, code []byte, whole, dir string, limits packfile.Limits) error {
	form, err := hollow(code)
	if err != nil {
		return err
	}
	// Compiling the hollow form tells under which name its code is looked for.
	m, err := compile(ctx, form, engineOptions{dir: dir}, limits)
	if err != nil {
		return err
	}
	m.Close()
	native, err := onlyFile(whole)
	if err != nil {
		return err
	}
	name, err := onlyFile(dir)
	if err != nil {
		return err
	}
	if err := os.Rename(native, name); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, hollowFile), form, 0o600)
}

// onlyFile is the one file that the engine wrote into a folder of its own.
func onlyFile(dir string) (string, error) {
	list, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err == nil && len(list) != 1 {
		err = fmt.Errorf("the engine keeps %d files of a module, not 1", len(list))
	}
	if err != nil {
		return "", err
	}
	return list[0], nil
}
