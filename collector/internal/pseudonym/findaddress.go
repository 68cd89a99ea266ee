package pseudonym

// dot looks at a '.': an IPv4 address, or the end of a host name.
func (s *search) dot(i int) int {
	next := at(s.b, i+1)
	if is(next, digit) && i > 0 && is(s.b[i-1], digit) {
		if j := s.four(i); j > i {
			return j
		}
	}
	if is(next, word) {
		return s.lastDot(i)
	}
	return i + 1
}

// four finds an IPv4 address by its first '.'. It returns the end of all the
// digits and dots, or i when it could be the label of a name.
func (s *search) four(i int) int {
	b := s.b
	start := back(b, i, digit)
	if c := at(b, start-1); c == '%' || c >= 'A' && is(c, hexa) {
		start = behindEscape(b, start, i)
	}
	end, parts, ok := octets(b, start)
	if parts != 4 || !ok {
		if s.mode == Strict && (parts == 2 || parts == 3) && at(b, end) == '.' && at(b, end+1) == '*' && private4(b[start:end]) && !is(at(b, start-1), label) && at(b, start-1) != '.' {
			s.add(start, end+2, Address)
			return end + 2
		}
		if is(at(b, end), letter) || start > 0 && is(b[start-1], label) {
			return i
		}
		return end
	}
	if s.mode == Strict && s.isFour(start, end) {
		s.besides(start, end)
		s.add(start, withBits(b, end, 32), Address)
	}
	return end
}

// octets reads numbers with dots between them. ok says that there are four and
// that they make an address.
func octets(b []byte, i int) (end, parts int, ok bool) {
	ok = true
	for {
		e, n := i, 0
		for ; e < len(b) && b[e]-'0' <= 9; e++ {
			n = min(n*10+int(b[e]-'0'), 1000)
		}
		ok = ok && e-i <= 3 && n <= 255 && (e-i == 1 || b[i] != '0')
		parts++
		if at(b, e) != '.' || !is(at(b, e+1), digit) {
			return e, parts, ok && parts == 4
		}
		i = e + 1
	}
}

// isFour tells an address from a version, an object identifier and the like.
func (s *search) isFour(start, end int) bool {
	b := s.b
	before, after := at(b, start-1), at(b, end)
	if is(before, word) && !afterEscape(b, start) || before == '.' || before == '~' || is(after, word) || b[start] == '0' || (after == '~' || after == '+') && is(at(b, end+1), word) {
		return false
	}
	if before == '_' && start-back(b, start-1, hexa) == len("_31bf3856ad364e35") { // of a component of Windows
		return false
	}
	if before == '/' && at(b, start-2) == '/' || before == '@' || before == '[' || (after == ':' || after == '/') && is(at(b, end+1), digit) {
		return true
	}
	if private4(b[start:end]) {
		return !s.isVersion(start)
	}
	if before == '-' && is(at(b, start-2), letter) || before == '/' && s.isProduct(start-1) {
		return false
	}
	if after == '-' && is(at(b, end+1), digit) {
		if _, _, range_ := octets(b, end+1); !range_ {
			return false
		}
	}
	return !isOID(b[start:end]) && !s.isVersion(start) && !s.seldom(start, end)
}

// seldom reports whether a number of four parts is a version by its small parts,
// and by the word before it, which is none that addresses have: "Git 1.8.5.6".
func (s *search) seldom(start, end int) bool {
	b, same, n := s.b, true, 0
	for i, part := start, 0; i < end; part++ {
		for n = 0; i < end && b[i] != '.'; i++ {
			n = n*10 + int(b[i]-'0')
		}
		if i++; n > 30 || part == 0 && n > 12 {
			return false
		}
		same = same && n == int(b[start]-'0')
	}
	e := start - 1
	w := back(b, e, letter)
	if same || equalFold(b[start:end], "1.2.3.4") || e < 2 || b[e] != ' ' || w == e || is(at(b, w-1), label) || at(b, w-1) == '.' {
		return false
	}
	var buf [16]byte
	return !lists().places.has(small(buf[:], b[w:e]))
}

// private4 matches 10/8, 192.168/16 and 172.16/12, which are seldom versions.
func private4(b []byte) bool {
	switch {
	case startsFold(b, 0, "10."), startsFold(b, 0, "192.168."):
		return true
	case startsFold(b, 0, "172.") && at(b, 6) == '.':
		n := (b[4]-'0')*10 + b[5] - '0'
		return n >= 16 && n < 32
	}
	return false
}

// isOID matches object identifiers of X.500 with four numbers.
func isOID(b []byte) bool {
	return startsFold(b, 0, "2.5.29.") || startsFold(b, 0, "2.5.4.") || equalFold(b, "1.3.6.1")
}

// isProduct reports whether the '/' at i stands behind a product: Chrome/120.0.0.0.
func (s *search) isProduct(i int) bool {
	start := back(s.b, i, word)
	c, before := at(s.b, start), at(s.b, start-1)
	return start < i && c >= 'A' && c <= 'Z' && (before == 0 || before == ' ' || before == '(' || before == '"')
}

// isVersion reports whether the words before i say that a version follows.
func (s *search) isVersion(i int) bool {
	b := s.b
	number := false // a number may stand between: "version 9.61.1.2 to 9.62.1.3"
	for range 5 {
		end := i
		for end > 0 && isBetween(b[end-1]) && i-end < 24 {
			end--
		}
		start := end
		for start > max(0, end-40) && (is(b[start-1], word) || b[start-1] == '.') {
			start--
		}
		text := b[start:end]
		if len(text) == 0 {
			return start == 0 && isVersionWord([]byte(s.name))
		}
		switch isNumber := is(text[0], digit); {
		case isNumber && !number:
			return false
		case !isNumber && isVersionWord(text):
			return true
		case !isNumber && !isFiller(text):
			return false
		}
		if equalFold(text, "to") && start > 0 && s.isUpgrade(start) {
			return true
		}
		number = equalFold(text, "to") || number && equalFold(text, "from")
		i = start
	}
	return false
}

// isUpgrade reports whether words before the "to" at i say of what the version is:
// "upgrade V8 to".
func (s *search) isUpgrade(i int) bool {
	product := back(s.b, i-1, label)
	verb := back(s.b, max(product-1, 0), letter)
	return product > 0 && verb < product-1 && isVersionWord(s.b[verb:product-1])
}

// isBetween matches what stands between the word and a version.
func isBetween(c byte) bool {
	switch c {
	case ' ', '\t', '"', '\'', '=', ':', '(', '>', '<', '[', '{', '\\', '_', '-', ',':
		return true
	}
	return false
}

func isVersionWord(text []byte) bool {
	var buf [48]byte
	w := small(buf[:], text)
	if lists().versions.has(w) {
		return true
	}
	for _, end := range [...]string{"version", "build", "release", ".exe", ".dll", ".sys", ".msi"} {
		if n := len(w) - len(end); n >= 0 && string(w[n:]) == end {
			return true
		}
	}
	return false
}

// isFiller matches words between "version" and the number.
func isFiller(text []byte) bool {
	var buf [16]byte
	return lists().fillers.has(small(buf[:], text))
}

// withBits takes "/24" behind an address into it.
func withBits(b []byte, end, most int) int {
	if at(b, end) != '/' {
		return end
	}
	e, n := run(b, end+1, digit), 0
	for _, c := range b[end+1 : min(e, end+5)] {
		n = n*10 + int(c-'0')
	}
	if e == end+1 || e > end+4 || n > most || is(at(b, e), label) || at(b, e) == '/' || at(b, e) == '.' && is(at(b, e+1), digit) {
		return end
	}
	return e
}

// colon looks at a ':': an IPv6 address by its first one, or a field.
func (s *search) colon(i int) int {
	b := s.b
	start := back(b, i, hexa)
	next := at(b, i+1)
	if is(next, digit) {
		s.beforePort(i)
	}
	if next != ':' && (start == i || !is(next, hexa)) {
		return s.field(i, i+1)
	}
	if start == i-2 {
		if end := s.hardware(start); end > 0 {
			return end
		}
	}
	if at(b, start-1) == '%' {
		start = behindEscape(b, start, i)
	}
	if start > 0 && is(b[start-1], label) && !afterEscape(b, start) || start == i && next != ':' {
		return s.field(i, i+1)
	}
	if at(b, start-1) == ':' && at(b, start-2) == ':' { // std::add::bad
		return run6(b, i)
	}
	end := run6(b, i)
	if at(b, end-1) == ':' && at(b, end-2) != ':' {
		end--
	}
	if end-start < len("1:2:3:4:5:6:7:8") && !double6(b[i:end]) || !isSix(b[start:end]) || is(at(b, end), label) {
		if is(next, hexa) {
			s.field(i, i+1)
		}
		return max(end, i+1)
	}
	if s.mode == Strict {
		tail := end
		if at(b, end) != '%' {
			tail = withBits(b, end, 128)
		}
		s.add(start, tail, Address)
	}
	return end
}

// run6 is the end of the characters of an IPv6 address.
func run6(b []byte, i int) int {
	for i < len(b) && (kinds[b[i]]&hexa != 0 || b[i] == ':' || b[i] == '.' && is(at(b, i+1), digit) && is(b[i-1], digit)) {
		i++
	}
	return i
}

// double6 reports whether b has "::".
func double6(b []byte) bool {
	last := byte(0)
	for _, c := range b {
		if c == ':' && last == ':' {
			return true
		}
		last = c
	}
	return false
}

// isSix reports whether b is an IPv6 address and looks like one: not an address
// of hardware with eight parts, nor a name of C++.
func isSix(b []byte) bool {
	groups, double, digits, pairs := 0, false, false, true
	for i := 0; i < len(b); {
		e := run(b, i, hexa)
		if at(b, e) == '.' {
			end, _, ok := octets(b, i)
			return ok && end == len(b) && (groups == 6 && !double || double && groups < 6)
		}
		for _, c := range b[i:e] {
			digits = digits || is(c, digit)
		}
		if e > i {
			groups++
			pairs = pairs && e-i == 2
		}
		if e-i > 4 {
			return false
		}
		if at(b, e) == ':' && at(b, e+1) == ':' {
			if double {
				return false
			}
			double = true
			e++
		} else if e == i && i > 0 {
			return false
		}
		i = e + 1
	}
	return double && digits && groups > 0 && groups < 8 || groups == 8 && !double && !pairs
}
