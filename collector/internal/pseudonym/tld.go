package pseudonym

// genericTLD matches top-level domains that say nothing of who uses them.
// They are in lower case.
func genericTLD(b []byte) bool {
	return ending(b)&genericEnd != 0
}

// countryTLD matches top-level domains of countries that are not also used as
// the extension of a file or as an ordinary word of programs.
func countryTLD(b []byte) bool {
	return ending(b)&countryEnd != 0
}
