package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// rezip IN.zip OUT.zip CHANGE: writes a zip again, changed: "without NAME"
// leaves an entry out, "top NAME" puts everything into a folder, "replace NAME
// OLD NEW" replaces text in an entry, "password" sets the flag of encrypted
// entries.
func rezip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: rezip IN.zip OUT.zip without NAME | top NAME | replace NAME OLD NEW | password")
	}
	in := []byte(ts.ReadFile(args[0]))
	change, rest := args[2], args[3:]
	var out []byte
	switch {
	case change == "password" && len(rest) == 0:
		out = markEncrypted(in)
	case change == "without" && len(rest) == 1:
		out = rewrite(ts, in, func(name string, data []byte) (string, []byte) {
			if name == rest[0] {
				return "", nil
			}
			return name, data
		})
	case change == "top" && len(rest) == 1:
		out = rewrite(ts, in, func(name string, data []byte) (string, []byte) { return rest[0] + "/" + name, data })
	case change == "replace" && len(rest) == 3:
		out = rewrite(ts, in, func(name string, data []byte) (string, []byte) {
			if name == rest[0] {
				data = bytes.ReplaceAll(data, []byte(rest[1]), []byte(rest[2]))
			}
			return name, data
		})
	default:
		ts.Fatalf("rezip: what is %q?", args[2:])
	}
	if bytes.Equal(in, out) {
		ts.Fatalf("rezip %q changes nothing", args)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out, 0o600))
}

// rewrite writes every entry under the name and with the content that change
// gives; none for an empty name.
func rewrite(ts *testscript.TestScript, in []byte, change func(string, []byte) (string, []byte)) []byte {
	r, err := zip.NewReader(bytes.NewReader(in), int64(len(in)))
	ts.Check(err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		content, err := f.Open()
		ts.Check(err)
		data, err := io.ReadAll(content)
		ts.Check(err)
		name, data := change(f.Name, data)
		if name == "" {
			continue
		}
		entry, err := w.Create(name)
		ts.Check(err)
		_, err = entry.Write(data)
		ts.Check(err)
	}
	ts.Check(w.Close())
	return out.Bytes()
}

// zipup OUT.zip FILE...: puts files into a zip.
func zipUp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: zipup OUT.zip FILE...")
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range args[1:] {
		entry, err := w.Create(name)
		ts.Check(err)
		_, err = io.WriteString(entry, ts.ReadFile(name))
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o600))
}

// markEncrypted sets flag bit 0 in every local header and directory row.
func markEncrypted(in []byte) []byte {
	out := slices.Clone(in)
	for sig, flags := range map[uint32]int{0x04034b50: 6, 0x02014b50: 8} {
		mark := binary.LittleEndian.AppendUint32(nil, sig)
		for at := 0; ; at += len(mark) {
			i := bytes.Index(out[at:], mark)
			if i < 0 {
				break
			}
			at += i
			out[at+flags] |= 1
		}
	}
	return out
}

// damage FILE.zip NAME: flips a bit in the middle of an entry's stored bytes.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE.zip NAME")
	}
	data := []byte(ts.ReadFile(args[0]))
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	ts.Check(err)
	for _, f := range r.File {
		if f.Name != args[1] {
			continue
		}
		at, err := f.DataOffset()
		ts.Check(err)
		data[at+int64(f.CompressedSize64/2)] ^= 1
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
		return
	}
	ts.Fatalf("%s has no %q", args[0], args[1])
}

// cutSteps is at about how many places cutanywhere cuts.
const cutSteps = 24

// cutanywhere FILE.zip: analyzes the file cut at many places. It must end with 4
// and a report that says so, or with 1, an error and a hint.
func cutanywhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: cutanywhere FILE.zip")
	}
	whole := ts.ReadFile(args[0])
	ends := []int{0, 1, 4, 30, len(whole) - 22, len(whole) - 1}
	for at := len(whole) / cutSteps; at < len(whole); at += len(whole) / cutSteps {
		ends = append(ends, at)
	}
	used := 0
	for _, end := range ends {
		ts.Check(os.WriteFile(ts.MkAbs("cut.zip"), []byte(whole[:end]), 0o600))
		code, stdout, stderr := execute(ts, "asrdiag", "cut.zip")
		switch {
		case strings.Contains(stdout+stderr, "goroutine "):
			ts.Fatalf("cut at %d of %d: it panics\n%s", end, len(whole), stderr)
		case code == 4 && strings.Contains(stdout, "cut") && stderr == "":
			used++
		case code == 1 && stdout == "" && strings.Contains(stderr, "asrdiag: error: ") && strings.Contains(stderr, "asrdiag: hint: "):
		default:
			ts.Fatalf("cut at %d of %d: exit code %d\n%s%s", end, len(whole), code, stdout, stderr)
		}
	}
	if used < cutSteps/2 {
		ts.Fatalf("of %d cut files only %d gave a report", len(ends), used)
	}
}

// execute runs a program of the script.
func execute(ts *testscript.TestScript, name string, args ...string) (code int, stdout, stderr string) {
	var exit *exec.ExitError
	if err := ts.Exec(name, args...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	return code, ts.ReadFile("stdout"), ts.ReadFile("stderr")
}
