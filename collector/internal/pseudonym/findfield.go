package pseudonym

import "bytes"

// fieldClass says what the value of a field is. The name is in lower case,
// without '_' and '-'.
func (f *Finder) fieldClass(name []byte) Class {
	l := lists()
	c := Class(l.fields[string(name)])
	switch {
	case (c == Host || c == Address) && f.mode != Strict:
		c = 0
	case c != 0 || len(name) < len("userid"):
	case endsIn(name, "username"), endsIn(name, "accountname"), endsIn(name, "userid"):
		c = User
	case f.mode == Strict && l.endsInHost(name):
		c = Host
	}
	return c
}

// endsInHost matches sourceHostName and the like.
func (l *wordLists) endsInHost(name []byte) bool {
	for _, end := range l.hostEnds {
		if endsIn(name, end) {
			return true
		}
	}
	return false
}

func endsIn(name []byte, end string) bool {
	n := len(name) - len(end)
	return n >= 0 && string(name[n:]) == end
}

// mayBeField is a quick look at the last two letters of the name of a field.
func mayBeField(w []byte) bool {
	n := len(w)
	if n < 2 || n > 40 {
		return false
	}
	switch uint16(lower(w[n-2]))<<8 | uint16(lower(w[n-1])) {
	case 'c'<<8 | 'e', 'x'<<8 | 'y', 'e'<<8 | 'r', 's'<<8 | 'r', 'm'<<8 | 'e', 'i'<<8 | 'n', 'o'<<8 | 'n', 'n'<<8 | 't', 'p'<<8 | 'n', 'a'<<8 | 'l', 'a'<<8 | 's',
		'i'<<8 | 'd', 'l'<<8 | 't', 'u'<<8 | 'p', 's'<<8 | 't', 'n'<<8 | 'e', 'd'<<8 | 'e', 'd'<<8 | 'n', 'v'<<8 | 'm', 's'<<8 | 's', 'a'<<8 | 'c', 'i'<<8 | 'p', 'd'<<8 | 'r':
		return true
	}
	return false
}

// field looks at the separator at i and the value behind it, at v. It returns
// where to go on.
func (s *search) field(i, v int) int {
	b := s.b
	if at(b, v) == b[i] || v >= len(b) {
		return v + 1
	}
	if i > 0 && is(b[i-1], digit) { // a time, or an address and its port
		return v
	}
	c := s.fieldAt(i)
	if c == 0 {
		return v
	}
	return s.value(v, c, b[i])
}

// fieldAt is the class of the field whose name ends before i.
func (s *search) fieldAt(i int) Class {
	b := s.b
	end := i
	for end > max(0, i-3) && bytes.IndexByte([]byte(` "'\`), b[end-1]) >= 0 {
		end--
	}
	for at(b, end-1) == '.' && at(b, end-2) == ' ' { // Host Name . . . :
		end -= 2
	}
	start := back(b, end, label)
	if w := b[start:end]; !mayBeField(w) {
		return 0
	}
	var buf [64]byte
	w := small(buf[:], b[start:end])
	if c := s.fieldClass(w); c != 0 {
		return c
	}
	if (string(w) == "name" || string(w) == "id" || string(w) == "domain" || string(w) == "source") && start > 0 && b[start-1] == ' ' {
		head := back(b, start-1, label)
		if head < start-1 {
			n := copy(buf[:], small(buf[:32], b[head:start-1]))
			n += copy(buf[n:], small(buf[n:], b[start:end]))
			return s.fieldClass(buf[:n])
		}
	}
	return 0
}

// value notes the value at v of a field.
func (s *search) value(v int, c Class, sep byte) int {
	b := s.b
	for v < len(b) && (b[v] == ' ' || b[v] == '\t' || b[v] == '\\' || b[v] == '>' && sep == '=') {
		v++
	}
	if q := at(b, v+1); at(b, v) == 'L' && (q == '"' || q == '\'') { // of C
		v++
	}
	var end int
	switch q := at(b, v); {
	case q == '"' || q == '\'':
		v++
		end = v + until(b[v:], q)
		for end > v && b[end-1] == '\\' {
			end--
		}
	case sep == '>':
		end = v + until(b[v:], '<')
	default:
		end = v
		for end < len(b) && bytes.IndexByte([]byte(" \t\r\n,;&\"'<>()[]{}|=/"), b[end]) < 0 {
			end++
		}
		if at(b, end) == '(' && end > v && !bytes.ContainsAny(b[v:end], "0123456789") || startsFold(b, v, "self.") { // of a program
			return v
		}
		for end > v && (b[end-1] == '.' || b[end-1] == ':') {
			end--
		}
		if at(b, end) == '=' && b[v-1] == ' ' { // an empty value, and the next field
			return v
		}
		if sep == ':' && (c == Host && s.sentence(v, end) || c == User && sentenceWord(b[v:end])) {
			return v
		}
	}
	if s.valueOf(c, v, end) {
		return end
	}
	return v
}

// until is the index of c, or the length.
func until(b []byte, c byte) int {
	if i := bytes.IndexByte(b, c); i >= 0 {
		return i
	}
	return len(b)
}

// sentence reports whether words follow that are no host: "server: connection closed".
func (s *search) sentence(v, end int) bool {
	for _, c := range s.b[v:end] {
		if is(c, digit|joining) || c == '.' {
			return false
		}
	}
	return at(s.b, end) == ' '
}

// valueOf notes b[v:end] as a value of class c, if it looks like one.
func (s *search) valueOf(c Class, v, end int) bool {
	n := len(s.found)
	switch c {
	case User:
		if s.storageAccount() {
			c = Account
		}
		s.userAs(v, end, c)
	case Host:
		s.hosts(v, end)
	case Account:
		s.userAs(v, end, c)
	case Address:
		s.bare(v, end)
	}
	return len(s.found) > n
}

// hosts notes the value of a field: a host with or without a port, or several
// with ',' or ';' between them. An IPv6 address is not found here.
func (s *search) hosts(v, end int) {
	for b := s.b; v < end; {
		next := v + bytes.IndexAny(b[v:end], ",;")
		if next < v {
			next = end
		}
		text := bytes.TrimLeft(b[v:next], " ")
		start := next - len(text)
		stop := start + min(until(text, ':'), until(text, '\\'))
		if bytes.IndexByte(b[min(stop+1, next):next], ':') < 0 {
			s.hostText(start, stop)
		}
		v = next + 1
	}
}

// storageAccount reports whether the line is the connection string of one.
func (s *search) storageAccount() bool {
	return bytes.Contains(s.b, []byte("DefaultEndpointsProtocol")) || bytes.Contains(s.b, []byte("EndpointSuffix"))
}

// user notes the name of a user.
func (s *search) user(v, end int) { s.userAs(v, end, User) }

func (s *search) userAs(v, end int, c Class) {
	b := s.b
	letters := false
	if startsFold(b, v, "n/a") || startsFold(b, v, "com.") || startsFold(b, v, "s-1-") {
		return
	}
	for i := v; i < end; i++ {
		if b[i] < ' ' || bytes.IndexByte([]byte("/:*?\"<>|=[]{}"), b[i]) >= 0 {
			return
		}
		letters = letters || is(b[i], letter)
	}
	if end-v > 128 || !letters || s.isGUID(v, end) || wellKnownUser(b[v:end]) || startsFold(b[:end], v, "0x") && run(b, v+2, hexa) == end {
		return
	}
	if i := bytes.IndexByte(b[v:end], '\\'); i >= 0 && (wellKnownDomain(b[v:v+i]) && !(i == 1 && b[v] == '.') || bytes.LastIndexByte(b[v:end], '\\') > i+1) {
		return // a path has more than one
	}
	s.add(v, end, c)
}

// element looks at the '>' of <User> and of <Data Name="UserName">.
func (s *search) element(i int) int {
	b := s.b
	end := i
	if q := at(b, i-1); q == '"' || q == '\'' {
		end--
	}
	start := back(b, end, label)
	if c := at(b, start-1); c != '<' && c != '"' && c != '\'' && c != ':' || start == end {
		return i + 1
	}
	var buf [64]byte
	if c := s.fieldClass(small(buf[:], b[start:end])); c != 0 {
		return s.value(i+1, c, '>')
	}
	return i + 1
}

// member notes the whole value of a member whose name says what it is.
func (s *search) member() bool {
	var buf [64]byte
	c := s.fieldClass(small(buf[:], []byte(s.name)))
	return c != 0 && s.valueOf(c, 0, len(s.b))
}

// phrase looks at a word of a sentence that may announce a user, at i: "for
// user bob", "password for bob from", and "bob : TTY=" as sudo writes it.
func (s *search) phrase(i int) {
	switch b := s.b; {
	case startsFold(b, i, "ip"):
		s.dashed(i)
	case bytes.HasPrefix(b[i:], []byte("port ")):
		s.beforeWord(i)
	case bytes.HasPrefix(b[i:], []byte("user ")):
		s.afterUser(i + len("user "))
	case i > 0 && bytes.HasPrefix(b[i-1:], []byte(" for ")):
		s.afterFor(i - 1)
	case i > 3 && bytes.HasPrefix(b[i-3:], []byte(" : TTY=")):
		s.user(back(b, i-3, label), i-3)
	}
}

// afterUser notes the word behind "user " when it is surely a name: the words
// before say so, or it has other characters than letters, or quotes.
func (s *search) afterUser(i int) {
	b := s.b
	quoted := at(b, i) == '\'' || at(b, i) == '"'
	v := i
	if quoted {
		v++
	}
	end := v
	for end < len(b) && (is(b[end], label) || b[end] == '.' || b[end] == '\\' || b[end] == '@' || b[end] == '$') {
		end++
	}
	for end > v && b[end-1] == '.' {
		end--
	}
	if at(b, end) == '=' || at(b, end) == ':' && at(b, end+1) != ' ' && end+1 < len(b) {
		return
	}
	sure := quoted
	for _, c := range b[v:end] {
		sure = sure || is(c, digit) || c == '\\' || c == '@'
	}
	for _, w := range [...]string{" logged ", " signed ", " from ", " has logged ", " connected"} {
		sure = sure || startsFold(b, end, w)
	}
	sure = sure || at(b, end) == ' ' && is(at(b, end+1), digit) && bytes.IndexByte(b[end+1:min(len(b), end+5)], '.') > 0
	head := b[max(0, i-16) : i-len("user ")]
	for _, w := range [...]string{"for ", "invalid ", "by ", "of ", "as "} {
		sure = sure || bytes.HasSuffix(head, []byte(w))
	}
	if sure && !sentenceWord(b[v:end]) {
		s.user(v, end)
	}
}

// afterFor notes the name in "password for NAME from", as sshd writes it.
func (s *search) afterFor(i int) {
	b := s.b
	start := back(b, i, letter|joining|digit)
	switch string(b[start:i]) {
	case "password", "publickey", "keyboard-interactive/pam", "pam", "passwords", "gssapi-with-mic", "none":
	default:
		return
	}
	v := i + len(" for ")
	if startsFold(b, v, "invalid user ") || startsFold(b, v, "user ") {
		return
	}
	end := v
	for end < len(b) && b[end] != ' ' && b[end] != ':' {
		end++
	}
	if startsFold(b, end, " from ") {
		s.user(v, end)
	}
}
