package collector

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/internal/source/disks"
)

// mapSuffix ends the name of a map.
const mapSuffix = ".map"

// When what was told of a map is written: when so many bytes wait, or the last
// writing is so long ago. A run that is killed loses what waits.
const (
	mapWaits = 16 << 10
	mapPause = time.Second
)

// mapHead is how many lines of a map say nothing yet.
const mapHead = 2

// mapFile is the map of a bundle while both are made. It takes the lines of a
// pseudonym.MapWriter from any goroutine. There is no file before the first
// pseudonym, and none without one. What goes wrong ends the map, never the run.
type mapFile struct {
	mu      sync.Mutex
	path    string // "": not known yet
	free    func() (int64, error)
	minFree int64

	file    *os.File
	buf     []byte
	lines   int // taken
	size    int // of the file
	written time.Time
	err     error
	ended   bool
}

// MapSummary says what became of the map from pseudonyms to what they stand for.
type MapSummary struct {
	Path string `json:"path,omitempty"` // empty: there is none
	// Error is why there is no map, or why it does not list all.
	Error string `json:"error,omitempty"`
}

// begin says where the map of the bundle id goes: into a folder of its own, so
// that it is not sent along by accident. So many bytes stay free on the volume.
func (m *mapFile) begin(folder, id string, minFree int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := pseudonym.MapName + id
	m.path, m.minFree = filepath.Join(folder, name, name+mapSuffix), minFree
	m.free = func() (int64, error) { return disks.Free(folder) }
	m.put(false)
}

// Write takes lines.
func (m *mapFile) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return 0, os.ErrClosed
	}
	m.lines += bytes.Count(p, []byte{'\n'})
	m.buf = append(m.buf, p...)
	if m.put(false); m.err != nil {
		return 0, m.err
	}
	return len(p), nil
}

// flush writes what waits. It is for moments at which much was told.
func (m *mapFile) flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(true)
}

// put writes what waits when it is time, or all the same.
func (m *mapFile) put(all bool) {
	due := all || len(m.buf) >= mapWaits || time.Since(m.written) >= mapPause
	if m.path == "" || m.lines <= mapHead || m.ended || m.err != nil || len(m.buf) == 0 || !due {
		return
	}
	if m.err = m.room(); m.err == nil && m.file == nil {
		m.file, m.err = createMap(m.partial())
	}
	if m.err == nil {
		var n int
		n, m.err = m.file.Write(m.buf)
		m.size += n
	}
	m.buf, m.written = m.buf[:0], time.Now()
}

// partial is the name of the map while it is written.
func (m *mapFile) partial() string { return m.path + zipwriter.PartialSuffix }

// createMap makes the folder of a map and the file in it, for their owner alone.
func createMap(path string) (*os.File, error) {
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(err, os.Remove(filepath.Dir(path)))
	}
	return f, nil
}

// room checks that what waits leaves free what has to stay so.
func (m *mapFile) room() error {
	free, err := m.free()
	if err == nil && free-int64(len(m.buf)) < m.minFree {
		return fmt.Errorf("%s free on its volume, less than --min-free %s", FormatSize(free), FormatSize(m.minFree))
	}
	return nil
}

// finish makes the map durable and gives it its name. Nil: nothing was told.
func (m *mapFile) finish() *MapSummary {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(true)
	m.ended = true
	if m.size == 0 {
		if m.remove(); m.err == nil {
			return nil
		}
		return &MapSummary{Error: m.err.Error()}
	}
	out := &MapSummary{Path: m.path}
	_ = m.file.Sync() // some shares cannot
	err := errors.Join(m.err, m.file.Close())
	if rerr := os.Rename(m.partial(), m.path); rerr != nil {
		out.Path, err = m.partial(), errors.Join(err, rerr)
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// abort removes a map that was not finished.
func (m *mapFile) abort() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	m.ended = true
	m.remove()
}

// remove removes the file and its folder.
func (m *mapFile) remove() {
	if m.file != nil {
		_ = m.file.Close()
		_ = os.Remove(m.partial())
		_ = os.Remove(filepath.Dir(m.path))
	}
}

// leftMap is the map of that folder when a run that was killed has left it.
func leftMap(dir, folder string) (l Leftover, ok bool) {
	if !strings.HasPrefix(folder, pseudonym.MapName) {
		return l, false
	}
	path := filepath.Join(dir, folder, folder+mapSuffix+zipwriter.PartialSuffix)
	fi, err := os.Lstat(path)
	if err != nil || !fi.Mode().IsRegular() {
		return l, false
	}
	return Leftover{Path: path, Size: fi.Size(), Map: true}, true
}
