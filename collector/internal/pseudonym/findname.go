package pseudonym

import "bytes"

// lastDot finds a host name by the '.' before its last label.
func (s *search) lastDot(i int) int {
	b := s.b
	end := s.tldEnd(i)
	if end < len(b) && (b[end] == '.' && is(at(b, end+1), word) || b[end] == '@') {
		return end
	}
	if n := end - i - 1; n > 12 || n < 1 {
		return end
	}
	kind := s.ending(b[i+1 : end])
	if kind == 0 || s.mode != Strict && kind&(extensionEnd|genericEnd|countryEnd) == 0 { // no suffix of storage
		return end
	}
	start := i
	for stop := max(0, i-253); start > stop; start-- {
		if k := kinds[b[start-1]]; k&label == 0 && (k&dotted == 0 || !is(at(b, start-2), label)) {
			break
		}
	}
	for start < i && b[start] == '-' {
		start++
	}
	if start == i {
		return end
	}
	stop := s.hostEnd(start, i, end, kind)
	if stop == 0 {
		return end
	}
	s.host(start, stop)
	return end
}

// tldEnd is the end of the label behind the '.' at i. In the name of a file more
// may follow a host name behind '_' or '-'.
func (s *search) tldEnd(i int) int {
	b := s.b
	letters := run(b, i+1, letter)
	end := run(b, letters, label)
	if letters < end && is(b[letters], joining) && certainTLD(b[i+1:letters]) && bytes.IndexByte(b[back(b, i, label|dotted):i], '.') > 0 {
		return letters
	}
	return end
}

// ending is what the last label of what may be a host name says, 0 if it is none.
func (s *search) ending(last []byte) uint8 {
	var buf [16]byte
	t := folded(buf[:], last)
	kind := ending(t)
	if s.known.isTLD(t) {
		kind |= knownEnd
	}
	return kind
}

// hostEnd is where the host name that begins at start ends, or 0 when there is
// none: at end, or before it when that is the extension of a file; dot is the
// last one, and kind what stands behind it.
func (s *search) hostEnd(start, dot, end int, kind uint8) int {
	b := s.b
	if kind&extensionEnd != 0 {
		if p := bytes.LastIndexByte(b[start:dot], '.'); p > 0 && certainTLD(b[start+p+1:dot]) {
			return dot
		}
		return 0
	}
	if at(b, end) == '(' || !isTLD(b[start:dot], b[dot+1:end], kind) || s.isOther(start, dot, end) {
		return 0
	}
	return end
}

// isOther reports whether labels name no host: a class (com.contoso.app), a setting
// (mapred.job.id), the template of a file (config.h.in), a sound (x/y.au).
func (s *search) isOther(start, dot, end int) bool {
	b := s.b
	before := at(b, start-1)
	last := dot - back(b, dot, label)
	address := before == '/' && at(b, start-2) == '/' || before == '@' || at(b, end) == ':' && is(at(b, end+1), digit)
	switch tld := string(b[dot+1 : end]); {
	case address:
		return false
	case startsFold(b, start, "com.") || startsFold(b, start, "org.") || startsFold(b, start, "java."):
		return dot > start+len("com")
	case tld == "in" || tld == "au":
		return last == 1 || ending(b[dot-last:dot])&(extensionEnd|noMailEnd) != 0 || before == '/' && bytes.IndexByte(b[start:dot], '.') < 0
	case tld == "com" && before == '\\' && at(b, end) != '\\': // a program of DOS
		for start--; start > 0 && b[start-1] == '\\'; start-- {
		}
		return is(at(b, start-1), word) && bytes.IndexByte(b[start:dot], '.') < 0
	case lists().properties.has(b[dot+1 : end]):
		return !bytes.ContainsAny(b[start:dot], "0123456789-")
	}
	return false
}

// isTLD reports whether tld, of a kind, makes a host name of the labels before it.
func isTLD(labels, tld []byte, kind uint8) bool {
	if mixedCase(tld) || equalFold(tld, "net") && frameworkName(labels) {
		return false
	}
	if kind&(genericEnd|countryEnd) != 0 {
		return bytes.IndexByte(labels, '.') > 0 || kind&ambiguousEnd == 0
	}
	return kind&knownEnd != 0 || kind&rareEnd != 0 && bytes.IndexByte(labels, '.') > 0 && tld[0] >= 'a' // not in capitals
}

// certainTLD matches those that end a host name even before the extension of a file.
func certainTLD(b []byte) bool {
	return ending(b)&certainEnd != 0
}

func fileExtension(b []byte) bool {
	var buf [8]byte
	return ending(folded(buf[:], b))&extensionEnd != 0
}

// frameworkName matches ASP.NET and the like.
func frameworkName(b []byte) bool {
	for _, n := range [...]string{"asp", "ado", "vb", "microsoft", "java", "system", "dot", "paint", "log4"} {
		if equalFold(b, n) {
			return true
		}
	}
	return false
}

// mixedCase matches "Net".
func mixedCase(b []byte) bool {
	up, low := false, false
	for _, c := range b {
		up = up || c >= 'A' && c <= 'Z'
		low = low || c >= 'a' && c <= 'z'
	}
	return up && low
}

// host notes a host name, in standard mode what a customer chose of it.
func (s *search) host(start, end int) {
	var buf [40]byte
	if lists().local.has(folded(buf[:], s.b[start:end])) {
		return
	}
	start = s.hostStart(start, end)
	own := s.ownPart(start, end)
	if s.mode == Strict && len(s.known.domains) > 0 && s.known.domains[string(folded(buf[:], s.b[start:end]))] {
		s.add(start, end, Domain)
	} else if s.mode == Strict {
		s.add(start, end, Host)
	} else if own > start {
		s.add(start, own, Account)
	}
	if own > start {
		s.container(end)
	}
}

// hostStart is where a host name begins: with the "*." or the '.' before a domain,
// and behind what the name of a file has before it.
func (s *search) hostStart(start, end int) int {
	b := s.b
	if at(b, start-1) == '.' && !is(at(b, start-2), label) {
		if start--; at(b, start-1) == '*' {
			start--
		}
		return start
	}
	dot := start + until(b[start:end], '.')
	if i := bytes.LastIndexByte(b[start:dot], '_'); i > 0 && s.known.has(b[start+i+1:dot]) {
		return start + i + 1
	}
	return start
}

// ownPart is the end of the labels that a customer chose before the suffix of a
// public service, or 0.
func (s *search) ownPart(start, end int) int {
	if start >= end || bytes.IndexByte([]byte("tnme"), lower(s.b[end-1])) < 0 {
		return 0 // .net, .cn, .com, .de
	}
	var buf [32]byte // longer than each
	for i := max(start+1, end-len(buf)); i < end; i++ {
		if s.b[i] == '.' && lists().storage.has(folded(buf[:], s.b[i+1:end])) {
			return i
		}
	}
	return 0
}

// container notes the first part of the path behind a storage host.
func (s *search) container(i int) {
	b := s.b
	if at(b, i) == ':' {
		i = run(b, i+1, digit)
	}
	if at(b, i) != '/' {
		return
	}
	end := run(b, i+1, digit|letter|joining)
	if end-i > 3 && end-i < 65 && at(b, end) != '.' && !wellKnownUser(b[i+1:end]) {
		s.add(i+1, end, Account)
	}
}

// hostText notes a name of one label or more that stands where only hosts do.
func (s *search) hostText(start, end int) {
	b := s.b
	letters := false
	for i := start; i < end; i++ {
		if !is(b[i], label) && b[i] != '.' {
			return
		}
		letters = letters || is(b[i], letter)
	}
	if start >= end || !letters || s.isGUID(start, end) || wellKnownUser(b[start:end]) || notHost(b[start:end]) {
		return
	}
	if _, parts, ok := octets(b[:end], start); ok && parts == 4 {
		return
	}
	s.host(start, end)
}

// notHost matches words that stand behind "host:" and name none.
func notHost(b []byte) bool {
	var buf [16]byte
	if lists().noHosts.has(folded(buf[:], b)) {
		return true
	}
	return len(b) >= 2 && b[0] == '0' && b[1]|0x20 == 'x'
}

// slash looks at a '/': an URL, a home folder, the path of a resource.
func (s *search) slash(i int) int {
	b := s.b
	if s.mode == Strict && i > 3 && is(at(b, i+1), letter) && s.isService(i) {
		end := i + 1
		for end < len(b) && (is(b[end], label) || b[end] == '.') {
			end++
		}
		s.hostText(i+1, end)
		return end
	}
	switch lower(at(b, i+1)) {
	case '/':
		if at(b, i-1) == ':' && s.mode == Strict {
			s.authority(i + 2)
		}
		return i + 2
	case 'h':
		if startsFold(b, i, "/home/") && !is(at(b, i-1), word) {
			return s.component(i+len("/home/"), User)
		}
	case 'u':
		if startsFold(b, i, "/users/") && at(b, i-1) == ':' {
			return s.component(i+len("/users/"), User)
		}
	case 'r', 'v', 's':
		return s.resource(i)
	}
	return i + 1
}

// isService reports whether the '/' at i stands behind the class of a service, as
// names of Kerberos have: MSSQLSvc/web7.
func (s *search) isService(i int) bool {
	start := back(s.b, i, letter)
	return i-start > 2 && !is(at(s.b, start-1), label) && lists().services.has(s.b[start:i])
}

// authority notes the host of an URL.
func (s *search) authority(i int) {
	b := s.b
	end := i
	for end < len(b) && (is(b[end], label) || b[end] == '.') {
		end++
	}
	if at(b, end) == '@' {
		s.authority(end + 1)
		return
	}
	for end > i && b[end-1] == '.' {
		end--
	}
	s.hostText(i, end)
}

// resource notes names in the path of a resource of Azure.
func (s *search) resource(i int) int {
	for _, r := range [...]struct {
		part string
		own  Class
	}{
		{"/resourcegroups/", Account},
		{"/vaults/", Account},
		{"/storageaccounts/", Account},
		{"/virtualmachines/", Host},
		{"/replicationfabrics/", Account},
	} {
		if startsFold(s.b, i, r.part) && (r.own != Host || s.mode == Strict) {
			return s.component(i+len(r.part), r.own)
		}
	}
	return i + 1
}

// component notes one part of a path and returns its end.
func (s *search) component(i int, c Class) int {
	b := s.b
	end := i
	for end < len(b) && bytes.IndexByte([]byte("/\\\"'<>:;,|*?()[]{}\t\r\n="), b[end]) < 0 && end-i < 64 {
		end++
	}
	if sep := at(b, end); sep != '\\' && sep != '/' || i > 0 && b[i-1] == '/' {
		if sp := bytes.IndexByte(b[i:end], ' '); sp >= 0 { // blanks only inside of a path
			end = i + sp
		}
	}
	if sep := at(b, end); c == User && end-i > 4 && sep != '\\' && sep != '/' && (startsFold(b, end-4, ".ini") || startsFold(b, end-3, ".js")) {
		return end
	}
	if end > i && !s.isGUID(i, end) && !wellKnownUser(b[i:end]) {
		s.add(i, end, c)
	}
	return max(end, i)
}
