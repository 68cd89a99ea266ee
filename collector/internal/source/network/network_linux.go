package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/procfs"
)

func routing(_ context.Context, f *bundles.Network) error {
	routes, rerr := procfs.Root("/proc").DefaultRoutes()
	for _, r := range routes {
		f.DefaultRoutes = append(f.DefaultRoutes, bundles.Route(r))
	}
	if rerr != nil {
		rerr = fmt.Errorf("default routes: %w", rerr)
	}
	raw, derr := os.ReadFile("/etc/resolv.conf")
	f.DNSServers = procfs.ParseResolvers(string(raw))
	if derr != nil {
		derr = fmt.Errorf("name servers: %w", derr)
	}
	return errors.Join(rerr, derr)
}

// team names the bond, team or bridge that an interface belongs to.
func team(name string) string {
	target, err := os.Readlink("/sys/class/net/" + name + "/master")
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}
