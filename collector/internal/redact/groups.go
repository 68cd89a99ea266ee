package redact

import (
	"bytes"
	"strings"
)

// groups are keys that people type: a number of groups of a size, of the characters
// of an alphabet. They are the recovery keys of
// BitLocker and the keys of products of Microsoft.
var groups = [...]struct {
	size, n int
	of      string
}{{6, 8, "0123456789"}, {5, 5, "BCDFGHJKMNPQRTVWXY2346789"}}

// grouped is the begin of such a key around the dash at i, or -1.
func grouped(b []byte, i int) int {
	for _, k := range groups {
		step := k.size + 1
		if (i < step || b[i-step] != '-') && (i+step >= len(b) || b[i+step] != '-') {
			continue
		}
		for from := i - k.size; from >= 0 && from > i-k.n*step; from -= step {
			if groupedAt(b, from) > 0 {
				return from
			}
		}
	}
	return -1
}

// groupedAt is the end of such a key that begins at from, or 0.
func groupedAt(b []byte, from int) int {
	for _, k := range groups {
		end := from + k.n*(k.size+1) - 1
		if end > len(b) || from > 0 && (isKnit(b[from-1]) || b[from-1] == '-') || end < len(b) && (isKnit(b[end]) || b[end] == '-') {
			continue
		}
		i := from
		for i < end && ((i-from)%(k.size+1) == k.size && b[i] == '-' || (i-from)%(k.size+1) != k.size && strings.IndexByte(k.of, b[i]) >= 0) {
			i++
		}
		if i == end && bytes.ContainsAny(b[from:end], "2346789") {
			return end
		}
	}
	return 0
}

// lone reports whether a run is a key that is known by its length and letters: of
// a storage account, of Azure DevOps and Twilio, or the hash of PostgreSQL.
func lone(run []byte) bool {
	switch s := string(run); len(s) {
	case 86:
		return random(s) && strings.ContainsAny(s, "+/") && restless(s) > 40 // no path
	case 34, 35:
		return (s[:2] == "SK" || s[:3] == "md5") && isHex(s[len(s)-32:]) && restless(s) > 8
	case 42: // of ClickHouse
		return s[:4] == "4b1d" && random(s)
	case 52:
		return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == "" && restless(s) > 12
	}
	return false
}

// starred reports whether a run is the hash of a password of MySQL: *2470C0...
func starred(b []byte, start, end int) bool {
	return end-start == 40 && start > 0 && b[start-1] == '*' && strings.Trim(string(b[start:end]), "0123456789ABCDEF") == ""
}

// hashed reports whether the text before a key says that it is a hash.
func hashed(b []byte) bool {
	for _, w := range []string{"sha512", "sha-512", "hash", "digest", "integrity", "checksum"} {
		if bytes.Contains(bytes.ToLower(b), []byte(w)) {
			return true
		}
	}
	return false
}
