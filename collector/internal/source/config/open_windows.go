package config

import (
	"os"

	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
)

func openRegular(path string) (*os.File, error) { return paths.Open(path) }
