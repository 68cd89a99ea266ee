// Package paths looks at paths: metadata, what links lead to, and the volume
// below. Nothing is opened for its content.
//
// A volume whose server is gone can hang for ever, so every look is made in a
// goroutine of its own that is left behind when it does not come back.
package paths

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// wait is how long one look may take.
const wait = 2 * time.Second

// Bounded runs look and gives up waiting for it when it takes too long.
func Bounded[T any](ctx context.Context, look func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := look()
		done <- answer{v, err}
	}()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var none T
	select {
	case a := <-done:
		return a.v, a.err
	case <-timer.C:
		return none, fmt.Errorf("the volume does not answer within %v", wait)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// Look reads the metadata of a path. What is not there is no error.
func Look(ctx context.Context, name, path string) (bundles.FileInfo, error) {
	item, err := Bounded(ctx, func() (bundles.FileInfo, error) { return look(path) })
	item.Name, item.Path = name, path
	if err != nil {
		item.Error = err.Error()
	}
	return item, err
}

func look(path string) (bundles.FileInfo, error) {
	var item bundles.FileInfo
	fi, err := os.Lstat(path)
	if err == nil && fi.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		if target, lerr := os.Readlink(path); lerr == nil {
			item.LinkTarget = target
			fi, err = os.Stat(path)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return item, nil
	}
	if err != nil {
		return item, err
	}
	t := fi.ModTime().UTC()
	item.Exists, item.Dir, item.MTime = true, fi.IsDir(), &t
	if fi.Mode().IsRegular() {
		item.Size = fi.Size()
	}
	return item, nil
}

// alike reports whether two names of a path differ in their form only: a
// separator at the end and, on Windows, the case of letters.
func alike(a, b, system string) bool {
	a, b = strings.TrimRight(a, `\/`), strings.TrimRight(b, `\/`)
	return a == b || system == "windows" && strings.EqualFold(a, b)
}

// Named looks at a path of a profile and says what it stands for: "" when that
// cannot be known.
func Named(ctx context.Context, p profiles.Path, path string) (bundles.FileInfo, string, error) {
	item, err := Look(ctx, p.Name, path)
	switch {
	case p.Resolve == "":
		return item, path, err
	case err != nil || !item.Exists:
		return item, "", err
	}
	type place struct{ real, volume string }
	at, err := Bounded(ctx, func() (place, error) {
		real, err := BehindLinks(path)
		if err != nil {
			return place{}, err
		}
		volume, err := volumeOf(real)
		return place{real, volume}, err
	})
	if err != nil {
		return bundles.FileInfo{Name: item.Name, Path: path, Error: err.Error()}, "", err
	}
	item.Volume = at.volume
	if !alike(at.real, path, runtime.GOOS) {
		item.LinkTarget = at.real
	}
	if p.Resolve == profiles.ResolveVolume {
		return item, at.volume, nil
	}
	return item, at.real, nil
}
