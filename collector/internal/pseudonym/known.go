package pseudonym

import "bytes"

// wellKnownDomain matches the domains of accounts that are no machine's.
func wellKnownDomain(b []byte) bool {
	var buf [40]byte
	return lists().domains.has(folded(buf[:], b))
}

// wellKnownUser matches accounts that every system has, and words that stand
// where a name would.
func wellKnownUser(b []byte) bool {
	var buf [40]byte
	if lists().users.has(folded(buf[:], b)) {
		return true
	}
	return len(b) == 0 || bytes.IndexByte([]byte("%$[("), b[0]) >= 0
}

// sentenceWord matches words that follow "user" in a sentence and are no name.
func sentenceWord(b []byte) bool {
	var buf [40]byte
	return lists().sentence.has(folded(buf[:], b))
}

// folded writes text in lower case to buf; of a longer one the begin.
func folded(buf, text []byte) []byte {
	n := min(len(buf), len(text))
	for i, c := range text[:n] {
		buf[i] = lower(c)
	}
	return buf[:n]
}

// wellKnownGUID matches GUIDs that are constants of Windows, and so name no
// machine: of COM, nil and all ones, of partition types, and those of version
// 1 that were made at Microsoft and Digital.
func wellKnownGUID(raw [16]byte) bool {
	allOnes := [16]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}
	if [4]byte(raw[6:10]) == [4]byte{0, 0, 0xc0, 0} || raw == [16]byte{} || raw == allOnes {
		return true
	}
	return raw[6]>>4 == 1 && lists().makers.has(raw[10:13]) || lists().partitions.has(raw[:5])
}
