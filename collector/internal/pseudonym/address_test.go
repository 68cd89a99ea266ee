package pseudonym

import (
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// sampleKey is that of the sample that was published with Crypto-PAn.
var sampleKey = [32]byte{
	21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
	216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
}

// TestPublishedVectors holds the permutation against the sample trace of the
// authors, before classes are kept.
func TestPublishedVectors(t *testing.T) {
	vectors := map[string]string{
		"128.11.68.132": "135.242.180.132", "129.118.74.4": "134.136.186.123", "130.132.252.244": "133.68.164.234",
		"141.223.7.43": "141.167.8.160", "141.233.145.108": "141.129.237.235", "152.163.225.39": "151.140.114.167",
		"156.29.3.236": "147.225.12.42", "165.247.96.84": "162.9.99.234", "166.107.77.190": "160.132.178.185",
		"192.102.249.13": "252.138.62.131", "192.215.32.125": "252.43.47.189", "192.233.80.103": "252.25.108.8",
		"192.41.57.43": "252.222.221.184", "193.150.244.223": "253.169.52.216", "195.205.63.100": "255.186.223.5",
		"198.200.171.101": "249.199.68.213", "198.26.132.101": "249.36.123.202", "198.36.213.5": "249.7.21.132",
		"198.51.77.238": "249.18.186.254", "199.217.79.101": "248.38.184.213", "202.49.198.20": "245.206.7.234",
		"203.12.160.252": "244.248.163.4", "204.184.162.189": "243.192.77.90",
		"::1": "78ff:f001:9fc0:20df:8380:b1f1:704:ed", "2001:db8::1": "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e",
	}
	a := newAddresses(sampleKey)
	for in, want := range vectors {
		raw := netip.MustParseAddr(in).AsSlice()
		a.forward(raw, 0)
		got, _ := netip.AddrFromSlice(raw)
		if got.String() != want {
			t.Errorf("forward %s = %s, want %s", in, got, want)
		}
		a.backward(raw, 0)
		if back, _ := netip.AddrFromSlice(raw); back.String() != in {
			t.Errorf("backward %s = %s, want %s", want, back, in)
		}
	}
}

// someAddresses are spread over all classes.
func someAddresses(n int) []netip.Addr {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]netip.Addr, 0, n)
	for _, b := range blocks() {
		for range n / len(blocks()) {
			raw := b.prefix.Addr().AsSlice()
			for i := b.prefix.Bits(); i < 8*len(raw); i++ {
				raw[i/8] ^= byte(rng.IntN(2)) << (7 - i%8)
			}
			ip, _ := netip.AddrFromSlice(raw)
			out = append(out, ip)
		}
	}
	return out
}

func TestClassStays(t *testing.T) {
	a := newAddresses(Key{7}.derive("address"))
	seen := map[netip.Addr]netip.Addr{}
	for _, ip := range someAddresses(40000) {
		got := a.hide(ip)
		if back := a.show(got); back != ip {
			t.Fatalf("show(hide(%s)) = %s", ip, back)
		}
		if was, ok := seen[got]; ok && was != ip {
			t.Fatalf("%s and %s are both %s", was, ip, got)
		}
		seen[got] = ip
		if a.class(got) != a.class(ip) || got.IsPrivate() != ip.IsPrivate() || got.IsGlobalUnicast() != ip.IsGlobalUnicast() ||
			got.IsLoopback() != ip.IsLoopback() || got.IsMulticast() != ip.IsMulticast() || got.Is4() != ip.Is4() {
			t.Errorf("%s became %s, which is of another class", ip, got)
		}
	}
}

func TestStays(t *testing.T) {
	a := newAddresses(Key{7}.derive("address"))
	for _, in := range []string{
		"0.0.0.0", "127.0.0.1", "127.1.2.3", "169.254.169.254", "224.0.0.251", "239.1.2.3", "255.255.255.255", "255.255.252.0", "168.63.129.16",
		"::", "::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "fec0:0:0:ffff::1",
	} {
		if ip := netip.MustParseAddr(in); a.hide(ip) != ip || a.show(ip) != ip {
			t.Errorf("hide(%s) = %s, want it as it is", ip, a.hide(ip))
		}
	}
}

// TestCarried: the form around an IPv4 address and the zone stay, and the
// address is the same as alone.
func TestCarried(t *testing.T) {
	a := newAddresses(Key{7}.derive("address"))
	v4 := a.hide(netip.MustParseAddr("10.1.2.3")).String()
	for _, form := range []string{"::ffff:", "64:ff9b::"} {
		want := netip.MustParseAddr(form + v4)
		if got := a.hide(netip.MustParseAddr(form + "10.1.2.3")); got != want {
			t.Errorf("hide %s10.1.2.3 = %s, want %s", form, got, want)
		}
	}
	if got := a.hide(netip.MustParseAddr("fe80::1%eth0")); got.Zone() != "eth0" || !netip.MustParsePrefix("fe80::/64").Contains(got.WithZone("")) {
		t.Errorf("hide fe80::1%%eth0 = %s", got)
	}
}

// common is the number of bits that two addresses of the same family share.
func common(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	for i := range x {
		if d := x[i] ^ y[i]; d != 0 {
			return 8*i + bits.LeadingZeros8(d)
		}
	}
	return 8 * len(x)
}

// TestPrefixes: a common prefix of 16 bits or more stays as long as it is, and
// all prefixes within a private block.
func TestPrefixes(t *testing.T) {
	a := newAddresses(Key{9}.derive("address"))
	rng := rand.New(rand.NewPCG(3, 4))
	for _, x := range someAddresses(6000) {
		if a.blocks[a.class(x)].stays {
			continue
		}
		raw := x.AsSlice()
		bit := 16 + rng.IntN(8*len(raw)-16)
		raw[bit/8] ^= 0x80 >> (bit % 8)
		y, _ := netip.AddrFromSlice(raw)
		if a.class(x) != a.class(y) {
			continue
		}
		if got := common(a.hide(x), a.hide(y)); got != bit {
			t.Errorf("%s and %s share %d bits, their pseudonyms %s and %s %d", x, y, bit, a.hide(x), a.hide(y), got)
		}
	}
}

// TestKeysDiffer: another key is another permutation.
func TestKeysDiffer(t *testing.T) {
	a, b := newAddresses(Key{1}.derive("address")), newAddresses(Key{2}.derive("address"))
	same := 0
	for i := range 256 {
		ip := netip.AddrFrom4([4]byte{10, byte(i), 1, 1})
		if a.hide(ip) == b.hide(ip) {
			same++
		}
	}
	if same > 2 {
		t.Errorf("%d of 256 addresses have the same pseudonym under two keys", same)
	}
}

func BenchmarkAddress(b *testing.B) {
	a := newAddresses(Key{1}.derive("address"))
	for _, in := range []string{"10.1.2.3", "20.60.1.2", "2001:db8::1"} {
		ip := netip.MustParseAddr(in)
		b.Run(in, func(b *testing.B) {
			for b.Loop() {
				a.hide(ip)
			}
		})
	}
}

// TestPublishedVectors4: the quick way of IPv4 has the same permutation below
// the class.
func TestPublishedVectors4(t *testing.T) {
	a := newAddresses(sampleKey)
	for _, ip := range someAddresses(2000) {
		if !ip.Is4() {
			continue
		}
		raw, v := ip.AsSlice(), number4(ip)
		a.forward(raw, 0)
		if got := addr4(v ^ a.flips(v, 0, 32)); string(got.AsSlice()) != string(raw) {
			t.Errorf("%s: %s by the quick way, %v by the plain one", ip, got, raw)
		}
	}
}

// TestPlatform: what would become the address that stays becomes its pseudonym.
func TestPlatform(t *testing.T) {
	a := newAddresses(Key{7}.derive("address"))
	before := a.restore4(platform)
	if got := a.hide4(before); got == platform || a.show4(got) != before {
		t.Errorf("hide4(%s) = %s, and back %s", addr4(before), addr4(got), addr4(a.show4(got)))
	}
}
