package collector

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/seal"
	"github.com/asrdiag/asrdiag/collector/internal/source/disks"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// archive is a bundle that is being written.
type archive interface {
	store.Archive
	Align(n int64)
	Commit(m bundles.Manifest) error
	Abort() error
}

// stream is a bundle that goes to a pipe.
type stream struct {
	*zipwriter.Writer
	last io.Closer // what the bundle passes through
}

func (s stream) Commit(m bundles.Manifest) error {
	if err := s.Finish(m); err != nil {
		return err
	}
	return s.last.Close()
}

func newStream(out io.Writer, to seal.Recipients, h bundles.Header) (stream, error) {
	through, err := to.Writer(out)
	if err != nil {
		return stream{}, err
	}
	w, err := zipwriter.NewWriter(through, h)
	return stream{w, through}, err
}

func (s stream) Abort() error { return nil }

// newArchive starts the bundle and returns the path that it will have.
func newArchive(opt Options, pl place, h bundles.Header) (archive, string, error) {
	if pl.dir == "-" {
		if opt.Stdout == nil {
			return nil, "", errors.New("BUG: no stream for the bundle")
		}
		w, err := newStream(opt.Stdout, pl.seal, h)
		if err != nil {
			return nil, "", errLost(err)
		}
		return w, "-", nil
	}
	base := filepath.Join(pl.dir, bundlePrefix(cmp.Or(pl.host, hostname()))+h.Created.UTC().Format("20060102T150405Z"))
	for n := 1; ; n++ {
		path := base + ".zip"
		if n > 1 {
			path = fmt.Sprintf("%s-%d.zip", base, n)
		}
		path += pl.seal.Suffix()
		w, err := zipwriter.CreateThrough(path, h, pl.seal.Writer)
		if errors.Is(err, fs.ErrExist) && n < 100 {
			continue
		}
		if err != nil {
			return nil, "", errLost(err)
		}
		return w, path, nil
	}
}

// bundleBegin is how the names of all bundles begin.
const bundleBegin = "asr-bundle-"

// bundlePrefix is how the names of a machine's bundles begin.
func bundlePrefix(host string) string { return bundleBegin + fileName(host) + "-" }

// holdBytes is the room that is held for facts, rows and the manifest.
const holdBytes = 512 << 10

// hold takes room for the end of a bundle, as far as --min-free lets it.
func (pl place) hold(path string) *hold {
	if pl.dir == "-" {
		return &hold{}
	}
	free, err := disks.Free(pl.dir)
	if err != nil || free-pl.minFree < leastRoom {
		return &hold{}
	}
	return newHold(path+zipwriter.PartialSuffix, min(holdBytes, free-pl.minFree))
}

// limits of a bundle at a place. What is held for it is free for it.
func (pl place) limits(a archive, h *hold) store.Limits {
	l := store.Limits{MaxSize: pl.seal.Most(pl.maxSize), MinFree: pl.minFree}
	if pl.dir == "-" {
		return l
	}
	l.Free = func() (int64, error) {
		held := h.extend(pl.seal.Size(a.Written()))
		free, err := disks.Free(pl.dir)
		return max(free, pl.minFree) + held, err
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
