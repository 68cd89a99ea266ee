//go:build !linux

package simulator

import (
	"os"
	"time"
)

func pause(*os.Process, time.Duration) {}
