package connections

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func raw(t *testing.T, words string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(words), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Tables in the form of MIB_TCPTABLE_OWNER_PID and its like.
const (
	tableTCP4 = `03000000
		02000000 00000000 24e30000 00000000 8f3a0000 38080000
		05000000 0a010005 c3bb0000 14000001 01bb0000 300c0000
		63000000 7f000001 00500000 7f000001 c0010000 00000000`
	tableTCP6 = `02000000
		00000000000000000000000000000000 00000000 24e30000 00000000000000000000000000000000 00000000 00000000 02000000 38080000
		fe800000000000000000000000000001 07000000 c0010000 20010db8000000000000000000000002 00000000 01bb0000 03000000 300c0000`
	tableUDP4 = `01000000 00000000 007b0000 e8030000`
	tableUDP6 = `01000000 00000000000000000000000000000001 00000000 14e90000 e8030000`
)

func TestParse(t *testing.T) {
	names := map[int32]string{0x838: "cxps.exe", 0xc30: "cbengine.exe", 0x3e8: "svchost.exe"}
	var got []endpoint
	for _, kind := range []struct {
		l     layout
		table string
	}{{tcp4, tableTCP4}, {tcp6, tableTCP6}, {udp4, tableUDP4}, {udp6, tableUDP6}} {
		got = append(got, kind.l.parse(raw(t, kind.table), names)...)
	}
	want := []endpoint{
		{"tcp", "0.0.0.0:9443", "", "LISTEN", 0x838, "cxps.exe"},
		{"tcp", "10.1.0.5:50107", "20.0.0.1:443", "ESTABLISHED", 0xc30, "cbengine.exe"},
		{"tcp", "127.0.0.1:80", "127.0.0.1:49153", "STATE_99", 0, ""},
		{"tcp6", "[::]:9443", "", "LISTEN", 0x838, "cxps.exe"},
		{"tcp6", "[fe80::1%7]:49153", "[2001:db8::2]:443", "SYN_SENT", 0xc30, "cbengine.exe"},
		{"udp", "0.0.0.0:123", "", "CLOSE", 0x3e8, "svchost.exe"},
		{"udp6", "[::1]:5353", "", "CLOSE", 0x3e8, "svchost.exe"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(endpoint{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseCut(t *testing.T) {
	whole := raw(t, tableTCP4)
	for n := range len(whole) {
		if got := tcp4.parse(whole[:n], nil); len(got) != max(0, n-4)/24 {
			t.Fatalf("%d rows of %d bytes", len(got), n)
		}
	}
	if got := tcp6.parse(raw(t, "ffffffff"), nil); len(got) != 0 {
		t.Errorf("%d rows of a table that has only a count", len(got))
	}
}
