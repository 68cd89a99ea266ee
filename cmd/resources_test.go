package cmd

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// Types of resources.
const (
	typeVersion  = 16
	typeManifest = 24
)

// resource finds the first resource of a type in the tree of type, name and
// language.
func resource(t *testing.T, section *pe.Section, kind uint32) []byte {
	t.Helper()
	data, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	const folder = 1 << 31
	at := uint32(0)
	for level := range 3 {
		head := data[at:]
		n := int(binary.LittleEndian.Uint16(head[12:])) + int(binary.LittleEndian.Uint16(head[14:]))
		next, found := uint32(0), false
		for i := range n {
			entry := head[16+8*i:]
			if level > 0 || binary.LittleEndian.Uint32(entry) == kind {
				next, found = binary.LittleEndian.Uint32(entry[4:]), true
				break
			}
		}
		if !found {
			t.Fatalf("no resource of type %d", kind)
		}
		at = next &^ folder
	}
	rva, size := binary.LittleEndian.Uint32(data[at:]), binary.LittleEndian.Uint32(data[at+4:])
	return data[rva-section.VirtualAddress:][:size]
}

// resources opens the resources of a built program.
func resources(t *testing.T, exe string) *pe.Section {
	t.Helper()
	f, err := pe.Open(exe)
	if err != nil {
		program.Missing(t, "there is no "+exe+"; run make build first")
	}
	t.Cleanup(func() { f.Close() })
	section := f.Section(".rsrc")
	if section == nil {
		t.Fatalf("%s has no resources", exe)
	}
	return section
}

// TestResources reads manifest and version back from the built programs.
func TestResources(t *testing.T) {
	for _, c := range []struct{ name, says, codePage string }{
		{"asrcollect", "Support bundle collector for Azure Site Recovery", ""},
		{"asrdiag", "Support bundle analyzer for Azure Site Recovery", "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			section := resources(t, "../bin/"+c.name+".exe")
			var manifest struct {
				Level struct {
					Level    string `xml:"level,attr"`
					UIAccess string `xml:"uiAccess,attr"`
				} `xml:"trustInfo>security>requestedPrivileges>requestedExecutionLevel"`
				LongPaths string `xml:"application>windowsSettings>longPathAware"`
				CodePage  string `xml:"application>windowsSettings>activeCodePage"`
			}
			if err := xml.Unmarshal(resource(t, section, typeManifest), &manifest); err != nil {
				t.Fatal(err)
			}
			if manifest.Level.Level != "asInvoker" || manifest.Level.UIAccess != "false" || manifest.LongPaths != "true" || manifest.CodePage != c.codePage {
				t.Errorf("the manifest says %+v", manifest)
			}
			version := resource(t, section, typeVersion)
			for _, text := range []string{"FileDescription", c.says, "OriginalFilename", c.name + ".exe", "ProductVersion"} {
				var wide []byte
				for _, c := range utf16.Encode([]rune(text)) {
					wide = binary.LittleEndian.AppendUint16(wide, c)
				}
				if !bytes.Contains(version, wide) {
					t.Errorf("the version does not have %q", text)
				}
			}
		})
	}
}

// TestResourcesRepeat: the same input gives the same bytes.
func TestResourcesRepeat(t *testing.T) {
	var made [2][]byte
	for i := range made {
		dir := t.TempDir()
		cmd := exec.Command("go", "tool", "go-winres", "make", "--in", "asrcollect/winres.json", "--arch", "amd64", "--out", filepath.Join(dir, "rsrc"),
			"--file-version", "1.2.3-rc.4", "--product-version", "1.2.3-rc.4")
		if out, err := cmd.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "dial tcp") {
				program.Missing(t, "go-winres cannot be loaded")
			}
			t.Fatalf("%v\n%s", err, out)
		}
		var err error
		if made[i], err = os.ReadFile(filepath.Join(dir, "rsrc_windows_amd64.syso")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("two runs give different bytes")
	}
}
