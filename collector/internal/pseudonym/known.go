package pseudonym

import "bytes"

// wellKnownDomain matches the domains of accounts that are no machine's.
func wellKnownDomain(b []byte) bool {
	var buf [40]byte
	switch string(folded(buf[:], b)) {
	case ".", "nt authority", "nt service", "nt virtual machine", "builtin", "iis apppool", "window manager", "font driver host", "application package authority":
		return true
	}
	return false
}

// wellKnownUser matches accounts that every system has, and words that stand
// where a name would.
func wellKnownUser(b []byte) bool {
	var buf [40]byte
	switch string(folded(buf[:], b)) {
	case "root", "system", "localsystem", "local system", "localservice", "local service", "networkservice", "network service", "administrator", "guest", "defaultaccount",
		"wdagutilityaccount", "everyone", "users", "administrators", "anonymous", "anonymous logon", "interactive", "trustedinstaller", "authenticated users",
		"public", "default", "default user", "default.migrated", "all users", "defaultapppool", "iusr", "iis_iusrs", "nobody", "daemon", "www-data", "mysql", "sshd", "syslog", "ntp", "chrony", "_chrony",
		"messagebus", "postfix", "polkitd", "nfsnobody", "svsystems", "lost+found", "systemd-timesync", "systemd-network", "systemd-resolve", "git", "sa",
		"null", "none", "nil", "unknown", "n/a", "na", "true", "false", "yes", "no", "not", "is", "was", "are", "has", "the", "a", "an", "and", "or", "in", "to", "of", "for", "from", "by", "with",
		"disabled", "enabled", "failed", "failure", "error", "denied", "invalid", "expired", "locked", "empty", "default-user", "current", "name", "id", "account", "user", "username", "password", "session",
		"-", "--", "?", "*", "%s", "%username%", "$user", "(null)", "<null>", "<none>", "on", "at", "as", "does", "doesn't", "can", "cannot", "could", "will", "exists", "found", "list", "mode", "space", "data", "tests", "test", "check", "info", "agent", "input", "interface", "profile", "manager":
		return true
	}
	return len(b) == 0 || bytes.IndexByte([]byte("%$[("), b[0]) >= 0
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
	if raw[6]>>4 == 1 {
		switch [3]byte(raw[10:13]) {
		case [3]byte{0, 0xc0, 0x4f}, [3]byte{0, 0xa0, 0xc9}, [3]byte{0, 0xaa, 0}, [3]byte{8, 0, 0x2b}, [3]byte{0, 0x60, 8}, [3]byte{0, 0x60, 0x97}, [3]byte{0, 0x80, 0x5f}, [3]byte{0, 0x20, 0xaf}:
			return true
		}
	}
	switch [8]byte(raw[:8]) { // the first half of those of partition types
	case [8]byte{0xeb, 0xd0, 0xa0, 0xa2, 0xb9, 0xe5, 0x44, 0x33}, [8]byte{0xde, 0x94, 0xbb, 0xa4, 0x06, 0xd1, 0x4d, 0x40},
		[8]byte{0xe3, 0xc9, 0xe3, 0x16, 0x0b, 0x5c, 0x4d, 0xb8}, [8]byte{0x0f, 0xc6, 0x3d, 0xaf, 0x84, 0x83, 0x47, 0x72},
		[8]byte{0x06, 0x57, 0xfd, 0x6d, 0xa4, 0xab, 0x43, 0xc4}, [8]byte{0xe6, 0xd6, 0xd3, 0x79, 0xf5, 0x07, 0x44, 0xc2}:
		return true
	}
	return false
}
