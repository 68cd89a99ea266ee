package wasmhost

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
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

// module is the folder of one module's code: a fault in one entry is mended by
// removing it, without touching the others.
func (d cacheDir) module(wasm []byte) string {
	h := sha256.New()
	h.Write(wasm)
	h.Write([]byte("rewriter " + rewriterVersion))
	return filepath.Join(string(d), hex.EncodeToString(h.Sum(nil)))
}
