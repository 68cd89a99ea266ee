package hostcheck

import (
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

func TestTimeSync(t *testing.T) { checktest.Run(t, TimeSync(TimeSyncOptions{Since: "1.0.0"})) }

func TestDescribe(t *testing.T) {
	c := TimeSync(TimeSyncOptions{Roles: []string{"source-machine"}, Since: "1.0.0"})
	if _, err := check.Describe("hostcheck", []*check.Check{c}); err != nil {
		t.Error(err)
	}
}
