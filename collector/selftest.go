package collector

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/flate"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/source/logs"
	"github.com/asrdiag/asrdiag/collector/internal/store"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// SelftestRow is what became of the secrets of one kind.
type SelftestRow struct {
	Kind    string   `json:"kind"`
	Planted int      `json:"planted"`
	Removed int      `json:"removed"`
	Left    int      `json:"left"`
	Where   []string `json:"where,omitempty"` // of what is left: encoding and file
}

// SelftestResult says whether the redactor works on this machine.
type SelftestResult struct {
	Seed uint64        `json:"seed"`
	Rows []SelftestRow `json:"rows"`
	// Ordinary is how many lines without a secret were planted, and Changed how
	// many of them did not come through as they were.
	Ordinary int  `json:"ordinary"`
	Changed  int  `json:"changed"`
	Passed   bool `json:"passed"`
}

// Selftest makes up secrets, which are others with each seed, plants them in logs
// of several encodings in a temporary folder and in facts, lets them pass what a
// run in that mode of Options.Privacy would let them pass, and searches what would
// be in the bundle. Nothing is left behind. It fails when the folder cannot be
// used or the logs in it cannot be read.
func Selftest(ctx context.Context, seed uint64, privacy string) (SelftestResult, error) {
	n, err := newNaming(Options{Privacy: privacy, NoMap: true}, &profiles.Profile{})
	if err != nil {
		return SelftestResult{}, err
	}
	return newPlanting(seed, selftestKinds()).run(ctx, n.redactor())
}

// run plants, collects and searches.
func (p *planting) run(ctx context.Context, red *redact.Redactor) (res SelftestResult, err error) {
	// os.MkdirTemp and os.RemoveAll would be 8 KB of this program
	dir := filepath.Join(os.TempDir(), "asrcollect-selftest-"+newHeader(time.Now()).ID)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return res, err
	}
	files, err := p.files(dir)
	defer func() {
		for _, f := range files {
			err = errors.Join(err, os.Remove(f))
		}
		err = errors.Join(err, os.Remove(dir))
	}()
	if err != nil {
		return res, err
	}
	a := &memory{files: map[string]*bytes.Buffer{}}
	st := store.New(a, red, store.Limits{})
	k := st.Sink()
	if err := logs.Collect(ctx, k, logs.Options{ID: "selftest", Globs: []string{filepath.Join(dir, "*.log*")}, Log: runlog.New(io.Discard)}); err != nil {
		return res, err
	}
	if err := errors.Join(k.Fact("registry", p.fact()), k.Fact("processes", st.Args(p.args())), st.Err()); err != nil {
		return res, err
	}
	if want := len(files) + 2; len(a.list) != want { // what is not there has no secrets
		return res, fmt.Errorf("read back %d of %d files: another program takes them away", len(a.list), want)
	}
	return p.judge(a), nil
}

// memory is an archive that keeps what a bundle would hold.
type memory struct {
	files map[string]*bytes.Buffer
	list  []bundles.File
}

type entry struct{ *bytes.Buffer }

func (entry) Close() error { return nil }

func (m *memory) Create(f bundles.File) (io.WriteCloser, error) {
	b := &bytes.Buffer{}
	m.files[f.Path] = b
	m.list = append(m.list, f)
	return entry{b}, nil
}

func (m *memory) Update(path string, change func(*bundles.File)) {
	for i := range m.list {
		if m.list[i].Path == path {
			change(&m.list[i])
		}
	}
}

func (m *memory) Written() int64 { return 0 }

func (m *memory) Files() []bundles.File { return m.list }

// kinds of secrets of the self-test, and the forms in which they are planted.
// What comes first in a form is how the value is made: w a word with digits, b
// characters of base64, h hexadecimal ones.
func selftestKinds() [][]string {
	return [][]string{
		{"passwords", "wpassword=%s", `w{"userPassword":"%s","port":443}`, "wDB_PASSWD = %s", "w<Password>%s</Password>"},
		{"passphrases", "wkey_file_passphrase = %s", `wpassphrase: "%s"`},
		{"tokens", "baccess_token=%s&x=1", `b"refreshToken": "%s"`, "bX-Auth-Token: %s", "bghp_%s"},
		{"keys", "bRelaySharedKey=%s", "bAccountKey=%s;EndpointSuffix=core.windows.net", `hapi_key="%s"`},
		{"signatures of shared access", "bhttps://x.blob.core.windows.net/c?sv=2023-01-03&sig=%s&sp=r", "bu=https%%3A%%2F%%2Fx%%3Fsig%%3D%s%%26sp%%3Dr"},
		{"authorization and cookies", "bAuthorization: Bearer %s", "bProxy-Authorization: Basic %s", "bCookie: sid=%s", "beyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.%s"},
		{"connection strings", "wServer=db1,1433;User ID=sa;Password=%s;Timeout=30", "bEndpoint=sb://x/;SharedAccessKey=%s"},
		{"addresses with a password", "wproxy http://svc:%s@10.0.0.9:8080/ used", "whttps_proxy=svc:%s@10.0.0.9:3128"},
		{"private keys", "b-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n%s\n-----END RSA PRIVATE KEY-----"},
		{"command lines", "wnet use Z: \\\\srv\\share /user:dom\\svc %s", "wmysql -u root -p%s svsdb1", "wschtasks /create /ru svc /rp %s", "wtool.exe --password %s -v"},
	}
}

// ordinary are lines that have to come through as they are.
func ordinary() []string {
	return []string{
		"2026-03-05 14:22:31:004211 EXCEPTION : MONITOR_PS 5120 : get_cs_passphrase : Could not retrieve the value",
		"connection attempt failed, hr=0x80072ee2, error 78028, version 9.56.6879.1", "token request failed: 401; password expired, code 78186", "port 9443 timeout=300 key=5 bypass=1 pass: 12 fail: 3",
	}
}

// planting is what one self-test plants.
type planting struct {
	seed  uint64
	rnd   *rand.Rand
	kinds [][]string
	all   []plantedSecret
	named plantedSecret // in the name of a file
	text  string        // all secrets, each behind an ordinary line
}

type plantedSecret struct {
	kind        int // of the kinds
	value, text string
}

func newPlanting(seed uint64, kinds [][]string) *planting {
	p := &planting{seed: seed, rnd: rand.New(rand.NewPCG(seed, 1)), kinds: kinds}
	var b strings.Builder
	for kind, forms := range kinds {
		for _, form := range forms[1:] {
			value := p.value(form[0])
			p.all = append(p.all, plantedSecret{kind, value, fmt.Sprintf(form[1:], value)})
		}
	}
	for i, s := range p.all {
		fmt.Fprintf(&b, "%s\n%s\n", ordinary()[i%len(ordinary())], s.text)
	}
	p.text = b.String() + strings.Join(ordinary(), "\n") + "\n"
	value := p.value('w')
	p.named = plantedSecret{0, value, "password=" + value + ".log"}
	return p
}

func (p *planting) value(how byte) string {
	draw := func(from string, n int) string {
		out := make([]byte, n)
		for i := range out {
			out[i] = from[p.rnd.IntN(len(from))]
		}
		return string(out)
	}
	const small = "bcdfghjkmnpqrstvwxz"
	switch how {
	case 'b':
		return draw("ABCDEFGHJKLMNPQRSTUVWXYZ", 2) + draw(small+"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 40) + draw("23456789", 2)
	case 'h':
		return draw("abcdef", 1) + draw("0123456789abcdef", 38) + draw("123456789", 1)
	}
	return "Q" + draw(small, 9) + draw("23456789", 2) + "x"
}

// files writes the logs: 8 bits, UTF-16 both ways, base64 of each text, gzip. What
// was made of them is told with an error, too.
func (p *planting) files(dir string) (names []string, err error) {
	var coded strings.Builder
	for _, s := range p.all {
		coded.WriteString("body " + base64.StdEncoding.EncodeToString([]byte(s.text)) + " end\n")
	}
	packed, err := gzipped(p.text)
	if err != nil {
		return nil, err
	}
	for name, data := range map[string][]byte{
		"plain.log": []byte(p.text), "utf-16le.log": utf16Bytes("\ufeff"+p.text, binary.LittleEndian), "utf-16be.log": utf16Bytes("\ufeff"+p.text, binary.BigEndian), "base64.log": []byte(coded.String()), "rotated.log.gz": packed, p.named.text: []byte(ordinary()[0] + "\n"),
	} {
		name = filepath.Join(dir, name)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return names, err
		}
		names = append(names, name)
		_, err = f.Write(data)
		if err = errors.Join(err, f.Close()); err != nil {
			return names, err
		}
	}
	return names, nil
}

// gzipped is a file of gzip. The writer of compress/gzip has a deflate of its
// own, 57 KB of this program.
func gzipped(text string) ([]byte, error) {
	out := bytes.NewBuffer([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}) // deflated, no flags, no time, no system
	z, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(z, text)
	err = errors.Join(err, z.Close())
	sum := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text)))
	out.Write(binary.LittleEndian.AppendUint32(sum, uint32(len(text))))
	return out.Bytes(), err
}

func utf16Bytes(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// fact is one as the registry would be, with a secret in each value.
func (p *planting) fact() map[string]string {
	out := map[string]string{}
	for i, s := range p.all {
		out[fmt.Sprintf("Value%d", i)] = s.text
	}
	return out
}

// args is a command line with a secret of each kind that a word can hold.
func (p *planting) args() []string {
	var out []string
	for _, s := range p.all {
		if !strings.ContainsAny(s.text, " \n") {
			out = append(out, s.text)
		}
	}
	return append(out, "--token", p.all[0].value)
}

// carriers are the five logs and the fact that hold every secret.
const carriers = 6

// judge searches what the archive holds.
func (p *planting) judge(a *memory) SelftestResult {
	res := SelftestResult{Seed: p.seed, Rows: make([]SelftestRow, len(p.kinds)), Passed: true}
	for i, k := range p.kinds {
		res.Rows[i].Kind = k[0]
	}
	note := func(s plantedSecret, planted int) {
		r, where := &res.Rows[s.kind], a.where(s.value)
		left := min(planted, len(where))
		r.Planted, r.Left, r.Removed, r.Where = r.Planted+planted, r.Left+left, r.Removed+planted-left, append(r.Where, where...)
		res.Passed = res.Passed && left == 0
	}
	for _, s := range p.all {
		note(s, carriers)
	}
	note(p.named, 1)
	p.compare(a, &res)
	res.Passed = res.Passed && res.Changed == 0
	return res
}

// compare counts the ordinary lines that did not come through as they were.
func (p *planting) compare(a *memory, res *SelftestResult) {
	for name, encode := range map[string]func(string) []byte{
		"/plain.log": func(s string) []byte { return []byte(s) }, "/rotated.log": func(s string) []byte { return []byte(s) },
		"/utf-16le.log": func(s string) []byte { return utf16Bytes(s, binary.LittleEndian) }, "/utf-16be.log": func(s string) []byte { return utf16Bytes(s, binary.BigEndian) },
	} {
		for _, o := range ordinary() {
			n := strings.Count(p.text, o+"\n")
			res.Ordinary += n
			res.Changed += n - min(n, bytes.Count(a.content(name), encode(o+"\n")))
		}
	}
}

// content is that of the file whose path ends so; nil: there is none.
func (m *memory) content(end string) []byte {
	for _, f := range m.list {
		if strings.HasSuffix(f.Path, end) {
			return m.files[f.Path].Bytes()
		}
	}
	return nil
}

// where tells the files that hold a secret in any encoding.
func (m *memory) where(secret string) (out []string) {
	for _, f := range m.list {
		data := append(bytes.Clone(m.files[f.Path].Bytes()), f.Path+f.SourcePath...)
		for _, form := range searched(secret) {
			if bytes.Contains(data, form) {
				out = append(out, f.Path)
				break
			}
		}
	}
	return out
}

// searched are the encodings in which a secret is looked for.
func searched(secret string) [][]byte {
	raw := []byte(secret)
	le := utf16Bytes(secret, binary.LittleEndian)
	out := [][]byte{raw, le, utf16Bytes(secret, binary.BigEndian), []byte(hex.EncodeToString(raw))}
	for _, b := range [][]byte{raw, le} {
		for shift := range 3 {
			code := base64.StdEncoding.EncodeToString(append(make([]byte, shift), b...))
			out = append(out, []byte(code[(shift*8+5)/6:(shift+len(b))*8/6]))
		}
	}
	return out
}
