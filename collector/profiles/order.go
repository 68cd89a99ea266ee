package profiles

import (
	"fmt"
	"strings"
)

// Step is one item that others may refer to: a path or a configuration file.
type Step struct {
	Path   *Path
	Config *Config
}

// Steps are the paths and the configuration files in an order in which each
// comes behind what it refers to. The order inside of both lists is kept.
func (p *Profile) Steps() []Step {
	steps, _ := p.order()
	return steps
}

// order also names the first item that can never be reached.
func (p *Profile) order() (steps []Step, stuck string) {
	paths, configs := 0, 0
	for paths < len(p.Paths) || configs < len(p.Config) {
		switch {
		case paths < len(p.Paths) && p.ready(paths, configs, p.Paths[paths].Path):
			steps = append(steps, Step{Path: &p.Paths[paths]})
			paths++
		case configs < len(p.Config) && p.ready(paths, configs, p.Config[configs].Paths...):
			steps = append(steps, Step{Config: &p.Config[configs]})
			configs++
		case paths < len(p.Paths):
			return steps, fmt.Sprintf("paths[%d].path", paths)
		default:
			return steps, fmt.Sprintf("config[%d].paths", configs)
		}
	}
	return steps, ""
}

// ready reports whether the first so many paths and configuration files are all
// that some paths refer to.
func (p *Profile) ready(paths, configs int, list ...string) bool {
	for _, path := range list {
		for _, ref := range Refs(path) {
			name, _, pair := strings.Cut(ref, ":")
			switch {
			case !pair && p.pathIndex(name) >= paths:
				return false
			case pair && !strings.Contains(name, `\`) && p.configIndex(name) >= configs:
				return false
			}
		}
	}
	return true
}
