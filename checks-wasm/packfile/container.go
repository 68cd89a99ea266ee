package packfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"regexp"
	"strings"
)

// The container is a zip with exactly one form for a given content: local
// headers without gaps, the central directory, the end record, no comment, no
// extra field. The reader therefore needs no zip library: it walks the local
// headers, builds the directory that must follow, and compares.

// entry is one file of the container. The data of a parsed one is a part of the
// pack's bytes, not a copy.
type entry struct {
	name string
	data []byte
}

// Constants of the zip format and the values that a pack fixes.
const (
	localSig   = 0x04034b50
	centralSig = 0x02014b50
	endSig     = 0x06054b50
	localLen   = 30

	zipVersion  = 10          // stored entries need 1.0
	zipMadeBy   = 0x0300 | 20 // Unix, so that the mode below counts
	zipTime     = 0           // 00:00:00
	zipDate     = 0x21        // 1980-01-01, the first day that zip knows
	zipFileMode = 0o100644 << 16
)

// nameForm allows names that are the same file on every system.
var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$`)

func validName(name string) bool {
	return len(name) <= MaxNameBytes && nameForm.MatchString(name) && !strings.Contains(name, "..")
}

// checkOrder reports an entry that may not follow the one before: pack.json
// comes first, the rest ascends.
func checkOrder(i int, name, before string) error {
	switch {
	case i == 0 && name != ManifestPath:
		return fmt.Errorf("%w: the first entry is %q, want %q", ErrMalformed, name, ManifestPath)
	case i > 0 && name == ManifestPath, i > 1 && name == before:
		return fmt.Errorf("%w: entry %q is there twice", ErrMalformed, name)
	case i > 1 && name < before:
		return fmt.Errorf("%w: entry %q is not in order", ErrMalformed, name)
	}
	return nil
}

// encodeContainer writes the entries in the order given.
func encodeContainer(entries []entry) []byte {
	var b []byte
	for _, e := range entries {
		b = appendHeader(b, e)
		b = append(append(b, e.name...), e.data...)
	}
	return appendDirectory(b, entries)
}

// appendHeader writes the fixed part of a local header.
func appendHeader(b []byte, e entry) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, localSig)
	b = appendCommon(b, e)
	return le.AppendUint16(b, 0) // extra field
}

// appendCommon writes what local header and directory have in common.
func appendCommon(b []byte, e entry) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, zipVersion)
	b = le.AppendUint16(b, 0) // flags
	b = le.AppendUint16(b, 0) // method: stored
	b = le.AppendUint16(b, zipTime)
	b = le.AppendUint16(b, zipDate)
	b = le.AppendUint32(b, crc32.ChecksumIEEE(e.data))
	b = le.AppendUint32(b, uint32(len(e.data)))
	b = le.AppendUint32(b, uint32(len(e.data)))
	return le.AppendUint16(b, uint16(len(e.name)))
}

// appendDirectory writes the central directory and the end record of entries
// that stand at the beginning of the file.
func appendDirectory(b []byte, entries []entry) []byte {
	le := binary.LittleEndian
	offset, start := 0, len(b)
	for _, e := range entries {
		b = le.AppendUint32(b, centralSig)
		b = le.AppendUint16(b, zipMadeBy)
		b = appendCommon(b, e)
		b = append(b, make([]byte, 8)...) // extra, comment, disk, internal attributes
		b = le.AppendUint32(b, zipFileMode)
		b = le.AppendUint32(b, uint32(offset))
		b = append(b, e.name...)
		offset += localLen + len(e.name) + len(e.data)
	}
	size := len(b) - start
	b = le.AppendUint32(b, endSig)
	b = le.AppendUint32(b, 0) // disks
	b = le.AppendUint16(b, uint16(len(entries)))
	b = le.AppendUint16(b, uint16(len(entries)))
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(offset))
	return le.AppendUint16(b, 0) // comment
}

// decodeContainer gives the entries of a pack, or ErrMalformed.
func decodeContainer(raw []byte) ([]entry, error) {
	if len(raw) > MaxPackBytes {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrMalformed, len(raw), MaxPackBytes)
	}
	var entries []entry
	rest := raw
	before := ""
	for len(rest) >= 4 && binary.LittleEndian.Uint32(rest) == localSig {
		e, n, err := decodeEntry(rest)
		if err != nil {
			return nil, err
		}
		if err := checkOrder(len(entries), e.name, before); err != nil {
			return nil, err
		}
		if len(entries) == MaxEntries {
			return nil, fmt.Errorf("%w: more than %d entries", ErrMalformed, MaxEntries)
		}
		entries, before, rest = append(entries, e), e.name, rest[n:]
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%w: no zip entry at its start", ErrMalformed)
	}
	if !bytes.Equal(rest, appendDirectory(nil, entries)) {
		return nil, fmt.Errorf("%w: the zip directory is not the one that follows from the entries", ErrMalformed)
	}
	return entries, nil
}

// decodeEntry reads the entry at the start of b and how long it is with header.
// After the lengths are known to hold, one comparison with the only allowed
// header checks method, flags, times, sizes and checksum.
func decodeEntry(b []byte) (entry, int, error) {
	le := binary.LittleEndian
	if len(b) < localLen {
		return entry{}, 0, fmt.Errorf("%w: cut off in a zip header", ErrMalformed)
	}
	size, nameLen := int64(le.Uint32(b[22:])), int(le.Uint16(b[26:]))
	if nameLen > MaxNameBytes || len(b) < localLen+nameLen {
		return entry{}, 0, fmt.Errorf("%w: a name of %d bytes", ErrMalformed, nameLen)
	}
	name := string(b[localLen : localLen+nameLen])
	switch {
	case !validName(name):
		return entry{}, 0, fmt.Errorf("%w: entry name %q is not allowed", ErrMalformed, name)
	case le.Uint16(b[8:]) != 0:
		return entry{}, 0, fmt.Errorf("%w: entry %q is compressed, packs are stored", ErrMalformed, name)
	case size > maxSize(name):
		return entry{}, 0, fmt.Errorf("%w: entry %q has %d bytes, allowed are %d", ErrMalformed, name, size, maxSize(name))
	case size > int64(len(b)-localLen-nameLen):
		return entry{}, 0, fmt.Errorf("%w: entry %q is cut off", ErrMalformed, name)
	}
	end := localLen + nameLen + int(size)
	e := entry{name: name, data: b[localLen+nameLen : end : end]}
	if !bytes.Equal(b[:localLen], appendHeader(nil, e)) {
		return entry{}, 0, fmt.Errorf("%w: the zip header of %q is not the fixed one", ErrMalformed, name)
	}
	return e, end, nil
}

// maxSize bounds an entry by its kind.
func maxSize(name string) int64 {
	if strings.HasSuffix(name, ".wasm") {
		return MaxModuleBytes
	}
	return MaxFileBytes
}
