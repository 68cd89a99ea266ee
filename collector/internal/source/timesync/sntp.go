package timesync

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// An SNTP request (RFC 4330), without the authentication and extensions of NTP:
// the libraries that have those bring ciphers and socket options of 100 KB.

// packetBytes is the size of a packet without extensions.
const packetBytes = 48

// Fields of the first byte, and bounds of an answer that can be used.
const (
	version4     = 4 << 3
	modeClient   = 3
	modeServer   = 4
	unset        = 3 // leap indicator: the server's clock is not set
	maxStratum   = 15
	maxDistance  = 16 * time.Second
	maxReference = 36 * time.Hour // since the server's clock was last set
)

// reply is what one server said.
type reply struct {
	offset   time.Duration // reference time minus host time
	distance time.Duration // how wrong that may be
}

// query asks a server over a connection. The clock is read once; what passes
// until the answer is measured by the monotonic one.
func query(ctx context.Context, c net.Conn) (reply, error) {
	if end, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(end); err != nil {
			return reply{}, err
		}
	}
	request := make([]byte, packetBytes)
	request[0] = version4 | modeClient
	if _, err := rand.Read(request[40:]); err != nil { // the server repeats it: nobody else can
		return reply{}, err
	}
	begin := time.Now()
	if _, err := c.Write(request); err != nil {
		return reply{}, err
	}
	buf := make([]byte, 512)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return reply{}, err
		}
		took := time.Since(begin)
		if n < packetBytes || string(buf[24:32]) != string(request[40:48]) {
			continue // late, or of somebody else
		}
		return judge(buf[:packetBytes], begin, took)
	}
}

// judge reads an answer to a request that was sent at begin and took so long.
func judge(p []byte, begin time.Time, took time.Duration) (reply, error) {
	leap, mode, stratum := p[0]>>6, p[0]&7, p[1]
	received, sent := timestamp(p[32:]), timestamp(p[40:])
	delay, dispersion := short(p[4:]), short(p[8:])
	switch {
	case mode != modeServer:
		return reply{}, fmt.Errorf("an answer of mode %d", mode)
	case stratum == 0:
		return reply{}, fmt.Errorf("kiss of death: %s", kiss(p[12:16]))
	case stratum > maxStratum:
		return reply{}, fmt.Errorf("its stratum is %d", stratum)
	case leap == unset:
		return reply{}, errors.New("the server's clock is not set")
	case received.IsZero(), sent.IsZero(), sent.Before(received):
		return reply{}, errors.New("an answer without time")
	case delay/2+dispersion > maxDistance:
		return reply{}, fmt.Errorf("the server may be wrong by %v", delay/2+dispersion)
	}
	if ref := timestamp(p[16:]); !ref.IsZero() && (ref.After(sent) || sent.Sub(ref) > maxReference) {
		return reply{}, errors.New("the server's clock was not set for long")
	}
	trip := max(0, took-sent.Sub(received))
	a := reply{offset: received.Sub(begin)/2 + sent.Sub(begin.Add(took))/2}
	a.distance = trip/2 + delay/2 + dispersion
	return a, nil
}

// kiss is the server's reason, four letters.
func kiss(b []byte) string {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return "no reason"
		}
	}
	return string(b)
}

// timestamp reads seconds since 1900 and their fraction. Those without the first
// bit are of the era that begins in 2036.
func timestamp(b []byte) time.Time {
	sec, frac := int64(binary.BigEndian.Uint32(b)), uint64(binary.BigEndian.Uint32(b[4:]))
	if sec == 0 && frac == 0 {
		return time.Time{}
	}
	const unix = 2_208_988_800 // seconds from 1900 to 1970
	if sec < 1<<31 {
		sec += 1 << 32
	}
	return time.Unix(sec-unix, int64(frac*1e9>>32))
}

// short reads a number of seconds of 16 bits and 16 bits behind the point.
func short(b []byte) time.Duration {
	return time.Duration(uint64(binary.BigEndian.Uint32(b)) * 1e9 >> 16)
}
