package wasmhost

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// unusedFor is how long a module's code is kept after its last use.
const unusedFor = 60 * 24 * time.Hour

// cacheDir is a folder of native code that this program compiled. What lies in
// it is executed, so it must belong to this user alone.
type cacheDir string

// openCacheDir makes the folder if need be and refuses one that others can
// write to.
func openCacheDir(name string) (cacheDir, error) {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return "", fmt.Errorf("make cache folder: %w", err)
	}
	info, err := os.Lstat(name)
	if err != nil {
		return "", fmt.Errorf("look at cache folder: %w", err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("cache folder %q is not a folder", name)
	}
	if err := private(info); err != nil {
		return "", fmt.Errorf("cache folder %q: %w", name, err)
	}
	return cacheDir(name), nil
}

// module is the folder of the code of one module, by the module's SHA-256 in
// hex: a fault in one entry is mended by removing it, without touching the
// others.
func (d cacheDir) module(sum string) string {
	key := sha256.Sum256([]byte(sum + " rewriter " + rewriterVersion))
	return filepath.Join(string(d), hex.EncodeToString(key[:]))
}

func digest(wasm []byte) string {
	sum := sha256.Sum256(wasm)
	return hex.EncodeToString(sum[:])
}

// Keeps reports whether native code of a module is kept.
func (h *Host) Keeps(sum string) bool {
	if h.dir == "" {
		return false
	}
	folder := h.dir.module(sum)
	engines, err := os.ReadDir(folder) // one folder for each engine that compiled it
	return err == nil && slices.ContainsFunc(engines, func(e fs.DirEntry) bool {
		files, err := os.ReadDir(filepath.Join(folder, e.Name()))
		return err == nil && len(files) > 0
	})
}

// Forget removes what is kept of a module. Damaged code can do worse than fail
// to load.
func (h *Host) Forget(sum string) {
	if h.dir != "" {
		_ = os.RemoveAll(h.dir.module(sum))
	}
}

// note is the file beside a module's code that says something about it. What
// lies in the folder is executed anyway, so a note there is as good.
func (m *Module) note(text []byte) string {
	sum := sha256.Sum256(text)
	return filepath.Join(m.dir, "described-"+hex.EncodeToString(sum[:]))
}

// Described reports whether the module was seen to describe itself in these
// words, in a run before; the answer is no where no code is kept.
func (m *Module) Described(words []byte) bool {
	if m.dir == "" {
		return false
	}
	info, err := os.Lstat(m.note(words))
	return err == nil && info.Mode().IsRegular()
}

// NoteDescribed remembers that the module describes itself in these words.
func (m *Module) NoteDescribed(words []byte) {
	if m.dir != "" {
		_ = os.WriteFile(m.note(words), nil, 0o600) // at worst it is asked again
	}
}

// used marks the code of a module as used.
func used(dir string, now time.Time) {
	_ = os.Chtimes(dir, now, now) // at worst it is compiled again
}

// prune removes the code of modules that was not used for long: every release
// of a pack leaves some behind.
func (d cacheDir) prune(now time.Time) {
	list, err := os.ReadDir(string(d))
	if err != nil {
		return
	}
	for _, e := range list {
		if info, err := e.Info(); err == nil && isModule(info) && now.Sub(info.ModTime()) > unusedFor {
			_ = os.RemoveAll(filepath.Join(string(d), e.Name()))
		}
	}
}

// isModule tells a module's folder, whose name is a hash, from what else may be
// there.
func isModule(info fs.FileInfo) bool {
	raw, err := hex.DecodeString(info.Name())
	return info.IsDir() && err == nil && len(raw) == sha256.Size
}
