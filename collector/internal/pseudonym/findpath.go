package pseudonym

import "bytes"

// backslash looks at the first of one or more '\': a path of the network, a
// folder of a user, or DOMAIN\user. Escaped ones are double.
func (s *search) backslash(i int) int {
	b := s.b
	end := i
	for end < len(b) && b[end] == '\\' {
		end++
	}
	if end == len(b) {
		return end
	}
	if s.isShare(i, end) {
		return s.share(end)
	}
	start := i
	for start > max(0, i-64) && (is(b[start-1], label) || b[start-1] == '.') {
		start--
	}
	w := b[start:i]
	switch {
	case equalFold(w, "unc") && at(b, start-1) == '\\':
		return s.share(end)
	case equalFold(w, "users") && isSeparator(at(b, start-1)), equalFold(w, "settings") && startsFold(b, start-len("documents and "), "documents and "):
		return s.component(end, User)
	case len(w) > 1 && end-i <= 2:
		return s.account(start, i, end)
	}
	return end
}

func isSeparator(c byte) bool { return c == '\\' || c == '/' }

// isShare reports whether b[i:end], of '\' alone, begins the name of a share:
// \\server\share, or that with every '\' doubled.
func (s *search) isShare(i, end int) bool {
	b := s.b
	if n := end - i; n != 2 && n != 4 {
		return false
	}
	switch c := at(b, i-1); {
	case is(c, word), c == ')', c == '.', c == '%', c == '}':
		return false
	case c == ':': // of a drive, as in C:\\Users
		return !is(at(b, i-2), letter) || is(at(b, i-3), word)
	}
	return is(at(b, end), word)
}

// share notes the host of a share, at i.
func (s *search) share(i int) int {
	b := s.b
	end := i
	for end < len(b) && (is(b[end], label) || b[end] == '.') {
		end++
	}
	n := len(s.found)
	if at(b, end) == '\\' && s.mode == Strict && !isFolder(b[i:end]) {
		s.hostText(i, end)
	}
	if len(s.found) == n { // an address, or no name of one label
		return i
	}
	return end
}

// isFolder matches what begins paths that are written as shares: \\Device\x in a
// string, \\Registry\Machine.
func isFolder(b []byte) bool {
	var buf [24]byte
	return lists().folders.has(folded(buf[:], b))
}

// account notes DOMAIN\user: b[start:i], '\' up to v, and what follows. In text
// that could be a path it takes the words before to be sure.
func (s *search) account(start, i, v int) int {
	b := s.b
	end := v
	for end < len(b) && (is(b[end], label) || b[end] == '.' || b[end] == '$') {
		end++
	}
	for end > v && b[end-1] == '.' {
		end--
	}
	if end == v || end == v+1 && bytes.IndexByte([]byte("nrt"), b[v]) >= 0 || b[v] == '0' && is(at(b, v+1), letter) || sentenceWord(b[start:i]) || at(b, end) == '\\' || at(b, end) == '/' || isSeparator(at(b, start-1)) || notDomain(b[start:i]) || !is(b[start], word) || s.isFile(v, end) {
		return v
	}
	if !s.isDomain(start, i) && !s.saysUser(start) {
		return v
	}
	if wellKnownUser(b[v:end]) && s.mode != Strict {
		return end
	}
	s.add(start, end, User)
	return end
}

// isFile reports whether a name ends as files do.
func (s *search) isFile(v, end int) bool {
	dot := bytes.LastIndexByte(s.b[v:end], '.')
	return dot > 0 && fileExtension(s.b[v+dot+1:end])
}

// isDomain reports whether b[start:end] is a domain by itself: known, with a
// top-level domain, or in capitals.
func (s *search) isDomain(start, end int) bool {
	w := s.b[start:end]
	if s.known.has(w) || equalFold(w, "azuread") {
		return true
	}
	if dot := bytes.LastIndexByte(w, '.'); dot > 0 {
		return isTLD(w[:dot], w[dot+1:], s.ending(w[dot+1:]))
	}
	for _, c := range w {
		if c >= 'a' && c <= 'z' || c == '_' || c >= 0x80 {
			return false
		}
	}
	return is(w[0], letter) && len(w) <= 15 && at(s.b, start-1) != ':' && at(s.b, start-1) != '%'
}

// saysUser reports whether the word before start announces an account.
func (s *search) saysUser(start int) bool {
	b := s.b
	end := start
	for end > 0 && bytes.IndexByte([]byte(" \t'\"=:(["), b[end-1]) >= 0 && start-end < 8 {
		end--
	}
	var buf [24]byte
	return lists().sayUser.has(small(buf[:], b[back(b, end, label):end]))
}

// notDomain matches what stands before a '\' in capitals and is no domain: hives
// of the registry, buses of devices, namespaces, and domains of system accounts.
func notDomain(b []byte) bool {
	var buf [24]byte
	return lists().noDomains.has(folded(buf[:], b))
}
