package check

import (
	"fmt"
	"hash/crc32"
	"strings"
	"unicode/utf8"
)

// maxKeyLen is how long the host lets a finding's key be, in bytes.
const maxKeyLen = 200

// findingKeys are the keys of a check's findings and their titles.
type findingKeys map[string]string

// key makes a key fit for the host, which takes each once: keys are made of names
// and addresses as the bundle has them, of any length, and some of them twice. The
// same finding once more is none: ok is false. Another one under its key gets a
// number behind it.
func (r findingKeys) key(key, title string) (unique string, ok bool) {
	key = shortKey(key)
	unique = key
	for n := 2; ; n++ {
		other, used := r[unique]
		if !used {
			r[unique] = title
			return unique, true
		}
		if other == title {
			return "", false
		}
		unique = fmt.Sprintf("%s~%d", key, n)
	}
}

// shortKey cuts a key that is too long and puts a sum of the whole behind it. Room
// for a number is left.
func shortKey(key string) string {
	const room = len("-01234567") + len("~1000")
	key = strings.ToValidUTF8(key, "_")
	if len(key) <= maxKeyLen-len("~1000") {
		return key
	}
	end := maxKeyLen - room
	for !utf8.RuneStart(key[end]) {
		end--
	}
	return fmt.Sprintf("%s-%08x", key[:end], crc32.ChecksumIEEE([]byte(key)))
}
