package redact

import (
	"bytes"
	"slices"
	"strings"
)

// minMember is how long the shortest part of a private key is, in characters of
// base64: of 256 bits.
const minMember = 42

// keyMember is where the part of a private key begins that stands around b[start:end],
// as JSON and XML have it: "d":"..." and <D>...</D>. It is -1 when there is none.
func keyMember(b []byte, start, end int) int {
	start = runBack(b, start, 1024, isBase64URL)
	end = run(b[:min(len(b), end+1024)], end, isBase64URL)
	if start < 3 || end-start < minMember {
		return -1
	}
	value := b[start:min(end, start+maxShape)]
	var name []byte
	switch head := b[max(0, start-32):start]; b[start-1] {
	case '>':
		open := bytes.LastIndexByte(head, '<')
		if open < 0 || end < len(b) && b[end] != '<' && b[end] != '=' {
			return -1
		}
		name = head[open+1 : len(head)-1]
	case '"', '\'':
		if bytes.ContainsAny(b[start:end], "+/") || end < len(b) && b[end] != b[start-1] && b[end] != '\\' {
			return -1
		}
		head = bytes.TrimRight(head, " \t\"'\\")
		if !bytes.HasSuffix(head, []byte(":")) {
			return -1
		}
		head = bytes.TrimRight(head[:len(head)-1], " \t\\")
		if !bytes.HasSuffix(head, []byte(`"`)) && !bytes.HasSuffix(head, []byte(`'`)) {
			return -1
		}
		head = bytes.TrimRight(head, `"'\`)
		name = head[runBack(head, len(head), 16, isIdent):]
	}
	if !slices.Contains([]string{"d", "p", "q", "dp", "dq", "qi", "k", "inverseq"}, strings.ToLower(string(name))) || !random(string(value)) {
		return -1
	}
	return start
}

// secretLabel reports whether what BEGIN announces is a secret: private keys, and
// keys that are not said to be public.
func secretLabel(label []byte) bool {
	lower := strings.ToLower(string(label))
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(lower, w) })
	}
	return has("private key") || has("key", "secret", "pkcs12", "pfx", "password") && !has("public", "certificate", "param", "request")
}

// encryptedKey reports whether the body of a sequence of ASN.1 begins as that of
// an encrypted private key does: PKCS 5 and PKCS 12.
func encryptedKey(body []byte) bool {
	const pkcs = "\x2a\x86\x48\x86\xf7\x0d\x01"
	i := bytes.Index(body, []byte(pkcs))
	return i > 2 && i < 12 && body[0] == 0x30 && i+len(pkcs) < len(body) && (body[i+len(pkcs)] == 0x05 || body[i+len(pkcs)] == 0x0c)
}
