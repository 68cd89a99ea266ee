package wasmhost

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/asrdiag/asrdiag/analyzer/internal/bounds"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// rewriterVersion names the form into which prepare brings a module. It is part
// of the key under which native code is cached.
const rewriterVersion = "2"

// wasiModule is the only module from which a guest may import.
const wasiModule = "wasi_snapshot_preview1"

// allowedImports are the functions of WASI preview 1 that a module may import:
// all but sockets, signals and those that change files.
var allowedImports = []string{
	"args_get", "args_sizes_get", "clock_res_get", "clock_time_get", "environ_get", "environ_sizes_get",
	"fd_advise", "fd_close", "fd_datasync", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_fdstat_set_rights",
	"fd_filestat_get", "fd_filestat_set_size", "fd_filestat_set_times", "fd_pread", "fd_prestat_dir_name",
	"fd_prestat_get", "fd_pwrite", "fd_read", "fd_readdir", "fd_renumber", "fd_seek", "fd_sync", "fd_tell",
	"fd_write", "path_create_directory", "path_filestat_get", "path_filestat_set_times", "path_link",
	"path_open", "path_readlink", "path_remove_directory", "path_rename", "path_symlink", "path_unlink_file",
	"poll_oneoff", "proc_exit", "random_get", "sched_yield",
}

var (
	wasmMagic     = []byte("\x00asm")
	coreVersion   = []byte{1, 0, 0, 0}
	componentForm = []byte{1, 0} // layer of a component, bytes 6 and 7
)

// prepare checks the bytes of a module before the compiler sees them and gives
// those that are compiled.
func prepare(wasm []byte) ([]byte, error) {
	if len(wasm) > abi.MaxModuleBytes {
		return nil, fmt.Errorf("module has %d bytes, more than %s", len(wasm), bytesText(abi.MaxModuleBytes))
	}
	if len(wasm) < 8 || !bytes.HasPrefix(wasm, wasmMagic) {
		return nil, fmt.Errorf("file is not a WebAssembly module")
	}
	if bytes.Equal(wasm[6:8], componentForm) {
		return nil, fmt.Errorf("file is a WebAssembly component, not a module")
	}
	if !bytes.Equal(wasm[4:8], coreVersion) {
		return nil, fmt.Errorf("module has WebAssembly version %#x, not 1", wasm[4:8])
	}
	return bounds.Rewrite(wasm), nil
}

// vet checks what a compiled module asks of its host, and offers.
func vet(m wazero.CompiledModule, memory int64) error {
	if err := vetImports(m); err != nil {
		return err
	}
	start, ok := m.ExportedFunctions()["_start"]
	if !ok {
		return fmt.Errorf("module does not export _start: it is not a WASI command")
	}
	if len(start.ParamTypes())+len(start.ResultTypes()) > 0 {
		return fmt.Errorf("module exports _start with parameters or results")
	}
	mem, ok := m.ExportedMemories()["memory"]
	if !ok {
		return fmt.Errorf("module does not export its memory")
	}
	if need := int64(mem.Min()) << 16; need > memory {
		return fmt.Errorf("module starts with %s of memory, more than %s", bytesText(need), bytesText(memory))
	}
	return nil
}

func vetImports(m wazero.CompiledModule) error {
	if len(m.ImportedMemories()) > 0 {
		return fmt.Errorf("module imports a memory")
	}
	var refused []string
	for _, f := range m.ImportedFunctions() {
		module, name, _ := f.Import()
		if !allowedImport(module, name) {
			refused = append(refused, module+"."+name)
		}
	}
	if len(refused) > 0 {
		slices.Sort(refused)
		return fmt.Errorf("module imports %q, which checks may not have", strings.Join(slices.Compact(refused), ", "))
	}
	return nil
}

func allowedImport(module, name string) bool {
	return module == wasiModule && slices.Contains(allowedImports, name)
}

// features are those of the ABI, whatever later engines allow by default.
const features = api.CoreFeaturesV2
