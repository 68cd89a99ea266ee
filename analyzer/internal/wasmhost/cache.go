package wasmhost

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// unusedFor is how long a module's code is kept after its last use.
	unusedFor = 60 * 24 * time.Hour
	// unfinished names the folders in which code is being made. One that is a
	// day old was left by a process that died.
	unfinished     = "unfinished-"
	unfinishedDies = 24 * time.Hour
)

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
	_, err := os.Lstat(filepath.Join(h.dir.module(sum), hollowFile))
	return err == nil
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

// prune removes the code of modules that was not used for long, as every release
// of a pack leaves some behind, and what was never finished.
func (d cacheDir) prune(now time.Time) {
	list, err := os.ReadDir(string(d))
	if err != nil {
		return
	}
	for _, e := range list {
		if info, err := e.Info(); err == nil && info.IsDir() && outlived(info.Name(), now.Sub(info.ModTime())) {
			_ = os.RemoveAll(filepath.Join(string(d), e.Name()))
		}
	}
}

// outlived tells by name and age what of the cache may go; what else may lie
// there stays.
func outlived(name string, age time.Duration) bool {
	if strings.HasPrefix(name, unfinished) {
		return age > unfinishedDies
	}
	raw, err := hex.DecodeString(name)
	return err == nil && len(raw) == sha256.Size && age > unusedFor
}
