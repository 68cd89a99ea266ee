package host

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// signsOf reads what a machine's maker wrote into its firmware: RawSMBIOSData, as
// GetSystemFirmwareTable gives it. What is not there is empty.
func signsOf(raw []byte) Signs {
	const header = 8 // calling method, version, length of the table
	var out Signs
	if len(raw) < header {
		return out
	}
	table := raw[header:]
	if n := binary.LittleEndian.Uint32(raw[4:]); uint64(n) < uint64(len(table)) {
		table = table[:n]
	}
	for len(table) >= 4 {
		size := int(table[1])
		if size < 4 || size > len(table) {
			return out
		}
		fields, rest := table[:size], table[size:]
		end := bytes.Index(rest, []byte{0, 0})
		if end < 0 {
			end = len(rest)
		}
		words := bytes.Split(rest[:end], []byte{0})
		text := func(at int) string {
			if at >= len(fields) || fields[at] == 0 || int(fields[at]) > len(words) {
				return ""
			}
			return strings.TrimSpace(strings.ToValidUTF8(string(words[fields[at]-1]), ""))
		}
		switch fields[0] {
		case 1: // system
			out.Vendor, out.Product = text(4), text(5)
		case 3: // chassis
			if tag := text(8); tag != "" {
				out.AssetTag = tag
			}
		}
		table = rest[min(end+2, len(rest)):]
	}
	return out
}
