package hostcheck

import "testing"

func TestCovers(t *testing.T) {
	const folder = `c:\programdata\asr\home`
	for exclusion, want := range map[string]bool{
		`C:\ProgramData\ASR\home`:            true,
		`c:/programdata/asr/`:                true,
		`C:\ProgramData`:                     true,
		`C:\`:                                true,
		`"C:\ProgramData\ASR"`:               true,
		`C:\ProgramData\ASR\*`:               true,
		`C:\ProgramData\ASR\*.*`:             true,
		`C:\*\ASR`:                           true,
		`C:\Program?ata\A*`:                  true,
		`C:\PROGRA~3\ASR`:                    true,
		`%ProgramData%\ASR`:                  true,
		`%SystemDrive%\ProgramData\ASR`:      true,
		`C:\ProgramData\ASR\:{PathScope:..}`: true,
		`C:\ProgramData\ASR\home\svsystems`:  false,
		`C:\ProgramData\AS`:                  false,
		`C:\ProgramData\ASRLogs`:             false,
		`C:\*\*\*\*\*`:                       false,
		`C:\OTHERX~1\ASR`:                    false,
		`D:\ProgramData\ASR`:                 false,
		`*.vhd`:                              false,
		`*`:                                  true,
	} {
		path, ok := expandPath(plainPath(exclusion), "c:")
		if !ok {
			t.Errorf("expandPath(%q) has an unknown variable", exclusion)
		}
		if got := covers(path, folder); got != want {
			t.Errorf("covers(%q, %q) = %v, want %v", exclusion, folder, got, want)
		}
	}
	if path, ok := expandPath(`%asr%\x`, "c:"); ok {
		t.Errorf("expandPath of an unknown variable = %q", path)
	}
}

func FuzzCovers(f *testing.F) {
	f.Add(`C:\*\a?b*`, `c:\x\aab`)
	f.Add(`%x%\progra~1`, `c:`)
	f.Fuzz(func(t *testing.T, exclusion, folder string) {
		if plain := plainPath(folder); plain != "" && !covers(plain, plain) && wild(plain, plain) {
			t.Errorf("%q does not cover itself", plain)
		}
		path, _ := expandPath(plainPath(exclusion), "c:")
		covers(path, plainPath(folder))
	})
}
