package profiles

import (
	"path"
	"slices"
	"strings"
)

// What holds keys or credentials, or is of a person, by the end of its name, its
// name, or a folder above it. Case does not count.
var (
	neverEnds = []string{
		".key", ".pfx", ".p12", ".pvk", ".vaultcredentials", ".ppk", ".jks", ".keystore", ".keytab", ".kdb", ".kdbx", // keys and passwords
		".pst", ".ost", ".mbox", // mail
		".dmp", ".dit", ".vhd", ".vhdx", ".vmdk", // memory, directories, disks
	}
	neverNames = []string{
		"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "shadow", "shadow-", "gshadow", "gshadow-", ".netrc", "_netrc", ".pgpass", ".git-credentials",
		"consolehost_history.txt", "ntuser.dat", "pagefile.sys", "swapfile.sys", "hiberfil.sys", "unattend.xml", "autounattend.xml", "sysprep.xml",
		"sysprep.inf", "logins.json", "key3.db", "key4.db", "login data", "cookies",
	}
	// neverFolders are folders of one name or, with a slash, of several.
	neverFolders = []string{
		"credstore", "transport/private", "microsoft azure site recovery/private", // of the product
		".ssh", ".gnupg", ".aws", ".azure", ".kube", "microsoft/credentials", "microsoft/vault", "microsoft/protect", "microsoft/crypto", "system32/config",
		".mozilla", "mozilla/firefox", "google/chrome/user data", "microsoft/edge/user data", // browsers
		".thunderbird", "maildir", "microsoft/outlook",
	}
	// neverRoots are folders by their whole path.
	neverRoots = []string{"/sys", "/dev", "/run/secrets", "/var/run/secrets", "/var/mail", "/var/spool/mail", "/etc/ssl/private", "/etc/letsencrypt/live", "/etc/letsencrypt/archive"}
	// personal are folders of a person, below the person's own.
	personal = []string{"documents", "my documents", "desktop", "downloads", "pictures"}
	// ofPeople are the folders that have a folder for each person.
	ofPeople = []string{"home", "users", "documents and settings"}
)

// NeverRead reports whether a file holds keys, credentials or private data by its
// path, or is a map of pseudonyms: that it exists, its size and its time may be
// told, its content never.
func NeverRead(name string) bool {
	name = path.Clean(strings.ReplaceAll(strings.ToLower(name), `\`, "/"))
	base := path.Base(name)
	for _, end := range neverEnds {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	for _, folder := range neverFolders {
		if strings.Contains(name, folder) && within(name, folder) {
			return true
		}
	}
	for _, root := range neverRoots {
		if rest, ok := strings.CutPrefix(name, root); ok && strings.HasPrefix(rest, "/") {
			return true
		}
	}
	return slices.Contains(neverNames, base) || strings.HasPrefix(base, "do-not-send-") || strings.HasPrefix(base, ".") && strings.HasSuffix(base, "_history") ||
		strings.HasSuffix(base, ".pem") && path.Base(path.Dir(name)) == "transport" || ofPerson(name) || ofProcess(name)
}

// within reports whether a folder, of one name or of several, is among those of a
// path, or the path itself.
func within(name, folder string) bool { return strings.Contains(name+"/", "/"+folder+"/") }

// ofPerson reports whether a path lies in a folder of a person where no program
// keeps its logs. What is for all users of Windows, "Public", is of none.
func ofPerson(name string) bool {
	if strings.HasPrefix(name, "/root/.") {
		return true
	}
	for _, above := range ofPeople {
		_, rest, ok := strings.Cut(name, "/"+above+"/")
		who, rest, below := strings.Cut(rest, "/")
		first, _, _ := strings.Cut(rest, "/")
		if ok && below && above+who != "userspublic" && (slices.Contains(personal, first) || strings.HasPrefix(first, "onedrive") || above == "home" && strings.HasPrefix(first, ".")) {
			return true
		}
	}
	return false
}

// ofProcess reports whether a path is one of the kernel's about one process, or
// shows the inside of the machine.
func ofProcess(name string) bool {
	rest, ok := strings.CutPrefix(name, "/proc/")
	if !ok {
		return false
	}
	first, _, _ := strings.Cut(rest, "/")
	return strings.Trim(first, "0123456789*?") == "" || slices.Contains([]string{"self", "thread-self", "kcore", "kmsg", "keys", "vmcore"}, first)
}

// inPrivate reports whether a path lies in a folder of which no certificate is
// read either.
func inPrivate(name string) bool {
	return strings.Contains(strings.ReplaceAll(strings.ToLower(name), `\`, "/"), "/private/")
}
