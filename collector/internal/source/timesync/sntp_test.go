package timesync

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

// packet is an answer of a server whose clock says at; the fields that matter
// can be changed.
func packet(at time.Time, change func(p []byte)) []byte {
	p := make([]byte, packetBytes)
	p[0], p[1] = version4|modeServer, 2
	for _, i := range []int{16, 32, 40} {
		binary.BigEndian.PutUint32(p[i:], uint32(at.Unix()+2_208_988_800))
		binary.BigEndian.PutUint32(p[i+4:], uint32(uint64(at.Nanosecond())<<32/1e9))
	}
	if change != nil {
		change(p)
	}
	return p
}

func TestJudge(t *testing.T) {
	begin := time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
	for _, era := range []time.Time{begin, time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)} {
		a, err := judge(packet(era.Add(90*time.Second), func(p []byte) { p[11] = 1 << 7 }), era, 2*time.Second)
		if err != nil || a.offset != 89*time.Second || a.distance < time.Second || a.distance > time.Second+3*time.Millisecond {
			t.Errorf("%v: %+v, %v", era, a, err)
		}
	}
	for want, change := range map[string]func(p []byte){
		"kiss of death: RATE":        func(p []byte) { p[1] = 0; copy(p[12:], "RATE") },
		"kiss of death: no reason":   func(p []byte) { p[1] = 0 },
		"stratum is 16":              func(p []byte) { p[1] = 16 },
		"mode 3":                     func(p []byte) { p[0] = version4 | modeClient },
		"clock is not set":           func(p []byte) { p[0] |= unset << 6 },
		"without time":               func(p []byte) { clear(p[40:48]) },
		"may be wrong by 16.":        func(p []byte) { p[9], p[10] = 16, 1 },
		"may be wrong by 20s":        func(p []byte) { p[5] = 40 },
		"was not set for long":       func(p []byte) { p[16]-- },
		"answer without time":        func(p []byte) { p[40]-- },
		"clock was not set for long": func(p []byte) { p[16]++ },
	} {
		if a, err := judge(packet(begin, change), begin, time.Second); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", want, a, err)
		}
	}
	if _, err := judge(packet(begin, func(p []byte) { clear(p[16:24]) }), begin, time.Second); err != nil {
		t.Errorf("a server that does not say when its clock was set: %v", err)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(packet(time.Unix(1_772_704_800, 0), nil), int64(1e9))
	f.Fuzz(func(t *testing.T, p []byte, took int64) {
		if len(p) < packetBytes || took < 0 {
			return
		}
		if a, err := judge(p, time.Unix(1_772_704_800, 0), time.Duration(took)); err == nil && a.distance < 0 {
			t.Errorf("%+v", a)
		}
	})
}
