package pseudonym

// genericTLD matches top-level domains that say nothing of who uses them.
// They are in lower case.
func genericTLD(b []byte) bool {
	switch string(b) {
	case "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "local", "internal", "lan", "corp", "home", "intra", "intranet", "private", "priv",
		"test", "example", "invalid", "localdomain", "arpa", "cloud", "lab", "dom", "domain", "ad", "prod", "dmz", "localnet":
		return true
	}
	return false
}

// countryTLD matches top-level domains of countries that are not also used as
// the extension of a file or as an ordinary word of programs.
func countryTLD(b []byte) bool {
	if len(b) != 2 {
		return false
	}
	switch string(b) {
	case "uk", "de", "fr", "nl", "be", "at", "ch", "it", "es", "pt", "se", "no", "dk", "fi", "ie", "us", "ca", "mx", "br", "ar", "au", "nz", "jp", "cn", "kr",
		"tw", "hk", "sg", "za", "ru", "ua", "cz", "sk", "hu", "ro", "gr", "tr", "il", "ae", "eu", "lu", "li", "bg", "hr", "si", "ee", "lv", "lt", "cl", "pe", "my", "th", "ph", "vn", "eg", "ke", "ng", "ma", "qa", "kw", "bh", "om", "jo", "lb", "kz", "by", "rs":
		return true
	}
	return false
}

// rareTLD matches top-level domains that are words of programs as well; a name
// below one needs three labels.
func rareTLD(b []byte) bool {
	switch string(b) {
	case "io", "co", "in", "me", "ai", "tv", "id", "pl", "is", "sa", "dev", "app", "tech", "online", "services", "solutions", "systems", "network", "group", "global", "digital", "company", "world", "bank", "health", "energy", "office":
		return true
	}
	return false
}
