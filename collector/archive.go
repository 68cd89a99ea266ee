package collector

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/collector/internal/source/disks"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// archive is a bundle that is being written.
type archive interface {
	store.Archive
	Commit(m bundles.Manifest) error
	Abort() error
}

// stream is a bundle that goes to a pipe.
type stream struct{ *bundlezip.Writer }

func (s stream) Commit(m bundles.Manifest) error { return s.Finish(m) }

func (s stream) Abort() error { return nil }

// newArchive starts the bundle and returns the path that it will have.
func newArchive(opt Options, h bundles.Header) (archive, string, error) {
	if opt.Out == "-" {
		if opt.Stdout == nil {
			return nil, "", errors.New("BUG: no stream for the bundle")
		}
		w, err := bundlezip.NewWriter(opt.Stdout, h)
		if err != nil {
			return nil, "", errLost(err)
		}
		return stream{w}, "-", nil
	}
	if err := checkFolder(opt.Out, opt.MinFree); err != nil {
		return nil, "", err
	}
	base := filepath.Join(opt.Out, "asr-bundle-"+fileName(hostname())+"-"+h.Created.UTC().Format("20060102T150405Z"))
	for n := 1; ; n++ {
		path := base + ".zip"
		if n > 1 {
			path = fmt.Sprintf("%s-%d.zip", base, n)
		}
		w, err := bundlezip.CreateFile(path, h)
		if errors.Is(err, fs.ErrExist) && n < 100 {
			continue
		}
		if err != nil {
			return nil, "", errLost(err)
		}
		return w, path, nil
	}
}

func checkFolder(dir string, minFree int64) error {
	fi, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("use the output folder: %w", err)
	}
	if !fi.IsDir() {
		return &fs.PathError{Op: "use the output folder", Path: dir, Err: syscall.ENOTDIR}
	}
	free, err := disks.Free(dir)
	if err == nil && free < minFree {
		return &SpaceError{dir, free, minFree}
	}
	return nil
}

// limits of a bundle in opt.Out.
func limits(opt Options) store.Limits {
	l := store.Limits{MaxSize: opt.MaxSize, MinFree: opt.MinFree}
	if opt.Out != "-" {
		l.Free = func() (int64, error) { return disks.Free(opt.Out) }
	}
	return l
}

func newHeader(now time.Time) bundles.Header {
	var id [16]byte
	if _, err := io.ReadFull(rand.Reader, id[:]); err != nil {
		panic("BUG: no random numbers: " + err.Error())
	}
	return bundles.Header{ID: hex.EncodeToString(id[:]), Created: now.UTC().Truncate(time.Second)}
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "unknown"
	}
	return name
}

// fileName keeps of a host name what may stand in a file name.
func fileName(host string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, host[:min(len(host), 63)])
}
