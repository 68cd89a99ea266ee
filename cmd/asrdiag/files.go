package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile writes a file as a whole or not at all: beside its place, then
// renamed. The folder must exist. A link keeps pointing where it did, and what
// is no file, as /dev/stdout, is written to.
func writeFile(name string, mode fs.FileMode, data []byte) error {
	target := name
	if to, err := filepath.EvalSymlinks(name); err == nil {
		target = to
	}
	write := replaceFile
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		write = writeDevice
	}
	if err := write(target, mode, data); err != nil {
		return failed(fmt.Errorf("write %q: %w", name, cause(err)), "name a file in a folder that is there and has room")
	}
	return nil
}

func replaceFile(name string, mode fs.FileMode, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".asrdiag-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// writeDevice writes to a device or a pipe, which cannot be replaced.
func writeDevice(name string, _ fs.FileMode, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// readFile reads a file of at most limit bytes.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", name, cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, cause(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %q: it has more than %d bytes", name, limit)
	}
	return data, nil
}

// readRegular is readFile for what must be a file: opening a pipe would wait
// for somebody to write.
func readRegular(name string, limit int64) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %q: it is not a file", name)
	}
	return readFile(name, limit)
}

// cause strips operation and path, which the message has already.
func cause(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
