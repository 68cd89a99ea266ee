package simulator

import (
	"strings"
	"testing"
	"time"
)

func TestRegistry(t *testing.T) {
	in := &Incident{}
	for _, text := range []string{
		"[HKLM\\SOFTWARE\\A] -2h\nText = http://{name}:80 \"x\"\nNumber = dword 0x1F\nLong = qword 258\nList = multi a|b c\nWide = expand %x%\nBytes = binary 00 ff\nUml = ü\nE:\\{name}\\{4d36} = dword 0\nGone = 1\n@ = of the key\n",
		"[HKLM\\SOFTWARE\\B]\nx = 1\n[HKU\\.DEFAULT\\Software\\C] -3d\nProxy = p\n",
		"[HKLM\\software\\a]\ngone = -\n[-HKLM\\SOFTWARE\\B]\n",
	} {
		if err := in.registryText(text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := registryFiles(in.Registry, noon, Vars{"name": "proxy"})
	if err != nil {
		t.Fatal(err)
	}
	want := "\n[SOFTWARE\\\\A] 1772704800\n#time=1dcac86d4335000\n" + `"Text"="http://proxy:80 \"x\""
"Number"=dword:0000001f
"Long"=hex(b):02,01,00,00,00,00,00,00
"List"=str(7):"a\0b c\0"
"Wide"=str(2):"%x%"
"Bytes"=hex:00,ff
"Uml"="\x00fc"
"E:\\proxy\\{4d36}"=dword:00000000
@="of the key"
`
	if got["system.reg"] != want {
		t.Errorf("system.reg gets\n%s\nwant\n%s", got["system.reg"], want)
	}
	if !strings.Contains(got["userdef.reg"], `[Software\\C]`) || !strings.Contains(got["userdef.reg"], `"Proxy"="p"`) {
		t.Errorf("userdef.reg gets %s", got["userdef.reg"])
	}
	if age := in.Registry[1].Age; age != 72*time.Hour {
		t.Errorf("age = %v", age)
	}
}

func TestRegistryErrors(t *testing.T) {
	for _, text := range []string{"x = 1", "[HKCU\\x]", "[HKLM\\x", "[HKLM\\x]\nnonsense", "[HKLM\\x] 2h"} {
		if err := (&Incident{}).registryText(text); err == nil {
			t.Errorf("%q is no error", text)
		}
	}
	for _, v := range []Value{{"x", "dword", "two"}, {"x", "dword", "4294967296"}, {"x", "qword", "-1"}, {"x", "binary", "0"}} {
		if got, err := v.wine(nil); err == nil {
			t.Errorf("%+v = %q, want an error", v, got)
		}
	}
}
