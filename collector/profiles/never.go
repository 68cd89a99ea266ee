package profiles

import "github.com/asrdiag/asrdiag/collector/internal/regex"

// neverRE are files whose content no profile can ask for: files of private
// keys, and the product's folders of keys and credentials. They are known by
// their paths, with either separator; case does not count.
var neverRE = regex.MustCompile(`(?i)\.(key|pfx|p12|pvk|vaultcredentials)$` +
	`|[\\/]credstore([\\/]|$)` +
	`|[\\/]transport[\\/][^\\/]*\.pem$` +
	`|[\\/](transport|microsoft azure site recovery)[\\/]private([\\/]|$)`)

// privateRE are folders of which no certificate is read either.
var privateRE = regex.MustCompile(`(?i)[\\/]private[\\/]`)

// NeverRead reports whether a file holds keys or credentials by its path: that
// it exists, its size and its time may be told, its content never.
func NeverRead(path string) bool { return neverRE.MatchString(path) }
