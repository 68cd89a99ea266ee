package main

import (
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// Sources of logs, as the collector's profile names them.
const (
	sourceTmansvc  = "logs/tmansvc"        // tmansvc.log and the logs of its event groups
	sourceDotnet   = "logs/process-server" // InMageAdminLogV2_*.json
	sourceCBEngine = "logs/cbengine"
)

// eventLogs are the logs of tmansvc's event groups, beside its own.
func eventLogs() abi.Input { return check.May("tmansvc-logs", sourceTmansvc+"/**/*.log") }

func dotnetLogs() abi.Input {
	return check.May("process-server-logs", sourceDotnet+"/**/InMageAdminLogV2_*.json")
}

func engineLogs() abi.Input { return check.Need("cbengine-logs", sourceCBEngine+"/**/*.errlog") }
