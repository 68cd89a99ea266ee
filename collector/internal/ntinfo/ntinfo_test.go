package ntinfo

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// record is a SYSTEM_PROCESS_INFORMATION with its threads and name, as the
// kernel lays them out at the address base.
func record(base, pid, parent uint64, name string, states []uint32, set map[int]uint64) []byte {
	wide := utf16.Encode([]rune(name))
	buf := make([]byte, processSize+threadSize*len(states)+(2*len(wide)+2+7)/8*8)
	binary.LittleEndian.PutUint32(buf[atThreads:], uint32(len(states)))
	binary.LittleEndian.PutUint64(buf[atPID:], pid)
	binary.LittleEndian.PutUint64(buf[atParent:], parent)
	for at, v := range set {
		binary.LittleEndian.PutUint64(buf[at:], v)
	}
	for i, s := range states {
		binary.LittleEndian.PutUint32(buf[processSize+i*threadSize+atThreadState:], s)
	}
	at := processSize + threadSize*len(states)
	for i, c := range wide {
		binary.LittleEndian.PutUint16(buf[at+2*i:], c)
	}
	if name != "" {
		binary.LittleEndian.PutUint16(buf[atNameLength:], uint16(2*len(wide)))
		binary.LittleEndian.PutUint64(buf[atName:], base+uint64(at))
	}
	return buf
}

// machine is a process list: the idle process, one with counters and one whose
// name is not ASCII.
func machine(base uint64) []byte {
	var out []byte
	add := func(last bool, pid, parent uint64, name string, states []uint32, set map[int]uint64) {
		r := record(base+uint64(len(out)), pid, parent, name, states, set)
		if !last {
			binary.LittleEndian.PutUint32(r, uint32(len(r)))
		}
		out = append(out, r...)
	}
	add(false, 0, 0, "", []uint32{1, 1, 2}, nil)
	add(false, 2104, 620, "cxps.exe", []uint32{5, 1, 2, 1}, map[int]uint64{
		atCreated: 133_540_000_000_000_000, atUser: 30_000_000, atKernel: 12_500_000, atWorkingSet: 90177536,
		atIO: 11, atIO + 8: 12, atIO + 16: 13, atIO + 24: 1000, atIO + 32: 5 << 32, atIO + 40: 7,
	})
	add(true, 5000, 2104, "prüfung.exe", []uint32{5}, map[int]uint64{atIO + 16: 1})
	return out
}

func TestParse(t *testing.T) {
	const base = 0x1_8000_0000
	got, ready, err := Parse(machine(base), base)
	if err != nil {
		t.Fatal(err)
	}
	want := []Process{
		{},
		{PID: 2104, PPID: 620, Name: "cxps.exe", Started: time.Date(2024, 3, 4, 4, 26, 40, 0, time.UTC), CPUSeconds: 4.25, RSS: 90177536, IO: &IO{1000, 5 << 32, 7}},
		{PID: 5000, PPID: 2104, Name: "prüfung.exe", IO: &IO{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if ready != 2 {
		t.Errorf("%d threads are ready, want 2: those of the idle process do not wait", ready)
	}
}

// Where no thread runs, not even the one that asks, nothing is known of states.
func TestStatesNotTold(t *testing.T) {
	if _, ready, err := Parse(record(0, 8, 4, "a.exe", []uint32{5, 5}, nil), 0); ready != -1 || err != nil {
		t.Errorf("%d threads are ready, %v; want -1", ready, err)
	}
}

func TestParseCut(t *testing.T) {
	whole := machine(0)
	for n := range len(whole) {
		got, _, err := Parse(whole[:n], 0)
		if err == nil && len(got) != 3 || len(got) > 3 {
			t.Fatalf("of %d bytes: %d processes, %v", n, len(got), err)
		}
	}
	endless := machine(0)
	binary.LittleEndian.PutUint32(endless, 8)
	if _, _, err := Parse(endless, 0); err == nil {
		t.Error("a record that is shorter than itself is taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(machine(0), uint64(0))
	f.Add(machine(0x7ff0_0000_0000), uint64(0x7ff0_0000_0000))
	f.Fuzz(func(t *testing.T, buf []byte, base uint64) {
		list, ready, _ := Parse(buf, base)
		if len(list) > len(buf)/processSize || ready > len(buf)/threadSize {
			t.Errorf("%d processes and %d threads of %d bytes", len(list), ready, len(buf))
		}
	})
}

func TestSplitArgs(t *testing.T) {
	for line, want := range map[string]string{
		``:                              ``,
		`  a.exe`:                       `a.exe`,
		`"C:\Program Files\x.exe" -k b`: `C:\Program Files\x.exe|-k|b`,
		`C:\x.exe "a b"  "" c`:          `C:\x.exe|a b||c`,
		`x "a\"b" \\s\t "c:\d\\" e`:     `x|a"b|\\s\t|c:\d\|e`,
		`x a\\\"b "c""d" f`:             `x|a\"b|c"d|f`,
		`"never ends -p`:                `never ends -p`,
		`x "open end`:                   `x|open end`,
		"x\ty":                          `x|y`,
	} {
		if got := strings.Join(SplitArgs(line), "|"); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// Every character of a line is in an argument, a blank or a quote: nothing that
// redaction has to see is lost.
func FuzzSplitArgs(f *testing.F) {
	f.Add(`"a b" c\"d \\e`)
	f.Fuzz(func(t *testing.T, line string) {
		plain := strings.NewReplacer(" ", "", "\t", "", `\`, "", `"`, "").Replace
		if got, want := plain(strings.Join(SplitArgs(line), "")), plain(line); got != want {
			t.Errorf("%q became %q", want, got)
		}
	})
}

func TestFileTime(t *testing.T) {
	if got := fileTime(116444736000000000); !got.Equal(time.Unix(0, 0)) {
		t.Errorf("the Unix epoch is %v", got)
	}
	if got := fileTime(116444736000000001).Nanosecond(); got != 100 {
		t.Errorf("a tick is %d ns", got)
	}
}
