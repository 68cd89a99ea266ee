package pseudonym

import (
	"encoding/hex"
	"strings"
)

// wellKnownDomain matches the domains of accounts that are no machine's.
func wellKnownDomain(s string) bool {
	switch fold(s) {
	case ".", "nt authority", "nt service", "nt virtual machine", "builtin", "iis apppool", "window manager", "font driver host", "application package authority":
		return true
	}
	return false
}

// wellKnownUser matches accounts that every system has, and words that stand
// where a name would.
func wellKnownUser(s string) bool {
	switch fold(s) {
	case "root", "system", "localsystem", "local system", "localservice", "local service", "networkservice", "network service", "administrator", "guest", "defaultaccount",
		"wdagutilityaccount", "everyone", "users", "administrators", "anonymous", "anonymous logon", "interactive", "trustedinstaller", "authenticated users",
		"public", "default", "default user", "default.migrated", "all users", "defaultapppool", "iusr", "iis_iusrs", "nobody", "daemon", "www-data", "mysql", "sshd", "syslog", "ntp", "chrony", "_chrony",
		"messagebus", "postfix", "polkitd", "nfsnobody", "svsystems", "lost+found", "systemd-timesync", "systemd-network", "systemd-resolve", "git", "sa",
		"null", "none", "nil", "unknown", "n/a", "na", "true", "false", "yes", "no", "not", "is", "was", "are", "has", "the", "a", "an", "and", "or", "in", "to", "of", "for", "from", "by", "with",
		"disabled", "enabled", "failed", "failure", "error", "denied", "invalid", "expired", "locked", "empty", "default-user", "current", "name", "id", "account", "user", "username", "password", "session",
		"-", "--", "?", "*", "%s", "%username%", "$user", "(null)", "<null>", "<none>", "on", "at", "as", "does", "doesn't", "can", "cannot", "could", "will", "exists", "found", "list", "mode", "space", "data", "tests", "test", "check", "info", "agent", "input", "interface", "profile", "manager":
		return true
	}
	return s == "" || s[0] == '%' || s[0] == '$' || s[0] == '[' || s[0] == '-' && len(s) < 4
}

// wellKnownGUID matches GUIDs that are constants of Windows, and so name no
// machine: of COM, nil and all ones, of partition types, and those of version
// 1 that were made at Microsoft and Digital.
func wellKnownGUID(raw [16]byte) bool {
	h := hex.EncodeToString(raw[:])
	if h[12:20] == "0000c000" || strings.Trim(h, h[:1]) == "" {
		return true
	}
	if h[12] == '1' {
		switch h[20:26] {
		case "00c04f", "00a0c9", "00aa00", "08002b", "006008", "006097", "00805f", "0020af", "00c93e":
			return true
		}
	}
	switch h {
	case "ebd0a0a2b9e5443387c068b6b72699c7", "de94bba406d14d40a16abfd50179d6ac", "e3c9e3160b5c4db8817df92df00215ae", "0fc63daf848347728e793d69d8477de4",
		"0657fd6da4ab43c484e50933c84b4f4f", "e6d6d379f50744c2a23c238f2a3df928", "933ac7e12eb44f13b8440e14e2aef915":
		return true
	}
	return false
}
