package logs

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/asrdiag/asrdiag/bundles"
)

// hold opens a file for writing as another program would, says so, and keeps it
// until its input ends.
func hold(path string, share uint32) {
	name, err := windows.UTF16PtrFromString(path)
	if err == nil {
		_, err = windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, share, nil, windows.OPEN_EXISTING, 0, 0)
	}
	fmt.Println("held", err)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// TestHeld has logs that another process holds open for writing: one that
// shares it is read, one that does not is told in the system's own words.
func TestHeld(t *testing.T) {
	if path := os.Getenv("LOGS_HOLD"); path != "" {
		share := uint32(0)
		if os.Getenv("LOGS_SHARE") != "" {
			share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE
		}
		hold(path, share)
		os.Exit(0)
	}
	dir := folder(t)
	for _, name := range []string{"shared.log", "alone.log", "free.log"} {
		put(t, dir, name, []byte(name+"\n"), 0)
	}
	holder(t, filepath.Join(dir, "shared.log"), "1")
	holder(t, filepath.Join(dir, "alone.log"), "")
	r := newTwice(t, filepath.Join(dir, "*.log"))
	err := r.first()
	_, texts := r.stored("\x00")
	if len(texts) != 2 || status(err) != bundles.StatusPartial || !strings.Contains(err.Error(), "alone.log: ") || !strings.Contains(strings.ToLower(err.Error()), "shar") && !strings.Contains(err.Error(), "used by another process") {
		t.Errorf("%v\n%q", err, texts)
	}
}

// folder is a temporary folder that whoever started the test removes.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(".", "logs")
	ok(t, err)
	dir, err = filepath.Abs(dir)
	ok(t, err)
	return dir
}

func holder(t *testing.T, path, share string) {
	t.Helper()
	exe, err := os.Executable()
	ok(t, err)
	cmd := exec.Command(exe, "-test.run", "^TestHeld$")
	cmd.Env = append(os.Environ(), "LOGS_HOLD="+path, "LOGS_SHARE="+share)
	in, err := cmd.StdinPipe()
	ok(t, err)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // its end is all that matters
	})
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(said) != "held <nil>" {
		t.Fatalf("the other process says %q, %v", said, err)
	}
}

// TestWhileRead renames, removes and writes to a log that is being read: that
// must not hinder its writer.
func TestWhileRead(t *testing.T) {
	dir := folder(t)
	path := put(t, dir, "a.log", []byte("one\n"), 0)
	f, err := openLog(dir, "a.log")
	ok(t, err)
	defer f.Close()
	add(t, path, "two\n")
	id, known := idOf(f)
	ok(t, os.Rename(path, path+".1"))
	if now, has := idAt(File{Base: dir, Real: "a.log.1"}); !known || !has || now != id {
		t.Errorf("identity %v, %v; after the renaming %v, %v", id, known, now, has)
	}
	ok(t, os.Remove(path+".1"))
}

// TestRotatedWindows has a log that was renamed between the two readings.
func TestRotatedWindows(t *testing.T) {
	dir := folder(t)
	path := put(t, dir, "a.log", []byte("one\r\nhalf"), 0)
	r := newTwice(t, filepath.Join(dir, "a.log*"))
	ok(t, r.first())
	add(t, path, " line\r\n")
	ok(t, os.Rename(path, path+".1"))
	add(t, path, "new\r\n")
	ok(t, Tails(context.Background(), r.st.Sink(), r.opt))
	_, texts := r.stored("\x00")
	have := map[string]string{}
	for name, text := range texts {
		have[filepath.Base(name)] = text
	}
	if len(have) != 3 || have["a.log"] != "one\r\n" || have["a.log.tail"] != "half line\r\n" || have["a.log~2"] != "new\r\n" {
		t.Errorf("stored %q", have)
	}
}
