package packstore

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// maxSignature bounds a signature file; a good one has some 300 bytes.
const maxSignature = 64 << 10

// Entry is a pack in the store, as its file's name has it. Nothing vouches for
// it until it is opened.
type Entry struct {
	Name    string
	Version string
	File    string // absolute path
}

// Entries lists the packs by file name, and the files that are none.
func (s Store) Entries() ([]Entry, []Problem, error) {
	entries, err := list(s.Packs)
	if err != nil {
		return nil, nil, fmt.Errorf("pack store: %w", err)
	}
	var packs []Entry
	var problems []Problem
	for _, e := range entries {
		file := e.Name()
		name, version, ok := packfile.SplitFileName(file)
		switch {
		case ok:
			packs = append(packs, Entry{name, version, filepath.Join(s.Packs, file)})
		case strings.HasPrefix(file, ".") || orphan(s.Packs, file) || isSignature(file):
		default:
			problems = append(problems, Problem{file, ErrForeign})
		}
	}
	return packs, problems, nil
}

// isSignature reports whether a file is named like the signature of a pack.
func isSignature(file string) bool {
	pack, ok := strings.CutSuffix(file, packfile.SignatureExt)
	_, _, named := packfile.SplitFileName(pack)
	return ok && named
}

// orphan reports whether a file is the signature of a pack that is not there:
// an installation was cut off before the pack came, or a removal after it went.
func orphan(dir, file string) bool {
	if !isSignature(file) {
		return false
	}
	_, err := os.Lstat(filepath.Join(dir, strings.TrimSuffix(file, packfile.SignatureExt)))
	return errors.Is(err, fs.ErrNotExist)
}

// Open verifies a pack and opens it, or says why it must not be used. With
// modules it compares the digests of all modules, too.
func (e Entry) Open(keys packfile.Keyring, modules bool) (*packfile.Pack, error) {
	raw, err := readRegular(e.File, packfile.MaxPackBytes)
	if err != nil {
		return nil, err
	}
	sig, err := readSignature(e.File)
	if err != nil {
		return nil, err
	}
	open := packfile.OpenSignedLazy
	if modules {
		open = packfile.OpenSigned
	}
	p, err := open(raw, sig, keys)
	if err != nil {
		return nil, err
	}
	if p.Manifest.FileName() != filepath.Base(e.File) {
		return nil, fmt.Errorf("%w: its content is %s %s", ErrForeign, p.Manifest.Name, p.Manifest.Version)
	}
	return p, nil
}

// readSignature gives nil when there is none. One that is empty is not the same.
func readSignature(file string) ([]byte, error) {
	sig, err := readRegular(file+packfile.SignatureExt, maxSignature)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("its signature: %w", err)
	case len(sig) == 0:
		return nil, fmt.Errorf("%w: it is empty", packfile.ErrSignatureForm)
	}
	return sig, nil
}

// Install puts a pack, which the caller has verified and opened, into the store.
// A pack that is there with the same bytes gets the new signature; one with
// other bytes is ErrDiffers, also when it is damaged: it has to be removed first.
// It reports whether it changed anything.
func (s Store) Install(m packfile.Manifest, raw, sig []byte) (changed bool, err error) {
	file := m.FileName()
	if name, version, ok := packfile.SplitFileName(file); !ok || name != m.Name || version != m.Version {
		return false, fmt.Errorf("BUG: %q is no name for a pack", file)
	}
	err = s.change(s.Packs, func() error {
		path := filepath.Join(s.Packs, file)
		old, err := readRegular(path, packfile.MaxPackBytes)
		switch {
		case err == nil && bytes.Equal(old, raw):
			if now, err := readSignature(path); err == nil && bytes.Equal(now, sig) {
				return nil
			}
			changed = true
			return s.put(s.Packs, file+packfile.SignatureExt, sig)
		case err == nil:
			return fmt.Errorf("%w: %s %s", ErrDiffers, m.Name, m.Version)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("look at %q: %w", file, err)
		}
		changed = true
		// The pack comes last: a pack that is there has its signature.
		if err := s.put(s.Packs, file+packfile.SignatureExt, sig); err != nil {
			return err
		}
		return s.put(s.Packs, file, raw)
	})
	return changed && err == nil, err
}

// Remove removes the version of a pack, or all its versions when version is
// empty, whether or not they can be used, and gives those that it removed.
func (s Store) Remove(name, version string) ([]Entry, error) {
	if _, err := os.Stat(s.Packs); err != nil {
		return nil, ErrNotThere
	}
	var removed []Entry
	err := s.change(s.Packs, func() error {
		entries, _, err := s.Entries()
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Name != name || version != "" && e.Version != version {
				continue
			}
			if err := s.removePack(filepath.Base(e.File)); err != nil {
				return err
			}
			removed = append(removed, e)
		}
		return nil
	})
	if err == nil && len(removed) == 0 {
		err = ErrNotThere
	}
	return removed, err
}

// removePack removes the pack before its signature, which alone is nothing.
func (s Store) removePack(file string) error {
	if err := s.remove(s.Packs, file); err != nil {
		return err
	}
	err := s.remove(s.Packs, file+packfile.SignatureExt)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
