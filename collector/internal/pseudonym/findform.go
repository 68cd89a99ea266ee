package pseudonym

import "bytes"

// prefix notes the host that syslog writes behind the time at the begin of a line:
// "Nov 23 10:48:41 web7 sshd[12]:", "2026-11-23T10:48:41+00:00 web7 kernel:",
// "<13>1 2026-11-23T10:48:41Z web7 app". It returns where to go on.
func (s *search) prefix() int {
	b, i := s.b, 0
	rfc := at(b, 0) == '<'
	if rfc {
		if i = run(b, 1, digit) + 1; at(b, i-1) != '>' {
			return 0
		}
		if is(at(b, i), digit) && at(b, i+1) == ' ' {
			i += 2
		}
	}
	iso := at(b, i+4) == '-' && at(b, i+10) == 'T'
	switch end := i + len("Jan 02 15:04:05"); {
	case iso:
		end = i + until(b[i:min(len(b), i+40)], ' ')
		if z := at(b, end-1); z != 'Z' && at(b, end-6) != '+' && at(b, end-6) != '-' {
			return 0
		}
		i = end
	case is(at(b, i), letter) && at(b, i+3) == ' ' && at(b, i+6) == ' ' && at(b, i+9) == ':' && at(b, i+12) == ':':
		i = end
	default:
		return 0
	}
	start := i + 1
	end := start
	for end < len(b) && (is(b[end], label) || b[end] == '.') {
		end++
	}
	if at(b, i) != ' ' || at(b, end) != ' ' || s.level(start, end) {
		return 0
	}
	program := end + 1
	for program < len(b) && b[program] > ' ' && b[program] != ':' && b[program] != '[' {
		program++
	}
	plain := run(b, start, letter) == end
	if c := at(b, program); !rfc && c != '[' && (c != ':' || iso && plain || program-end < 3) {
		return 0
	}
	if s.hostText(start, end); len(s.found) == s.first {
		return 0 // an address
	}
	return end
}

// level reports whether a word is what logs have behind the time when it is no host.
func (s *search) level(start, end int) bool {
	var buf [12]byte
	return lists().levels.has(folded(buf[:], s.b[start:end]))
}

// part notes the value of a part of a distinguished name: DC=contoso, and CN, OU
// and UID of a name that has such parts. It returns its end, or 0.
func (s *search) part(i int) int {
	b, end := s.b, i
	for end > 0 && b[end-1] == ' ' {
		end--
	}
	start := back(b, end, letter)
	name := b[start:end]
	if len(name) < 2 || len(name) > 3 || s.mode != Strict || is(at(b, start-1), label) {
		return 0
	}
	dc := equalFold(name, "dc")
	if !dc && !equalFold(name, "cn") && !equalFold(name, "ou") && !equalFold(name, "uid") {
		return 0
	}
	v := i + 1
	for at(b, v) == ' ' {
		v++
	}
	stop := v
	for stop < len(b) && bytes.IndexByte([]byte(",+;\"')(<>|?\\\r\n"), b[stop]) < 0 && (b[stop] != '/' || at(b, start-1) != '/') && (!dc || b[stop] != ' ') {
		stop++
	}
	for stop > v && b[stop-1] == ' ' {
		stop--
	}
	value, single := b[v:stop], run(b, v, label) == stop
	var buf [32]byte
	if len(value) == 0 || len(value) > 64 || lists().containers.has(folded(buf[:], value)) || startsFold(b, v, "microsoft ") {
		return 0
	}
	upper := !bytes.ContainsFunc(value, func(r rune) bool { return r >= 'a' && r <= 'z' })
	inside := contains2(b, 'd', 'c')
	switch {
	case dc && (!single || !is(value[0], letter) || ending(folded(buf[:], value))&(genericEnd|countryEnd) != 0):
		return 0
	case dc:
		s.add(v, stop, Domain)
	case bytes.IndexByte(value, '.') >= 0 && single, is(value[0], digit), value[0] == '{', !inside && (!single || !isMachine(value)):
		return 0
	case lower(name[0]) == 'o':
		s.add(v, stop, Account)
	case single && (upper || !inside):
		s.add(v, stop, Host)
	default:
		s.add(v, stop, User)
	}
	return stop
}

// contains2 reports whether a line has the part of a distinguished name of two
// letters: DC=.
func contains2(b []byte, c, d byte) bool {
	for i := 2; i < len(b); i++ {
		if b[i] == '=' {
			n := i
			if b[n-1] == ' ' {
				n--
			}
			if n > 1 && lower(b[n-1]) == d && lower(b[n-2]) == c && !is(at(b, n-3), word) {
				return true
			}
		}
	}
	return false
}

// isMachine matches names of machines as Windows bounds them: letters, digits and
// hyphens, not more than 15.
func isMachine(w []byte) bool {
	return len(w) > 3 && len(w) <= 15 && bytes.ContainsAny(w, "0123456789") && bytes.IndexByte(w, '_') < 0 && mixed(w)
}

// mixed reports whether a word has letters, and digits or hyphens, as the names of
// machines do.
func mixed(w []byte) bool {
	letters, other := 0, false
	for _, c := range w {
		if is(c, letter) {
			letters++
		} else {
			other = true
		}
	}
	return letters > 1 && other
}

// sid notes the part of an identifier of Windows that is of a machine or a domain,
// by its second hyphen: the last number stays, S-1-5-21-1-2-3-500.
func (s *search) sid(i int) int {
	end := s.sidEnd(i)
	s.add(i-3, end, GUID)
	return end
}

// sidEnd is the end of that part, or 0.
func (s *search) sidEnd(i int) int {
	b := s.b
	end := i + len("-5-21")
	for range 3 {
		e := run(b, end+1, digit)
		if at(b, end) != '-' || e == end+1 || e > end+11 {
			return 0
		}
		end = e
	}
	if is(at(b, end), word) || is(at(b, i-4), word) {
		return 0
	}
	return end
}

// isSID reports whether the second hyphen of such an identifier stands at i.
func (s *search) isSID(i int) bool {
	return i > 2 && s.b[i-3]|0x20 == 's' && s.b[i-1] == '1' && bytes.HasPrefix(s.b[i:], []byte("-5-21-"))
}

// ports are those that a name before ':' surely has to do with.
func (s *search) port(i int) bool {
	e := run(s.b, i+1, digit)
	if n := e - i - 1; n < 2 || n > 5 || is(at(s.b, e), word) || at(s.b, e) == '.' || at(s.b, e) == ':' {
		return false
	}
	return lists().ports.has(s.b[i+1 : e])
}

// beforePort notes the host of one label before the ':' of a port at i: web7:443.
func (s *search) beforePort(i int) {
	b := s.b
	start := back(b, i, label)
	if s.mode != Strict || start == i || i-start < 4 || !is(b[start], letter) || !mixed(b[start:i]) || isInterface(b[start:i]) || !is(b[i-1], word) || !s.port(i) {
		return
	}
	if c := at(b, start-1); c != 0 && bytes.IndexByte([]byte(" \t('\"[=,;>|@"), c) < 0 {
		return
	}
	s.hostText(start, i)
}

// beforeWord notes the host of one label before "port 22" at i: "to web7 port 22",
// "to web7 on port 22".
func (s *search) beforeWord(i int) {
	b := s.b
	if !is(at(b, i+len("port ")), digit) {
		return
	}
	end := i - 1
	if end > 3 && bytes.HasSuffix(b[:end], []byte(" on")) {
		end -= len(" on")
	}
	start := back(b, max(end, 0), label)
	if w := b[start:max(end, start)]; len(w) > 3 && at(b, end) == ' ' && at(b, start-1) == ' ' && is(w[0], letter) && mixed(w) && !isInterface(w) && s.mode == Strict {
		s.hostText(start, end)
	}
}

// besides notes the host whose address stands behind it, at start: "web7 [10.1.2.3]",
// and the user of a request in the log of a web server: "10.1.2.3 - bob [".
func (s *search) besides(start, end int) {
	b := s.b
	if c := at(b, start-1); (c == '[' || c == '(') && at(b, start-2) == ' ' {
		h := back(b, start-2, label)
		if w := b[h : start-2]; len(w) > 3 && is(w[0], letter) && mixed(w) && is(w[len(w)-1], word) && (h == 0 || b[h-1] == ' ') && !isInterface(w) {
			s.hostText(h, start-2)
		}
	}
	if start == 0 && bytes.HasPrefix(b[end:], []byte(" - ")) {
		v := end + len(" - ")
		if e := v + until(b[v:], ' '); bytes.HasPrefix(b[e:], []byte(" [")) && bytes.IndexByte(b[v:e], '@') < 0 {
			s.user(v, e)
		}
	}
}

// isInterface matches names of interfaces: eth0, br-12.
func isInterface(w []byte) bool {
	for _, p := range [...]string{"eth", "ens", "enp", "bond", "vmnic", "wlan", "tun", "tap", "br-", "veth", "ipv", "team", "docker", "virbr", "client", "peer"} {
		if startsFold(w, 0, p) {
			return true
		}
	}
	return false
}
