package disks

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// TestAgainstDF compares sizes with those of df. Space that others use in
// between is allowed for.
func TestAgainstDF(t *testing.T) {
	df := program.Path(t, "df")
	var r Reader
	f, err := r.Read(context.Background())
	if err != nil || len(f.Items) == 0 {
		t.Fatalf("%d volumes, %v", len(f.Items), err)
	}
	for _, d := range f.Items {
		out, err := exec.Command(df, "-B1", "--output=size,used,avail,fstype", d.Mountpoint).Output()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if err != nil || len(lines) != 2 {
			t.Fatalf("df %s: %v: %s", d.Mountpoint, err, out)
		}
		col := strings.Fields(lines[1])
		num := func(i int) int64 { n, _ := strconv.ParseInt(col[i], 10, 64); return n }
		if num(0) != int64(d.TotalBytes) || col[3] != d.FSType {
			t.Errorf("%s: df says %s, the fact %+v", d.Mountpoint, lines[1], d)
		}
		const slack = 2 << 30
		if diff := num(2) - int64(d.AvailableBytes); diff < -slack || diff > slack {
			t.Errorf("%s: df has %d available, the fact %d", d.Mountpoint, num(2), d.AvailableBytes)
		}
		if diff := num(1) - int64(d.TotalBytes-d.FreeBytes); diff < -slack || diff > slack {
			t.Errorf("%s: df has %d used, the fact %d", d.Mountpoint, num(1), d.TotalBytes-d.FreeBytes)
		}
	}
	if u := r.Utilization(context.Background()); u["/"] <= 0 || u["/"] > 1 {
		t.Errorf("utilization of / = %v", u["/"])
	}
}

func TestBusyVolume(t *testing.T) {
	var r Reader
	if !r.claim("/x") || r.claim("/x") {
		t.Error("a volume that has not answered is asked again")
	}
	r.release("/x")
	if !r.claim("/x") {
		t.Error("a volume that answered is not asked again")
	}
}

func TestFree(t *testing.T) {
	if n, err := Free(t.TempDir()); err != nil || n <= 0 {
		t.Errorf("Free = %d, %v", n, err)
	}
	if _, err := Free("/nonesuch"); err == nil {
		t.Error("Free of a folder that is not there gives no error")
	}
}
