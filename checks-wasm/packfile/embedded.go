package packfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// SumExt is the end of the name of the file that has the SHA-256 of an embedded
// pack in lower-case hex. It stands beside the pack, without SumExt in its name.
const SumExt = ".sha256"

// OpenEmbedded opens a pack that is part of the program, whose bytes nobody else
// can have changed. Sum is what its SumExt file says, so that ten megabytes need
// not be hashed in every run, nor the descriptions validated, as the build of the pack
// has done; anything but a sum: they are. What makes up most of
// them, the modules, is left where it is until it is used: Module reads it and
// compares it with its digest.
func OpenEmbedded(r io.ReaderAt, size int64, sum string) (*Pack, error) {
	if size > MaxPackBytes {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrMalformed, size, MaxPackBytes)
	}
	sum = strings.TrimSpace(sum)
	built := isDigest(sum)
	if !built {
		h := sha256.New()
		if _, err := io.CopyBuffer(h, io.NewSectionReader(r, 0, size), make([]byte, 64<<10)); err != nil {
			return nil, err
		}
		sum = hex.EncodeToString(h.Sum(nil))
	}
	p := &Pack{
		SHA256: sum, validated: built,
		entries: map[string][]byte{}, modules: map[string]*io.SectionReader{}, describe: map[string]abi.Describe{},
	}
	if err := p.readEntries(r, size); err != nil {
		return nil, err
	}
	if err := p.parse(false); err != nil {
		return nil, err
	}
	return p, nil
}

// readEntries reads the entries but for the modules.
func (p *Pack) readEntries(r io.ReaderAt, size int64) error {
	before := ""
	for i, at := 0, int64(0); ; i++ {
		head := make([]byte, localLen)
		if _, err := r.ReadAt(head, at); err != nil {
			return fmt.Errorf("%w: cut off in a zip header", ErrMalformed)
		}
		if binary.LittleEndian.Uint32(head) != localSig {
			return nil
		}
		dataLen, nameLen := int64(binary.LittleEndian.Uint32(head[22:])), int64(binary.LittleEndian.Uint16(head[26:]))
		if nameLen > MaxNameBytes || dataLen > size-at-localLen-nameLen {
			return fmt.Errorf("%w: an entry is cut off", ErrMalformed)
		}
		end := at + localLen + nameLen + dataLen
		name, err := p.readEntry(io.NewSectionReader(r, at, end-at), localLen+nameLen)
		if err == nil {
			err = checkOrder(i, name, before)
		}
		if err != nil {
			return err
		}
		before, at = name, end
	}
}

// readEntry takes in one entry, whose content begins behind its header and name.
func (p *Pack) readEntry(r *io.SectionReader, begin int64) (name string, err error) {
	head := make([]byte, begin)
	if _, err := r.ReadAt(head, 0); err != nil {
		return "", err
	}
	name = string(head[localLen:])
	if strings.HasSuffix(name, ".wasm") {
		p.modules[name] = io.NewSectionReader(r, begin, r.Size()-begin)
		return name, nil
	}
	raw := make([]byte, r.Size())
	if _, err := r.ReadAt(raw, 0); err != nil {
		return "", err
	}
	e, _, err := decodeEntry(raw)
	p.entries[e.name] = e.data
	return e.name, err
}

// size of an entry in bytes, and whether it is there.
func (p *Pack) size(path string) (int64, bool) {
	if r, ok := p.modules[path]; ok {
		return r.Size(), true
	}
	data, ok := p.entries[path]
	return int64(len(data)), ok
}

// content gives the bytes of an entry.
func (p *Pack) content(path string) ([]byte, error) {
	if r, ok := p.modules[path]; ok {
		data := make([]byte, r.Size())
		_, err := r.ReadAt(data, 0)
		return data, err
	}
	return p.entries[path], nil
}

// isModule looks at the first bytes of an entry.
func (p *Pack) isModule(path string) bool {
	if r, ok := p.modules[path]; ok {
		head := make([]byte, len(wasmHeader))
		_, err := r.ReadAt(head, 0)
		return err == nil && string(head) == wasmHeader
	}
	return bytes.HasPrefix(p.entries[path], []byte(wasmHeader))
}

func isDigest(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}
