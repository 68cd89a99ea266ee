package disks

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// TestVolumes finds the volume of the system, with numbers that fit together.
func TestVolumes(t *testing.T) {
	f, err := (&Reader{}).Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := os.Getenv("SystemDrive") + `\`
	found := false
	for _, d := range f.Items {
		if !strings.HasSuffix(d.Mountpoint, `\`) || d.Error == "" && (d.TotalBytes < d.FreeBytes || d.FSType == "" || d.Device == "") {
			t.Errorf("%+v", d)
		}
		found = found || strings.EqualFold(d.Mountpoint, want)
	}
	if !found {
		t.Errorf("%s is not in %+v", want, f.Items)
	}
}

func TestTexts(t *testing.T) {
	wide := func(s string) []uint16 {
		u, err := windows.UTF16FromString(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	list := slices.Concat(wide(`E:\`), wide(`C:\Mounts\Cache\`), []uint16{0, 'x'})
	if got := texts(list); !slices.Equal(got, []string{`E:\`, `C:\Mounts\Cache\`}) {
		t.Errorf("%q", got)
	}
	if got := texts([]uint16{0, 0}); got != nil {
		t.Errorf("an empty list: %q", got)
	}
	if got := texts([]uint16{'x'}); got != nil {
		t.Errorf("a list without an end: %q", got)
	}
}
