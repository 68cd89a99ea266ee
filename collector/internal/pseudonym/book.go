package pseudonym

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"sort"
	"strings"
)

// maxMapLine is the longest line of a map in bytes.
const maxMapLine = 16 << 10

// Book is a map that was read. It holds 16 bytes an entry; the entries stay in
// the file.
type Book struct {
	Header MapHeader
	// Skipped is how many lines were not read: the last one of a run that was
	// killed, and damaged ones.
	Skipped int

	r       io.ReaderAt
	key     Key
	seed    maphash.Seed
	index   []place
	partial map[string]bool // classes that are not listed to their end
}

// place is where the entry of a token begins.
type place struct {
	hash uint64
	at   int64
}

type byHash []place

func (l byHash) Len() int           { return len(l) }
func (l byHash) Less(i, j int) bool { return l[i].hash < l[j].hash }
func (l byHash) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// ReadBook reads the index of a map of size bytes. r must stay open while the
// Book is used.
func ReadBook(r io.ReaderAt, size int64) (*Book, error) {
	b := &Book{r: r, seed: maphash.MakeSeed(), partial: map[string]bool{}}
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, size), maxMapLine)
	first, err := in.ReadString('\n')
	if err != nil || strings.TrimRight(first, "\r\n") != strings.TrimRight(MapFirstLine, "\n") {
		return nil, errors.New("no map of pseudonyms: its first line is another one")
	}
	at := int64(len(first))
	for line := 2; ; line++ {
		raw, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, fmt.Errorf("map of pseudonyms: line %d is longer than %d bytes", line, maxMapLine)
		}
		switch {
		case err != nil && len(raw) > 0:
			b.Skipped++
		case err == nil && line == 2:
			if err := b.header(raw); err != nil {
				return nil, err
			}
		case err == nil:
			b.entry(raw, at)
		}
		at += int64(len(raw))
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read the map of pseudonyms: %w", err)
			}
			break
		}
	}
	sort.Sort(byHash(b.index))
	return b, nil
}

func (b *Book) header(raw []byte) error {
	if err := json.Unmarshal(raw, &b.Header); err != nil || b.Header.Format != mapFormat {
		return errors.New("no map of pseudonyms: its second line is not that of one")
	}
	if b.Header.Version != 1 {
		return fmt.Errorf("map of pseudonyms has version %d, this program reads 1", b.Header.Version)
	}
	var err error
	b.key, err = ParseKey(b.Header.Key)
	return err
}

func (b *Book) entry(raw []byte, at int64) {
	var e MapEntry
	switch err := json.Unmarshal(raw, &e); {
	case err != nil:
		b.Skipped++
	case e.Token == "":
		b.partial[e.Class] = true
	default:
		b.index = append(b.index, place{maphash.Bytes(b.seed, []byte(e.Token)), at})
	}
}

// Partial reports whether more values of a class had pseudonyms than the map lists.
func (b *Book) Partial(c Class) bool { return b.partial[c.String()] }

// Lookup is the value of one token: a name, a GUID with hyphens in lower case,
// or an address in its shortest form.
func (b *Book) Lookup(token string) (string, bool) {
	h := maphash.Bytes(b.seed, []byte(token))
	i := sort.Search(len(b.index), func(i int) bool { return b.index[i].hash >= h })
	for ; i < len(b.index) && b.index[i].hash == h; i++ {
		if e, ok := b.read(b.index[i].at); ok && e.Token == token {
			return e.Value, true
		}
	}
	return "", false
}

// read reads the entry at an offset.
func (b *Book) read(at int64) (e MapEntry, ok bool) {
	for size := 512; size <= maxMapLine; size *= 4 {
		buf := make([]byte, size)
		n, _ := b.r.ReadAt(buf, at)
		if end := bytes.IndexByte(buf[:n], '\n'); end >= 0 {
			return e, json.Unmarshal(buf[:end], &e) == nil
		}
	}
	return e, false
}
