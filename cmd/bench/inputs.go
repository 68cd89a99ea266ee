package main

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
)

// seed makes every run measure the same bytes.
const seed = 20260305

// collected is when the bundles of the benchmark were made, so that the sample
// bundle's facts and the logs belong together.
var collected = time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)

// logWriter writes lines like those of the agents: a time, numbers that differ
// from line to line, names that repeat, now and then an error or a secret.
type logWriter struct {
	w      *bufio.Writer
	random *rand.Rand
	at     time.Time
	n      int64 // bytes written
}

func newLogWriter(w io.Writer, stream uint64) *logWriter {
	return &logWriter{
		w: bufio.NewWriterSize(w, 1<<20), random: rand.New(rand.NewPCG(seed, stream)), at: collected.Add(-72 * time.Hour),
	}
}

var (
	components = []string{"jobmanager.cpp", "blobstream.cpp", "diffapply.cpp", "heartbeat.cpp", "volumefilter.cpp", "registration.cpp"}
	hosts      = []string{"id-4be1c0", "id-77a93d", "id-d20f18", "id-0c55e1"}
)

// line writes one line.
func (l *logWriter) line() {
	l.at = l.at.Add(time.Duration(l.random.IntN(900)) * time.Millisecond)
	head := fmt.Sprintf("0E7E\t%04X\t%s\t%d\t%s(%d)\t\tT-%d\tDS-%d\t", 0xf00+l.random.IntN(256), l.at.Format("01/02\t15:04:05.000"),
		l.random.IntN(90), components[l.random.IntN(len(components))], l.random.IntN(900), l.random.IntN(4), l.random.IntN(9))
	n, _ := l.w.WriteString(head + l.message() + "\r\n")
	l.n += int64(n)
}

// message is what a line says.
func (l *logWriter) message() string {
	host, number := hosts[l.random.IntN(len(hosts))], l.random.Int32()
	switch k := l.random.IntN(2000); {
	case k == 0:
		return fmt.Sprintf("WARNING\tUpload of %s failed with 0x%08x, is tried again", host, number)
	case k == 1:
		return fmt.Sprintf("NORMAL\tRequest https://store7c.blob.core.windows.net/%s/%d?sv=2024-08-04&sig=%x%%3D took %d ms", host, number, l.random.Uint64(), k)
	case k < 600:
		return fmt.Sprintf("NORMAL\tUploaded %d MB to %s.blob.core.windows.net in %d ms", number%64, host, number%5000)
	case k < 1000:
		return fmt.Sprintf("NORMAL\tDrained %d changes of %s at offset 0x%08x", number%900, host, number)
	}
	return fmt.Sprintf("NORMAL\tReplication task of %s checked, state running, %d bytes are pending", host, number)
}

// writeLog writes a log of size bytes or a line more.
func writeLog(w io.Writer, stream uint64, size int64) error {
	l := newLogWriter(w, stream)
	for l.n < size {
		l.line()
	}
	return l.w.Flush()
}

// writeLogFile makes a log in a folder.
func writeLogFile(name string, size int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return closeAfter(f, writeLog(f, 1, size))
}

func closeAfter(c io.Closer, err error) error {
	if closeErr := c.Close(); err == nil {
		err = closeErr
	}
	return err
}

// logPath is where the i-th log lies in a bundle.
func logPath(i int) string {
	return fmt.Sprintf("logs/cbengine/C/Program Files/Microsoft Azure Recovery Services Agent/Temp/CBEngine%d.errlog", i)
}

// bundleSpec says what a bundle of the benchmark holds besides the facts and
// samples of a sample incident: the first bytes of a log, over and over if it is
// shorter, cut into pieces.
type bundleSpec struct {
	file   string // to write
	sample string
	log    string
	bytes  int64
	pieces int
	id     int                       // tells bundles apart
	change func(io.Reader) io.Reader // of the log; nil: it is stored as it is
}

// write makes the bundle.
func (s bundleSpec) write() error {
	z, err := zip.OpenReader(s.sample)
	if err != nil {
		return fmt.Errorf("open sample bundle: %w", err)
	}
	defer z.Close()
	log, err := os.Open(s.log)
	if err != nil {
		return err
	}
	defer log.Close()
	f, err := os.Create(s.file)
	if err != nil {
		return err
	}
	return closeAfter(f, s.fill(f, z.File, &endless{log}))
}

func (s bundleSpec) fill(f io.Writer, sample []*zip.File, log io.Reader) error {
	w, err := zipwriter.NewWriter(f, bundles.Header{ID: fmt.Sprintf("be4c4%011x", s.id+1), Created: collected})
	if err != nil {
		return err
	}
	var m bundles.Manifest
	for _, e := range sample {
		switch e.Name {
		case bundles.HeaderPath:
		case bundles.ManifestPath:
			err = eachEntry(e, func(r io.Reader) error { return json.NewDecoder(r).Decode(&m) })
		default:
			err = eachEntry(e, func(r io.Reader) error { return addEntry(w, e.Name, r) })
		}
		if err != nil {
			return fmt.Errorf("copy %q: %w", e.Name, err)
		}
	}
	if s.change != nil {
		log = s.change(log)
	}
	for i := range s.pieces {
		if err := addEntry(w, logPath(i), io.LimitReader(log, s.bytes/int64(s.pieces))); err != nil {
			return err
		}
	}
	return w.Finish(m)
}

// eachEntry hands the content of a zip entry on.
func eachEntry(e *zip.File, do func(io.Reader) error) error {
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return do(r)
}

func addEntry(w *zipwriter.Writer, name string, content io.Reader) error {
	out, err := w.Create(bundles.File{Path: name, MTime: &collected})
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return closeAfter(out, err)
}

// repeatFile writes a file n times into another.
func repeatFile(to, from string, n int) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	for range n {
		if err = appendFile(out, from); err != nil {
			break
		}
	}
	return closeAfter(out, err)
}

func appendFile(out io.Writer, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(out, in)
	return err
}

// endless reads a file over and over.
type endless struct{ f io.ReadSeeker }

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.f.Read(p)
	if n == 0 && err == io.EOF {
		if _, err := e.f.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
		return e.f.Read(p)
	}
	return n, err
}

// oneLine takes the line ends out of a log.
type oneLine struct{ r io.Reader }

func (o oneLine) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' || c == '\n' {
			p[i] = ' '
		}
	}
	return n, err
}

// wide makes UTF-16 of ASCII.
type wide struct {
	r      io.Reader
	marked bool // the byte order mark is written
}

func (w *wide) Read(p []byte) (int, error) {
	if len(p) < 2 {
		return 0, io.ErrShortBuffer
	}
	if !w.marked {
		w.marked = true
		return copy(p, "\xff\xfe"), nil
	}
	n, err := w.r.Read(p[:len(p)/2])
	for i := n - 1; i >= 0; i-- {
		p[2*i], p[2*i+1] = p[i], 0
	}
	return 2 * n, err
}
