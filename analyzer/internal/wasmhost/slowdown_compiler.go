//go:build amd64 || arm64

package wasmhost

// Slowdown is how much longer an instance may take here than where wazero
// compiles modules. It compiles them here.
const Slowdown = 1
