// Package packstore keeps what a user adds to asrdiag: installed check packs,
// several versions side by side, and the public keys that may sign them.
//
// A store is two folders of plain files. Every change is made under a lock, in
// a new file that is renamed into place, so that readers need no lock and a
// crash at any moment leaves the old state or the new one. Nothing that lies in
// a store is believed because it lies there: packs are verified whenever they
// are opened, and a file that is damaged or foreign costs itself alone.
package packstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// HomeVariable names the environment variable that puts the whole store into
// one folder.
const HomeVariable = "ASRDIAG_HOME"

// program is the folder of asrdiag in the user's folders.
const program = "asrdiag"

// Errors of this package that callers tell apart.
var (
	ErrNoHome    = errors.New("there is no home folder")
	ErrNotThere  = errors.New("it is not in the store")
	ErrDiffers   = errors.New("the same version is installed with other content")
	ErrBusy      = errors.New("another asrdiag is changing the store")
	ErrShared    = errors.New("others can write to it")
	ErrDuplicate = errors.New("the key is trusted already")
	ErrName      = errors.New("the name is taken")
	ErrKeyName   = errors.New("not a name for a key")
	ErrForeign   = errors.New("it does not belong there")
)

// Store is where packs and keys are. The folders need not exist.
type Store struct {
	Packs string // absolute path
	Trust string // absolute path

	step func(name string) // tests: called between the steps of a change
}

// Locate gives the user's store: below $ASRDIAG_HOME if that is set, else keys
// in the user's configuration folder and packs in the data folder, as the
// system has it. The error is ErrNoHome, or says what is wrong with a variable.
func Locate() (Store, error) {
	if home := os.Getenv(HomeVariable); home != "" {
		if !filepath.IsAbs(home) {
			return Store{}, fmt.Errorf("%s %q is not an absolute path", HomeVariable, home)
		}
		return Store{Packs: filepath.Join(home, "packs"), Trust: filepath.Join(home, "trust")}, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return Store{}, fmt.Errorf("%w: %v", ErrNoHome, err)
	}
	data, err := dataDir(runtime.GOOS, os.Getenv)
	if err != nil {
		return Store{}, fmt.Errorf("%w: %v", ErrNoHome, err)
	}
	return Store{Packs: filepath.Join(data, program, "packs"), Trust: filepath.Join(config, program, "trust")}, nil
}

// dataDir is what os.UserConfigDir is for data that stays on this machine.
func dataDir(goos string, getenv func(string) string) (string, error) {
	if goos == "windows" {
		if dir := getenv("LocalAppData"); dir != "" {
			return dir, nil
		}
		return "", errors.New("%LocalAppData% is not defined")
	}
	if dir := getenv("XDG_DATA_HOME"); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", errors.New("path in $XDG_DATA_HOME is relative")
		}
		return dir, nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", errors.New("neither $XDG_DATA_HOME nor $HOME are defined")
	}
	return filepath.Join(home, ".local", "share"), nil
}

// Problem is a file of the store that is not used, and why.
type Problem struct {
	File string // base name
	Err  error
}

// maxFiles bounds a folder of the store. What comes behind is not looked at.
const maxFiles = 1000

// list gives the entries of a folder of the store by name. One that does not
// exist is empty.
func list(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return entries[:min(len(entries), maxFiles)], nil
}

// readRegular reads a file of at most limit bytes; a link, a folder, a pipe or
// a device is ErrForeign.
func readRegular(name string, limit int64) ([]byte, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is not a file", ErrForeign)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, bare(err)
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return raw, nil
}

// bare strips operation and path, which the caller's message has.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
