package analyzer

import (
	"context"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Describe runs "check describe" of a module in the calling process.
func Describe(ctx context.Context, wasm []byte) (abi.Describe, error) {
	return describe(ctx, wasm, "")
}

func describe(ctx context.Context, wasm []byte, cacheDir string) (abi.Describe, error) {
	h, err := newHost(cacheDir)
	if err != nil {
		return abi.Describe{}, err
	}
	m, err := h.Compile(ctx, wasm, packfile.Limits{})
	if err != nil {
		return abi.Describe{}, err
	}
	defer m.Close()
	return m.Describe(ctx)
}
