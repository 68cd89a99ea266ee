package packstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Modes of what is written: the user's alone.
const (
	folderMode = 0o700
	fileMode   = 0o600
)

// Names of what is in a folder besides packs and keys.
const (
	lockName   = ".lock"
	tempPrefix = ".new-"
)

// A change waits so long for another asrdiag to end its own.
const (
	lockWait = 20 * time.Second
	lockPoll = 20 * time.Millisecond
)

// change makes a change to a folder of the store: it makes the folder if need
// be, locks it, and removes what a change that was cut off has left.
func (s Store) change(dir string, do func() error) (err error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return fmt.Errorf("open the lock: %w", err)
	}
	defer f.Close() // gives the lock back, as the end of the process does
	for end := time.Now().Add(lockWait); ; time.Sleep(lockPoll) {
		if err = lock(f); err == nil {
			break
		}
		if !errors.Is(err, ErrBusy) || time.Now().After(end) {
			return err
		}
	}
	if err := tidy(dir); err != nil {
		return err
	}
	return do()
}

// tidy removes the files of changes that did not come to their end. It is called
// under the lock, so none of them is under way.
func tidy(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix) && !orphan(dir, e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// put writes a file as a whole or not at all, replacing one that is there. When
// it returns, the file is on the disk.
func (s Store) put(dir, name string, data []byte) error {
	f, err := os.CreateTemp(dir, tempPrefix) // mode 0600
	if err != nil {
		return err
	}
	s.at("made " + name)
	_, err = f.Write(data)
	s.at("written " + name)
	err = errors.Join(err, f.Sync(), f.Close())
	s.at("synced " + name)
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %q: %w", name, err)
	}
	s.at("renamed " + name)
	return syncFolder(dir)
}

// remove removes a file for good.
func (s Store) remove(dir, name string) error {
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		return err
	}
	s.at("removed " + name)
	return syncFolder(dir)
}

func (s Store) at(step string) {
	if s.step != nil {
		s.step(step)
	}
}
