package procfs

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseStat(t *testing.T) {
	raw := "4711 (a) (b c) S 812 4711 4711 0 -1 4194560 9000 0 3 0 1250 250 0 0 20 0 9 0 360000 123456789 2048 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"
	got, err := ParseStat([]byte(raw), 4096)
	want := Stat{PID: 4711, PPID: 812, Name: "a) (b c", CPUSeconds: 15, StartSeconds: 3600, RSSBytes: 2048 * 4096}
	if err != nil || got != want {
		t.Errorf("ParseStat = %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "12", "12 (a", "12 (a) S 1", "x (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22"} {
		if s, err := ParseStat([]byte(bad), 4096); err == nil {
			t.Errorf("ParseStat(%q) = %+v, want an error", bad, s)
		}
	}
}

func TestFullName(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string
	}{{"systemd-timesyn", []string{"/usr/lib/systemd/systemd-timesyncd"}, "systemd-timesyncd"}, {"kworker/0:1-eve", nil, "kworker/0:1-eve"}, {"someone-else-ha", []string{"python3"}, "someone-else-ha"}} {
		if got := FullName(c.name, c.args); got != c.want {
			t.Errorf("FullName(%q, %q) = %q, want %q", c.name, c.args, got, c.want)
		}
	}
}

func TestParseSockets(t *testing.T) {
	const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	got, err := ParseSockets("tcp", head+
		"   0: 00000000:24E3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 91234 1 0000000000000000 100 0 0 10 0\n"+
		"   1: 0901010A:C350 04010A0A:24E3 02 00000001:00000000 01:00000064 00000003     0        0 91299 2 0000000000000000 400 0 0 1 7\n")
	want := []Socket{
		{"tcp", netip.MustParseAddrPort("0.0.0.0:9443"), netip.MustParseAddrPort("0.0.0.0:0"), "LISTEN", 91234},
		{"tcp", netip.MustParseAddrPort("10.1.1.9:50000"), netip.MustParseAddrPort("10.10.1.4:9443"), "SYN_SENT", 91299},
	}
	same := cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
	if diff := cmp.Diff(want, got, same); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	got, err = ParseSockets("tcp6", head+"   0: 0000000000000000FFFF00000100007F:01BB B80D0120000000000000000001000000:D431 01 0:0 00:0 0 0 0 7 1\n")
	if err != nil || len(got) != 1 || got[0].Local.String() != "127.0.0.1:443" || got[0].Remote.String() != "[2001:db8::1]:54321" {
		t.Errorf("tcp6 = %v, %v", got, err)
	}
	for _, bad := range []string{"0: x\n", "0: 0G000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 1\n", "0: 00000000:0016 00000000 0A 0:0 0:0 0 0 0 1\n"} {
		if _, err := ParseSockets("tcp", head+bad); err == nil {
			t.Errorf("ParseSockets took %q", bad)
		}
	}
}

func TestRoutes(t *testing.T) {
	v4 := "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n" +
		"eth0\t00000000\t0101010A\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t0001010A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
	if diff := cmp.Diff([]Route{{"10.1.1.1", "eth0"}}, ParseRoutes4(v4)); diff != "" {
		t.Error(diff)
	}
	v6 := "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n" +
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n"
	if diff := cmp.Diff([]Route{{"fe80::1", "eth0"}}, ParseRoutes6(v6)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"10.0.0.53", "fd00::53"}, ParseResolvers("# x\nsearch a.b\nnameserver 10.0.0.53\nnameserver\tfd00::53 \n")); diff != "" {
		t.Error(diff)
	}
}

func TestVolumes(t *testing.T) {
	mounts, err := ParseMounts(`22 27 0:21 / /proc rw - proc proc rw
27 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
28 27 8:1 /var/lib/x /srv/bind rw - ext4 /dev/sda1 rw
29 27 8:2 / /mnt/my\040disk rw shared:5 - xfs /dev/sdb1 rw
30 27 0:30 / /run rw - tmpfs tmpfs rw
31 27 0:31 / /tmp rw - tmpfs tmpfs rw
32 27 0:40 / /var/lib/docker rw - overlay overlay rw
33 27 8:3 / /data rw - ext4 /dev/sdc1 rw
34 27 8:4 / /data rw - ext4 /dev/sdd1 rw
35 27 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range Volumes(mounts) {
		got = append(got, m.Mountpoint+" "+m.Source)
	}
	want := []string{"/ /dev/sda1", "/data /dev/sdd1", "/mnt/my disk /dev/sdb1", "/tmp tmpfs", "/var/lib/docker overlay"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := ParseMounts("22 27 0:21 / /proc rw\n"); err == nil {
		t.Error("ParseMounts took a row without a type")
	}
}

func TestRoot(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("12/io", "rchar: 9\nwchar: 9\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n")
	put("12/cmdline", "/bin/x\x00--a\x00\x00")
	put("vmstat", "nr_free_pages 1\npgmajfault 4711\n")
	put("self/mountinfo", "")
	put("stat", "cpu  1 2 3\nintr 1 2\nbtime 1764000000\nprocesses 9\n")
	r := Root(root)
	if pids, err := r.PIDs(); err != nil || len(pids) != 1 || pids[0] != 12 {
		t.Errorf("PIDs = %v, %v", pids, err)
	}
	if io, err := r.IO(12); err != nil || io != (IO{4096, 8192}) {
		t.Errorf("IO = %v, %v", io, err)
	}
	if diff := cmp.Diff([]string{"/bin/x", "--a"}, r.Args(12)); diff != "" {
		t.Error(diff)
	}
	if n, err := r.MajorFaults(); err != nil || n != 4711 {
		t.Errorf("MajorFaults = %d, %v", n, err)
	}
	if boot, err := r.Boot(); err != nil || boot.Unix() != 1764000000 {
		t.Errorf("Boot = %v, %v", boot, err)
	}
	for _, text := range []string{"", "cpu 1\n", "btime x\n"} {
		if _, err := ParseBoot(text); err == nil {
			t.Errorf("ParseBoot took %q", text)
		}
	}
	if s, err := r.Sockets(); err != nil || len(s) != 0 {
		t.Errorf("Sockets without tables = %v, %v", s, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("4711 (a) (b c) S 812 1 1 0 -1 4194560 9000 0 3 0 1250 250 0 0 20 0 9 0 360000 123456789 2048 1")
	f.Add("h\n   0: 00000000:24E3 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 91234 1\n")
	f.Add("29 27 8:2 / /mnt/my\\040disk rw shared:5 - xfs /dev/sdb1 rw\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ParseStat([]byte(text), 4096)
		_, _ = ParseIO([]byte(text))
		_, _ = ParseBoot(text)
		if m, err := ParseMounts(text); err == nil && len(Volumes(m)) > len(m) {
			t.Error("more volumes than mounts")
		}
		rows, err := ParseSockets("tcp", text)
		for _, r := range rows {
			if err == nil && (!r.Local.IsValid() || r.State == "") {
				t.Errorf("bad row %+v", r)
			}
		}
		ParseRoutes4(text)
		ParseRoutes6(text)
	})
}

func TestMountpointOf(t *testing.T) {
	mounts := []Mount{{Mountpoint: "/"}, {Mountpoint: "/data"}, {Mountpoint: "/data/x y"}, {Mountpoint: "/database"}, {Mountpoint: "/hidden/deep"}, {Mountpoint: "/hidden"}}
	for path, want := range map[string]string{
		"/": "/", "/etc/x": "/", "/data": "/data", "/data/y": "/data", "/data/x y/z": "/data/x y", "/database/x": "/database", "/datab": "/",
		"/hidden/deep/x": "/hidden",
	} {
		if got, err := MountpointOf(mounts, path); err != nil || got != want {
			t.Errorf("MountpointOf(%s) = %q, %v, want %q", path, got, err, want)
		}
	}
	if _, err := MountpointOf(nil, "/x"); err == nil {
		t.Error("without mounts there is no error")
	}
}
