package check

import (
	"errors"
	"fmt"
	"reflect"
)

func (m *merger) problem(format string, args ...any) {
	m.problems = append(m.problems, fmt.Errorf(format, args...))
}

// err joins what is wrong with the declarations.
func (m *merger) err() error {
	if err := validate(*m.describe); err != nil {
		m.problems = append(m.problems, err)
	}
	return errors.Join(m.problems...)
}

// declare adds v unless an equal one is there; a different one of the same id is
// a problem.
func declare[T any](m *merger, what string, list []T, v T, id func(T) string) []T {
	for _, have := range list {
		if id(have) != id(v) {
			continue
		}
		if !reflect.DeepEqual(have, v) {
			m.problem("%s %q is declared twice, differently", what, id(v))
		}
		return list
	}
	return append(list, v)
}
